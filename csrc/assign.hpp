// assign: the split of an example is the number of its class's cuts below its key.
//
// If the cuts of all classes lie in narrow bands, most keys are outside of them and their zone
// tells the split; only the other keys are compared with the cuts of their own class.
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/assignment.hpp"
#include "parts/classes.hpp"
#include "parts/keys.hpp"
#include "parts/search.hpp"
#include "parts/zones.hpp"
#include "scan.hpp"

namespace fastsplit {

// cuts[n_classes + 1][width], each row ascending; the last row is for labels of no class. `bands`
// hold every cut; without bands every key is compared with the cuts of its class.
struct CutTable {
    const uint64_t* cuts;
    int64_t width;
    CutBands bands;
};

// The keys of some examples, and the entry of class_of[] that holds the class of each.
struct Examples {
    const uint32_t* entries;
    const uint64_t* keys;
    const int32_t* class_of;
};

// Examples whose rows of cuts are prefetched together: very many classes have more than the cache.
constexpr int64_t kRowsTogether = 64;
constexpr int64_t kWideTogether = 16;  // rows that may take many lines each
constexpr int64_t kCutsPerLine = 8;    // of a cache line

// split[e] = the number of cuts of example e below its key, for e = at[0 .. n), or for 0 <= e < n
// if `at` is null. kWidth is the width if that is known at compile time, else 0.
template <int kWidth>
inline void compare_as(const CutTable& table, const Examples& examples, const uint32_t* at,
                       int64_t n, uint32_t* split) {
    const uint64_t* const cuts = table.cuts;
    const int32_t* const class_of = examples.class_of;
    const uint32_t* const entries = examples.entries;
    const uint64_t* const keys = examples.keys;
    const int64_t width = kWidth ? kWidth : table.width;
    constexpr int64_t together = kWidth ? kRowsTogether : kWideTogether;
    const uint64_t* rows[together];
    for (int64_t begin = 0; begin < n; begin += together) {
        const int64_t size = std::min(together, n - begin);
        for (int64_t i = 0; i < size; ++i) {
            const int64_t e = at ? at[begin + i] : begin + i;
            rows[i] = cuts + class_of[entries[e]] * width;
            // A search waits for one line after another.
            for (int64_t j = 0; j < width; j += kCutsPerLine)
                FASTSPLIT_PREFETCH_TO_READ(rows[i] + j);
        }
        for (int64_t i = 0; i < size; ++i) {
            const int64_t e = at ? at[begin + i] : begin + i;
            if (kWidth == 0) {
                split[e] = static_cast<uint32_t>(count_below(rows[i], width, keys[e]));
                continue;
            }
            uint32_t exceeded = 0;
            for (int j = 0; j < kWidth; ++j) exceeded += rows[i][j] < keys[e];
            split[e] = exceeded;
        }
    }
}

inline void compare(const CutTable& table, const Examples& examples, const uint32_t* at, int64_t n,
                    uint32_t* split) {
    switch (table.width) {
        case 1: return compare_as<1>(table, examples, at, n, split);
        case 2: return compare_as<2>(table, examples, at, n, split);
        case 3: return compare_as<3>(table, examples, at, n, split);
        case 4: return compare_as<4>(table, examples, at, n, split);
        default: return compare_as<0>(table, examples, at, n, split);
    }
}

// Even zones -> splits.
inline void halve(Cpu cpu, int64_t n, uint32_t* zone) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) zone[i] /= 2;
    });
}

// Writes the split of every example of `range`. Cost: one pass over labels and ids.
// Equivalent NumPy: (cuts[class_of[labels - low]] < keys[:, None]).sum(axis=1).
inline void assign(Cpu cpu, const Labels& labels, const ClassTable& classes, const CutTable& cuts,
                   const Keys& keys, Range range, const Assignment& out) {
    uint32_t offset[kBlock], split[kBlock], at[kBlock];
    uint64_t block_keys[kBlock];
    const Examples examples{offset, block_keys, classes.class_of};
    for_blocks(range, [&](int64_t begin, int64_t n) {
        rank_keys(cpu, keys, begin, n, block_keys);
        offsets(cpu, labels, classes.window, begin, n, offset);
        if (cuts.bands.size > 0) {
            zones(cpu, cuts.bands, block_keys, n, split);
            const int64_t size = in_bands(cpu, split, n, at);
            halve(cpu, n, split);
            compare(cuts, examples, at, size, split);
        } else {
            compare(cuts, examples, nullptr, n, split);
        }
        write_splits(cpu, split, 0, begin, n, out);
    });
}

// Writes the splits of the candidates. class_of_cell gives the class of each cell. Not checked:
// cells and positions, which must come from `scan`.
inline void assign_candidates(const Candidates& candidates, const int32_t* class_of_cell,
                              const CutTable& cuts, const Assignment& out) {
    uint32_t split[kBlock];
    for_blocks(Range{0, candidates.size}, [&](int64_t begin, int64_t n) {
        compare(cuts, Examples{candidates.cells + begin, candidates.keys + begin, class_of_cell},
                nullptr, n, split);
        scatter_splits(split, candidates.positions + begin, n, out);
    });
}

}  // namespace fastsplit
