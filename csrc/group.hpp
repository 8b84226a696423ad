// group: a stable counting sort of positions by class.
#pragma once
#include <cstdint>

#include "parts/classes.hpp"

namespace fastsplit {

// Writes every position of `range` to out[slots.cursor[c]++], c being its class. Returns the
// overflow: the examples of no class or without a slot, 0 unless labels changed since they were
// counted.
// Equivalent NumPy: np.argsort(labels, kind="stable").
inline int64_t group(Cpu cpu, const Labels& labels, const ClassTable& classes, Range range,
                     const Slots& slots, int64_t* out) {
    uint32_t offset[kBlock];
    int64_t overflow = 0;
    const int32_t* const class_of = classes.class_of;
    const int64_t n_classes = classes.n_classes;
    int64_t* const cursor = slots.cursor;
    const int64_t* const limit = slots.limit;
    for_blocks(range, [&](int64_t begin, int64_t n) {
        offsets(cpu, labels, classes.window, begin, n, offset);
        for (int64_t i = 0; i < n; ++i) {
            const int32_t c = class_of[offset[i]];
            if (c < n_classes && cursor[c] < limit[c]) {
                out[cursor[c]++] = begin + i;
            } else {
                ++overflow;
            }
        }
    });
    return overflow;
}

}  // namespace fastsplit
