// count: labels -> how many of each, and of each at every place among the bands, which tells the split of those in no band.
// Labels that lie far apart are first encoded through a hash index.
#pragma once
#include <cstdint>

#include "labels.hpp"
#include "places.hpp"

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

// The keys that were found in a band, and for each the entry of the tally that counted it and its position.
struct Candidates {
    uint64_t* keys;
    uint32_t* entries;
    int64_t* positions;
    int64_t size;
    int64_t capacity;
};

// entry[i] = entry[i] * columns + place[i], for 0 <= i < n.
inline void add_places(Cpu cpu, const uint32_t* place, uint32_t columns, int64_t n, uint32_t* entry) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) entry[i] = entry[i] * columns + place[i];
    });
}

// Counts the examples of positions [first, last) by label and place: tally[window.span + 1, bands.size + 1], of which the
// last row is for labels outside the window. Appends the keys in a band to the candidates. Returns the position at which
// these were full, or `last`: the caller enlarges them and goes on from there. (span + 1) * (bands.size + 1) < 2**32.
// Where there are bands and `out` is not null, out[i] becomes the split of an example that is in none (all ones for split
// number `none`); what the others get here is of no use.
// Equivalent NumPy, without bands: tally += np.bincount(labels - low, minlength=span + 1).
template <typename Split>
inline int64_t count(Cpu cpu, const Labels& labels, Window window, Bands bands, Seed seed, const uint64_t* ids,
                     int64_t first, int64_t last, int64_t* tally, Candidates* candidates, int64_t none, Split* out) {
    uint32_t entry[kBlock], place[kBlock], found[kBlock];
    uint64_t keys[kBlock];
    const uint32_t columns = static_cast<uint32_t>(bands.size + 1);
    for (; first < last; first += kBlock) {
        const int64_t n = std::min(kBlock, last - first);
        if (bands.size > 0 && candidates->size + n > candidates->capacity) return first;
        offsets(cpu, labels, window, first, n, entry);
        if (bands.size > 0) {
            rank_keys(cpu, seed, ids, first, n, keys);
            places(cpu, bands, keys, n, place);
            if (out) narrow(cpu, place, 1, none, n, out + first);
            add_places(cpu, place, columns, n, entry);
            const int64_t size = inside(cpu, place, n, found);
            uint64_t* const out_keys = candidates->keys + candidates->size;
            uint32_t* const out_entries = candidates->entries + candidates->size;
            int64_t* const out_positions = candidates->positions + candidates->size;
            for (int64_t i = 0; i < size; ++i) {
                out_keys[i] = keys[found[i]];
                out_entries[i] = entry[found[i]];
                out_positions[i] = first + found[i];
            }
            candidates->size += size;
        }
        for (int64_t i = 0; i < n; ++i) ++tally[entry[i]];
    }
    return last;
}

// An open-addressing index of distinct ordered labels: slots[1 << bits] holds -1 or a position in values[].
// The caller owns both and keeps 2 * capacity <= 1 << bits, so that a probe always ends.
struct Index {
    Seed seed;  // a secret, so that no labels can be made up that all fall to one slot
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
