// assign: the split of an example is how many of its class's cuts its key exceeds. No state from one to the next.
//
// Where the cuts of all classes lie in narrow bands, most keys are outside them, and the thresholds of the bands tell their
// split; only the others are compared with the cuts of their own class.
#pragma once
#include <cstdint>

#include "cpu.hpp"
#include "keys.hpp"
#include "labels.hpp"
#include "places.hpp"

namespace fastsplit {

// The cuts of each row, ascending: row r holds cuts[r * width .. (r + 1) * width). rows[window.span + 1] gives the row of
// each label offset; the last entry serves labels outside the window. Without bands every key is compared.
struct Cuts {
    Window window;
    const int32_t* rows;
    const uint64_t* cuts;
    int64_t width;
    Bands bands;
};

// How many of the cuts of a row lie below x. kWidth, where it is not 0, is the width known at compile time.
template <int kWidth>
FASTSPLIT_INLINE inline uint32_t exceeded(const uint64_t* cuts, int64_t width, uint64_t x) {
    if (kWidth == 0) return static_cast<uint32_t>(below(cuts, width, x));
    uint32_t split = 0;
    for (int j = 0; j < kWidth; ++j) split += cuts[j] < x;
    return split;
}

// split[i] = exceeded(...) for i in at[0 .. n), or, where at is null, for i in 0 .. n - 1.
template <int kWidth>
inline void compare(const Cuts& cuts, const uint32_t* offset, const uint64_t* keys, const uint32_t* at, int64_t n,
                    uint32_t* split) {
    const int32_t* const rows = cuts.rows;
    const uint64_t* const table = cuts.cuts;
    const int64_t width = kWidth ? kWidth : cuts.width;
    for (int64_t i = 0; i < n; ++i) {
        const int64_t e = at ? at[i] : i;
        split[e] = exceeded<kWidth>(table + rows[offset[e]] * width, width, keys[e]);
    }
}

inline void compare_any(const Cuts& cuts, const uint32_t* offset, const uint64_t* keys, const uint32_t* at, int64_t n,
                        uint32_t* split) {
    switch (cuts.width) {
        case 1: return compare<1>(cuts, offset, keys, at, n, split);
        case 2: return compare<2>(cuts, offset, keys, at, n, split);
        case 3: return compare<3>(cuts, offset, keys, at, n, split);
        case 4: return compare<4>(cuts, offset, keys, at, n, split);
        default: return compare<0>(cuts, offset, keys, at, n, split);
    }
}

// Places in no band -> splits.
inline void halve(Cpu cpu, int64_t n, uint32_t* place) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) place[i] /= 2;
    });
}

// out[i] = the split of example i, for positions [first, last); split number `none` is written as all ones (255).
// Equivalent NumPy: (cuts[rows[labels]] < keys[:, None]).sum(1).
template <typename Split>
inline void assign(Cpu cpu, const Labels& labels, const Cuts& cuts, Seed seed, const uint64_t* ids, int64_t first,
                   int64_t last, int64_t none, Split* out) {
    uint32_t offset[kBlock], split[kBlock], found[kBlock];
    uint64_t keys[kBlock];
    for_blocks(first, last, [&](int64_t at, int64_t n) {
        rank_keys(cpu, seed, ids, at, n, keys);
        offsets(cpu, labels, cuts.window, at, n, offset);
        if (cuts.bands.size > 0) {
            places(cpu, cuts.bands, keys, n, split);
            const int64_t size = inside(cpu, split, n, found);
            halve(cpu, n, split);
            compare_any(cuts, offset, keys, found, size, split);
        } else {
            compare_any(cuts, offset, keys, nullptr, n, split);
        }
        narrow(cpu, split, 0, none, n, out + at);
    });
}

// out[positions[i]] = the split of an example with the key keys[i], of which the row is rows[entries[i]], for 0 <= i < n.
template <typename Split>
inline void amend(Cpu cpu, const uint64_t* keys, const uint32_t* entries, const int64_t* positions, int64_t n,
                  const Cuts& cuts, int64_t none, Split* out) {
    uint32_t split[kBlock];
    Split narrowed[kBlock];
    for_blocks(0, n, [&](int64_t at, int64_t size) {
        compare_any(cuts, entries + at, keys + at, nullptr, size, split);
        narrow(cpu, split, 0, none, size, narrowed);
        for (int64_t i = 0; i < size; ++i) out[positions[at + i]] = narrowed[i];
    });
}

}  // namespace fastsplit
