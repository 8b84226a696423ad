// wide: products and quotients of 128 bits. FASTSPLIT_PORTABLE_WIDE selects the branch for
// compilers without a 128-bit integer, so that it can be tested on compilers with one.
#pragma once
#include <cstdint>

namespace fastsplit {

#if defined(__SIZEOF_INT128__) && !defined(FASTSPLIT_PORTABLE_WIDE)

__extension__ typedef unsigned __int128 uint128_t;

// The upper 64 bits of a * b.
inline uint64_t multiply_high(uint64_t a, uint64_t b) {
    return static_cast<uint64_t>((static_cast<uint128_t>(a) * b) >> 64);
}

// a * b / q, rounded down; *remainder = a * b mod q. Not checked: q > 0, and the quotient fits 64
// bits.
inline uint64_t multiply_divide(uint64_t a, uint64_t b, uint64_t q, uint64_t* remainder) {
    const uint128_t product = static_cast<uint128_t>(a) * b;
    *remainder = static_cast<uint64_t>(product % q);
    return static_cast<uint64_t>(product / q);
}

#else

inline uint64_t multiply_high(uint64_t a, uint64_t b) {
    const uint64_t low = 0xFFFFFFFFu;
    const uint64_t middle = (a >> 32) * (b & low) + (((a & low) * (b & low)) >> 32);
    const uint64_t other = (a & low) * (b >> 32) + (middle & low);
    return (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32);
}

inline uint64_t multiply_divide(uint64_t a, uint64_t b, uint64_t q, uint64_t* remainder) {
    uint64_t rest = multiply_high(a, b) % q, low = a * b, quotient = 0;
    for (int bit = 0; bit < 64;
         ++bit) {  // long division; rest < q < 2**63, so the shift loses no bit
        rest = rest << 1 | low >> 63;
        low <<= 1;
        quotient = quotient << 1 | (rest >= q);
        rest -= rest >= q ? q : 0;
    }
    *remainder = rest;
    return quotient;
}

#endif

// The upper 64 bits of a * (b + 1), also if b + 1 overflows.
inline uint64_t multiply_plus(uint64_t a, uint64_t b) {
    return multiply_high(a, b) + (a * b + a < a);
}

}  // namespace fastsplit
