// hilbert: points with whole coordinates -> their places along the Hilbert curve (Skilling 2004,
// "Programming the Hilbert curve"). Points at neighbouring places are neighbours in space.
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"

namespace fastsplit {

constexpr int64_t kMaxAxes = 4;

// N points. Shape: coordinates (axes, N), each below 2**bits. axes <= kMaxAxes, bits <= 16.
struct Points {
    const uint16_t* coordinates;
    int64_t n;
    int64_t axes;
    int64_t bits;
};

// The coordinates of a block of points, one row per axis.
using PointBlock = uint16_t[kMaxAxes][kBlock];

// Turns coordinates into places in transposed form: from the highest bit down, the bits of a place
// are bit b of row 0, of row 1, ..., then bit b - 1 of row 0, ... `inverted` has room for n
// numbers.
FASTSPLIT_INLINE inline void transpose(uint16_t (*x)[kBlock], uint16_t* inverted, int64_t n,
                                       int64_t axes, int64_t bits) {
    for (int64_t bit = bits - 1; bit > 0; --bit) {
        const uint16_t below = static_cast<uint16_t>((1 << bit) - 1);
        for (int64_t axis = 0; axis < axes; ++axis) {
            uint16_t *const first = x[0], *const row = x[axis];
            for (int64_t i = 0; i < n; ++i) {
                const uint16_t is_set = static_cast<uint16_t>(-(row[i] >> bit & 1));  // all bits
                const uint16_t exchanged =
                    static_cast<uint16_t>((first[i] ^ row[i]) & below & ~is_set);
                const uint16_t mine = static_cast<uint16_t>(row[i] ^ exchanged);
                first[i] = static_cast<uint16_t>(first[i] ^ exchanged ^ (below & is_set));
                if (axis > 0) row[i] = mine;
            }
        }
    }
    for (int64_t axis = 1; axis < axes; ++axis) {
        for (int64_t i = 0; i < n; ++i) x[axis][i] ^= x[axis - 1][i];
    }
    for (int64_t i = 0; i < n; ++i) inverted[i] = 0;
    for (int64_t bit = bits - 1; bit > 0; --bit) {
        const uint16_t below = static_cast<uint16_t>((1 << bit) - 1);
        for (int64_t i = 0; i < n; ++i) {
            inverted[i] ^= static_cast<uint16_t>(-(x[axes - 1][i] >> bit & 1) & below);
        }
    }
    for (int64_t axis = 0; axis < axes; ++axis) {
        for (int64_t i = 0; i < n; ++i) x[axis][i] ^= inverted[i];
    }
}

// Writes the place of every point of `range` to out.
// Equivalent NumPy: fastsplit.reference.hilbert.
inline void hilbert(Cpu cpu, const Points& points, Range range, uint64_t* out) {
    PointBlock block;
    uint16_t inverted_block[kBlock];
    uint16_t (*const x)[kBlock] = block;
    uint16_t* const inverted = inverted_block;
    const int64_t axes = points.axes, bits = points.bits;
    for_blocks(range, [&](int64_t begin, int64_t n) {
        for (int64_t axis = 0; axis < axes; ++axis) {
            const uint16_t* const row = points.coordinates + axis * points.n + begin;
            std::copy(row, row + n, x[axis]);
        }
        uint64_t* const to = out + begin;
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            transpose(x, inverted, n, axes, bits);
            for (int64_t i = 0; i < n; ++i) to[i] = 0;
            for (int64_t bit = bits - 1; bit >= 0; --bit) {
                for (int64_t axis = 0; axis < axes; ++axis) {
                    for (int64_t i = 0; i < n; ++i) to[i] = to[i] << 1 | (x[axis][i] >> bit & 1);
                }
            }
        });
    });
}

}  // namespace fastsplit
