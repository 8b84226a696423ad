// cuts: quotas -> the 64-bit numbers between the keys on either side of each quota.
//
// The key next to a quota is an order statistic of uniform keys: it is known in advance to within a
// few standard deviations. So one band of keys per cut serves all but the smallest classes. `scan`
// counts how many keys of each class lie below, in and above the bands and keeps those inside, and
// only these are searched. For a class with a cut outside its band, all of its keys are searched.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "parts/classes.hpp"
#include "parts/keys.hpp"
#include "parts/wide.hpp"
#include "scan.hpp"

namespace fastsplit {

constexpr uint64_t kMaxKey = ~uint64_t{0};
// Cuts per class: beyond, sorting once is faster than selecting each.
constexpr int64_t kFewCuts = 8;

// Writes the key of each candidate to out[cursor[cell]++]. Not checked: cells and cursors, which
// must be laid out by the tally that counted the candidates.
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

// The keys of one class in one band, uniform between its edges; sorted only as far as needed.
class Selection {
  public:
    Selection(uint64_t* keys, int64_t size, uint64_t low, uint64_t high)
        : keys_(keys), size_(size), low_(low), high_(high) {}

    // Finds the keys of rank - 1 and rank, if they exist. `rank` must not fall from call to call.
    void neighbours(int64_t rank, uint64_t* before, uint64_t* after) {
        if (!sorted_ && neighbours_by_guess(rank, before, after)) return;
        place(rank);
        if (rank > 0) *before = keys_[rank - 1];
        if (rank < size_) *after = keys_[rank];
    }

    void sort() {
        if (!sorted_) std::sort(keys_, keys_ + size_);
        sorted_ = true;
    }

    int64_t run_begin(uint64_t key) const {
        return std::lower_bound(keys_, keys_ + size_, key) - keys_;
    }
    int64_t run_end(uint64_t key) const {
        return std::upper_bound(keys_, keys_ + size_, key) - keys_;
    }

  private:
    static constexpr int64_t kMinGuess = 16;    // of fewer keys a full selection is as fast
    static constexpr int64_t kMaxNear = 1024;   // keys near the guess that fit the buffer
    static constexpr double kDeviations = 3.0;  // a miss, 1 in 400, costs a full selection

    // Searches only the interval where uniform keys place the two (+-3 standard deviations).
    // Returns false, outputs unset, if the class is too small for this to pay off or the guess
    // misses.
    bool neighbours_by_guess(int64_t rank, uint64_t* before, uint64_t* after) const {
        if (size_ < kMinGuess || rank == 0 || rank >= size_) return false;
        const double width = static_cast<double>(high_ - low_), n = static_cast<double>(size_);
        const double p = static_cast<double>(rank) / n;
        const double margin = width * (kDeviations * std::sqrt(p * (1 - p) / n) + 1 / n);
        const uint64_t from = low_ + static_cast<uint64_t>(std::max(width * p - margin, 0.0));
        const uint64_t length = std::min(static_cast<uint64_t>(2 * margin), high_ - from);
        uint64_t near[kMaxNear];
        int64_t smaller = 0, size = 0;
        for (int64_t i = 0; i < size_; ++i) {
            if (size == kMaxNear) return false;
            smaller += keys_[i] < from;
            near[size] = keys_[i];
            size += keys_[i] - from <= length;
        }
        const int64_t near_rank = rank - smaller;
        if (near_rank < 1 || near_rank >= size) return false;
        std::nth_element(near, near + near_rank, near + size);
        *after = near[near_rank];
        *before = *std::max_element(near, near + near_rank);
        return true;
    }

    // Puts the keys of rank - 1 and rank where a full sort would put them.
    void place(int64_t rank) {
        if (sorted_ || rank == placed_) return;
        const int64_t from = std::max<int64_t>(placed_, 0);
        if (rank < size_) std::nth_element(keys_ + from, keys_ + rank, keys_ + size_);
        if (rank > from)
            std::iter_swap(keys_ + rank - 1, std::max_element(keys_ + from, keys_ + rank));
        placed_ = rank;
    }

