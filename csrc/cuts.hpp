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
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

namespace fastsplit {

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

// Keys that are sorted by counting, all at once.
constexpr int64_t kCounted = 32;

// Sorts up to kCounted keys: the place of each is the number of smaller ones, without a branch on
// data.
inline void sort_by_counting(Cpu cpu, uint64_t* keys, int64_t n) {
    uint64_t padded[kCounted], smaller[kCounted] = {};
    std::fill(std::copy_n(keys, n, padded), padded + kCounted, UINT64_MAX);
    const uint64_t* const in = padded;
    uint64_t* const out = smaller;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) {
            for (int64_t j = 0; j < kCounted; ++j) out[j] += in[i] < in[j];
        }
    });
    int64_t sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<int64_t>(smaller[i]);
    if (sum == n * (n - 1) / 2) {
        for (int64_t i = 0; i < n; ++i) keys[smaller[i]] = padded[i];
    } else {  // equal keys have one place
        std::sort(keys, keys + n);
    }
}

// Keys near a guess: those of an interval, and the number of smaller ones.
struct Near {
    static constexpr int64_t kMax = 1024;  // more do not fit
    uint64_t keys[kMax + 8];
    int64_t smaller, size;
};

// Finds the keys in [from, from + length]. Returns false if there are too many.
inline bool find_near_scalar(const uint64_t* keys, int64_t n, uint64_t from, uint64_t length,
                             Near* near) {
    int64_t smaller = 0, size = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (size == Near::kMax) return false;
        smaller += keys[i] < from;
        near->keys[size] = keys[i];
        size += keys[i] - from <= length;
    }
    near->smaller = smaller;
    near->size = size;
    return true;
}

#if FASTSPLIT_X86
FASTSPLIT_AVX512 inline bool find_near_avx512(const uint64_t* keys, int64_t n, uint64_t from,
                                              uint64_t length, Near* near) {
    const __m512i begin = _mm512_set1_epi64(static_cast<int64_t>(from)),
                  reach = _mm512_set1_epi64(static_cast<int64_t>(length));
    int64_t smaller = 0, size = 0;
    for (int64_t i = 0; i < n; i += 8) {
        if (size > Near::kMax) return false;
        const __mmask8 valid = static_cast<__mmask8>(n - i < 8 ? (1u << (n - i)) - 1 : 0xFF);
        const __m512i some = _mm512_maskz_loadu_epi64(valid, keys + i);
        smaller += _mm_popcnt_u32(_mm512_mask_cmplt_epu64_mask(valid, some, begin));
        const __mmask8 inside =
            _mm512_mask_cmple_epu64_mask(valid, _mm512_sub_epi64(some, begin), reach);
        _mm512_storeu_si512(near->keys + size, _mm512_maskz_compress_epi64(inside, some));
        size += _mm_popcnt_u32(inside);
    }
    near->smaller = smaller;
    near->size = size;
    return size <= Near::kMax;
}
#endif

inline bool find_near(Cpu cpu, const uint64_t* keys, int64_t n, uint64_t from, uint64_t length,
                      Near* near) {
#if FASTSPLIT_X86
    if (cpu == Cpu::kAvx512) return find_near_avx512(keys, n, from, length, near);
#endif
    (void)cpu;
    return find_near_scalar(keys, n, from, length, near);
}

// The keys of one class in one band, uniform between its edges; sorted only as far as needed.
class Selection {
  public:
    Selection(Cpu cpu, uint64_t* keys, int64_t size, uint64_t low, uint64_t high)
        : cpu_(cpu), keys_(keys), size_(size), low_(low), high_(high) {}

    // Finds the keys of rank - 1 and rank, if they exist. `rank` must not fall from call to call.
    void neighbours(int64_t rank, uint64_t* before, uint64_t* after) {
        if (size_ <= kCounted && counts()) sort();
        if (!sorted_ && (neighbours_by_guess(rank, kNarrow, before, after) ||
                         neighbours_by_guess(rank, kWide, before, after)))
            return;
        place(rank);
        if (rank > 0) *before = keys_[rank - 1];
        if (rank < size_) *after = keys_[rank];
    }

