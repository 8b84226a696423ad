// order: the positions of each split sorted by (key of the id, position): in random order.
//
// Equivalent NumPy: positions[np.lexsort((positions, keys))], for each split. Nothing chosen below changes a bit
// of that.
//
// order_count: positions -> how many fall to each bucket, by split and leading key bits.
//
// order_scatter: positions -> one word each, in its bucket; the caller lays the buckets out.
//
// order_sort: a bucket, which fits the L2 cache -> its words sorted.
//
// A word holds the key bits that follow the leading ones and, below them, the position. One packed
// word halves the traffic of a (key, position) pair, and unlike a bare position needs no second key
// computation or id fetch.
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"
#include "parts/keys.hpp"
#include "parts/positions.hpp"

namespace fastsplit {

// How positions become words. Not checked: every position is below 2**width, 0 < width < 64, and
// has an id if keys.ids is not null.
struct Packing {
    Keys keys;
    int64_t width;  // bits per position

    uint64_t mask() const { return (uint64_t{1} << width) - 1; }
    uint64_t key_of(uint64_t position) const {
        return key(keys.seed, keys.ids ? keys.ids[position] : position);
    }
    uint64_t word(uint64_t key, uint64_t position, int64_t bits) const {
        return (key << bits & ~mask()) | position;
    }
};

// The buckets of one split: 1 << bits of them, chosen by that many leading key bits, numbered from
// `begin` on.
struct Buckets {
    int64_t bits;  // 0 <= bits < 64
    int64_t begin;

    // In two shifts, because a shift by 64 - bits is undefined for bits == 0.
    int64_t of(uint64_t key) const { return begin + static_cast<int64_t>(key >> 1 >> (63 - bits)); }
};

// The positions to order. assignment[i] is the split of the i-th position; if it is null, all are
// of split 0. Splits from n_splits on are left out.
struct Unordered {
    Positions positions;
    const uint8_t* assignment;
    int64_t n_splits;
};

// Calls use(split, key, position) for the positions of `range`, in order.
template <typename Use>
inline void for_keys(Cpu cpu, const Unordered& unordered, Range range, const Packing& packing,
                     Use use) {
    uint64_t block_keys[kBlock], positions[kBlock];
    const uint64_t* const ids = packing.keys.ids;
    for_blocks(range, [&](int64_t begin, int64_t n) {
        read_positions(unordered.positions, begin, n, positions);
        for (int64_t i = 0; i < n; ++i) positions[i] &= packing.mask();
        if (ids) {
            for (int64_t i = 0; i < n; ++i) block_keys[i] = ids[positions[i]];
        }
        keys_of_ids(cpu, packing.keys.seed, ids ? block_keys : positions, n, block_keys);
        if (!unordered.assignment) {
            for (int64_t i = 0; i < n; ++i) use(0, block_keys[i], positions[i]);
            return;
        }
        for (int64_t i = 0; i < n; ++i) {
            const int64_t split = unordered.assignment[begin + i];
            if (split < unordered.n_splits) use(split, block_keys[i], positions[i]);
        }
    });
}

// Adds the number of positions of `range` that fall to each bucket to counts.
inline void order_count(Cpu cpu, const Unordered& unordered, Range range, Packing packing,
                        const Buckets* buckets, int64_t* counts) {
    for_keys(cpu, unordered, range, packing,
             [=](int64_t split, uint64_t key, uint64_t) { ++counts[buckets[split].of(key)]; });
}

// The slots of one range in each bucket: words[split][cursor[bucket]] to words[split][limit[bucket]
// - 1].
struct WordSlots {
    int64_t* cursor;
    const int64_t* limit;
    uint64_t* const* words;
};

constexpr int64_t kWordsPerLine = 8;

// Writes one word per position of `range` to words[split][cursor[bucket]++]. Returns the overflow:
// the number of positions without a slot, 0 unless they changed since they were counted. The next
// line of a bucket is prefetched, because no hardware prefetcher follows that many streams.
inline int64_t order_scatter(Cpu cpu, const Unordered& unordered, Range range, Packing packing,
                             const Buckets* buckets, WordSlots slots) {
    int64_t overflow = 0;
    for_keys(cpu, unordered, range, packing,
             [=, &overflow](int64_t split, uint64_t key, uint64_t position) {
                 const int64_t bucket = buckets[split].of(key);
                 if (slots.cursor[bucket] == slots.limit[bucket]) {
                     ++overflow;
                     return;
                 }
                 uint64_t* to = slots.words[split] + slots.cursor[bucket]++;
                 FASTSPLIT_PREFETCH_TO_WRITE(to + kWordsPerLine);
                 *to = packing.word(key, position, buckets[split].bits);
             });
    return overflow;
}

// Puts runs of sorted words that agree in all the key bits they hold into the order of (whole key,
// position).
inline void settle_ties(uint64_t* words, int64_t n, const Packing& packing) {
    const uint64_t mask = packing.mask();
    for (int64_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && (words[end] | mask) == (words[begin] | mask);) ++end;
        const auto before = [&](uint64_t a, uint64_t b) {
            const uint64_t key_a = packing.key_of(a & mask), key_b = packing.key_of(b & mask);
            return key_a < key_b || (key_a == key_b && a < b);
        };
        if (!std::is_sorted(words + begin, words + end, before))
            std::sort(words + begin, words + end, before);
    }
}

constexpr int64_t kSmallBucket = 64;  // words: up to here std::sort is as fast
// Moves per word of the insertion pass; beyond, std::sort is cheaper.
constexpr int64_t kMoveBudget = 4;

// The bits of a digit for which two counting passes leave about one word in a hundred out of place.
inline int64_t digit_bits(int64_t n) {
    return n <= 4096 ? 8 : n <= 16384 ? 9 : n <= 65536 ? 10 : 11;
}

// The number of uint64s that order_sort needs for n words: a copy of them, and the counts of two
// digits.
inline int64_t order_workspace(int64_t n) { return n + (int64_t{2} << digit_bits(n)); }

// Sorts by the two leading digits of the words: stable counting passes, to the workspace and back.
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
    for (int64_t i = 0; i < n; ++i)
        workspace[low[words[i] >> (64 - 2 * bits) & low_mask]++] = words[i];
    for (int64_t i = 0; i < n; ++i) words[high[workspace[i] >> (64 - bits)]++] = workspace[i];
}

// Sorts words[0 .. n), one bucket, by (key, position). workspace has order_workspace(n) elements.
inline void order_sort(uint64_t* words, int64_t n, const Packing& packing, uint64_t* workspace) {
    const uint64_t mask = packing.mask();
    bool ties = true;  // until the words were compared
    int64_t budget = kMoveBudget * n;
    if (n >= kSmallBucket) {
        sort_digits(words, n, workspace);
        ties = false;
        for (int64_t i = 1; i < n && budget >= 0; ++i) {
            const uint64_t word = words[i];
            int64_t to = i;
            for (; to > 0 && words[to - 1] > word; --to) words[to] = words[to - 1];
            words[to] = word;
            budget -= i - to;
            ties |= (to > 0 && (words[to - 1] | mask) == (word | mask)) ||
                    (to < i && (words[to + 1] | mask) == (word | mask));
        }
    }
    if (n < kSmallBucket || budget < 0) {
        std::sort(words, words + n);
        ties = true;
    }
    if (ties) settle_ties(words, n, packing);
}

}  // namespace fastsplit
