// zones: where a key lies among the cut bands. The bands hold for every class, so no label is read.
#pragma once
#include <algorithm>
#include <cstdint>

#include "blocks.hpp"
#include "cpu.hpp"
#include "search.hpp"
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

namespace fastsplit {

// Ascending thresholds, two per cut: the begin and the end of its band, which holds that cut of
// (nearly) all classes. Overlapping bands are merged into one, followed by empty bands. The zone of
// a key is the number of thresholds below it. In an even zone 2 s it exceeds s cuts of every class;
// in an odd zone it is in a band, and only the cuts of its own class tell its split.
struct CutBands {
    const uint64_t* thresholds;
    int64_t size;  // thresholds, 0 if there are no bands
};

constexpr int64_t kFewThresholds = 16;  // up to here comparing with all is faster than searching

template <int kSize>
FASTSPLIT_INLINE inline void zones_of(const uint64_t* thresholds, const uint64_t* keys, int64_t n,
                                      uint32_t* out) {
    uint64_t local[kSize];
    std::copy_n(thresholds, kSize, local);
    for (int64_t i = 0; i < n; ++i) {
        uint64_t zone = 0;
        for (int t = 0; t < kSize; ++t) zone += local[t] < keys[i];
        out[i] = static_cast<uint32_t>(zone);
    }
}

// out[i] = the zone of keys[i], for 0 <= i < n.
// Equivalent NumPy: np.searchsorted(thresholds, keys).
inline void zones(Cpu cpu, CutBands bands, const uint64_t* keys, int64_t n, uint32_t* out) {
    if (bands.size > kFewThresholds) {
        for (int64_t i = 0; i < n; ++i) {
            out[i] = static_cast<uint32_t>(count_below(bands.thresholds, bands.size, keys[i]));
        }
        return;
    }
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        switch (bands.size) {
            case 2: return zones_of<2>(bands.thresholds, keys, n, out);
            case 4: return zones_of<4>(bands.thresholds, keys, n, out);
            case 6: return zones_of<6>(bands.thresholds, keys, n, out);
            case 8: return zones_of<8>(bands.thresholds, keys, n, out);
        }
        std::fill_n(out, n, 0);
        for (int64_t t = 0; t < bands.size; ++t) {
            const uint64_t threshold = bands.thresholds[t];
            for (int64_t i = 0; i < n; ++i) out[i] += threshold < keys[i];
        }
    });
}

inline int64_t in_bands_scalar(const uint32_t* zones, int64_t n, uint32_t* out) {
    int64_t size = 0;
    for (int64_t i = 0; i < n; ++i) {
        out[size] = static_cast<uint32_t>(i);
        size += zones[i] & 1;
    }
    return size;
}

#if FASTSPLIT_X86
FASTSPLIT_AVX512 inline int64_t in_bands_avx512(const uint32_t* zones, int64_t n, uint32_t* out) {
    const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    int64_t size = 0;
    for (int64_t i = 0; i < n; i += 16) {
        const __mmask16 valid = n - i < 16 ? static_cast<__mmask16>((1u << (n - i)) - 1)
                                           : static_cast<__mmask16>(0xFFFF);
        const __m512i some = _mm512_maskz_loadu_epi32(valid, zones + i);
        const __mmask16 odd = _mm512_test_epi32_mask(some, _mm512_set1_epi32(1));
        const uint32_t count = static_cast<uint32_t>(_mm_popcnt_u32(odd));
        const __m512i indices = _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(i)));
        const __m512i packed = _mm512_maskz_compress_epi32(odd, indices);
        _mm512_mask_storeu_epi32(out + size, static_cast<__mmask16>((1u << count) - 1), packed);
        size += count;
    }
    return size;
}
#endif

// Writes the i with an odd zones[i] to out, ascending; returns their number. out has room for n.
// Equivalent NumPy: np.flatnonzero(zones & 1).
inline int64_t in_bands(Cpu cpu, const uint32_t* zones, int64_t n, uint32_t* out) {
#if FASTSPLIT_X86
    if (cpu == Cpu::kAvx512) return in_bands_avx512(zones, n, out);
#endif
    (void)cpu;
    return in_bands_scalar(zones, n, out);
}

}  // namespace fastsplit
