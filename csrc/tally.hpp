// tally: labels and keys -> how many keys of each class lie in each zone of its own cut bands, and
// the keys in these bands; two tallies -> that of both.
//
// A tally keeps of each class the keys in its bands, ascending, and how many keys lie below each
// band. The bands narrow as the class grows, so what the tally of all parts must keep is kept by
// the tally of every part.
#pragma once
#include <algorithm>
#include <cstdint>

#include "assign.hpp"
#include "parts/classes.hpp"
#include "parts/keys.hpp"
#include "parts/zones.hpp"

namespace fastsplit {

// The keys in a band, with the class of each.
struct KeptKeys {
    uint64_t* keys;
    int32_t* classes;
    int64_t size;
    int64_t capacity;
};

// cell[i] = class of example i * n_zones + zone[i], for 0 <= i < n. in: the label offset of example
// i in cell[i].
inline void cells_of(const int32_t* class_of, const uint32_t* zone, int64_t n_zones, int64_t n,
                     uint32_t* cell) {
    for (int64_t i = 0; i < n; ++i)
        cell[i] = static_cast<uint32_t>(class_of[cell[i]] * n_zones + zone[i]);
}

// Adds the examples of `range` to cells[n_classes + 1, bands.width + 1], a column per zone, and
// appends the keys in odd zones to `kept`. bands.cuts are the thresholds of each class, two per
// band. Without ids, the id of an example is `start` + its position. Returns the position at which
// `kept` was full, or range.end. Cost: one pass over labels and ids. Not checked: the cells are
// fewer than 2**32.
// Equivalent NumPy: np.add.at(cells, (c, (bands.cuts[c] < keys[:, None]).sum(axis=1)), 1), c being
// class_of[labels - low].
inline int64_t tally(Cpu cpu, const Labels& labels, const ClassTable& classes,
                     const CutTable& bands, const Keys& keys, int64_t start, Range range,
                     int64_t* cells, KeptKeys* kept) {
    uint32_t cell[kBlock], zone[kBlock], at[kBlock];
    uint64_t block_keys[kBlock];
    const int64_t n_zones = bands.width + 1;
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        const int64_t n = std::min(kBlock, range.end - begin);
        if (kept->size + n > kept->capacity) return begin;
        rank_keys(cpu, keys, keys.ids ? begin : start + begin, n, block_keys);
        offsets(cpu, labels, classes.window, begin, n, cell);
        const Examples examples{cell, block_keys, classes.class_of};
        if (bands.bands.size > 0) {
            zones(cpu, bands.bands, block_keys, n, zone);
            const int64_t size = in_bands(cpu, zone, n, at);
            halve(cpu, n, zone);
            compare(bands, examples, at, size, zone);
        } else {
            compare(bands, examples, nullptr, n, zone);
        }
        cells_of(classes.class_of, zone, n_zones, n, cell);
        for (int64_t i = 0; i < n; ++i) ++cells[cell[i]];
        const int64_t size = in_bands(cpu, zone, n, at);
        uint64_t* const out_keys = kept->keys + kept->size;
        int32_t* const out_classes = kept->classes + kept->size;
        for (int64_t i = 0; i < size; ++i) {
            out_keys[i] = block_keys[at[i]];
            out_classes[i] = static_cast<int32_t>(cell[at[i]] / n_zones);
        }
        kept->size += size;
    }
    return range.end;
}

// Writes each key to out[cursor[its class]++]. Not checked: classes and cursors, which must be laid
// out by the cells that counted the keys.
inline void tally_arrange(const KeptKeys& kept, int64_t* cursor, uint64_t* out) {
    for (int64_t i = 0; i < kept.size; ++i) out[cursor[kept.classes[i]]++] = kept.keys[i];
}

// Sorts the keys of each class of `range`, which begin at starts[c].
inline void tally_sort(const int64_t* starts, Range range, uint64_t* keys) {
    for (int64_t c = range.begin; c < range.end; ++c)
        std::sort(keys + starts[c], keys + starts[c + 1]);
}

// The kept keys of every class: ascending keys[starts[c]] .. keys[starts[c + 1] - 1].
struct KeyRows {
    const int64_t* starts;  // [n_classes + 1]
    const uint64_t* keys;
};

