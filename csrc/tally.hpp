// tally: labels and keys -> how many keys of each class lie in each zone of its own cut bands, and
// the keys in these bands; some tallies -> that of all of them.
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
#include "parts/wide.hpp"
#include "parts/zones.hpp"

namespace fastsplit {

// The keys in bands, with the cell of each.
struct KeptKeys {
    uint64_t* keys;
    uint32_t* cells;
    int64_t size;
    int64_t capacity;
};

// cell[i] = class of example i * n_zones + zone[i], for 0 <= i < n. in: the label offset of example
// i in cell[i].
inline void cells_of(const int32_t* class_of, const uint32_t* zone, uint32_t n_zones, int64_t n,
                     uint32_t* cell) {
    for (int64_t i = 0; i < n; ++i)
        cell[i] = static_cast<uint32_t>(class_of[cell[i]]) * n_zones + zone[i];
}

// The bands of each class, as two thresholds per band in bands.cuts[n_classes + 1, width]; and the
// bands `around` those of all classes, or none: outside of them no class needs to be looked up.
struct BandTable {
    CutTable bands;
    CutBands around;  // `width` thresholds, or none
};

// Adds the examples of `range` to cells[n_classes + 1, width + 1], a column per zone, and appends
// the keys in odd zones to `kept`. Without ids, the id of an example is `start` + its position.
// Returns the position at which `kept` was full, or range.end. Cost: one pass over labels and ids.
// Not checked: the cells are fewer than 2**32.
// Equivalent NumPy: np.add.at(cells, (c, (bands.cuts[c] < keys[:, None]).sum(axis=1)), 1), c being
// class_of[labels - low].
inline int64_t tally(Cpu cpu, const Labels& labels, const ClassTable& classes,
                     const BandTable& table, const Keys& keys, int64_t start, Range range,
                     int64_t* cells, KeptKeys* kept) {
    uint32_t cell[kBlock], zone[kBlock], at[kBlock];
    uint64_t block_keys[kBlock];
    const uint32_t n_zones = static_cast<uint32_t>(table.bands.width + 1);
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        const int64_t n = std::min(kBlock, range.end - begin);
        if (kept->size + n > kept->capacity) return begin;
        rank_keys(cpu, keys, keys.ids ? begin : start + begin, n, block_keys);
        offsets(cpu, labels, classes.window, begin, n, cell);
        const Examples examples{cell, block_keys, classes.class_of};
        int64_t size;
        if (table.around.size > 0) {  // an even zone is the same for all classes
            zones(cpu, table.around, block_keys, n, zone);
            size = in_bands(cpu, zone, n, at);
            compare(table.bands, examples, at, size, zone);
        } else {
            compare(table.bands, examples, nullptr, n, zone);
            size = in_bands(cpu, zone, n, at);
        }
        cells_of(classes.class_of, zone, n_zones, n, cell);
        for (int64_t i = 0; i < n; ++i) ++cells[cell[i]];
        int64_t end = kept->size;
        for (int64_t i = 0; i < size; ++i) {
            kept->keys[end] = block_keys[at[i]];
            kept->cells[end] = cell[at[i]];
            end += zone[at[i]] & 1;
        }
        kept->size = end;
    }
    return range.end;
}

// Writes each key to out[cursor[its cell]++]. Not checked: cells and cursors, which must be laid
// out by the cells that counted the keys.
inline void tally_arrange(const KeptKeys& kept, int64_t* cursor, uint64_t* out) {
    for (int64_t i = 0; i < kept.size; ++i) out[cursor[kept.cells[i]]++] = kept.keys[i];
}

constexpr int64_t kBucketsPerKey = 2;  // so many that placing the keys leaves little to sort
constexpr int64_t kMaxInserted = 16;   // keys that are sorted by insertion as fast as otherwise
constexpr int64_t kMaxPlaced =
    1 << 30;  // keys whose places fit 32 bits, so that more fit the cache

// Sorts in[0 .. n) into out by insertion; `in` may be `out`.
inline void insert_sorted(const uint64_t* in, int64_t n, uint64_t* out) {
    for (int64_t i = 0; i < n; ++i) {
        const uint64_t key = in[i];
        int64_t j = i;
        for (; j > 0 && out[j - 1] > key; --j) out[j] = out[j - 1];
        out[j] = key;
    }
}

