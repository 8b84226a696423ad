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
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"
#include "parts/networks.hpp"
#include "parts/packing.hpp"
#include "parts/positions.hpp"
#include "parts/runs.hpp"

namespace fastsplit {

// Adds the number of positions of `range` that fall to each bucket to counts.
inline void order_count(Cpu cpu, const Unordered& unordered, Range range, const Packing& packing,
                        const Buckets* buckets, int64_t* counts) {
    for_words(cpu, unordered, range, packing, buckets,
              [=](int64_t bucket, uint64_t) FASTSPLIT_INLINE { ++counts[bucket]; });
}

// The slots of one range in a bucket that are left.
struct WordSlots {
    uint64_t* at;
    uint64_t* end;
};

// Where words go whose bucket has no slot left, with the numbers of their buckets.
struct Spill {
    uint64_t* words;
    int64_t* buckets;
    int64_t n;  // for how many words there is room
};

constexpr int64_t kWordsPerLine = 8;

// Writes one word per position of `range` to the next slot of its bucket. Returns the number of
// positions without a slot, of which the first spill.n are spilled. The next line of a bucket is
// prefetched, because no hardware prefetcher follows that many streams.
inline int64_t order_scatter(Cpu cpu, const Unordered& unordered, Range range,
                             const Packing& packing, const Buckets* buckets, WordSlots* slots,
                             Spill spill) {
    int64_t overflow = 0;
    for_words(cpu, unordered, range, packing, buckets,
              [=, &overflow](int64_t bucket, uint64_t word) FASTSPLIT_INLINE {
                  WordSlots& slot = slots[bucket];
                  uint64_t* const to = slot.at;
                  if (to == slot.end) {
                      if (overflow < spill.n) {
                          spill.words[overflow] = word;
                          spill.buckets[overflow] = bucket;
                      }
                      ++overflow;
                      return;
                  }
                  slot.at = to + 1;
                  FASTSPLIT_PREFETCH_TO_WRITE(to + kWordsPerLine);
                  *to = word;
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
            const uint64_t key_a = packing.key_of(a), key_b = packing.key_of(b);
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

// The number of uint64s that sort_by_digits needs for n words: a copy of them, and the counts of
// two digits.
inline int64_t digits_workspace(int64_t n) { return n + (int64_t{2} << digit_bits(n)); }

// Sorts the words of all runs by two leading digits: stable counting passes, to the workspace and
// to `out`, which may be the runs. The workspace has room for the words and the counts of both.
inline void sort_digits(const Runs& runs, int64_t n, uint64_t* workspace, uint64_t* out) {
    const int64_t bits = digit_bits(n), digits = int64_t{1} << bits;
    const uint64_t low_mask = static_cast<uint64_t>(digits) - 1;
    uint64_t* low = workspace + n;
    uint64_t* high = low + digits;
    std::fill_n(low, 2 * digits, 0);
    runs.for_words([&](uint64_t word) FASTSPLIT_INLINE {
        ++low[word >> (64 - 2 * bits) & low_mask];
        ++high[word >> (64 - bits)];
    });
    uint64_t low_sum = 0, high_sum = 0;
    for (int64_t d = 0; d < digits; ++d) {
        low_sum += low[d];
        low[d] = low_sum - low[d];
        high_sum += high[d];
        high[d] = high_sum - high[d];
    }
    runs.for_words([&](uint64_t word) FASTSPLIT_INLINE {
        workspace[low[word >> (64 - 2 * bits) & low_mask]++] = word;
    });
    for (int64_t i = 0; i < n; ++i) out[high[workspace[i] >> (64 - bits)]++] = workspace[i];
}

// Inserts each of n nearly sorted words. Returns false if that would take too many moves; sets
// *tied if neighbours agree in all the key bits they hold.
inline bool insert_words(uint64_t* words, int64_t n, uint64_t mask, bool* tied) {
    int64_t budget = kMoveBudget * n;
    for (int64_t i = 1; i < n && budget >= 0; ++i) {
        const uint64_t word = words[i];
        int64_t to = i;
        for (; to > 0 && words[to - 1] > word; --to) words[to] = words[to - 1];
        words[to] = word;
        budget -= i - to;
        *tied |= (to > 0 && (words[to - 1] | mask) == (word | mask)) ||
                 (to < i && (words[to + 1] | mask) == (word | mask));
    }
    return budget >= 0;
}

// Sorts the n words of all runs of a bucket by (key, position) to `out`, which may be the runs if
// there is one. workspace has digits_workspace(n) elements.
inline void sort_by_digits(const Runs& runs, int64_t n, const Packing& packing, uint64_t* workspace,
                           uint64_t* out) {
    bool ties = false;
    if (n >= kSmallBucket) sort_digits(runs, n, workspace, out);
    if (n < kSmallBucket || !insert_words(out, n, packing.mask(), &ties)) {
        if (n < kSmallBucket) {
            uint64_t* to = out;
            runs.for_words([&](uint64_t word) FASTSPLIT_INLINE { *to++ = word; });
        }
        std::sort(out, out + n);
        ties = true;
    }
    if (ties) settle_ties(out, n, packing);
}

// How a bucket was sorted.
enum class SortedBy : int32_t {
    kNetworks,
    kDigits,    // there are no networks for this CPU, or too few words
    kOverflow,  // likewise by digits, because a group of the networks overflowed,
    kTies,      // or because words were tied in all the key bits they hold
};

// The number of uint64s that order_sort needs for n words.
inline int64_t order_workspace(int64_t n) {
    return std::max(networks_workspace(n), digits_workspace(n)) + n + kWordsPerLine;
}

// Sorts the words of all runs of a bucket by (key, position), and writes their low bits as
// integers of `width` bytes to `out`, which may lie where words of the runs lie.
inline SortedBy order_sort(Cpu cpu, const Runs& runs, const Packing& packing, int64_t width,
                           uint64_t* workspace, void* out) {
    const int64_t n = runs.size();
    const uint64_t mask = packing.mask();
    uint64_t* const scratch =
        workspace + (-reinterpret_cast<uintptr_t>(workspace) / sizeof(uint64_t)) % kWordsPerLine;
    uint64_t* const words = scratch + std::max(networks_workspace(n), digits_workspace(n));
    SortedBy by = SortedBy::kDigits;
#if FASTSPLIT_X86
    if (cpu == Cpu::kAvx512 && n >= kSmallBucket) {
        uint64_t* const to = width == sizeof(uint64_t) ? static_cast<uint64_t*>(out) : words;
        const Sorted sorted = sort_by_networks_avx512(runs, mask, scratch, to);
        if (sorted == Sorted::kYes) {
            if (to == words) write_positions(words, n, mask, width, out);
            return SortedBy::kNetworks;
        }
        if (sorted == Sorted::kTied) {
            words_of_groups(scratch, n, words);
            const int64_t begin = 0;
            sort_by_digits({words, &begin, &n, 1, 1}, n, packing, scratch, words);
            write_positions(words, n, mask, width, out);
            return SortedBy::kTies;
        }
        by = SortedBy::kOverflow;
    }
#endif
    sort_by_digits(runs, n, packing, scratch, words);
    write_positions(words, n, mask, width, out);
    return by;
}

}  // namespace fastsplit
