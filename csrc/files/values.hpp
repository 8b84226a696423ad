// values: values of text, the integers in them, and their bytes without gaps.
#pragma once
#include <cstdint>
#include <cstring>

namespace fastsplit {

// Value i is data[begins[i]] .. data[ends[i] - 1].
struct TextValues {
    const char* data;
    int64_t n_bytes;
    const int64_t* begins;
    const int64_t* ends;
    int64_t n;
};

inline bool is_inside(const TextValues& values, int64_t i) {
    return 0 <= values.begins[i] && values.begins[i] <= values.ends[i] &&
           values.ends[i] <= values.n_bytes;
}

// Reads an integer in the form in which it is printed, or followed by a point and zeros, of at most
// 19 or 20 digits; returns whether the text is one that fits 64 bits, as int64 or, if not negative,
// as uint64.
inline bool read_integer(const char* at, const char* end, bool* negative, uint64_t* magnitude) {
    const char* point = at;
    while (point < end && *point != '.') ++point;
    if (point < end) {
        for (const char* zero = point + 1; zero < end; ++zero) {
            if (*zero != '0') return false;
        }
        if (point + 1 == end) return false;
        end = point;
    }
    *negative = at < end && *at == '-';
    at += *negative;
    const int64_t n = end - at;
    if (n < 1 || (*at == '0' && (n > 1 || *negative))) return false;
    uint64_t value = 0;
    for (; at < end; ++at) {
        const uint64_t digit = static_cast<unsigned char>(*at) - uint64_t{'0'};
        if (digit > 9 || value > (~uint64_t{0} - digit) / 10) return false;
        value = 10 * value + digit;
    }
    *magnitude = value;
    return !*negative || value <= uint64_t{1} << 63;
}

struct Integers {
    int64_t n;           // the first value that is no integer, or the number of values
    bool has_negatives;  // among those before it
    bool has_large;      // of 2**63 or more
};

// out[i] = value i modulo 2**64, up to the first that is no integer. Not checked: the places of the
// values, see `first_outside`.
inline Integers read_integers(const TextValues& values, uint64_t* out) {
    Integers result{0, false, false};
    for (; result.n < values.n; ++result.n) {
        bool negative;
        uint64_t magnitude;
        if (!read_integer(values.data + values.begins[result.n],
                          values.data + values.ends[result.n], &negative, &magnitude)) {
            break;
        }
        out[result.n] = negative ? ~magnitude + 1 : magnitude;
        result.has_negatives |= negative;
        result.has_large |= !negative && magnitude >> 63;
    }
    return result;
}

// Returns the first value outside the data, or n.
inline int64_t first_outside(const TextValues& values) {
    int64_t i = 0;
    while (i < values.n && is_inside(values, i)) ++i;
    return i;
}

// Copies the values to `out` one after the other, where value i ends at offsets[i + 1].
// Not checked: the places of the values.
inline void pack(const TextValues& values, const int64_t* offsets, char* out) {
    for (int64_t i = 0; i < values.n; ++i) {
        std::memcpy(out + offsets[i], values.data + values.begins[i],
                    static_cast<size_t>(offsets[i + 1] - offsets[i]));
    }
}

}  // namespace fastsplit
