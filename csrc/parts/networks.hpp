// networks: words sorted by sorting networks in vector registers. AVX-512 only.
//
// A word goes to one of many small groups by its leading key bits, eight groups side by side, one
// per lane of a register; a network then sorts eight groups at once. There is no histogram, no
// insertion and no branch on a word.
#pragma once
#include <cstdint>
#include <cstring>

#include "cpu.hpp"
#include "runs.hpp"
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

// GCC 12 warns of its own intrinsics: they pass an uninitialized register where none is read.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace fastsplit {

constexpr int64_t kGroupLanes = 8;  // words per register, and groups side by side
constexpr int64_t kLogCapacity = 4;
constexpr int64_t kGroupCapacity = 1 << kLogCapacity;  // words per group: a network in registers
constexpr int64_t kWordsPerGroup = 4;    // on average: at 5, several times as many groups overflow
constexpr int64_t kNarrowGroup = 8;      // words per group: up to here a smaller network will do
constexpr int64_t kCountersPerWord = 8;  // a counter is a byte

// Groups for n words: a multiple of kGroupLanes.
inline int64_t groups_for(int64_t n) {
    return (n / kWordsPerGroup + kGroupLanes) / kGroupLanes * kGroupLanes;
}

// The number of uint64s that sort_by_networks_avx512 needs for n words: the groups, a counter of
// each.
inline int64_t networks_workspace(int64_t n) {
    return groups_for(n) * kGroupCapacity + groups_for(n) / kCountersPerWord;
}

// Words from the one in hand to those that are prefetched. Without, the sort of a bucket that is
// not in cache takes 2.6 ns per word instead of 1.6: it reads and writes too slowly for the
// hardware to see a stream.
constexpr int64_t kReadAhead = 512;
constexpr int64_t kWriteAhead = 256;

enum class Sorted : int32_t {
    kYes,
    kTied,      // words with equal key bits lie beside each other in any order; all were written
    kOverflow,  // a group has no room for all its words; nothing was written
};

#if FASTSPLIT_X86
#define FASTSPLIT_AVX512_INLINE FASTSPLIT_AVX512 FASTSPLIT_INLINE inline

FASTSPLIT_AVX512_INLINE void exchange(__m512i* rows, int a, int b) {
    const __m512i low = _mm512_min_epu64(rows[a], rows[b]);
    rows[b] = _mm512_max_epu64(rows[a], rows[b]);
    rows[a] = low;
}

struct Comparator {
    int8_t a, b;
};

