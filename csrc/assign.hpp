// assign: the split of an example is how many of its class's cuts its key exceeds. No state from one to the next.
#pragma once
#include <cstdint>

#include "keys.hpp"
#include "labels.hpp"

namespace fastsplit {

// The cuts of each row (class, or kind of class), ascending: row r holds cuts[r * width .. (r + 1) * width).
// rows[window.span + 1] gives the row of each label offset; the last entry serves labels outside the window.
struct Cuts {
    Window window;
    const int32_t* rows;
    const uint64_t* cuts;
    int64_t width;
};

// How many of cuts[0 .. width) lie below x. kWidth, where it is not 0, is the width known at compile time.
template <int kWidth>
inline int64_t exceeded(const uint64_t* cuts, int64_t width, uint64_t x) {
    if (kWidth > 0) {
        int64_t below = 0;
        for (int j = 0; j < kWidth; ++j) below += cuts[j] < x;
        return below;
    }
    const uint64_t* base = cuts;
    for (int64_t n = width; n > 0;) {  // a lower bound without a branch on the data
        const int64_t half = (n + 1) / 2;
        base = base[half - 1] < x ? base + half : base;
        n -= half;
    }
    return base - cuts;
}

template <int kWidth, typename Split>
inline void assign_as(const Labels& labels, const Cuts& cuts, Seed seed, const uint64_t* ids, int64_t first,
                      int64_t last, int64_t none, Split* out, int64_t* tally) {
    uint32_t offset[kBlock];
    uint64_t keys[kBlock];
    int32_t split[kBlock];  // not written to `out` at once: bytes may alias everything, and would keep it out of registers
    const int64_t width = kWidth > 0 ? kWidth : cuts.width;
    for_blocks(first, last, [&](int64_t at, int64_t n) {
        offsets(labels, cuts.window, at, n, offset);
        rank_keys(seed, ids, at, n, keys);
        const int32_t* const rows = cuts.rows;
        const uint64_t* const table = cuts.cuts;
        for (int64_t i = 0; i < n; ++i) {
            split[i] = static_cast<int32_t>(exceeded<kWidth>(table + rows[offset[i]] * width, width, keys[i]));
        }
        if (tally) {
            for (int64_t i = 0; i < n; ++i) ++tally[rows[offset[i]] * (width + 1) + split[i]];
        }
        for (int64_t i = 0; i < n; ++i) out[at + i] = static_cast<Split>(split[i] == none ? -1 : split[i]);
    });
}

// out[i] = the split of example i, for positions [first, last); split number `none` is written as all ones (255).
// tally[rows, width + 1], if given, has the examples of each row and split added to it.
// Equivalent NumPy: (cuts[rows[labels]] < keys[:, None]).sum(1).
template <typename Split>
inline void assign(const Labels& labels, const Cuts& cuts, Seed seed, const uint64_t* ids, int64_t first, int64_t last,
                   int64_t none, Split* out, int64_t* tally) {
    switch (cuts.width) {
        case 1: return assign_as<1>(labels, cuts, seed, ids, first, last, none, out, tally);
        case 2: return assign_as<2>(labels, cuts, seed, ids, first, last, none, out, tally);
        case 3: return assign_as<3>(labels, cuts, seed, ids, first, last, none, out, tally);
        case 4: return assign_as<4>(labels, cuts, seed, ids, first, last, none, out, tally);
        default: return assign_as<0>(labels, cuts, seed, ids, first, last, none, out, tally);
    }
}

}  // namespace fastsplit
