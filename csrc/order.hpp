// order: positions -> those of each split sorted by (key of the id, position), which is what shuffles them.
//
// Equivalent NumPy: positions[np.lexsort((positions, keys))], for each split. Nothing chosen below changes a bit of that.
//
//   order_count    how many of a range fall to each bucket, by split and leading key bits; the caller lays out the buckets
//   order_scatter  a word for each position into its bucket
//   order_sort     a bucket, which fits the second-level cache -> positions
//
// A word holds the key bits that follow the leading ones and, below them, the position: one word to move, where a pair of
// key and position takes two and a position alone would have its key computed, and its id fetched, once more.
#pragma once
#include <algorithm>
#include <cstdint>

#include "cpu.hpp"
#include "keys.hpp"
#include "positions.hpp"

namespace fastsplit {

struct Packing {
    Seed seed;
    const uint64_t* ids;  // of every position, or null where a position is its own id
    int64_t width;        // bits of a position; every position is below 2**width, 0 < width < 64

    uint64_t mask() const { return (uint64_t{1} << width) - 1; }
    uint64_t key_of(uint64_t position) const { return key(seed, ids ? ids[position] : position); }
    uint64_t word(uint64_t key, uint64_t position, int64_t bits) const { return (key << bits & ~mask()) | position; }
};

// The buckets of a split: 1 << bits of them, chosen by that many leading key bits, from number `first` on.
struct Buckets {
    int64_t bits;  // 0 <= bits < 64
    int64_t first;

    int64_t of(uint64_t key) const { return first + static_cast<int64_t>(key >> 1 >> (63 - bits)); }
};

// What is to be ordered: positions, of which assignment[i] is the split of the i-th; where it is null, all are of split 0.
// Those of splits from `splits` on are left out.
struct Ordered {
    Positions positions;
    const uint8_t* assignment;
    int64_t splits;
};

// Calls use(split, key, position) for those of [first, last), in order.
template <typename Use>
inline void for_keys(Cpu cpu, const Ordered& ordered, int64_t first, int64_t last, const Packing& packing, Use use) {
    uint64_t found[kBlock], taken[kBlock];
    const uint64_t* const ids = packing.ids;
    for_blocks(first, last, [&](int64_t at, int64_t n) {
        read_positions(ordered.positions, at, n, taken);
        for (int64_t i = 0; i < n; ++i) taken[i] &= packing.mask();
        if (ids) {
            for (int64_t i = 0; i < n; ++i) found[i] = ids[taken[i]];
        }
        keys(cpu, packing.seed, ids ? found : taken, n, found);
        if (!ordered.assignment) {
            for (int64_t i = 0; i < n; ++i) use(0, found[i], taken[i]);
            return;
        }
        for (int64_t i = 0; i < n; ++i) {
            const int64_t split = ordered.assignment[at + i];
            if (split < ordered.splits) use(split, found[i], taken[i]);
        }
    });
}

// Adds how many of [first, last) fall to each bucket to counts.
inline void order_count(Cpu cpu, const Ordered& ordered, int64_t first, int64_t last, Packing packing,
                        const Buckets* buckets, int64_t* counts) {
    for_keys(cpu, ordered, first, last, packing,
             [=](int64_t split, uint64_t key, uint64_t) { ++counts[buckets[split].of(key)]; });
}

// Writes a word for each of [first, last) to words[split][cursor[bucket]++]. limit[bucket] ends the room of this range in a
// bucket: positions that changed since they were counted overrun nothing; returns how many found no room (0 unless they
// changed). The next line of a bucket is fetched ahead: no hardware follows so many streams.
inline int64_t order_scatter(Cpu cpu, const Ordered& ordered, int64_t first, int64_t last, Packing packing,
                             const Buckets* buckets, int64_t* cursor, const int64_t* limit, uint64_t* const* words) {
    int64_t lost = 0;
    for_keys(cpu, ordered, first, last, packing, [=, &lost](int64_t split, uint64_t key, uint64_t position) {
        const int64_t bucket = buckets[split].of(key);
        if (cursor[bucket] == limit[bucket]) {
            ++lost;
            return;
        }
        uint64_t* to = words[split] + cursor[bucket]++;
        FASTSPLIT_PREFETCH_TO_WRITE(to + 8);
        *to = packing.word(key, position, buckets[split].bits);
    });
    return lost;
}

// Puts runs of words that agree in all the key bits they hold into the order of (whole key, position); the rest is sorted.
inline void settle_ties(uint64_t* words, int64_t n, const Packing& packing) {
    const uint64_t mask = packing.mask();
    for (int64_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && (words[end] | mask) == (words[begin] | mask);) ++end;
        const auto before = [&](uint64_t a, uint64_t b) {
            const uint64_t key_a = packing.key_of(a & mask), key_b = packing.key_of(b & mask);
            return key_a < key_b || (key_a == key_b && a < b);
        };
        if (!std::is_sorted(words + begin, words + end, before)) std::sort(words + begin, words + end, before);
    }
}

