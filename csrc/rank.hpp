// rank: values -> their positions in ascending order, equal values in the order of the keys.
//
// A stable radix sort by the bits of the values: a counting pass per digit, from the lowest, but
// for the digits that all values agree in. Then every run of equal values is sorted by keys: a long
// one in the same way, a short one by std::sort. So keys are computed for equal values only.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "parts/blocks.hpp"
#include "parts/keys.hpp"

namespace fastsplit {

// A value as an integer of the same order, or a key, and its position.
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

// Writes the values and the positions i of `range` to out[i].
inline void rank_read(const double* values, Range range, Ranked* out) {
    for (int64_t i = range.begin; i < range.end; ++i) out[i] = {ordered_bits(values[i]), i};
}

// Adds the number of values of `range` that have each digit to counts (kDigits, kDigitValues).
inline void rank_count(const Ranked* ranked, Range range, int64_t* counts) {
    for (int64_t i = range.begin; i < range.end; ++i)
        for (int64_t digit = 0; digit < kDigits; ++digit)
            ++counts[digit * kDigitValues + digit_of(ranked[i].value, digit)];
}

// Writes from[i] to to[cursor[its digit]++] for i in `range`.
// Not checked: the cursors were laid out by the counts of the digit.
inline void rank_scatter(const Ranked* from, Range range, int64_t digit, int64_t* cursor,
                         Ranked* to) {
    for (int64_t i = range.begin; i < range.end; ++i)
        to[cursor[digit_of(from[i].value, digit)]++] = from[i];
}

constexpr int64_t kShortRun = 128;  // equal values: more are sorted faster by counting passes

// Sorts the runs of equal values that begin in `range`, of n sorted values, by key: puts the keys
// in place of the values. Returns where the next run begins. A run of more than kShortRun is the
// last, and is left in the order of the positions: *end is its end, and else what is returned.
inline int64_t rank_ties(const Keys& keys, Ranked* ranked, int64_t n, Range range, int64_t* end) {
    for (int64_t begin = range.begin; begin < range.end; begin = *end) {
        const uint64_t value = ranked[begin].value;
        for (*end = begin + 1; *end < n && ranked[*end].value == value;) ++*end;
        if (*end - begin == 1) continue;
        for (int64_t i = begin; i < *end; ++i) {
            const uint64_t position = static_cast<uint64_t>(ranked[i].position);
            ranked[i].value = key(keys.seed, keys.ids ? keys.ids[position] : position);
        }
        if (*end - begin > kShortRun) return begin;
        std::sort(ranked + begin, ranked + *end, [](const Ranked& a, const Ranked& b) {
            return a.value != b.value ? a.value < b.value : a.position < b.position;
        });
    }
    return *end;
}

// Writes the position ranked[i] to out[i] for i in `range`.
inline void rank_write(const Ranked* ranked, Range range, int64_t* out) {
    for (int64_t i = range.begin; i < range.end; ++i) out[i] = ranked[i].position;
}

}  // namespace fastsplit