    uint64_t* keys_;
    int64_t size_;
    uint64_t low_, high_;
    int64_t placed_ = -1;  // the keys before it are smaller than the rest; -1: nothing is known
    bool sorted_ = false;
};

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

// The cut at rank *rank of a class divides the gap between the keys on its two sides as `ideal`
// divides the whole range: at p of the gap, for the fraction p. The key of rank i of n is at
// i / (n + 1) in expectation and the rank at n p, so the cut is at (n p + p) / (n + 1) = p: later
// examples have the requested probability of each split. If the cut would separate equal keys (rows
// sharing an id), *rank moves to the nearer end of that run; on a tie, to the upper end iff the
// tied key is at most `ideal`. Returns false if the band does not contain the keys needed.
inline bool find_cut(Selection* keys, const BandSlice& slice, uint64_t ideal, int64_t* rank,
                     uint64_t* cut) {
    int64_t at = *rank - slice.below;
    if (!slice.holds(at)) return false;
    uint64_t before = 0, after = 0;
    keys->neighbours(at, &before, &after);
    if (at > 0 && at < slice.size && before == after) {
        const uint64_t tied = after;
        keys->sort();
        const int64_t low = keys->run_begin(tied), high = keys->run_end(tied);
        at = (at - low == high - at ? tied <= ideal : high - at < at - low) ? high : low;
        if (!slice.holds(at)) return false;
        *rank = at + slice.below;
        keys->neighbours(at, &before, &after);
    }
    const uint64_t smallest = at > 0 ? before : 0;
    const uint64_t largest = at < slice.size ? after - 1 : kMaxKey;
    *cut = smallest + multiply_plus(ideal, largest - smallest);
    return true;
}

// The keys of every class in every band. Those of class c in band b are keys[starts[i]] ..
// keys[starts[i + 1] - 1], i = c * n_bands + b; they are rearranged.
struct ClassKeys {
    const int64_t* counts;  // [n_classes]: all keys of the class
    const int64_t* below;   // [n_classes, n_bands]: keys of the class below the band
    const int64_t* starts;  // [n_classes * n_bands + 1]
    uint64_t* keys;
    const uint64_t* edges;  // [n_bands, 2]: begin and end of each band
    int64_t n_bands;
};

// The cuts to be found and what becomes of them.
struct CutSearch {
    const uint64_t* ideals;      // [width]: where the fractions alone would cut, ascending
    const int64_t* band_of_cut;  // [width]: the band of each cut, ascending
    int64_t width;
    // [n_classes, width + 1]: in: requested; out: given, which differs if keys are equal
    int64_t* quotas;
    uint64_t* cuts;  // [n_classes, width]: out
    // [n_classes]: out: 1 if a cut is outside its band; the cuts of that class are unspecified
    uint8_t* outside_band;
    int64_t* ranks;  // [width + 2]: workspace
};

// Finds the cuts of the classes of `range`. Cost: one pass over the keys of each class in the
// bands.
// Equivalent NumPy, if no keys are equal: ranks = quotas.cumsum(); np.partition(keys, ranks)[ranks - 1, ranks].
inline void select(const ClassKeys& known, const CutSearch& search, Range range) {
    const int64_t width = search.width, n_bands = known.n_bands;
    int64_t* const ranks = search.ranks;
    for (int64_t c = range.begin; c < range.end; ++c) {
        int64_t* const quota = search.quotas + c * (width + 1);
        std::fill_n(ranks, width + 1, 0);
        ranks[width + 1] = known.counts[c];
        int64_t rank = 0;
        bool found = true;
        for (int64_t b = 0, j = 0; b < n_bands && found; ++b) {
            const int64_t start = known.starts[c * n_bands + b];
            const int64_t size = known.starts[c * n_bands + b + 1] - start;
            const BandSlice slice{known.below[c * n_bands + b], size, known.counts[c]};
            Selection selection(known.keys + start, size, known.edges[2 * b],
                                known.edges[2 * b + 1]);
            if (width > kFewCuts) selection.sort();
            for (; j < width && search.band_of_cut[j] == b && found; ++j) {
                ranks[j + 1] = rank += quota[j];
                found = find_cut(&selection, slice, search.ideals[j], &ranks[j + 1],
                                 &search.cuts[c * width + j]);
            }
        }
        search.outside_band[c] = !found;
        if (!found) continue;
        for (int64_t j = 0; j <= width; ++j) quota[j] = ranks[j + 1] - ranks[j];
    }
}

}  // namespace fastsplit
