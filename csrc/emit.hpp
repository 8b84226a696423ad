// emit: the split of each example -> the positions of each split, ascending or in a given order.
#pragma once
#include <algorithm>
#include <cstdint>

#include "cpu.hpp"
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

namespace fastsplit {

constexpr int64_t kSplits = 256;    // values of a byte
constexpr int64_t kFewSplits = 16;  // up to here a look at the bytes for each split is faster than one for all

// Adds how often each byte below `splits` stands in assignment[first .. last) to counts[splits].
inline void tally(Cpu cpu, const uint8_t* assignment, int64_t first, int64_t last, int64_t splits, int64_t* counts) {
    if (splits > kFewSplits) {
        int64_t all[kSplits] = {};
        for (int64_t i = first; i < last; ++i) ++all[assignment[i]];
        for (int64_t s = 0; s < splits; ++s) counts[s] += all[s];
        return;
    }
    constexpr int64_t lanes = 64, rows = 255;  // a lane counts in a byte
    for (; last - first >= lanes * rows; first += lanes * rows) {
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t s = 0; s < splits; ++s) {
                const uint8_t split = static_cast<uint8_t>(s);
                uint8_t found[lanes] = {};
                for (int64_t row = 0; row < rows; ++row) {
                    for (int64_t i = 0; i < lanes; ++i) found[i] += assignment[first + row * lanes + i] == split;
                }
                for (int64_t i = 0; i < lanes; ++i) counts[s] += found[i];
            }
        });
    }
    for (; first < last; ++first) {
        if (assignment[first] < splits) ++counts[assignment[first]];
    }
}

// The i-th position of an order, or i itself where there is no order.
template <typename Position>
inline Position position_at(const Position* order, int64_t i) {
    return order ? order[i] : static_cast<Position>(i);
}

template <typename Position>
inline void emit_bytes(const uint8_t* assignment, const Position* order, int64_t first, int64_t last, int64_t splits,
                       Position* const* out, int64_t* cursor) {
    Position* at[kSplits];
    int64_t step[kSplits];
    Position skipped;
    for (int64_t s = 0; s < kSplits; ++s) {
        at[s] = s < splits ? out[s] + cursor[s] : &skipped;
        step[s] = s < splits;
    }
    for (int64_t i = first; i < last; ++i) {
        const uint8_t split = assignment[i];
        *at[split] = position_at(order, i);
        at[split] += step[split];
    }
    for (int64_t s = 0; s < splits; ++s) cursor[s] = at[s] - out[s];
}

#if FASTSPLIT_X86
FASTSPLIT_AVX512 inline __m512i read_lanes(const uint64_t* order) { return _mm512_loadu_si512(order); }

FASTSPLIT_AVX512 inline __m512i read_lanes(const uint32_t* order) {
    return _mm512_maskz_cvtepu32_epi64(0xFF, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(order)));
}

// Writes those of the lanes of `positions` that `mask` has, side by side, and nothing behind them.
FASTSPLIT_AVX512 inline void write_lanes(uint64_t* out, __m512i positions, uint32_t mask) {
    const __mmask8 lanes = static_cast<__mmask8>(_bzhi_u32(0xFF, static_cast<uint32_t>(_mm_popcnt_u32(mask))));
    _mm512_mask_storeu_epi64(out, lanes, _mm512_maskz_compress_epi64(static_cast<__mmask8>(mask), positions));
}

FASTSPLIT_AVX512 inline void write_lanes(uint32_t* out, __m512i positions, uint32_t mask) {
    const __mmask8 lanes = static_cast<__mmask8>(_bzhi_u32(0xFF, static_cast<uint32_t>(_mm_popcnt_u32(mask))));
    const __m512i packed = _mm512_maskz_compress_epi64(static_cast<__mmask8>(mask), positions);
    _mm256_mask_storeu_epi32(out, lanes, _mm512_maskz_cvtepi64_epi32(0xFF, packed));
}

// Like emit_bytes, for [first, last) of a multiple of 64 examples.
template <typename Position>
FASTSPLIT_AVX512 inline void emit_avx512(const uint8_t* assignment, const Position* order, int64_t first, int64_t last,
                                         int64_t splits, Position* const* out, int64_t* cursor) {
    const __m512i lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    for (; first < last; first += 64) {
        const __m512i bytes = _mm512_loadu_si512(assignment + first);
        for (int64_t s = 0; s < splits; ++s) {
            uint64_t mask = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(static_cast<char>(s)));
            Position* to = out[s] + cursor[s];
            cursor[s] += _mm_popcnt_u64(mask);
            for (int64_t i = first; mask != 0; i += 8, mask >>= 8) {
                const uint32_t some = static_cast<uint32_t>(mask & 0xFF);
                write_lanes(to, order ? read_lanes(order + i) : _mm512_add_epi64(lanes, _mm512_set1_epi64(i)), some);
                to += _mm_popcnt_u32(some);
            }
        }
    }
}
#endif

// Writes the position order[i], or i where `order` is null, for first <= i < last, to the array of its split, which is
// assignment[i]: out[s][cursor[s]++], for s < splits; other bytes are skipped. Cursors start where the caller's tally of the
// earlier ranges says; nothing is checked here.
// Equivalent NumPy: [order[assignment == s] for s in range(splits)].
template <typename Position>
inline void emit(Cpu cpu, const uint8_t* assignment, const Position* order, int64_t first, int64_t last, int64_t splits,
                 Position* const* out, int64_t* cursor) {
#if FASTSPLIT_X86
    if constexpr (sizeof(Position) >= 4) {
        if (cpu == Cpu::kAvx512 && splits <= kFewSplits) {
            const int64_t even = first + (last - first) / 64 * 64;
            emit_avx512(assignment, order, first, even, splits, out, cursor);
            first = even;
        }
    }
#endif
    (void)cpu;
    emit_bytes(assignment, order, first, last, splits, out, cursor);
}

}  // namespace fastsplit
