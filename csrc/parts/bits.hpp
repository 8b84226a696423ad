// bits: counts and positions of bits in a word.
#pragma once
#include <cstdint>

#include "cpu.hpp"

namespace fastsplit {

// Returns the number of bits that are 1.
FASTSPLIT_INLINE inline int64_t count_bits(uint64_t word) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_popcountll(word);
#else
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0Fu;
    return static_cast<int64_t>(word * 0x0101010101010101u >> 56);
#endif
}

// Returns the position of the lowest bit that is 1. Not checked: there is one.
FASTSPLIT_INLINE inline int64_t lowest_bit(uint64_t word) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(word);
#else
    return count_bits((word & (~word + 1)) - 1);
#endif
}

}  // namespace fastsplit
