// packing: positions -> words of key bits and position, and the buckets that the words go to.
//
// A word holds the key bits that follow the leading ones and, below them, the position. One packed
// word halves the traffic of a (key, position) pair, and unlike a bare position needs no second key
// computation or id fetch.
#pragma once
#include <algorithm>
#include <cstdint>

#include "blocks.hpp"
#include "cpu.hpp"
#include "keys.hpp"
#include "positions.hpp"
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

// GCC 12 warns of its own intrinsics: they pass an uninitialized register where none is read.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace fastsplit {

// How positions become words. Not checked: every position is below 2**width, width and fold_bits
// are at least 0, their sum is in 1 .. 63, and a position has an id if keys.ids is not null.
struct Packing {
    Keys keys;
    int64_t width;      // bits per position
    int64_t fold_bits;  // bits below the position, for its fold

    uint64_t mask() const { return (uint64_t{1} << (width + fold_bits)) - 1; }
    uint64_t position_of(uint64_t word) const { return (word & mask()) >> fold_bits; }
    uint64_t key_of(uint64_t word) const {
        const uint64_t position = position_of(word);
        return key(keys.seed, keys.ids ? keys.ids[position] : position);
    }
};

// The buckets of one split: 1 << bits of them, chosen by that many leading key bits, numbered from
// `begin` on.
struct Buckets {
    int64_t bits;   // 0 <= bits < 32
    int64_t begin;  // below 2**32

    // In two shifts, because a shift by 64 - bits is undefined for bits == 0.
    int64_t of(uint64_t key) const { return begin + static_cast<int64_t>(key >> 1 >> (63 - bits)); }
};

// The positions to order. assignment[i] is the split of the i-th position; if it is null, all are
// of split 0. Splits from n_splits on are left out. folds: the fold of each, or null data.
struct Unordered {
    Positions positions;
    const uint8_t* assignment;
    int64_t n_splits;
    Positions folds;
};

constexpr int64_t kSplitsPerRegister = 8;
constexpr uint8_t kNoSplit = 0xFF;  // at least as many as splits per register

// A block of n positions with their keys.
struct Keyed {
    const uint64_t* keys;
    const uint64_t* low;  // the bits below the key: of the position and its fold
    const uint8_t* splits;
    int64_t n;
    int64_t n_splits;
};

// Calls use(bucket, word) for each position of a split below n_splits, in order.
template <typename Use>
FASTSPLIT_INLINE inline void pack_scalar(const Keyed& keyed, const Buckets* buckets, uint64_t mask,
                                         Use use) {
    for (int64_t i = 0; i < keyed.n; ++i) {
        const int64_t split = keyed.splits[i];
        if (split >= keyed.n_splits) continue;
        const Buckets of_split = buckets[split];
        use(of_split.of(keyed.keys[i]), (keyed.keys[i] << of_split.bits & ~mask) | keyed.low[i]);
    }
}

#if FASTSPLIT_X86
// The words of a block of positions, and the bucket of each.
struct WordBlock {
    static constexpr int64_t kSlack = 8;  // whole registers are written behind the last word
    uint64_t words[kBlock + kSlack];
    uint32_t buckets[kBlock + kSlack];
};

