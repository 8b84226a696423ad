// cuts: quotas -> the 64-bit numbers between the keys on either side of each quota.
//
// The key next to a quota is an order statistic of uniform keys: it is known in advance to within a
// few standard deviations. So one band of keys per cut serves all but the smallest classes. `scan`
// counts how many keys of each class lie below, in and above the bands and keeps those inside, and
// only these are searched. For a class with a cut outside its band, all of its keys are searched.
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/classes.hpp"
#include "parts/keys.hpp"
#include "parts/selection.hpp"
#include "parts/wide.hpp"
#include "scan.hpp"

namespace fastsplit {

// Cuts per class: beyond, sorting once is faster than selecting each.
constexpr int64_t kFewCuts = 8;

// Writes the key of each candidate to out[cursor[cell]++]. Not checked: cells and cursors, which
// must be laid out by the cells that counted the candidates.
inline void arrange(const Candidates& candidates, int64_t* cursor, uint64_t* out) {
    for (int64_t i = 0; i < candidates.size; ++i)
        out[cursor[candidates.cells[i]]++] = candidates.keys[i];
}

// Writes the key of each example of `range` to out[slots.cursor[c]++], c being its class. Class
// classes.n_classes is left out. Returns the overflow: the examples without a slot, 0 unless labels
// changed since they were counted.
inline int64_t collect(Cpu cpu, const Labels& labels, const ClassTable& classes, const Keys& keys,
                       Range range, const Slots& slots, uint64_t* out) {
    uint32_t offset[kBlock];
    uint64_t block_keys[kBlock];
    int64_t overflow = 0;
    const int32_t* const class_of = classes.class_of;
    const int64_t n_classes = classes.n_classes;
    int64_t* const cursor = slots.cursor;
    const int64_t* const limit = slots.limit;
    for_blocks(range, [&](int64_t begin, int64_t n) {
        offsets(cpu, labels, classes.window, begin, n, offset);
        rank_keys(cpu, keys, begin, n, block_keys);
        for (int64_t i = 0; i < n; ++i) {
            const int32_t c = class_of[offset[i]];
            if (c == n_classes) continue;
            if (cursor[c] < limit[c]) {
                out[cursor[c]++] = block_keys[i];
            } else {
                ++overflow;
            }
        }
    });
    return overflow;
}

// The part of a class's n sorted keys that lies in one band: `size` keys, after `below` smaller
// ones.
struct BandSlice {
    int64_t below, size, n;

