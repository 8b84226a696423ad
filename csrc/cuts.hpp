// cuts: quotas -> the 64-bit numbers that lie between the keys on either side of each quota.
//
// The key behind a quota is an order statistic of keys that are spread evenly, so that it is known beforehand to within a
// few standard deviations: a band of keys that serves all but the smallest classes. `count` tells how many keys of each
// class lie below, in and above the bands, and keeps those inside; only these are looked at. A class whose cut lies outside
// its band is looked at whole.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "keys.hpp"
#include "labels.hpp"
#include "wide.hpp"

namespace fastsplit {

constexpr uint64_t kEnd = ~uint64_t{0};  // no key exceeds it
constexpr int64_t kFewCuts = 8;          // up to here selecting is faster than sorting

// Puts candidates into the room of their entry of the tally: out[cursor[entry]++] = key.
inline void arrange(const uint64_t* keys, const uint32_t* entries, int64_t first, int64_t last, int64_t* cursor,
                    uint64_t* out) {
    for (int64_t i = first; i < last; ++i) out[cursor[entries[i]]++] = keys[i];
}

// Appends the keys of positions [first, last) to those of their class: out[cursor[c]++], c = classes[offset of the label].
// Those of class `count` are left out. limit[c] ends the room of class c: labels that changed since they were counted
// overrun nothing; returns how many found no room (0 unless they changed).
inline int64_t collect(Cpu cpu, const Labels& labels, Window window, const int32_t* classes, int64_t count, Seed seed,
                       const uint64_t* ids, int64_t first, int64_t last, int64_t* cursor, const int64_t* limit,
                       uint64_t* out) {
    uint32_t offset[kBlock];
    uint64_t keys[kBlock];
    int64_t lost = 0;
    for_blocks(first, last, [&](int64_t at, int64_t n) {
        offsets(cpu, labels, window, at, n, offset);
        rank_keys(cpu, seed, ids, at, n, keys);
        for (int64_t i = 0; i < n; ++i) {
            const int32_t c = classes[offset[i]];
            if (c == count) continue;
            if (cursor[c] < limit[c]) {
                out[cursor[c]++] = keys[i];
            } else {
                ++lost;
            }
        }
    });
    return lost;
}

// Keys of one class, which are spread evenly between two edges, sorted only as far as it is needed.
class Selection {
  public:
    Selection(uint64_t* keys, int64_t size, uint64_t low, uint64_t high) : keys_(keys), size_(size), low_(low), high_(high) {}

    // Finds the keys that a full sort would put at - 1 and at, where they exist; `at` does not fall from call to call.
    void around(int64_t at, uint64_t* before, uint64_t* behind) {
        if (!sorted_ && around_guess(at, before, behind)) return;
        place(at);
        if (at > 0) *before = keys_[at - 1];
        if (at < size_) *behind = keys_[at];
    }

    void sort() {
        if (!sorted_) std::sort(keys_, keys_ + size_);
        sorted_ = true;
    }

    int64_t run_begin(uint64_t key) const { return std::lower_bound(keys_, keys_ + size_, key) - keys_; }
    int64_t run_end(uint64_t key) const { return std::upper_bound(keys_, keys_ + size_, key) - keys_; }

  private:
    // Looks only at the keys where evenness lets expect the two, within three standard deviations. Returns false, and tells
    // nothing, where there are too few keys for that to help or the two are not there.
    bool around_guess(int64_t at, uint64_t* before, uint64_t* behind) {
        constexpr int64_t room = 1024;
        if (size_ < 16 || at == 0 || at >= size_) return false;
        const double whole = static_cast<double>(high_ - low_), n = static_cast<double>(size_), p = static_cast<double>(at) / n;
        const double middle = whole * p, margin = whole * (3 * std::sqrt(p * (1 - p) / n) + 1 / n);
        const uint64_t from = low_ + static_cast<uint64_t>(std::max(middle - margin, 0.0));
        const uint64_t length = std::min(static_cast<uint64_t>(2 * margin), high_ - from);
        uint64_t near[room];
        int64_t smaller = 0, size = 0;
        for (int64_t i = 0; i < size_; ++i) {
            if (size == room) return false;
            smaller += keys_[i] < from;
            near[size] = keys_[i];
            size += keys_[i] - from <= length;
        }
        const int64_t rank = at - smaller;
        if (rank < 1 || rank >= size) return false;
        std::nth_element(near, near + rank, near + size);
        *behind = near[rank];
        *before = *std::max_element(near, near + rank);
        return true;
    }

