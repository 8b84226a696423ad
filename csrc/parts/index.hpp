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

constexpr int64_t kAhead = 16;  // labels between the prefetch of a slot and its use

// Where the search for `label` begins.
inline uint64_t home(const Index& index, int64_t label) {
    return key(index.seed, static_cast<uint64_t>(label)) & ((uint64_t{1} << index.bits) - 1);
}

// The slot of `label`, or the empty slot where it belongs, searched from its home on.
inline int32_t* find(const Index& index, int64_t label, uint64_t slot) {
    const uint64_t mask = (uint64_t{1} << index.bits) - 1;
    while (index.slots[slot] >= 0 && index.values[index.slots[slot]] != label)
        slot = (slot + 1) & mask;
    return index.slots + slot;
}

// A block of labels and their homes in an index. Slots and values of a large index are not in the
// cache: they are prefetched some labels ahead, as far as the block reaches.
struct Lookahead {
    int64_t labels[kBlock];
    uint64_t homes[kBlock];
    int64_t n;

    void read(const Labels& all, const Index& index, int64_t begin, int64_t size) {
        n = size;
        visit(all, begin, n, [&](int64_t i, int64_t label) { labels[i] = label; });
        for (int64_t i = 0; i < n; ++i) homes[i] = home(index, labels[i]);
    }

    void prefetch(const Index& index, int64_t i) const {
        if (i + 2 * kAhead < n) FASTSPLIT_PREFETCH_TO_READ(index.slots + homes[i + 2 * kAhead]);
        if (i + kAhead >= n) return;
        const int32_t position = index.slots[homes[i + kAhead]];
        if (position >= 0) FASTSPLIT_PREFETCH_TO_READ(index.values + position);
    }
};

// Adds the labels of `range` to the index, in the order of first sight. Returns the position at
// which the index was full, or range.end: the caller grows the index and continues from there.
inline int64_t add_labels(const Labels& labels, Range range, Index* index) {
    Lookahead block;
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        block.read(labels, *index, begin, std::min(kBlock, range.end - begin));
        for (int64_t i = 0; i < block.n; ++i) {
            block.prefetch(*index, i);
            int32_t* slot = find(*index, block.labels[i], block.homes[i]);
            if (*slot >= 0) continue;
            if (index->size == index->capacity) return begin + i;
            *slot = static_cast<int32_t>(index->size);
            index->values[index->size++] = block.labels[i];
        }
    }
    return range.end;
}

// out[i] = the position of label i in index.values, or index.size if it is not there, for i in
// `range`.
// Equivalent NumPy, if values are sorted and hold every label: np.searchsorted(values, labels).
inline void encode_labels(const Labels& labels, const Index& index, Range range, int32_t* out) {
    Lookahead block;
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        block.read(labels, index, begin, std::min(kBlock, range.end - begin));
        for (int64_t i = 0; i < block.n; ++i) {
            block.prefetch(index, i);
            const int32_t found = *find(index, block.labels[i], block.homes[i]);
            out[begin + i] = found < 0 ? static_cast<int32_t>(index.size) : found;
        }
    }
}

}  // namespace fastsplit
