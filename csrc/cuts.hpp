// cuts: quotas -> the 64-bit numbers that lie between the keys on either side of each quota.
//
// The key behind a quota is an order statistic of keys that are spread evenly, so that it is known beforehand to within a
// few standard deviations: its window. One pass of `assign` with the ends of the windows as cuts tells how many keys lie
// below, in and above each window; only the keys inside are looked at. A window that misses is made wider.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "assign.hpp"
#include "keys.hpp"
#include "labels.hpp"
#include "wide.hpp"

namespace fastsplit {

constexpr uint64_t kEnd = ~uint64_t{0};  // no key exceeds it
constexpr int64_t kFewCuts = 8;          // up to here selecting is faster than sorting

// A key as a fraction of the whole range, clipped.
inline uint64_t at_fraction(double x) {
    if (!(x > 0)) return 0;
    return x < 1 ? static_cast<uint64_t>(x * 18446744073709551616.0) : kEnd;
}

// Lays a window of `spread` standard deviations around each cut of each class. Row 0 is for classes that are too small
// to gain by it: its window holds every key. rows[c] is the row of class c; ends[row, 2 * width] holds the windows of a
// row, ascending, those that overlap as one window followed by empty ones. Returns the number of rows, which `capacity`
// bounds: classes beyond it share row 0. Only the time depends on what is chosen here, never the cuts.
inline int64_t windows(const int64_t* quotas, int64_t classes, int64_t width, double spread, int64_t capacity,
                       int32_t* rows, uint64_t* ends) {
    for (int64_t j = 0; j < 2 * width; ++j) ends[j] = j == 0 ? 0 : kEnd;
    int64_t used = 1;
    for (int64_t c = 0; c < classes; ++c, quotas += width + 1) {
        double n = 0;
        for (int64_t k = 0; k <= width; ++k) n += static_cast<double>(quotas[k]);
        rows[c] = 0;
        if (used == capacity || n < 64.0 * static_cast<double>(width + 1)) continue;
        uint64_t* end = ends + used * 2 * width;
        rows[c] = static_cast<int32_t>(used++);
        double below = 0;
        int64_t open = -1;
        for (int64_t j = 0; j < width; ++j) {
            below += static_cast<double>(quotas[j]);
            const double p = below / n, half = spread * std::sqrt((p * (1 - p) + 1 / n) / n);
            const uint64_t low = at_fraction(p - half), high = at_fraction(p + half);
            if (open >= 0 && low <= end[2 * open + 1]) {
                end[2 * open + 1] = std::max(end[2 * open + 1], high);
                for (int64_t i = 2 * open + 2; i <= 2 * j + 1; ++i) end[i] = end[2 * open + 1];
            } else {
                open = j;
                end[2 * j] = low;
                end[2 * j + 1] = high;
            }
        }
    }
    return used;
}

// Appends the keys that lie in a window (those of odd places: place is what `assign` gave with the ends of the windows
// as cuts) to those of their class: keys[cursor[c]++], for positions [first, last). limit[c], for c < count, ends the
// room of class c: labels that changed since they were counted overrun nothing; returns how many found no room (0 unless they changed).
template <typename Place>
inline int64_t collect(const Labels& labels, Window window, const int32_t* classes, int64_t count, Seed seed,
                       const uint64_t* ids, const Place* place, int64_t first, int64_t last, int64_t* cursor, const int64_t* limit,
                       uint64_t* keys) {
    uint32_t offset[kBlock];
    int64_t lost = 0;
    for_blocks(first, last, [&](int64_t at, int64_t n) {
        offsets(labels, window, at, n, offset);
        for (int64_t i = 0; i < n; ++i) {
            if (place[at + i] % 2 == 0) continue;
            const int32_t c = classes[offset[i]];
            if (c < count && cursor[c] < limit[c]) {
                keys[cursor[c]++] = rank_key(seed, id_at(ids, at + i));
            } else {
                ++lost;
            }
        }
    });
    return lost;
}

// The keys of one class that lie in its windows, sorted only as far as it is needed.
class Candidates {
  public:
    Candidates(uint64_t* keys, int64_t size, bool sort_all) : keys_(keys), size_(size) {
        if (sort_all) sort();
    }

    // Puts the keys at - 1 and at where a full sort would put them; `at` does not fall from call to call.
    void place(int64_t at) {
        if (sorted_ || at == placed_) return;
        const int64_t from = std::max<int64_t>(placed_, 0);
        if (at < size_) std::nth_element(keys_ + from, keys_ + at, keys_ + size_);
        if (at > from) std::iter_swap(keys_ + at - 1, std::max_element(keys_ + from, keys_ + at));
        placed_ = at;
    }

