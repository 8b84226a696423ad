// strings: where the strings of ids are in memory, and their hashes.
#pragma once
#include <algorithm>
#include <cstdint>

#include "blake2b.hpp"
#include "blocks.hpp"
#include "cpu.hpp"

namespace fastsplit {

constexpr int64_t kBatch = 64;  // strings that are hashed together

// Strings that follow one another in memory: string i is data[offsets[i]] .. data[offsets[i + 1] -
// 1].
struct ByteStrings {
    const int64_t* offsets;
    const char* data;
    int64_t n_bytes;  // of data
};

// out[i] = the hash of string i, for i in `range`. Returns the first position whose offsets
// are not ascending or exceed the data, or range.end; from there on, out is not set.
inline int64_t hash_bytes(Cpu cpu, const ByteStrings& strings, Range range, uint64_t* out) {
    const char* data[kBatch];
    int64_t sizes[kBatch];
    for (int64_t begin = range.begin; begin < range.end; begin += kBatch) {
        const int64_t n = std::min(kBatch, range.end - begin);
        for (int64_t i = 0; i < n; ++i) {
            const int64_t from = strings.offsets[begin + i], to = strings.offsets[begin + i + 1];
            if (!(0 <= from && from <= to && to <= strings.n_bytes)) return begin + i;
            data[i] = strings.data + from;
            sizes[i] = to - from;
        }
        blake2b::hash_strings(cpu, data, sizes, n, out + begin);
    }
    return range.end;
}

// Writes a code point as UTF-8, a surrogate too; returns the end of the bytes written, at most 4.
inline char* write_utf8(uint32_t point, char* out) {
    const auto put = [&out](uint32_t byte) { *out++ = static_cast<char>(byte); };
    const auto put_rest = [&](int shift) { put(0x80 | (point >> shift & 0x3F)); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xC0 | point >> 6);
        put_rest(0);
    } else if (point < 0x10000) {
        put(0xE0 | point >> 12);
        put_rest(6);
        put_rest(0);
    } else {
        put(0xF0 | (point >> 18 & 0x07));
        put_rest(12);
        put_rest(6);
        put_rest(0);
    }
    return out;
}

// Strings of `width` code points each, padded with zeros, as in NumPy's arrays of dtype U.
struct PaddedStrings {
    const uint32_t* points;
    int64_t width;
};

inline int64_t padded_workspace(int64_t width) { return 4 * width * blake2b::kLanes; }

// out[i] = the hash of the UTF-8 form of string i, for i in `range`. `workspace` has
// padded_workspace(width) bytes.
inline void hash_padded(Cpu cpu, const PaddedStrings& strings, Range range, char* workspace,
                        uint64_t* out) {
    const char* data[blake2b::kLanes];
    int64_t sizes[blake2b::kLanes];
    for (int64_t begin = range.begin; begin < range.end; begin += blake2b::kLanes) {
        const int64_t n = std::min<int64_t>(blake2b::kLanes, range.end - begin);
        for (int64_t i = 0; i < n; ++i) {
            const uint32_t* const points = strings.points + (begin + i) * strings.width;
            int64_t length = strings.width;
            while (length > 0 && points[length - 1] == 0) --length;
            char* const text = workspace + 4 * strings.width * i;
            uint32_t all = 0;
            for (int64_t j = 0; j < length; ++j) {
                all |= points[j];
                text[j] = static_cast<char>(points[j]);
            }
            char* end = text + length;
            if (all >= 0x80) {
                end = text;
                for (int64_t j = 0; j < length; ++j) end = write_utf8(points[j], end);
            }
            data[i] = text;
            sizes[i] = end - text;
        }
        blake2b::hash_strings(cpu, data, sizes, n, out + begin);
    }
}

}  // namespace fastsplit