// Batcher's odd-even merge sort: 19 exchanges, the fewest for 8.
constexpr Comparator kNetwork8[] = {{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {1, 3}, {4, 6},
                                    {5, 7}, {1, 2}, {5, 6}, {0, 4}, {1, 5}, {2, 6}, {3, 7},
                                    {2, 4}, {3, 5}, {1, 2}, {3, 4}, {5, 6}};

// Green's network: 60 exchanges, the fewest known for 16.
constexpr Comparator kNetwork16[] = {
    {0, 1},   {2, 3},  {4, 5},   {6, 7},   {8, 9},   {10, 11}, {12, 13}, {14, 15}, {0, 2},  {1, 3},
    {4, 6},   {5, 7},  {8, 10},  {9, 11},  {12, 14}, {13, 15}, {0, 4},   {1, 5},   {2, 6},  {3, 7},
    {8, 12},  {9, 13}, {10, 14}, {11, 15}, {0, 8},   {1, 9},   {2, 10},  {3, 11},  {4, 12}, {5, 13},
    {6, 14},  {7, 15}, {5, 10},  {6, 9},   {3, 12},  {13, 14}, {7, 11},  {1, 2},   {4, 8},  {1, 4},
    {7, 13},  {2, 8},  {11, 14}, {5, 6},   {9, 10},  {2, 4},   {11, 13}, {3, 8},   {7, 12}, {6, 8},
    {10, 12}, {3, 5},  {7, 9},   {3, 4},   {5, 6},   {7, 8},   {9, 10},  {11, 12}, {6, 7},  {8, 9}};

// Whether a network sorts: it does if it sorts all sequences of zeros and ones. The bits of 2**n
// such sequences lie side by side in words.
template <int64_t kSize>
constexpr bool sorts(const Comparator* network, int64_t n) {
    // Bit i of the numbers 0 .. 63.
    constexpr uint64_t low[] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
    constexpr int64_t n_low = 6;
    for (int64_t high = 0; high < int64_t{1} << (kSize - n_low); ++high) {
        uint64_t rows[kSize] = {};
        for (int64_t i = 0; i < kSize; ++i)
            rows[i] = i < n_low ? low[i] : high >> (i - n_low) & 1 ? ~uint64_t{0} : 0;
        for (int64_t i = 0; i < n; ++i) {
            const uint64_t a = rows[network[i].a], b = rows[network[i].b];
            rows[network[i].a] = a & b;
            rows[network[i].b] = a | b;
        }
        for (int64_t i = 1; i < kSize; ++i) {
            if (rows[i - 1] & ~rows[i]) return false;
        }
    }
    return true;
}
static_assert(sorts<8>(kNetwork8, sizeof kNetwork8 / sizeof(Comparator)));
static_assert(sorts<16>(kNetwork16, sizeof kNetwork16 / sizeof(Comparator)));

// Sorts each lane of the rows.
template <int64_t kRows>
FASTSPLIT_AVX512_INLINE void sort_lanes(__m512i* rows) {
    if constexpr (kRows == kNarrowGroup) {
#pragma GCC unroll 64
        for (const Comparator pair : kNetwork8) exchange(rows, pair.a, pair.b);
    } else {
#pragma GCC unroll 64
        for (const Comparator pair : kNetwork16) exchange(rows, pair.a, pair.b);
    }
}

// Rows become lanes: out of the i-th of eight rows come the i-th words of all of them.
FASTSPLIT_AVX512_INLINE void transpose(__m512i* rows) {
    __m512i pairs[kGroupLanes], fours[kGroupLanes];
    for (int i = 0; i < kGroupLanes; i += 2) {
        pairs[i] = _mm512_unpacklo_epi64(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_epi64(rows[i], rows[i + 1]);
    }
    for (int half = 0; half < kGroupLanes; half += 4) {
        for (int i = half; i < half + 2; ++i) {
            fours[i] = _mm512_shuffle_i64x2(pairs[i], pairs[i + 2], 0x88);
            fours[i + 2] = _mm512_shuffle_i64x2(pairs[i], pairs[i + 2], 0xdd);
        }
    }
    for (int i = 0; i < 4; ++i) {
        rows[i] = _mm512_shuffle_i64x2(fours[i], fours[i + 4], 0x88);
        rows[i + 4] = _mm512_shuffle_i64x2(fours[i], fours[i + 4], 0xdd);
    }
}

// Sorts eight groups, of which the i-th has the i-th byte of `sizes` words, at most kRows, in lane
// i of the rows. Writes their words & mask one after another to *out, which advances. Returns the
// lanes in which two neighbours agree in all bits outside of the mask.
template <int64_t kRows>
FASTSPLIT_AVX512_INLINE uint32_t sort_groups(const uint64_t* groups, uint64_t sizes, __m512i mask,
                                             uint64_t** out) {
    const __m512i lengths = _mm512_cvtepu8_epi64(_mm_cvtsi64_si128(static_cast<long long>(sizes)));
    const __m512i behind_all = _mm512_set1_epi64(-1);
    __m512i rows[kRows];
    __mmask8 held[kRows];
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
        held[i] = _mm512_cmpgt_epu64_mask(lengths, _mm512_set1_epi64(i));
        rows[i] = _mm512_mask_loadu_epi64(behind_all, held[i], groups + i * kGroupLanes);
    }
    sort_lanes<kRows>(rows);
    uint32_t tied = 0;
#pragma GCC unroll 16
    for (int i = 0; i + 1 < kRows; ++i) {
        const __m512i differ = _mm512_andnot_si512(mask, _mm512_xor_si512(rows[i], rows[i + 1]));
        tied |= _mm512_mask_testn_epi64_mask(held[i + 1], differ, differ);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) rows[i] = _mm512_and_si512(rows[i], mask);
#pragma GCC unroll 2
    for (int64_t i = 0; i < kRows; i += kGroupLanes) transpose(rows + i);
#pragma GCC unroll 8
    for (int i = 0; i < kGroupLanes; ++i) {
        const uint32_t n = sizes >> (8 * i) & 0xFF;
        const uint32_t lanes = _bzhi_u32(0xFFFF, n);
        _mm512_mask_storeu_epi64(*out, static_cast<__mmask8>(lanes), rows[i]);
        if (kRows > kGroupLanes)
            _mm512_mask_storeu_epi64(*out + kGroupLanes,
                                     static_cast<__mmask8>(lanes >> kGroupLanes),
                                     rows[kRows - kGroupLanes + i]);
        *out += n;
    }
    return tied;
}

// The groups of the words to sort: the i-th group has its words in lane i % kGroupLanes of
// kGroupCapacity rows, and its size is a byte.
struct WordGroups {
    uint64_t* words;
    uint8_t* sizes;
    int64_t n;

    WordGroups(uint64_t* workspace, int64_t n_words)
        : words(workspace),
          sizes(reinterpret_cast<uint8_t*>(workspace + groups_for(n_words) * kGroupCapacity)),
          n(groups_for(n_words)) {}

    // Returns the size of the group before; if that is kGroupCapacity, another word is lost.
    FASTSPLIT_INLINE uint32_t add(uint64_t word, uint64_t group, uint64_t offset) {
        const uint32_t size = sizes[group];
        words[offset + size % kGroupCapacity * kGroupLanes] = word;
        sizes[group] = static_cast<uint8_t>(size + 1);
        return size;
    }
};

constexpr int64_t kWordsAtOnce = 64;  // words whose groups are computed at once, in registers

// Writes the group of each of kWordsAtOnce words, and where its first row lies.
FASTSPLIT_AVX512_INLINE void groups_of(const uint64_t* words, uint64_t mask, int64_t n_groups,
                                       uint32_t* group_of, uint32_t* offset_of) {
    const __m512i masks = _mm512_set1_epi64(static_cast<long long>(mask));
    const __m512i n = _mm512_set1_epi64(n_groups), lane_mask = _mm512_set1_epi64(kGroupLanes - 1);
    for (int64_t i = 0; i < kWordsAtOnce; i += kGroupLanes) {
        const __m512i leading =
            _mm512_srli_epi64(_mm512_andnot_si512(masks, _mm512_loadu_si512(words + i)), 32);
        const __m512i group = _mm512_srli_epi64(_mm512_mul_epu32(leading, n), 32);
        const __m512i lane = _mm512_and_si512(group, lane_mask);
        // group / kGroupLanes * (kGroupLanes * kGroupCapacity) + lane
        const __m512i offset =
            _mm512_add_epi64(_mm512_slli_epi64(_mm512_sub_epi64(group, lane), kLogCapacity), lane);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(group_of + i), _mm512_cvtepi64_epi32(group));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(offset_of + i),
                            _mm512_cvtepi64_epi32(offset));
    }
}

