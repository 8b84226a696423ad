// emit: the split of each example -> the positions of each split, ascending or in a given order.
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

namespace fastsplit {

constexpr int64_t kByteValues = 256;
// Up to here one comparison of all bytes per split is faster than a table.
constexpr int64_t kFewSplits = 16;

// Adds the number of bytes equal to s in `range` to counts[s], for s < n_splits.
// Equivalent NumPy: np.bincount(assignment, minlength=256)[:n_splits].
inline void count_splits(Cpu cpu, const uint8_t* assignment, Range range, int64_t n_splits,
                         int64_t* counts) {
    int64_t begin = range.begin;
    if (n_splits > kFewSplits) {
        int64_t all[kByteValues] = {};
        for (int64_t i = begin; i < range.end; ++i) ++all[assignment[i]];
        for (int64_t s = 0; s < n_splits; ++s) counts[s] += all[s];
        return;
    }
    constexpr int64_t lanes = 64, rows = 255;  // each lane counts in a byte, which holds 255
    while (range.end - begin >= lanes) {
        const int64_t n_rows = std::min(rows, (range.end - begin) / lanes);
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t s = 0; s < n_splits; ++s) {
                const uint8_t split = static_cast<uint8_t>(s);
                uint8_t count[lanes] = {};
                for (int64_t row = 0; row < n_rows; ++row) {
                    for (int64_t i = 0; i < lanes; ++i)
                        count[i] += assignment[begin + row * lanes + i] == split;
                }
                for (int64_t i = 0; i < lanes; ++i) counts[s] += count[i];
            }
        });
        begin += n_rows * lanes;
    }
    for (; begin < range.end; ++begin) {
        if (assignment[begin] < n_splits) ++counts[assignment[begin]];
    }
}

// The i-th position of an order, or i itself if there is no order.
template <typename Position>
inline Position position_at(const Position* order, int64_t i) {
    return order ? order[i] : static_cast<Position>(i);
}

template <typename Position>
inline void emit_scalar(const uint8_t* assignment, const Position* order, Range range,
                        int64_t n_splits, Position* const* out, int64_t* cursor) {
    Position* at[kByteValues];
    int64_t step[kByteValues];
    Position skipped;
    for (int64_t s = 0; s < kByteValues; ++s) {
        at[s] = s < n_splits ? out[s] + cursor[s] : &skipped;
        step[s] = s < n_splits;
    }
    for (int64_t i = range.begin; i < range.end; ++i) {
        const uint8_t split = assignment[i];
        *at[split] = position_at(order, i);
        at[split] += step[split];
    }
    for (int64_t s = 0; s < n_splits; ++s) cursor[s] = at[s] - out[s];
}

#if FASTSPLIT_X86
constexpr int64_t kBytesPerVector = 64;

FASTSPLIT_AVX512 inline __m512i read_lanes(const uint64_t* order) {
    return _mm512_loadu_si512(order);
}

FASTSPLIT_AVX512 inline __m512i read_lanes(const uint32_t* order) {
    return _mm512_maskz_cvtepu32_epi64(0xFF,
                                       _mm256_loadu_si256(reinterpret_cast<const __m256i*>(order)));
}

// Writes the lanes of `positions` selected by `mask`, packed, and nothing after them.
FASTSPLIT_AVX512 inline void write_lanes(uint64_t* out, __m512i positions, uint32_t mask) {
    const __mmask8 lanes =
        static_cast<__mmask8>(_bzhi_u32(0xFF, static_cast<uint32_t>(_mm_popcnt_u32(mask))));
    _mm512_mask_storeu_epi64(out, lanes,
                             _mm512_maskz_compress_epi64(static_cast<__mmask8>(mask), positions));
}

FASTSPLIT_AVX512 inline void write_lanes(uint32_t* out, __m512i positions, uint32_t mask) {
    const __mmask8 lanes =
        static_cast<__mmask8>(_bzhi_u32(0xFF, static_cast<uint32_t>(_mm_popcnt_u32(mask))));
    const __m512i packed = _mm512_maskz_compress_epi64(static_cast<__mmask8>(mask), positions);
    _mm256_mask_storeu_epi32(out, lanes, _mm512_maskz_cvtepi64_epi32(0xFF, packed));
}

// emit_scalar for a range of a multiple of kBytesPerVector examples.
template <typename Position>
FASTSPLIT_AVX512 inline void emit_avx512(const uint8_t* assignment, const Position* order,
                                         Range range, int64_t n_splits, Position* const* out,
                                         int64_t* cursor) {
    const __m512i lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    for (int64_t begin = range.begin; begin < range.end; begin += kBytesPerVector) {
        const __m512i bytes = _mm512_loadu_si512(assignment + begin);
        for (int64_t s = 0; s < n_splits; ++s) {
            uint64_t mask = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(static_cast<char>(s)));
            Position* to = out[s] + cursor[s];
            cursor[s] += _mm_popcnt_u64(mask);
            for (int64_t i = begin; mask != 0; i += 8, mask >>= 8) {
                const uint32_t some = static_cast<uint32_t>(mask & 0xFF);
                write_lanes(
                    to,
                    order ? read_lanes(order + i) : _mm512_add_epi64(lanes, _mm512_set1_epi64(i)),
                    some);
                to += _mm_popcnt_u32(some);
            }
        }
    }
}
#endif