    void sort() {
        if (sorted_) return;
        if (size_ <= kCounted && counts()) {
            sort_by_counting(cpu_, keys_, size_);
        } else {
            std::sort(keys_, keys_ + size_);
        }
        sorted_ = true;
    }

    int64_t run_begin(uint64_t key) const {
        return std::lower_bound(keys_, keys_ + size_, key) - keys_;
    }
    int64_t run_end(uint64_t key) const {
        return std::upper_bound(keys_, keys_ + size_, key) - keys_;
    }

  private:
    static constexpr int64_t kMinGuess = 16;  // of fewer keys a full selection is as fast
    static constexpr double kNarrow = 1.5;    // deviations: a miss, 1 in 7, costs a wide guess,
    static constexpr double kWide = 3.0;      // of which a miss, 1 in 400, costs a full selection

    // Without vectors of 64-bit numbers counting is slower than comparing.
    bool counts() const { return cpu_ != Cpu::kBaseline; }

    // Searches only the interval where uniform keys place the two, some standard deviations around
    // the expectation. Returns false, outputs unset, if the class is too small for this to pay off
    // or the guess misses.
    bool neighbours_by_guess(int64_t rank, double deviations, uint64_t* before,
                             uint64_t* after) const {
        if (size_ < kMinGuess || rank == 0 || rank >= size_) return false;
        const double width = static_cast<double>(high_ - low_), n = static_cast<double>(size_);
        const double p = static_cast<double>(rank) / n;
        const double margin = width * (deviations * std::sqrt(p * (1 - p) / n) + 1 / n);
        const uint64_t from = low_ + static_cast<uint64_t>(std::max(width * p - margin, 0.0));
        const uint64_t length = std::min(static_cast<uint64_t>(2 * margin), high_ - from);
        Near near;
        if (!find_near(cpu_, keys_, size_, from, length, &near)) return false;
        const int64_t near_rank = rank - near.smaller;
        if (near_rank < 1 || near_rank >= near.size) return false;
        if (near.size <= kCounted && counts()) {
            sort_by_counting(cpu_, near.keys, near.size);
            *before = near.keys[near_rank - 1];
        } else {
            std::nth_element(near.keys, near.keys + near_rank, near.keys + near.size);
            *before = *std::max_element(near.keys, near.keys + near_rank);
        }
        *after = near.keys[near_rank];
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

    Cpu cpu_;
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
                      int64_t* ranks) {
    const int64_t width = search.width, n_bands = known.n_bands;
    const int64_t* const quota = search.quotas + c * (width + 1);
    const Seed seed = seed_of_class(search.seed, known.numbers[c]);
    int64_t rank = 0;
    for (int64_t b = 0, j = 0; b < n_bands; ++b) {
        const int64_t start = known.starts[c * n_bands + b];
        const int64_t size = known.starts[c * n_bands + b + 1] - start;
        const BandSlice slice{known.below[c * n_bands + b], size, known.counts[c]};
        Selection selection(cpu, known.keys + start, size, known.edges[2 * b],
                            known.edges[2 * b + 1]);
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

// Finds the cuts of the classes of `range`. Cost: one pass over the keys of each class in the
// bands.
// Equivalent NumPy, if no keys are equal: ranks = quotas.cumsum(); np.partition(keys, ranks)[ranks - 1, ranks].
inline void select(Cpu cpu, const ClassKeys& known, const CutSearch& search, Range range) {
    const int64_t width = search.width;
    int64_t* const ranks = search.workspace;
    for (int64_t c = range.begin; c < range.end; ++c) {
        ranks[0] = 0;
        ranks[width + 1] = known.counts[c];
        bool found = find_cuts(cpu, known, search, c, ranks);
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
}

}  // namespace fastsplit
