// assignment: the split of every example in one or two bytes; all ones for the rest column.
#pragma once
#include <cstdint>

#include "cpu.hpp"

namespace fastsplit {

struct Assignment {
    void* splits;         // uint8 or uint16 per example, or null: not asked for
    int64_t width;        // bytes per example: 1 or 2
    int64_t rest_column;  // the column of the examples in no split, or -1 if there is none
};

template <typename Split>
FASTSPLIT_INLINE inline Split as_written(uint32_t column, uint32_t rest_column) {
    return static_cast<Split>(column == rest_column ? ~uint32_t{0} : column);
}

template <typename Split>
inline void write_splits_as(Cpu cpu, const uint32_t* number, int shift, int64_t n,
                            uint32_t rest_column, Split* out) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) out[i] = as_written<Split>(number[i] >> shift, rest_column);
    });
}

// Writes the columns number[i] >> shift of the examples begin + i, for 0 <= i < n.
inline void write_splits(Cpu cpu, const uint32_t* number, int shift, int64_t begin, int64_t n,
                         const Assignment& out) {
    const uint32_t rest = static_cast<uint32_t>(out.rest_column);
    if (out.width == 1) {
        write_splits_as(cpu, number, shift, n, rest, static_cast<uint8_t*>(out.splits) + begin);
    } else {
        write_splits_as(cpu, number, shift, n, rest, static_cast<uint16_t*>(out.splits) + begin);
    }
}

template <typename Split>
inline void scatter_splits_as(const uint32_t* column, const int64_t* positions, int64_t n,
                              uint32_t rest, Split* out) {
    for (int64_t i = 0; i < n; ++i) out[positions[i]] = as_written<Split>(column[i], rest);
}

// Writes the columns column[i] of the examples positions[i], for 0 <= i < n.
inline void scatter_splits(const uint32_t* column, const int64_t* positions, int64_t n,
                           const Assignment& out) {
    const uint32_t rest = static_cast<uint32_t>(out.rest_column);
    if (out.width == 1) {
        scatter_splits_as(column, positions, n, rest, static_cast<uint8_t*>(out.splits));
    } else {
        scatter_splits_as(column, positions, n, rest, static_cast<uint16_t*>(out.splits));
    }
}

}  // namespace fastsplit