// out[c, j] = the number of kept keys of class c below edges[c, j], for the classes of `range`.
inline void tally_below(const KeyRows& rows, const uint64_t* edges, int64_t width, Range range,
                        int64_t* out) {
    for (int64_t c = range.begin; c < range.end; ++c) {
        const uint64_t* const keys = rows.keys + rows.starts[c];
        const int64_t n = rows.starts[c + 1] - rows.starts[c];
        for (int64_t i = c * width; i < (c + 1) * width; ++i)
            out[i] = count_below(keys, n, edges[i]);
    }
}

// Merges ascending a[0 .. n_a) and b[0 .. n_b) into out, without branches on the keys.
inline void merge_keys(const uint64_t* a, int64_t n_a, const uint64_t* b, int64_t n_b,
                       uint64_t* out) {
    int64_t i = 0, j = 0;
    while (i < n_a && j < n_b) {
        const bool second = b[j] < a[i];
        *out++ = second ? b[j] : a[i];
        j += second;
        i += !second;
    }
    std::copy(a + i, a + n_a, out);
    std::copy(b + j, b + n_b, out + (n_a - i));
}

// One of two tallies to merge: of_class[c] is its row of class c, or -1.
struct TallySide {
    KeyRows rows;
    const int64_t* of_class;  // [n_classes]
    const int64_t* below;     // [n_rows, width]
    const uint64_t* low;      // [n_rows, width]: where each band begins
};

// The bands of the merged tally, low[n_classes, width] to high[n_classes, width], both ascending in
// each row, and what it has: below[n_classes, width], starts[n_classes + 1] and the keys.
struct MergedTally {
    const uint64_t* low;
    const uint64_t* high;
    int64_t width;
    int64_t* below;
    int64_t* starts;
    uint64_t* keys;
};

// The slice of the kept keys of one class, or none.
struct KeySlice {
    const uint64_t* keys;
    int64_t n;

    KeySlice(const TallySide& side, int64_t c) : keys(nullptr), n(0) {
        const int64_t row = side.of_class[c];
        if (row < 0) return;
        keys = side.rows.keys + side.rows.starts[row];
        n = side.rows.starts[row + 1] - side.rows.starts[row];
    }

    // The number of keys below x, from the position `from` on.
    int64_t below(uint64_t x, int64_t from) const {
        return from + count_below(keys + from, n - from, x);
    }
    // The number of keys up to x.
    int64_t up_to(uint64_t x, int64_t from) const {
        return x == UINT64_MAX ? n : below(x + 1, from);
    }
};

// Adds to below[j] the keys of a side that lie below the new begin of band j.
inline void add_below(const TallySide& side, int64_t c, const KeySlice& slice,
                      const MergedTally& out) {
    const int64_t row = side.of_class[c], width = out.width;
    if (row < 0) return;
    for (int64_t j = 0; j < width; ++j) {
        const uint64_t old_low = side.low[row * width + j], new_low = out.low[c * width + j];
        int64_t passed = 0;
        if (old_low != new_low) passed = slice.below(new_low, 0) - slice.below(old_low, 0);
        out.below[c * width + j] += side.below[row * width + j] + passed;
    }
}

// Merges the tallies of all n_classes. out->below is zeros, out->keys has room for the keys of
// both. Returns the number of keys. Cost: one pass over the keys. Not checked: the bands lie inside
// those of both sides.
inline int64_t tally_merge(const TallySide& a, const TallySide& b, int64_t n_classes,
                           const MergedTally& out) {
    int64_t size = 0;
    for (int64_t c = 0; c < n_classes; ++c) {
        out.starts[c] = size;
        const KeySlice in_a(a, c), in_b(b, c);
        add_below(a, c, in_a, out);
        add_below(b, c, in_b, out);
        const uint64_t* const low = out.low + c * out.width;
        const uint64_t* const high = out.high + c * out.width;
        int64_t end_a = 0, end_b = 0;
        for (int64_t j = 0; j < out.width;) {  // bands that touch are one run of keys
            const int64_t begin_a = in_a.below(low[j], end_a), begin_b = in_b.below(low[j], end_b);
            for (++j; j < out.width && low[j] <= high[j - 1];) ++j;
            end_a = in_a.up_to(high[j - 1], begin_a);
            end_b = in_b.up_to(high[j - 1], begin_b);
            merge_keys(in_a.keys + begin_a, end_a - begin_a, in_b.keys + begin_b, end_b - begin_b,
                       out.keys + size);
            size += end_a - begin_a + end_b - begin_b;
        }
    }
    out.starts[n_classes] = size;
    return size;
}

}  // namespace fastsplit