constexpr int64_t kSmallBucket = 64;  // up to here std::sort is as fast

// The bits of a digit for which two counting passes leave about one word in a hundred out of place.
inline int64_t digit_bits(int64_t n) { return n <= 4096 ? 8 : n <= 16384 ? 9 : n <= 65536 ? 10 : 11; }

// The uint64s that order_sort works in, for a bucket of n: a copy of it, and the counts of two digits.
inline int64_t order_workspace(int64_t n) { return n + (int64_t{2} << digit_bits(n)); }

// Sorts by the two leading digits of the words: stable counting passes, to workspace and back.
inline void sort_digits(uint64_t* words, int64_t n, uint64_t* workspace) {
    const int64_t bits = digit_bits(n), digits = int64_t{1} << bits;
    const uint64_t low_mask = static_cast<uint64_t>(digits) - 1;
    uint64_t* low = workspace + n;
    uint64_t* high = low + digits;
    std::fill_n(low, 2 * digits, 0);
    for (int64_t i = 0; i < n; ++i) {
        ++low[words[i] >> (64 - 2 * bits) & low_mask];
        ++high[words[i] >> (64 - bits)];
    }
    uint64_t low_sum = 0, high_sum = 0;
    for (int64_t d = 0; d < digits; ++d) {
        low_sum += low[d];
        low[d] = low_sum - low[d];
        high_sum += high[d];
        high[d] = high_sum - high[d];
    }
    for (int64_t i = 0; i < n; ++i) workspace[low[words[i] >> (64 - 2 * bits) & low_mask]++] = words[i];
    for (int64_t i = 0; i < n; ++i) words[high[workspace[i] >> (64 - bits)]++] = workspace[i];
}

// Sorts words[0 .. n), one bucket, by (key, position).
inline void order_sort(uint64_t* words, int64_t n, const Packing& packing, uint64_t* workspace) {
    const uint64_t mask = packing.mask();
    bool ties = true;        // until the words have been compared
    int64_t spare = 4 * n;   // what insertion may cost before to sort anew is cheaper, as where digits are equal
    if (n >= kSmallBucket) {
        sort_digits(words, n, workspace);
        ties = false;
        for (int64_t i = 1; i < n && spare >= 0; ++i) {
            const uint64_t word = words[i];
            int64_t to = i;
            for (; to > 0 && words[to - 1] > word; --to) words[to] = words[to - 1];
            words[to] = word;
            spare -= i - to;
            ties |= (to > 0 && (words[to - 1] | mask) == (word | mask)) || (to < i && (words[to + 1] | mask) == (word | mask));
        }
    }
    if (n < kSmallBucket || spare < 0) {
        std::sort(words, words + n);
        ties = true;
    }
    if (ties) settle_ties(words, n, packing);
}

template <typename Position>
inline void write_positions_as(const uint64_t* words, int64_t first, int64_t last, uint64_t mask, void* out) {
    Position* const to = static_cast<Position*>(out);
    for (int64_t i = first; i < last; ++i) to[i] = static_cast<Position>(words[i] & mask);
}

// Writes the positions of words[first .. last) to the same elements of out, of `width` bytes each. out may be words itself.
inline void write_positions(const uint64_t* words, int64_t first, int64_t last, const Packing& packing, int64_t width,
                            void* out) {
    switch (width) {
        case 1: return write_positions_as<uint8_t>(words, first, last, packing.mask(), out);
        case 2: return write_positions_as<uint16_t>(words, first, last, packing.mask(), out);
        case 4: return write_positions_as<uint32_t>(words, first, last, packing.mask(), out);
        default: return write_positions_as<uint64_t>(words, first, last, packing.mask(), out);
    }
}

}  // namespace fastsplit