    // Puts the keys at - 1 and at where a full sort would put them.
    void place(int64_t at) {
        if (sorted_ || at == placed_) return;
        const int64_t from = std::max<int64_t>(placed_, 0);
        if (at < size_) std::nth_element(keys_ + from, keys_ + at, keys_ + size_);
        if (at > from) std::iter_swap(keys_ + at - 1, std::max_element(keys_ + from, keys_ + at));
        placed_ = at;
    }

    uint64_t* keys_;
    int64_t size_;
    uint64_t low_, high_;
    int64_t placed_ = -1;  // the keys before this one are smaller than the rest; -1: nothing is known
    bool sorted_ = false;
};

// The keys of a class of n examples that lie in one band: `size` of them, behind `below` smaller ones.
struct Reach {
    int64_t below, size, n;

    // Whether the keys on both sides of a gap are in the band, or known not to exist.
    bool holds(int64_t at) const {
        return at >= 0 && at <= size && (at > 0 || below == 0) && (at < size || below + size == n);
    }
};

// The cut at rank *rank of a class divides the gap between the keys on its two sides as `ideal` divides the whole range:
// at p of the gap, for the fraction p. The key of rank i of n is at i / (n + 1) in expectation, and the rank at n p, so that
// the cut is at (n p + p) / (n + 1) = p: an example that comes later has the asked-for probability of each split.
// Where it would part equal keys (one id on several rows), *rank moves to the nearer end of their run; of two equally near
// ends to the upper one iff the run lies at or below the ideal. Returns false if the band does not tell.
inline bool cut_at(Selection* keys, const Reach& reach, uint64_t ideal, int64_t* rank, uint64_t* cut) {
    int64_t at = *rank - reach.below;
    if (!reach.holds(at)) return false;
    uint64_t before = 0, behind = 0;
    keys->around(at, &before, &behind);
    if (at > 0 && at < reach.size && before == behind) {
        const uint64_t tied = behind;
        keys->sort();
        const int64_t low = keys->run_begin(tied), high = keys->run_end(tied);
        at = (at - low == high - at ? tied <= ideal : high - at < at - low) ? high : low;
        if (!reach.holds(at)) return false;
        *rank = at + reach.below;
        keys->around(at, &before, &behind);
    }
    const uint64_t least = at > 0 ? before : 0;
    const uint64_t most = at < reach.size ? behind - 1 : kEnd;
    *cut = least + multiply_plus(ideal, most - least);
    return true;
}

// Finds the cuts of the classes [first, last).
//   quotas[classes, width + 1]  in: what is asked for; out: what the cuts give, which differs only where keys are equal
//   band[width]                 the band of each cut, ascending
//   edges[2 * bands]            where each band begins and ends
//   keys, starts                those of class c in band b are keys[starts[c * bands + b] .. starts[c * bands + b + 1]);
//                               rearranged
//   below[classes, bands]       how many keys of the class lie below the band
//   ideals[width]               where the fractions alone would cut
//   ranks[width + 2]            to work in
//   cuts[classes, width]        out
//   missed[classes]             out: 1 where a cut is outside its band; the cuts and quotas of the class are not valid then
inline void select(int64_t first, int64_t last, int64_t width, const int64_t* counts, int64_t* quotas,
                   const int64_t* band, int64_t bands, const uint64_t* edges, uint64_t* keys, const int64_t* starts, const int64_t* below,
                   const uint64_t* ideals, int64_t* ranks, uint64_t* cuts, uint8_t* missed) {
    for (int64_t c = first; c < last; ++c) {
        int64_t* quota = quotas + c * (width + 1);
        std::fill_n(ranks, width + 1, 0);
        ranks[width + 1] = counts[c];
        int64_t rank = 0;
        bool found = true;
        for (int64_t b = 0, j = 0; b < bands && found; ++b) {
            const int64_t start = starts[c * bands + b], size = starts[c * bands + b + 1] - start;
            const Reach reach{below[c * bands + b], size, counts[c]};
            Selection selection(keys + start, size, edges[2 * b], edges[2 * b + 1]);
            if (width > kFewCuts) selection.sort();
            for (; j < width && band[j] == b && found; ++j) {
                ranks[j + 1] = rank += quota[j];
                found = cut_at(&selection, reach, ideals[j], &ranks[j + 1], &cuts[c * width + j]);
            }
        }
        missed[c] = !found;
        if (!found) continue;
        for (int64_t j = 0; j <= width; ++j) quota[j] = ranks[j + 1] - ranks[j];
    }
}

}  // namespace fastsplit
