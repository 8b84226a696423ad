// bytes: where a byte occurs, 64 bytes at a time.
#pragma once
#include <cstdint>
#include <cstring>

#include "../parts/bits.hpp"
#include "../parts/cpu.hpp"

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#define FASTSPLIT_SSE2 1
#else
#define FASTSPLIT_SSE2 0
#endif

namespace fastsplit {

constexpr int64_t kWord = 64;  // bytes whose places are the bits of one word

// Returns the word whose bit j says whether at[j] == byte, for 0 <= j < 64.
FASTSPLIT_INLINE inline uint64_t places_of(const char* at, char byte) {
    uint64_t places = 0;
#if FASTSPLIT_SSE2
    const __m128i wanted = _mm_set1_epi8(byte);
    for (int i = 0; i < 4; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
        const int equal = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted));
        places |= static_cast<uint64_t>(static_cast<uint32_t>(equal)) << 16 * i;
    }
#else
    for (int i = 0; i < 64; ++i) places |= uint64_t{at[i] == byte} << i;
#endif
    return places;
}

// Returns the word whose bit j says whether at[j] is white space or a control character of ASCII.
FASTSPLIT_INLINE inline uint64_t places_of_spaces(const char* at) {
    uint64_t places = 0;
#if FASTSPLIT_SSE2
    const __m128i space = _mm_set1_epi8(' ');
    for (int i = 0; i < 4; ++i) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i));
        const int low = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(bytes, space), bytes));
        places |= static_cast<uint64_t>(static_cast<uint32_t>(low)) << 16 * i;
    }
#else
    for (int i = 0; i < 64; ++i) places |= uint64_t{static_cast<unsigned char>(at[i]) <= ' '} << i;
#endif
    return places;
}

// Returns the word of which the lowest `n` bits are 1, 0 <= n <= 64.
FASTSPLIT_INLINE inline uint64_t low_bits(int64_t n) {
    return n >= 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;
}

// Returns the position of the highest bit that is 1. Not checked: there is one.
FASTSPLIT_INLINE inline int64_t highest_bit(uint64_t word) {
#if defined(__GNUC__) || defined(__clang__)
    return 63 - __builtin_clzll(word);
#else
    int64_t bit = 63;
    while (!(word >> bit)) --bit;
    return bit;
#endif
}

// Returns the word whose bit j is the parity of bits 0 .. j.
FASTSPLIT_INLINE inline uint64_t parities(uint64_t word) {
    for (int shift = 1; shift < 64; shift *= 2) word ^= word << shift;
    return word;
}

// 64 bytes of a text, copied if fewer are left; `valid` has a bit for each that is there.
struct Window {
    char copy[kWord];
    const char* at;
    uint64_t valid;

    FASTSPLIT_INLINE inline void load(const char* text, int64_t n_left) {
        at = text;
        valid = low_bits(n_left);
        if (n_left < kWord) {
            std::memset(copy, 0, kWord);
            std::memcpy(copy, text, static_cast<size_t>(n_left));
            at = copy;
        }
    }

    FASTSPLIT_INLINE inline uint64_t places(char byte) const { return places_of(at, byte) & valid; }
};

}  // namespace fastsplit