// Packs the positions of at most kSplitsPerRegister splits, whose buckets are looked up in
// registers. Returns how many are of these splits. Reads whole registers: splits beyond the n-th
// are kNoSplit.
FASTSPLIT_AVX512 inline int64_t pack_avx512(const Keyed& keyed, const Buckets* buckets,
                                            uint64_t mask, WordBlock* out) {
    uint64_t bits[kSplitsPerRegister] = {}, begins[kSplitsPerRegister] = {};
    for (int64_t s = 0; s < keyed.n_splits; ++s) {
        bits[s] = static_cast<uint64_t>(buckets[s].bits);
        begins[s] = static_cast<uint64_t>(buckets[s].begin);
    }
    const __m512i bits_of = _mm512_loadu_si512(bits), begin_of = _mm512_loadu_si512(begins);
    const __m512i low_mask = _mm512_set1_epi64(static_cast<long long>(mask));
    const __m512i key_bits = _mm512_set1_epi64(64), limit = _mm512_set1_epi64(keyed.n_splits);
    int64_t n = 0;
    for (int64_t i = 0; i < keyed.n; i += kSplitsPerRegister) {
        const __m512i split = _mm512_cvtepu8_epi64(
            _mm_loadl_epi64(reinterpret_cast<const __m128i*>(keyed.splits + i)));
        const __m512i key = _mm512_loadu_si512(keyed.keys + i);
        const __m512i bit_count = _mm512_permutexvar_epi64(split, bits_of);
        const __m512i bucket =
            _mm512_add_epi64(_mm512_permutexvar_epi64(split, begin_of),
                             _mm512_srlv_epi64(key, _mm512_sub_epi64(key_bits, bit_count)));
        const __m512i word =
            _mm512_or_si512(_mm512_andnot_si512(low_mask, _mm512_sllv_epi64(key, bit_count)),
                            _mm512_loadu_si512(keyed.low + i));
        const __mmask8 held = _mm512_cmplt_epu64_mask(split, limit);
        _mm512_storeu_si512(out->words + n, _mm512_maskz_compress_epi64(held, word));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out->buckets + n),
                            _mm512_cvtepi64_epi32(_mm512_maskz_compress_epi64(held, bucket)));
        n += _mm_popcnt_u32(held);
    }
    return n;
}
#endif

// out[i] = positions[begin + i] & mask, for 0 <= i < n.
inline void read_low(Cpu cpu, const Positions& positions, int64_t begin, int64_t n, uint64_t mask,
                     uint64_t* out) {
    if (positions.data) read_positions(positions, begin, n, out);
    const bool given = positions.data;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        if (given) {
            for (int64_t i = 0; i < n; ++i) out[i] &= mask;
        } else {
            for (int64_t i = 0; i < n; ++i) out[i] = static_cast<uint64_t>(begin + i);
        }
    });
}

// Calls use(bucket, word) for the positions of `range`, in order.
template <typename Use>
inline void for_words(Cpu cpu, const Unordered& unordered, Range range, const Packing& packing,
                      const Buckets* buckets, Use use) {
    alignas(64) uint64_t keys[kBlock], low[kBlock], folds[kBlock];
    const uint64_t* const ids = packing.keys.ids;
    const uint64_t mask = packing.mask(), position_mask = mask >> packing.fold_bits;
    const uint64_t fold_mask = (uint64_t{1} << packing.fold_bits) - 1;
    uint8_t splits[kBlock + kSplitsPerRegister];
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        const int64_t n = std::min(kBlock, range.end - begin);
        read_low(cpu, unordered.positions, begin, n, position_mask, low);
        if (ids) {
            for (int64_t i = 0; i < n; ++i) keys[i] = ids[low[i]];
        }
        keys_of_ids(cpu, packing.keys.seed, ids ? keys : low, n, keys);
        if (unordered.folds.data) {
            read_positions(unordered.folds, begin, n, folds);
            for (int64_t i = 0; i < n; ++i)
                low[i] = low[i] << packing.fold_bits | (folds[i] & fold_mask);
        }
        if (unordered.assignment) {
            std::copy_n(unordered.assignment + begin, n, splits);
        } else {
            std::fill_n(splits, n, uint8_t{0});
        }
        std::fill_n(splits + n, kSplitsPerRegister, kNoSplit);
        const Keyed keyed{keys, low, splits, n, unordered.n_splits};
#if FASTSPLIT_X86
        if (cpu == Cpu::kAvx512 && keyed.n_splits <= kSplitsPerRegister) {
            alignas(64) WordBlock block;
            const int64_t packed = pack_avx512(keyed, buckets, mask, &block);
            for (int64_t i = 0; i < packed; ++i) use(block.buckets[i], block.words[i]);
            continue;
        }
#endif
        pack_scalar(keyed, buckets, mask, use);
    }
}

}  // namespace fastsplit

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
