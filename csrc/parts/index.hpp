// index: a hash index of distinct labels, for labels too far apart for a table.
#pragma once
#include <cstdint>

#include "keys.hpp"
#include "labels.hpp"

namespace fastsplit {

// Open addressing: slots[1 << bits] holds -1 or a position in values[]. The caller owns both and
// keeps 2 * capacity <= 1 << bits, so every probe ends.
struct Index {
    Seed seed;  // a secret: nobody can construct labels that all hash to one slot
    int32_t* slots;
    int32_t bits;
    int64_t* values;
    int64_t size;
    int64_t capacity;
};

// The slot of `label`, or the empty slot where it belongs.
inline int32_t* find(const Index& index, int64_t label) {
    const uint64_t mask = (uint64_t{1} << index.bits) - 1;
    uint64_t slot = key(index.seed, static_cast<uint64_t>(label)) & mask;
    while (index.slots[slot] >= 0 && index.values[index.slots[slot]] != label)
        slot = (slot + 1) & mask;
    return index.slots + slot;
}

// Adds the labels of `range` to the index, in the order of first sight. Returns the position at
// which the index was full, or range.end: the caller grows the index and continues from there.
inline int64_t add_labels(const Labels& labels, Range range, Index* index) {
    int64_t block[kBlock];
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        const int64_t n = std::min(kBlock, range.end - begin);
        visit(labels, begin, n, [&](int64_t i, int64_t label) { block[i] = label; });
        for (int64_t i = 0; i < n; ++i) {
            int32_t* slot = find(*index, block[i]);
            if (*slot >= 0) continue;
            if (index->size == index->capacity) return begin + i;
            *slot = static_cast<int32_t>(index->size);
            index->values[index->size++] = block[i];
        }
    }
    return range.end;
}

// out[i] = the position of label i in index.values, or index.size if it is not there, for i in
// `range`.
// Equivalent NumPy, if values are sorted and hold every label: np.searchsorted(values, labels).
inline void encode_labels(const Labels& labels, const Index& index, Range range, int32_t* out) {
    visit(labels, range.begin, range.end - range.begin, [&](int64_t i, int64_t label) {
        const int32_t code = *find(index, label);
        out[range.begin + i] = code >= 0 ? code : static_cast<int32_t>(index.size);
    });
}

}  // namespace fastsplit
