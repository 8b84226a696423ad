// positions: an array of indices of any width, or the positions themselves.
#pragma once
#include <cstdint>

namespace fastsplit {

// Unsigned integers of `width` bytes each, side by side; or, where `data` is null, 0, 1, 2, ...
struct Positions {
    const void* data;
    int64_t width;  // 1, 2, 4 or 8
};

template <typename Position>
inline void read_as(const void* data, int64_t first, int64_t n, uint64_t* out) {
    const Position* const from = static_cast<const Position*>(data) + first;
    for (int64_t i = 0; i < n; ++i) out[i] = from[i];
}

// out[i] = the position at first + i, for 0 <= i < n.
inline void read_positions(Positions positions, int64_t first, int64_t n, uint64_t* out) {
    if (!positions.data) {
        for (int64_t i = 0; i < n; ++i) out[i] = static_cast<uint64_t>(first + i);
        return;
    }
    switch (positions.width) {
        case 1: return read_as<uint8_t>(positions.data, first, n, out);
        case 2: return read_as<uint16_t>(positions.data, first, n, out);
        case 4: return read_as<uint32_t>(positions.data, first, n, out);
        default: return read_as<uint64_t>(positions.data, first, n, out);
    }
}

}  // namespace fastsplit