    // Whether the keys on both sides of `rank` are in the band, or known not to exist.
    bool holds(int64_t rank) const {
        return rank >= 0 && rank <= size && (rank > 0 || below == 0) &&
               (rank < size || below + size == n);
    }
};

// A unit is the examples of one class that share an id, and so a key: a run of equal keys, which no
// cut can part. If a quota falls inside a unit, the cut moves to its upper end with the probability
// that keeps the expectation, (rank - low) / (high - low). The draw depends on seed, class and key
// alone, so on no order or partition of the rows, and is the same for all cuts of the class, so
// they stay ascending.
inline int64_t end_of_unit(Seed seed, uint64_t tied, int64_t low, int64_t rank, int64_t high) {
    const uint64_t size = static_cast<uint64_t>(high - low);
    const bool up = multiply_high(key(seed, tied), size) < static_cast<uint64_t>(rank - low);
    return up ? high : low;
}

// The seed of the draws within the units of class number c.
inline Seed seed_of_class(Seed seed, int64_t c) {
    return Seed{seed.first, seed.second ^ key(seed, static_cast<uint64_t>(c))};
}

// The cut between the keys `before` and `after` divides the gap as `ideal` divides the whole range:
// at p of the gap, for the fraction p. The key of rank i of n is at i / (n + 1) in expectation and
// the rank at n p, so the cut is at (n p + p) / (n + 1) = p: later examples have the requested
// probability of each split. `before` is 0 if there is no key before, `after` 0 if there is no key
// after.
inline uint64_t cut_between(uint64_t before, uint64_t after, uint64_t ideal) {
    const uint64_t largest = after - 1;  // 2**64 - 1 if there is no key after
    return before + multiply_plus(ideal, largest - before);
}

// Finds the cut at rank *rank of a class. If it would part a unit, *rank moves to one of its ends.
// Returns false if the band does not contain the keys needed.
inline bool find_cut(Selection* keys, const BandSlice& slice, uint64_t ideal, Seed seed,
                     int64_t* rank, uint64_t* cut) {
    int64_t at = *rank - slice.below;
    if (!slice.holds(at)) return false;
    uint64_t before = 0, after = 0;
    keys->neighbours(at, &before, &after);
    if (at > 0 && at < slice.size && before == after) {
        keys->sort();
        const int64_t low = keys->run_begin(after), high = keys->run_end(after);
        at = end_of_unit(seed, after, low, at, high);
        if (!slice.holds(at)) return false;
        *rank = at + slice.below;
        keys->neighbours(at, &before, &after);
    }
    *cut = cut_between(at > 0 ? before : 0, at < slice.size ? after : 0, ideal);
    return true;
}

// The smallest end of a unit from `rank` on, and the largest up to it; `rank` itself outside 0 ..
// n.
inline int64_t next_end(const uint64_t* sorted, int64_t n, int64_t rank) {
    if (rank <= 0 || rank >= n || sorted[rank - 1] != sorted[rank]) return rank;
    return std::upper_bound(sorted + rank, sorted + n, sorted[rank]) - sorted;
}

inline int64_t last_end(const uint64_t* sorted, int64_t n, int64_t rank) {
    if (rank <= 0 || rank >= n || sorted[rank - 1] != sorted[rank]) return rank;
    return std::lower_bound(sorted, sorted + rank, sorted[rank]) - sorted;
}

// Moves the ranks of the cuts, ranks[1 .. width], to ends of units at which every column k, between
// ranks[k] and ranks[k + 1], has at least minimum[k] of the sorted keys; each rank as little as
// those before it allow. Returns false if there are no such ends. latest[width + 2] is workspace.
inline bool keep_minimum_of_units(const uint64_t* sorted, const int64_t* minimum, int64_t width,
                                  int64_t* ranks, int64_t* latest) {
    const int64_t n = ranks[width + 1];
    latest[width + 1] = n;
    for (int64_t j = width; j > 0; --j) latest[j] = last_end(sorted, n, latest[j + 1] - minimum[j]);
    for (int64_t j = 1; j <= width; ++j) {
        const int64_t earliest = next_end(sorted, n, ranks[j - 1] + minimum[j - 1]);
        ranks[j] = std::min(std::max(ranks[j], earliest), latest[j]);
        if (ranks[j] < earliest) return false;
    }
    return n - ranks[width] >= minimum[width];
}

// The keys of every class in every band. Those of class c in band b are keys[starts[i]] ..
// keys[starts[i + 1] - 1], i = c * n_bands + b; they are rearranged.
struct ClassKeys {
    const int64_t* numbers;  // [n_classes]: the number of the class among all classes
    const int64_t* counts;   // [n_classes]: all keys of the class
    const int64_t* below;    // [n_classes, n_bands]: keys of the class below the band
    const int64_t* starts;   // [n_classes * n_bands + 1]
    uint64_t* keys;
    const uint64_t* edges;  // [n_bands, 2]: begin and end of each band
    int64_t n_bands;
    bool sorted;  // whether the keys of each class and band ascend already
};

// What became of the cuts of a class.
enum CutStatus : uint8_t {
    kFound,
    kOutsideBand,  // more keys than those of the bands are needed; the cuts are unspecified
    kTooFewUnits,  // the units of the class cannot be dealt so that every split has its minimum
};

// The cuts to be found and what becomes of them.
struct CutSearch {
    const uint64_t* ideals;      // [width]: where the fractions alone would cut, ascending
    const int64_t* band_of_cut;  // [width]: the band of each cut, ascending
    const int64_t* minimum;      // [width + 1]: of each class in each column
    int64_t width;
    Seed seed;  // of the draws within units
    // [n_classes, width + 1]: in: requested; out: given, which differs if keys are equal
    int64_t* quotas;
    uint64_t* cuts;      // [n_classes, width]: out
    uint8_t* status;     // [n_classes]: out: a CutStatus
    int64_t* workspace;  // [2 * (width + 2)]
};

// Whether ranks[width + 2] leave every column its minimum.
inline bool keeps_minimum(const int64_t* ranks, const int64_t* minimum, int64_t width) {
    for (int64_t k = 0; k <= width; ++k) {
        if (ranks[k + 1] - ranks[k] < minimum[k]) return false;
    }
    return true;
}

// Finds the ranks[1 .. width] and the cuts of one class, those of each band from its keys.
inline bool find_cuts(Cpu cpu, const ClassKeys& known, const CutSearch& search, int64_t c,
                      int64_t* ranks, SelectionWays* ways) {
    const int64_t width = search.width, n_bands = known.n_bands;
    const int64_t* const quota = search.quotas + c * (width + 1);
    const Seed seed = seed_of_class(search.seed, known.numbers[c]);
    int64_t rank = 0;
    for (int64_t b = 0, j = 0; b < n_bands; ++b) {
        const int64_t start = known.starts[c * n_bands + b];
        const int64_t size = known.starts[c * n_bands + b + 1] - start;
        const BandSlice slice{known.below[c * n_bands + b], size, known.counts[c]};
        Selection selection(cpu, known.keys + start, size, known.edges[2 * b],
                            known.edges[2 * b + 1], known.sorted, ways);
        if (width > kFewCuts) selection.sort();
        for (; j < width && search.band_of_cut[j] == b; ++j) {
            ranks[j + 1] = rank += quota[j];
            uint64_t* const cut = &search.cuts[c * width + j];
            if (!find_cut(&selection, slice, search.ideals[j], seed, &ranks[j + 1], cut))
                return false;
        }
    }
    return true;
}

// Moves the ranks and cuts of one class, all of whose keys are known, so that every split has its
// minimum; false if units prevent it.
inline bool move_cuts(const ClassKeys& known, const CutSearch& search, int64_t c, int64_t* ranks) {
    const int64_t width = search.width, n = known.counts[c];
    uint64_t* const keys = known.keys + known.starts[c];
    std::sort(keys, keys + n);
    if (!keep_minimum_of_units(keys, search.minimum, width, ranks, ranks + width + 2)) return false;
    for (int64_t j = 0; j < width; ++j) {
        const int64_t rank = ranks[j + 1];
        search.cuts[c * width + j] =
            cut_between(rank > 0 ? keys[rank - 1] : 0, rank < n ? keys[rank] : 0, search.ideals[j]);
    }
    return true;
}

// Finds the cuts of the classes of `range`; returns how often keys were found each way. Cost: one
// pass over the keys of each class in the bands.
// Equivalent NumPy, if no keys are equal: ranks = quotas.cumsum(); np.partition(keys, ranks)[ranks - 1, ranks].
inline SelectionWays select(Cpu cpu, const ClassKeys& known, const CutSearch& search, Range range) {
    const int64_t width = search.width;
    SelectionWays ways;
    int64_t* const ranks = search.workspace;
    for (int64_t c = range.begin; c < range.end; ++c) {
        ranks[0] = 0;
        ranks[width + 1] = known.counts[c];
        bool found = find_cuts(cpu, known, search, c, ranks, &ways);
        if (found && !keeps_minimum(ranks, search.minimum, width)) {
            const bool all_known =
                known.n_bands == 1 && known.starts[c + 1] - known.starts[c] == known.counts[c];
            if (all_known && !move_cuts(known, search, c, ranks)) {
                search.status[c] = kTooFewUnits;
                continue;
            }
            found = all_known;
        }
        search.status[c] = found ? kFound : kOutsideBand;
        if (!found) continue;
        int64_t* const quota = search.quotas + c * (width + 1);
        for (int64_t k = 0; k <= width; ++k) quota[k] = ranks[k + 1] - ranks[k];
    }
    return ways;
}

}  // namespace fastsplit
