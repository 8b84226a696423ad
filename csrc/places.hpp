// places: where a key lies among a few thresholds that hold for every class, which takes no look at its label.
#pragma once
#include <algorithm>
#include <cstdint>

#include "cpu.hpp"
#include "keys.hpp"
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

namespace fastsplit {

// Ascending thresholds, two for each cut: its band, in which all classes have it. Bands that overlap are one band, followed
// by empty ones. The place of a key is how many thresholds lie below it: at an even place 2 s it exceeds s cuts of every
// class; at an odd place it is in a band, and its class must tell.
struct Bands {
    const uint64_t* thresholds;
    int64_t size;
};

constexpr int64_t kFewThresholds = 16;  // up to here comparing with all is faster than searching

// How many of sorted[0 .. n) lie below x; without a branch on the data.
FASTSPLIT_INLINE inline int64_t below(const uint64_t* sorted, int64_t n, uint64_t x) {
    const uint64_t* base = sorted;
    while (n > 0) {
        const int64_t half = (n + 1) / 2;
        base = base[half - 1] < x ? base + half : base;
        n -= half;
    }
    return base - sorted;
}

template <int kSize>
FASTSPLIT_INLINE inline void places_of(const uint64_t* thresholds, const uint64_t* keys, int64_t n, uint32_t* out) {
    uint64_t local[kSize];
    std::copy_n(thresholds, kSize, local);
    for (int64_t i = 0; i < n; ++i) {
        uint64_t place = 0;
        for (int t = 0; t < kSize; ++t) place += local[t] < keys[i];
        out[i] = static_cast<uint32_t>(place);
    }
}

// out[i] = how many thresholds lie below keys[i], for 0 <= i < n <= kBlock.
inline void places(Cpu cpu, Bands bands, const uint64_t* keys, int64_t n, uint32_t* out) {
    if (bands.size > kFewThresholds) {
        for (int64_t i = 0; i < n; ++i) out[i] = static_cast<uint32_t>(below(bands.thresholds, bands.size, keys[i]));
        return;
    }
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        switch (bands.size) {
            case 2: return places_of<2>(bands.thresholds, keys, n, out);
            case 4: return places_of<4>(bands.thresholds, keys, n, out);
            case 6: return places_of<6>(bands.thresholds, keys, n, out);
            case 8: return places_of<8>(bands.thresholds, keys, n, out);
        }
        std::fill_n(out, n, 0);
        for (int64_t t = 0; t < bands.size; ++t) {
            const uint64_t threshold = bands.thresholds[t];
            for (int64_t i = 0; i < n; ++i) out[i] += threshold < keys[i];
        }
    });
}

inline int64_t inside_each(const uint32_t* places, int64_t n, uint32_t* out) {
    int64_t size = 0;
    for (int64_t i = 0; i < n; ++i) {
        out[size] = static_cast<uint32_t>(i);
        size += places[i] & 1;
    }
    return size;
}

#if FASTSPLIT_X86
FASTSPLIT_AVX512 inline int64_t inside_avx512(const uint32_t* places, int64_t n, uint32_t* out) {
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    int64_t size = 0;
    for (int64_t i = 0; i < n; i += 16) {
        const __mmask16 there = n - i < 16 ? static_cast<__mmask16>((1u << (n - i)) - 1) : static_cast<__mmask16>(0xFFFF);
        const __m512i some = _mm512_maskz_loadu_epi32(there, places + i);
        const __mmask16 odd = _mm512_test_epi32_mask(some, _mm512_set1_epi32(1));
        const uint32_t found = static_cast<uint32_t>(_mm_popcnt_u32(odd));
        const __m512i packed = _mm512_maskz_compress_epi32(odd, _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(i))));
        _mm512_mask_storeu_epi32(out + size, static_cast<__mmask16>((1u << found) - 1), packed);
        size += found;
    }
    return size;
}
#endif

// out[i] = number[i] >> shift, or all ones (255) where that is `none`: splits, or places in no band, as they are written.
template <typename Split>
inline void narrow(Cpu cpu, const uint32_t* number, int shift, int64_t none, int64_t n, Split* out) {
    const uint32_t last = static_cast<uint32_t>(none);
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) {
            const uint32_t split = number[i] >> shift;
            out[i] = static_cast<Split>(split == last ? ~uint32_t{0} : split);
        }
    });
}

// Writes the i with odd places[i] to out, ascending; returns how many.
inline int64_t inside(Cpu cpu, const uint32_t* places, int64_t n, uint32_t* out) {
#if FASTSPLIT_X86
    if (cpu == Cpu::kAvx512) return inside_avx512(places, n, out);
#endif
    (void)cpu;
    return inside_each(places, n, out);
}

}  // namespace fastsplit
