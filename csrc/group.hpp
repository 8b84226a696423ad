// group: a stable counting sort. Each position goes behind the earlier ones of its class.
#pragma once
#include <cstdint>

#include "labels.hpp"

namespace fastsplit {

// Writes the positions [first, last) to order[cursor[c]++] of their class c = classes[offset of the label].
// limit[c], for c < count, ends the part of class c that belongs to this range: labels that changed since they were counted overrun
// nothing; returns how many found no room (0 unless they changed).
// Equivalent NumPy: np.argsort(labels, kind="stable").
inline int64_t group(Cpu cpu, const Labels& labels, Window window, const int32_t* classes, int64_t count, int64_t first,
                     int64_t last, int64_t* cursor, const int64_t* limit, int64_t* order) {
    uint32_t offset[kBlock];
    int64_t lost = 0;
    for_blocks(first, last, [&](int64_t at, int64_t n) {
        offsets(cpu, labels, window, at, n, offset);
        for (int64_t i = 0; i < n; ++i) {
            const int32_t c = classes[offset[i]];
            if (c < count && cursor[c] < limit[c]) {
                order[cursor[c]++] = at + i;
            } else {
                ++lost;
            }
        }
    });
    return lost;
}

}  // namespace fastsplit
