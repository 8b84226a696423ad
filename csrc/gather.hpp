// gather: the rows of an array at given positions.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"
#include "parts/positions.hpp"

namespace fastsplit {

// n rows of `size` contiguous bytes, one every `stride` bytes.
struct Rows {
    const char* data;
    int64_t n;
    int64_t stride;
    int64_t size;
};

constexpr int64_t kLine = 64;  // bytes per cache line
// Lines prefetched per row; then the hardware prefetcher takes over.
constexpr int64_t kLinesAhead = 16;
// Lines prefetched in all, about what the memory system keeps in flight.
constexpr int64_t kInFlight = 128;

// Copies the rows at[0 .. n) to out. kSize is the row size, or 0: known at run time only.
template <int64_t kSize>
inline void copy_rows(const Rows& rows, const uint64_t* at, int64_t n, char* out) {
    const int64_t size = kSize ? kSize : rows.size;
    const int64_t fetched = std::min(size, kLinesAhead * kLine);
    const int64_t ahead =
        std::min(kInFlight / 2, kInFlight * kLine / std::max<int64_t>(fetched, 1));
    const auto fetch = [&](int64_t i) {
        const char* const row = rows.data + static_cast<int64_t>(at[i]) * rows.stride;
        const char* line = row - reinterpret_cast<uintptr_t>(row) % kLine;
        do FASTSPLIT_PREFETCH_TO_READ(line);
        while ((line += kLine) < row + fetched);
    };
    for (int64_t i = 0; i < std::min(ahead, n); ++i) fetch(i);
    for (int64_t i = 0; i < n; ++i) {
        if (i + ahead < n) fetch(i + ahead);
        std::memcpy(out + i * size, rows.data + static_cast<int64_t>(at[i]) * rows.stride,
                    static_cast<size_t>(size));
    }
}

// Writes rows[positions[i]] to row i of out, for i in `range`. Returns the first i whose position
// is outside the rows, after which nothing is written, or range.end.
// Equivalent NumPy: rows[positions].
inline int64_t gather(const Rows& rows, Positions positions, Range range, char* out) {
    uint64_t at[kBlock];
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        const int64_t n = std::min(kBlock, range.end - begin);
        read_positions(positions, begin, n, at);
        const auto outside = [&](uint64_t position) {
            return position >= static_cast<uint64_t>(rows.n);
        };
        const int64_t good = std::find_if(at, at + n, outside) - at;
        char* const to = out + begin * rows.size;
        switch (rows.size) {
            case 1: copy_rows<1>(rows, at, good, to); break;
            case 2: copy_rows<2>(rows, at, good, to); break;
            case 4: copy_rows<4>(rows, at, good, to); break;
            case 8: copy_rows<8>(rows, at, good, to); break;
            default: copy_rows<0>(rows, at, good, to);
        }
        if (good < n) return begin + good;
    }
    return range.end;
}

}  // namespace fastsplit