// Puts the words of all runs into empty groups. Returns false if a group overflows.
FASTSPLIT_AVX512_INLINE bool fill_groups(const Runs& runs, uint64_t mask, WordGroups groups) {
    std::memset(groups.sizes, 0, static_cast<size_t>(groups.n));
    uint32_t group_of[kWordsAtOnce], offset_of[kWordsAtOnce];
    uint64_t last[kWordsAtOnce];
    uint32_t sizes = 0;
    for (int64_t r = 0; r < runs.n; ++r) {
        const uint64_t* words = runs.words + runs.begins[r * runs.stride];
        for (int64_t left = runs.length(r); left > 0; left -= kWordsAtOnce, words += kWordsAtOnce) {
            const int64_t n = left < kWordsAtOnce ? left : kWordsAtOnce;
            if (n < kWordsAtOnce) {  // no word is read behind the run
                std::memcpy(last, words, static_cast<size_t>(n) * sizeof *words);
                words = last;
            }
            for (int64_t i = 0; i < kWordsAtOnce; i += kGroupLanes)
                FASTSPLIT_PREFETCH_TO_READ(words + kReadAhead + i);
            groups_of(words, mask, groups.n, group_of, offset_of);
            for (int64_t i = 0; i < n; ++i)
                sizes |= groups.add(words[i], group_of[i], offset_of[i]);
        }
    }
    return sizes < kGroupCapacity;
}

// Sorts the words of all runs and writes them & mask to `out`, which may lie where words of the
// runs lie. Keys are the bits outside of the mask. workspace has networks_workspace(words of all
// runs) elements.
FASTSPLIT_AVX512 inline Sorted sort_by_networks_avx512(const Runs& runs, uint64_t mask,
                                                       uint64_t* workspace, uint64_t* out) {
    const WordGroups groups(workspace, runs.size());
    if (!fill_groups(runs, mask, groups)) return Sorted::kOverflow;
    constexpr uint64_t beyond_narrow = 0x1818181818181818;  // bits of bytes of 8 or more
    const __m512i masks = _mm512_set1_epi64(static_cast<long long>(mask));
    uint32_t tied = 0;
    for (int64_t group = 0; group < groups.n; group += kGroupLanes) {
        uint64_t eight;
        std::memcpy(&eight, groups.sizes + group, sizeof eight);
        const uint64_t* const words = groups.words + group * kGroupCapacity;
        for (int64_t i = 0; i < kGroupLanes * kWordsPerGroup; i += kGroupLanes)
            FASTSPLIT_PREFETCH_TO_WRITE(out + kWriteAhead + i);
        tied |= eight & beyond_narrow ? sort_groups<kGroupCapacity>(words, eight, masks, &out)
                                      : sort_groups<kNarrowGroup>(words, eight, masks, &out);
    }
    return tied ? Sorted::kTied : Sorted::kYes;
}

// Writes the n words that sort_by_networks_avx512 left in its workspace, in any order.
inline void words_of_groups(uint64_t* workspace, int64_t n, uint64_t* out) {
    const WordGroups groups(workspace, n);
    for (int64_t group = 0; group < groups.n; ++group) {
        const uint64_t* const words = groups.words +
                                      group / kGroupLanes * (kGroupLanes * kGroupCapacity) +
                                      group % kGroupLanes;
        for (int64_t i = 0; i < groups.sizes[group]; ++i) *out++ = words[i * kGroupLanes];
    }
}
#endif

}  // namespace fastsplit

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
