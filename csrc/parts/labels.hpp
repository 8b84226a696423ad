// labels: reads labels of any integer type, byte order and stride as int64, so that every kernel is
// written once.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "blocks.hpp"
#include "cpu.hpp"

namespace fastsplit {

// A one-dimensional array owned by the caller. `stride` is in bytes and may be 0 or negative;
// elements need no alignment.
struct Labels {
    const char* data;
    int64_t stride;
    int32_t width;  // bytes per element: 1, 2, 4 or 8
    bool is_signed;
    bool is_bool;  // one byte; any value but 0 is true
    bool swapped;  // byte order differs from this machine's
};

template <typename T>
FASTSPLIT_INLINE inline T swap_bytes(T x) {
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &x, sizeof(T));
    std::reverse(bytes, bytes + sizeof(T));
    std::memcpy(&x, bytes, sizeof(T));
    return x;
}

// A label as an int64 of the same order: the identity, except that uint64 is shifted down by 2**63.
template <typename T>
FASTSPLIT_INLINE inline int64_t as_int64(T x) {
    if (sizeof(T) == 8 && !std::is_signed<T>::value) {
        return static_cast<int64_t>(static_cast<uint64_t>(x) ^ (uint64_t{1} << 63));
    }
    return static_cast<int64_t>(x);
}

template <typename T, typename Use>
FASTSPLIT_INLINE inline void visit_as(const Labels& labels, int64_t begin, int64_t n, Use use) {
    const char* at = labels.data + begin * labels.stride;
    T x;
    if (labels.stride == sizeof(T) && !labels.swapped) {
        for (int64_t i = 0; i < n; ++i) {
            std::memcpy(&x, at + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
            use(i, as_int64(x));
        }
    } else {
        for (int64_t i = 0; i < n; ++i) {
            std::memcpy(&x, at + i * labels.stride, sizeof(T));
            use(i, as_int64(labels.swapped ? swap_bytes(x) : x));
        }
    }
}

// Calls use(i, label at begin + i as int64) for 0 <= i < n.
template <typename Use>
FASTSPLIT_INLINE inline void visit(const Labels& labels, int64_t begin, int64_t n, Use use) {
    if (labels.is_bool) {
        return visit_as<uint8_t>(labels, begin, n, [&](int64_t i, int64_t x) FASTSPLIT_INLINE {
            use(i, int64_t{x != 0});
        });
    }
    if (labels.is_signed) {
        switch (labels.width) {
            case 1: return visit_as<int8_t>(labels, begin, n, use);
            case 2: return visit_as<int16_t>(labels, begin, n, use);
            case 4: return visit_as<int32_t>(labels, begin, n, use);
            default: return visit_as<int64_t>(labels, begin, n, use);
        }
    }
    switch (labels.width) {
        case 1: return visit_as<uint8_t>(labels, begin, n, use);
        case 2: return visit_as<uint16_t>(labels, begin, n, use);
        case 4: return visit_as<uint32_t>(labels, begin, n, use);
        default: return visit_as<uint64_t>(labels, begin, n, use);
    }
}

// Widens [*low, *high] to hold every label of `range`.
// Equivalent NumPy: min(low, labels.min()), max(high, labels.max()).
inline void extent(Cpu cpu, const Labels& labels, Range range, int64_t* low, int64_t* high) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        int64_t smallest = *low, largest = *high;
        visit(labels, range.begin, range.end - range.begin,
              [&](int64_t, int64_t label) FASTSPLIT_INLINE {
                  smallest = label < smallest ? label : smallest;
                  largest = label > largest ? label : largest;
              });
        *low = smallest;
        *high = largest;
    });
}

}  // namespace fastsplit
