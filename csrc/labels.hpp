// labels: reads a block of labels of any integer type, byte order and stride into one form, so that no kernel
// after it is written twice.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "keys.hpp"

namespace fastsplit {

// A one-dimensional array that the caller owns. `stride` is in bytes and may be 0 or negative; elements need no alignment.
struct Labels {
    const char* data;
    int64_t stride;
    int32_t width;      // bytes an element: 1, 2, 4 or 8
    bool is_signed;
    bool is_bool;       // one byte, of which any value but 0 is true
    bool swapped;       // of the other byte order than this machine's
};

template <typename T>
FASTSPLIT_INLINE inline T swap_bytes(T x) {
    unsigned char bytes[sizeof(T)];
    std::memcpy(bytes, &x, sizeof(T));
    std::reverse(bytes, bytes + sizeof(T));
    std::memcpy(&x, bytes, sizeof(T));
    return x;
}

// A label as an int64 of the same order: the identity, but for uint64, which is shifted down by 2**63.
template <typename T>
FASTSPLIT_INLINE inline int64_t ordered(T x) {
    if (sizeof(T) == 8 && !std::is_signed<T>::value) {
        return static_cast<int64_t>(static_cast<uint64_t>(x) ^ (uint64_t{1} << 63));
    }
    return static_cast<int64_t>(x);
}

// Calls use(i, ordered label at first + i) for 0 <= i < n.
template <typename T, typename Use>
FASTSPLIT_INLINE inline void visit_as(const Labels& labels, int64_t first, int64_t n, Use use) {
    const char* at = labels.data + first * labels.stride;
    T x;
    if (labels.stride == sizeof(T) && !labels.swapped) {
        for (int64_t i = 0; i < n; ++i) {
            std::memcpy(&x, at + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
            use(i, ordered(x));
        }
    } else {
        for (int64_t i = 0; i < n; ++i) {
            std::memcpy(&x, at + i * labels.stride, sizeof(T));
            use(i, ordered(labels.swapped ? swap_bytes(x) : x));
        }
    }
}

template <typename Use>
FASTSPLIT_INLINE inline void visit(const Labels& labels, int64_t first, int64_t n, Use use) {
    if (labels.is_bool) return visit_as<uint8_t>(labels, first, n, [&](int64_t i, int64_t x) FASTSPLIT_INLINE { use(i, int64_t{x != 0}); });
    if (labels.is_signed) {
        switch (labels.width) {
            case 1: return visit_as<int8_t>(labels, first, n, use);
            case 2: return visit_as<int16_t>(labels, first, n, use);
            case 4: return visit_as<int32_t>(labels, first, n, use);
            default: return visit_as<int64_t>(labels, first, n, use);
        }
    }
    switch (labels.width) {
        case 1: return visit_as<uint8_t>(labels, first, n, use);
        case 2: return visit_as<uint16_t>(labels, first, n, use);
        case 4: return visit_as<uint32_t>(labels, first, n, use);
        default: return visit_as<uint64_t>(labels, first, n, use);
    }
}

// Labels as offsets into a table of `span` entries that starts at the ordered label `low`.
// A label outside [low, low + span) has the offset `span`: tables have one entry more, for those.
struct Window {
    int64_t low;
    int64_t span;  // < 2**32
};

// out[i] = min(label[first + i] - low, span) for 0 <= i < n.
inline void offsets(Cpu cpu, const Labels& labels, Window window, int64_t first, int64_t n, uint32_t* out) {
    const uint64_t low = static_cast<uint64_t>(window.low), span = static_cast<uint64_t>(window.span);
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        visit(labels, first, n, [=](int64_t i, int64_t label) FASTSPLIT_INLINE {
            const uint64_t offset = static_cast<uint64_t>(label) - low;
            out[i] = static_cast<uint32_t>(offset < span ? offset : span);
        });
    });
}

}  // namespace fastsplit