// Writes the position order[i], or i if `order` is null, for i in `range`, to the array of its
// split: out[s][cursor[s]++], s = assignment[i]. Bytes from n_splits on are skipped. Not checked:
// cursors, which start at the count of the earlier ranges, and the lengths of out, which are the
// counts of all ranges.
// Equivalent NumPy: [order[assignment == s] for s in range(n_splits)].
template <typename Position>
inline void emit(Cpu cpu, const uint8_t* assignment, const Position* order, Range range,
                 int64_t n_splits, Position* const* out, int64_t* cursor) {
#if FASTSPLIT_X86
    if constexpr (sizeof(Position) >= 4) {
        if (cpu == Cpu::kAvx512 && n_splits <= kFewSplits) {
            const int64_t vectors = (range.end - range.begin) / kBytesPerVector;
            const Range even{range.begin, range.begin + vectors * kBytesPerVector};
            emit_avx512(assignment, order, even, n_splits, out, cursor);
            range.begin = even.end;
        }
    }
#endif
    (void)cpu;
    emit_scalar(assignment, order, range, n_splits, out, cursor);
}

// Words of which the low bits hold a fold, and those above them a position.
struct FoldWords {
    const uint64_t* words;
    int64_t fold_bits;  // below 64

    uint64_t fold_mask() const { return (uint64_t{1} << fold_bits) - 1; }
};

// Adds the number of words of `range` in each fold to counts, which has room for 2**fold_bits.
inline void count_folds(Cpu cpu, FoldWords of, Range range, int64_t* counts) {
    const uint64_t mask = of.fold_mask();
    if (mask >= kByteValues) {
        for (int64_t i = range.begin; i < range.end; ++i) ++counts[of.words[i] & mask];
        return;
    }
    uint8_t block[kBlock];
    uint8_t* const folds = block;
    for_blocks(range, [&](int64_t begin, int64_t n) {
        const uint64_t* const words = of.words + begin;
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t i = 0; i < n; ++i) folds[i] = static_cast<uint8_t>(words[i] & mask);
        });
        count_splits(cpu, folds, {0, n}, static_cast<int64_t>(mask) + 1, counts);
    });
}

// The index arrays of one fold, from the next element on: [0] of its test set, [1] of its training
// set.
template <typename Position>
struct FoldPair {
    Position* at[2];
};

template <typename Position>
inline void emit_fold_scalar(FoldWords of, Range range, uint64_t fold, FoldPair<Position>* pair) {
    for (int64_t i = range.begin; i < range.end; ++i) {
        const bool is_train = (of.words[i] & of.fold_mask()) != fold;
        *pair->at[is_train]++ = static_cast<Position>(of.words[i] >> of.fold_bits);
    }
}

#if FASTSPLIT_X86
constexpr int64_t kWordsPerVector = 8;
// Words from the one in hand to those that are prefetched, and likewise of both arrays. Without,
// the five pairs of ten million words take 3.6 ns per word instead of 2.0.
constexpr int64_t kEmitAhead = 256;

// emit_fold_scalar for a range of a multiple of kWordsPerVector words.
template <typename Position>
FASTSPLIT_AVX512 inline void emit_fold_avx512(FoldWords of, Range range, uint64_t fold,
                                              FoldPair<Position>* pair) {
    const __m512i mask = _mm512_set1_epi64(static_cast<long long>(of.fold_mask()));
    const __m512i wanted = _mm512_set1_epi64(static_cast<long long>(fold));
    const __m512i shift = _mm512_set1_epi64(of.fold_bits);
    Position *test = pair->at[0], *train = pair->at[1];
    for (int64_t i = range.begin; i < range.end; i += kWordsPerVector) {
        const __m512i words = _mm512_loadu_si512(of.words + i);
        const __m512i positions = _mm512_maskz_srlv_epi64(0xFF, words, shift);
        const uint32_t is_test = _mm512_cmpeq_epi64_mask(_mm512_and_si512(words, mask), wanted);
        const uint32_t n_test = static_cast<uint32_t>(_mm_popcnt_u32(is_test));
        FASTSPLIT_PREFETCH_TO_READ(of.words + i + kEmitAhead);
        FASTSPLIT_PREFETCH_TO_WRITE(test + kEmitAhead);
        FASTSPLIT_PREFETCH_TO_WRITE(train + kEmitAhead);
        write_lanes(test, positions, is_test);
        write_lanes(train, positions, is_test ^ 0xFF);
        test += n_test;
        train += kWordsPerVector - n_test;
    }
    pair->at[0] = test;
    pair->at[1] = train;
}
#endif

// Writes the position of each word of `range` to out[0][cursor[0]++] if it is in the fold, else to
// out[1][cursor[1]++]. Not checked: as for emit.
// Equivalent NumPy: positions[folds == fold], positions[folds != fold].
template <typename Position>
inline void emit_fold(Cpu cpu, FoldWords of, Range range, uint64_t fold, Position* const* out,
                      int64_t* cursor) {
    FoldPair<Position> pair{{out[0] + cursor[0], out[1] + cursor[1]}};
#if FASTSPLIT_X86
    if constexpr (sizeof(Position) >= 4) {
        if (cpu == Cpu::kAvx512) {
            const int64_t vectors = (range.end - range.begin) / kWordsPerVector;
            const Range even{range.begin, range.begin + vectors * kWordsPerVector};
            emit_fold_avx512(of, even, fold, &pair);
            range.begin = even.end;
        }
    }
#endif
    (void)cpu;
    emit_fold_scalar(of, range, fold, &pair);
    for (int64_t i = 0; i < 2; ++i) cursor[i] = pair.at[i] - out[i];
}

}  // namespace fastsplit
