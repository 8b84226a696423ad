// rank: values -> their positions in ascending order, equal values in the order of the keys.
//
// A stable radix sort of positions that are already in the order of their keys, by the bits of the
// values: a counting pass per digit, from the lowest, but for the digits that all values agree in.
#pragma once
#include <cstdint>
#include <cstring>

#include "parts/blocks.hpp"

namespace fastsplit {

// A value, as an integer of the same order, and its position.
struct Ranked {
    uint64_t value;
    int64_t position;
};

constexpr int64_t kDigitBits = 8;  // 256 open lines stay in the L1 cache
constexpr int64_t kDigitValues = int64_t{1} << kDigitBits;
constexpr int64_t kDigits = 64 / kDigitBits;

// A double as an integer of the same order: -0.0 becomes 0.0, negative numbers are reversed, and
// then the sign bit. Not checked: it is not NaN.
inline uint64_t ordered_bits(double value) {
    constexpr uint64_t sign = uint64_t{1} << 63;
    uint64_t bits;
    value += 0.0;
    std::memcpy(&bits, &value, sizeof(bits));
    return bits & sign ? ~bits : bits | sign;
}

inline int64_t digit_of(uint64_t value, int64_t digit) {
    return static_cast<int64_t>(value >> (digit * kDigitBits) & (kDigitValues - 1));
}

// Writes the value and the position order[i] to out[i] for i in `range`, and adds the number of
// values of each digit to counts (kDigits, kDigitValues).
// Not checked: `order` has positions of values.
inline void rank_read(const double* values, const int64_t* order, Range range, Ranked* out,
                      int64_t* counts) {
    for (int64_t i = range.begin; i < range.end; ++i) {
        const uint64_t value = ordered_bits(values[order[i]]);
        out[i] = {value, order[i]};
        for (int64_t digit = 0; digit < kDigits; ++digit)
            ++counts[digit * kDigitValues + digit_of(value, digit)];
    }
}

// Writes from[i] to to[cursor[its digit]++] for i in `range`.
// Not checked: the cursors were laid out by the counts of the digit.
inline void rank_scatter(const Ranked* from, Range range, int64_t digit, int64_t* cursor,
                         Ranked* to) {
    for (int64_t i = range.begin; i < range.end; ++i)
        to[cursor[digit_of(from[i].value, digit)]++] = from[i];
}

// Writes the position ranked[i] to out[i] for i in `range`.
inline void rank_write(const Ranked* ranked, Range range, int64_t* out) {
    for (int64_t i = range.begin; i < range.end; ++i) out[i] = ranked[i].position;
}

}  // namespace fastsplit
