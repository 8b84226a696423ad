// gather: rows of an array, at given positions, side by side.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "cpu.hpp"
#include "keys.hpp"
#include "positions.hpp"

namespace fastsplit {

// n rows of `size` bytes, each `stride` bytes behind the one before it.
struct Rows {
    const char* data;
    int64_t n;
    int64_t stride;
    int64_t size;
};

constexpr int64_t kLine = 64;        // bytes of a cache line
constexpr int64_t kLinesAhead = 16;  // of a row that are fetched ahead; the hardware follows on behind
constexpr int64_t kInFlight = 128;   // lines that are fetched ahead of all rows together, as places follow no pattern

template <int64_t kSize>
inline void copy_rows(const Rows& rows, const uint64_t* at, int64_t n, char* out) {
    const int64_t size = kSize ? kSize : rows.size;
    const int64_t fetched = std::min(size, kLinesAhead * kLine);
    const int64_t ahead = std::min(kInFlight / 2, kInFlight * kLine / std::max<int64_t>(fetched, 1));
    const auto fetch = [&](int64_t i) {
        const char* const row = rows.data + static_cast<int64_t>(at[i]) * rows.stride;
        const char* line = row - reinterpret_cast<uintptr_t>(row) % kLine;
        do FASTSPLIT_PREFETCH_TO_READ(line); while ((line += kLine) < row + fetched);
    };
    for (int64_t i = 0; i < std::min(ahead, n); ++i) fetch(i);
    for (int64_t i = 0; i < n; ++i) {
        if (i + ahead < n) fetch(i + ahead);
        std::memcpy(out + i * size, rows.data + static_cast<int64_t>(at[i]) * rows.stride, static_cast<size_t>(size));
    }
}

// out[i] = rows[positions[i]] for first <= i < last. Returns the first i of a position outside the rows, from which on
// nothing is written, or `last`.
// Equivalent NumPy: rows[positions].
inline int64_t gather(const Rows& rows, Positions positions, int64_t first, int64_t last, char* out) {
    uint64_t at[kBlock];
    for (; first < last; first += kBlock) {
        const int64_t n = std::min(kBlock, last - first);
        read_positions(positions, first, n, at);
        const int64_t good = std::find_if(at, at + n, [&](uint64_t p) { return p >= static_cast<uint64_t>(rows.n); }) - at;
        char* const to = out + first * rows.size;
        switch (rows.size) {
            case 1: copy_rows<1>(rows, at, good, to); break;
            case 2: copy_rows<2>(rows, at, good, to); break;
            case 4: copy_rows<4>(rows, at, good, to); break;
            case 8: copy_rows<8>(rows, at, good, to); break;
            default: copy_rows<0>(rows, at, good, to);
        }
        if (good < n) return first + good;
    }
    return last;
}

}  // namespace fastsplit