    void sort() {
        std::sort(keys_, keys_ + size_);
        sorted_ = true;
    }

    uint64_t operator[](int64_t i) const { return keys_[i]; }
    int64_t run_begin(uint64_t key) const { return std::lower_bound(keys_, keys_ + size_, key) - keys_; }
    int64_t run_end(uint64_t key) const { return std::upper_bound(keys_, keys_ + size_, key) - keys_; }

  private:
    uint64_t* keys_;
    int64_t size_;
    int64_t placed_ = -1;  // the keys before this one are smaller than the rest; -1: nothing is known
    bool sorted_ = false;
};

// A window of a class of n examples: the candidates [begin, end) lie in it, `outside` smaller keys are no candidates.
struct Reach {
    int64_t begin, end, outside, n;

    // Whether the keys on both sides of a gap are in the window, or known not to exist.
    bool holds(int64_t at) const {
        return at >= begin && at <= end && (at > begin || outside + begin == 0) && (at < end || outside + end == n);
    }
};

// The cut at rank *rank of a class divides the gap between the keys on its two sides as `ideal` divides the whole range:
// at p of the gap, for the fraction p. The key of rank i of n is at i / (n + 1) in expectation, and the rank at n p, so that
// the cut is at (n p + p) / (n + 1) = p: an example that comes later has the asked-for probability of each split.
// Where it would part equal keys (one id on several rows), *rank moves to the nearer end of their run; of two equally near
// ends to the upper one iff the run lies at or below the ideal. Returns false if the window does not tell.
inline bool cut_at(Candidates* keys, const Reach& reach, uint64_t ideal, int64_t* rank, uint64_t* cut) {
    int64_t at = *rank - reach.outside;
    if (!reach.holds(at)) return false;
    keys->place(at);
    if (at > reach.begin && at < reach.end && (*keys)[at - 1] == (*keys)[at]) {
        const uint64_t tied = (*keys)[at];
        keys->sort();
        const int64_t low = keys->run_begin(tied), high = keys->run_end(tied);
        at = (at - low == high - at ? tied <= ideal : high - at < at - low) ? high : low;
        if (!reach.holds(at)) return false;
        *rank = at + reach.outside;
    }
    const uint64_t least = at > reach.begin ? (*keys)[at - 1] : 0;
    const uint64_t most = at < reach.end ? (*keys)[at] - 1 : kEnd;
    *cut = least + multiply_plus(ideal, most - least);
    return true;
}

// Finds the cuts of the classes [first, last).
//   quotas[classes, width + 1]  in: what is asked for; out: what the cuts give, which differs only where keys are equal
//   keys, starts[classes + 1]   the keys in the windows, grouped by class; rearranged
//   rows, ends, tally           of `windows` and of the `assign` that counted with them: tally[rows, 2 * width + 1]
//   ideals[width]               where the fractions alone would cut
//   ranks[width + 2]            to work in
//   cuts[classes, width]        out
// Returns the number of classes whose windows missed; their cuts and quotas are not written.
inline int64_t select(int64_t first, int64_t last, int64_t width, const int64_t* counts, int64_t* quotas, uint64_t* keys,
                      const int64_t* starts, const int32_t* rows, const uint64_t* ends, const int64_t* tally,
                      const uint64_t* ideals, int64_t* ranks, uint64_t* cuts) {
    int64_t missed = 0;
    for (int64_t c = first; c < last; ++c) {
        const uint64_t* end = ends + rows[c] * 2 * width;
        const int64_t* seen = tally + rows[c] * (2 * width + 1);
        int64_t* quota = quotas + c * (width + 1);
        Candidates candidates(keys + starts[c], starts[c + 1] - starts[c], width > kFewCuts);
        Reach reach{0, 0, 0, counts[c]};
        std::fill_n(ranks, width + 1, 0);
        int64_t rank = 0;
        bool found = true;
        for (int64_t j = 0; j < width && found; ++j) {
            reach.outside += rows[c] ? seen[2 * j] : 0;
            reach.begin = end[2 * j] < end[2 * j + 1] ? reach.end : reach.begin;
            reach.end = rows[c] ? reach.end + seen[2 * j + 1] : counts[c];
            ranks[j + 1] = rank += quota[j];
            found = cut_at(&candidates, reach, ideals[j], &ranks[j + 1], &cuts[c * width + j]);
        }
        missed += !found;
        if (!found) continue;
        ranks[width + 1] = counts[c];
        for (int64_t j = 0; j <= width; ++j) quota[j] = ranks[j + 1] - ranks[j];
    }
    return missed;
}

}  // namespace fastsplit