// Sorts keys that are uniform between the smallest and the largest: places them in more buckets
// than there are keys, and inserts each. Others are sorted too, but not faster than by std::sort.
// spare[n] and ends[kBucketsPerKey * n] are workspace.
inline void sort_uniform(uint64_t* keys, int64_t n, uint64_t* spare, uint32_t* ends) {
    if (n <= kMaxInserted) return insert_sorted(keys, n, keys);
    const auto extremes = std::minmax_element(keys, keys + n);
    const uint64_t low = *extremes.first, span = *extremes.second - low;
    const int64_t n_buckets = kBucketsPerKey * n;
    if (span < static_cast<uint64_t>(n_buckets) || n > kMaxPlaced) return std::sort(keys, keys + n);
    // A key's bucket, (key - low) * scale / 2**64, is below n_buckets: scale * span < n_buckets *
    // 2**64.
    const uint64_t scale = UINT64_MAX / span * static_cast<uint64_t>(n_buckets);
    std::fill_n(ends, n_buckets, 0);
    for (int64_t i = 0; i < n; ++i) ++ends[multiply_high(keys[i] - low, scale)];
    uint32_t begin = 0, largest = 0;
    for (int64_t b = 0; b < n_buckets; ++b) {
        const uint32_t size = ends[b];
        ends[b] = begin;  // becomes the end as keys are placed
        begin += size;
        largest = std::max(largest, size);
    }
    for (int64_t i = 0; i < n; ++i) spare[ends[multiply_high(keys[i] - low, scale)]++] = keys[i];
    if (largest > kMaxInserted) {
        begin = 0;
        for (int64_t b = 0; b < n_buckets; begin = ends[b++])
            if (ends[b] - begin > kMaxInserted) std::sort(spare + begin, spare + ends[b]);
    }
    insert_sorted(spare, n, keys);
}

// Sorts each of the runs starts[r] .. starts[r + 1] - 1 of `range`. spare and ends are as above,
// for the longest run.
inline void tally_sort(const int64_t* starts, Range range, uint64_t* keys, uint64_t* spare,
                       uint32_t* ends) {
    for (int64_t r = range.begin; r < range.end; ++r)
        sort_uniform(keys + starts[r], starts[r + 1] - starts[r], spare, ends);
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

// One of the tallies to merge: of_class[c] is its row of class c, or -1.
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

// Adds to below[c, j] the keys of a side below the new begin of band j.
inline void add_below(const TallySide& side, int64_t c, const MergedTally& out) {
    const int64_t row = side.of_class[c], width = out.width;
    const uint64_t* const keys = side.rows.keys + side.rows.starts[row];
    const int64_t n = side.rows.starts[row + 1] - side.rows.starts[row];
    for (int64_t j = 0; j < width; ++j) {
        const uint64_t old_low = side.low[row * width + j], new_low = out.low[c * width + j];
        int64_t passed = 0;
        if (old_low != new_low)
            passed = count_below(keys, n, new_low) - count_below(keys, n, old_low);
        out.below[c * width + j] += side.below[row * width + j] + passed;
    }
}

// Workspace of a merge: at[n_sides], and that of sort_uniform for the keys of any class.
struct MergeRoom {
    int64_t* at;
    uint64_t* spare;
    uint32_t* ends;
};

// The largest number of keys of a class in all sides.
inline int64_t most_keys(const TallySide* sides, int64_t n_sides, int64_t n_classes) {
    int64_t most = 0;
    for (int64_t c = 0; c < n_classes; ++c) {
        int64_t n = 0;
        for (int64_t s = 0; s < n_sides; ++s) {
            const int64_t row = sides[s].of_class[c];
            if (row >= 0) n += sides[s].rows.starts[row + 1] - sides[s].rows.starts[row];
        }
        most = std::max(most, n);
    }
    return most;
}

// Appends the keys of class c in the bands, ascending, to the `size` keys of out; returns their new
// number.
inline int64_t merge_class(const TallySide* sides, int64_t n_sides, int64_t c,
                           const MergedTally& out, int64_t size, const MergeRoom& room) {
    const int64_t width = out.width;
    const uint64_t* const low = out.low + c * width;
    const uint64_t* const high = out.high + c * width;
    std::fill_n(room.at, n_sides, 0);
    for (int64_t j = 0; j < width;) {  // each run of bands that overlap
        const int64_t begin = size;
        const uint64_t smallest = low[j];
        for (++j; j < width && low[j] <= high[j - 1];) ++j;
        const uint64_t largest = high[j - 1];
        for (int64_t s = 0; s < n_sides; ++s) {
            const int64_t row = sides[s].of_class[c];
            if (row < 0) continue;
            const KeyRows& rows = sides[s].rows;
            const uint64_t* const keys = rows.keys + rows.starts[row];
            const int64_t n = rows.starts[row + 1] - rows.starts[row];
            int64_t i = room.at[s];
            if (i < n && keys[i] < smallest) i += count_below(keys + i, n - i, smallest);
            for (; i < n && keys[i] <= largest; ++i) out.keys[size++] = keys[i];
            room.at[s] = i;
        }
        sort_uniform(out.keys + begin, size - begin, room.spare, room.ends);
    }
    return size;
}

// Merges the tallies of all n_classes, class by class, so that its keys are sorted while they are
// in the cache. out.below is zeros, out.keys has room for all keys. Returns the number of keys.
// Cost: one pass over the tallies. Not checked: the bands lie inside those of every side.
inline int64_t tally_merge(const TallySide* sides, int64_t n_sides, int64_t n_classes,
                           const MergedTally& out, const MergeRoom& room) {
    int64_t size = 0;
    for (int64_t c = 0; c < n_classes; ++c) {
        out.starts[c] = size;
        for (int64_t s = 0; s < n_sides; ++s)
            if (sides[s].of_class[c] >= 0) add_below(sides[s], c, out);
        size = merge_class(sides, n_sides, c, out, size, room);
    }
    out.starts[n_classes] = size;
    return size;
}

}  // namespace fastsplit
