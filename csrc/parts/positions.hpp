// positions: arrays of positions of any width, or the positions themselves.
#pragma once
#include <cstdint>

namespace fastsplit {

// Contiguous unsigned integers of `width` bytes, or 0, 1, 2, ... if `data` is null.
struct Positions {
    const void* data;
    int64_t width;  // 1, 2, 4 or 8
};

template <typename Position>
inline void read_positions_as(const void* data, int64_t begin, int64_t n, uint64_t* out) {
    const Position* const from = static_cast<const Position*>(data) + begin;
    for (int64_t i = 0; i < n; ++i) out[i] = from[i];
}

// out[i] = positions[begin + i], for 0 <= i < n.
inline void read_positions(Positions positions, int64_t begin, int64_t n, uint64_t* out) {
    if (!positions.data) {
        for (int64_t i = 0; i < n; ++i) out[i] = static_cast<uint64_t>(begin + i);
        return;
    }
    switch (positions.width) {
        case 1: return read_positions_as<uint8_t>(positions.data, begin, n, out);
        case 2: return read_positions_as<uint16_t>(positions.data, begin, n, out);
        case 4: return read_positions_as<uint32_t>(positions.data, begin, n, out);
        default: return read_positions_as<uint64_t>(positions.data, begin, n, out);
    }
}

template <typename Position>
inline void write_positions_as(const uint64_t* words, int64_t n, uint64_t mask, void* out) {
    Position* const to = static_cast<Position*>(out);
    for (int64_t i = 0; i < n; ++i) to[i] = static_cast<Position>(words[i] & mask);
}

// out[i] = words[i] & mask as an integer of `width` bytes, for 0 <= i < n. out may be words.
inline void write_positions(const uint64_t* words, int64_t n, uint64_t mask, int64_t width,
                            void* out) {
    switch (width) {
        case 1: return write_positions_as<uint8_t>(words, n, mask, out);
        case 2: return write_positions_as<uint16_t>(words, n, mask, out);
        case 4: return write_positions_as<uint32_t>(words, n, mask, out);
        default: return write_positions_as<uint64_t>(words, n, mask, out);
    }
}

}  // namespace fastsplit
