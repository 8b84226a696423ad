// count: labels -> how many of each. Labels that lie far apart are first encoded through a hash index.
#pragma once
#include <cstdint>

#include "labels.hpp"

namespace fastsplit {

// Widens [*low, *high] to hold every ordered label of positions [first, last).
// Equivalent NumPy: min(low, labels.min()), max(high, labels.max()).
inline void span(const Labels& labels, int64_t first, int64_t last, int64_t* low, int64_t* high) {
    int64_t least = *low, most = *high;
    visit(labels, first, last - first, [&](int64_t, int64_t label) {
        least = label < least ? label : least;
        most = label > most ? label : most;
    });
    *low = least;
    *high = most;
}

// Adds the labels of positions [first, last) to counts[window.span + 1]; the last entry counts those outside the window.
// Equivalent NumPy: counts += np.bincount(labels - low, minlength=span + 1).
inline void count(const Labels& labels, Window window, int64_t first, int64_t last, int64_t* counts) {
    uint32_t offset[kBlock];
    for_blocks(first, last, [&](int64_t at, int64_t n) {
        offsets(labels, window, at, n, offset);
        for (int64_t i = 0; i < n; ++i) ++counts[offset[i]];
    });
}

// An open-addressing index of distinct ordered labels: slots[1 << bits] holds -1 or a position in values[].
// The caller owns both and keeps 2 * capacity <= 1 << bits, so that a probe always ends.
struct Index {
    int32_t* slots;
    int32_t bits;
    int64_t* values;
    int64_t size;
    int64_t capacity;
};

// The slot of `label`, or the empty slot where it belongs.
inline int32_t* find(const Index& index, int64_t label) {
    const uint64_t mask = (uint64_t{1} << index.bits) - 1;
    uint64_t slot = key(Seed{0, 0}, static_cast<uint64_t>(label)) & mask;
    while (index.slots[slot] >= 0 && index.values[index.slots[slot]] != label) slot = (slot + 1) & mask;
    return index.slots + slot;
}

// Adds the labels of positions [first, last) to the index, in the order of first sight. Returns the position at which
// the index was full, or `last`: the caller enlarges the index and goes on from there.
inline int64_t distinct(const Labels& labels, int64_t first, int64_t last, Index* index) {
    int64_t block[kBlock];
    for (; first < last; first += kBlock) {
        const int64_t n = std::min(kBlock, last - first);
        visit(labels, first, n, [&](int64_t i, int64_t label) { block[i] = label; });
        for (int64_t i = 0; i < n; ++i) {
            int32_t* slot = find(*index, block[i]);
            if (*slot >= 0) continue;
            if (index->size == index->capacity) return first + i;
            *slot = static_cast<int32_t>(index->size);
            index->values[index->size++] = block[i];
        }
    }
    return last;
}

// out[i] = the position of label i in index.values, or index.size if it is not there, for positions [first, last).
// Equivalent NumPy, for sorted values: np.searchsorted(values, labels).
inline void encode(const Labels& labels, const Index& index, int64_t first, int64_t last, int32_t* out) {
    visit(labels, first, last - first, [&](int64_t i, int64_t label) {
        const int32_t code = *find(index, label);
        out[first + i] = code >= 0 ? code : static_cast<int32_t>(index.size);
    });
}

}  // namespace fastsplit
