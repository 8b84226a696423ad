// scan: labels and keys -> how many examples of each class lie in each zone, the candidates, and
// the split of every example that is not a candidate.
#pragma once
#include <algorithm>
#include <cstdint>

#include "parts/assignment.hpp"
#include "parts/classes.hpp"
#include "parts/keys.hpp"
#include "parts/zones.hpp"

namespace fastsplit {

// The examples whose key is in a cut band: key, cell and position of each.
struct Candidates {
    uint64_t* keys;
    uint32_t* cells;
    int64_t* positions;
    int64_t size;
    int64_t capacity;
};

// What one range adds up: cells[window.span + 1][bands.size + 1], a row per label offset (the last
// one for labels outside the window), a column per zone; and the candidates. A cell's number is its
// flat index.
struct Zoned {
    Window window;
    int64_t* cells;
    Candidates candidates;
};

// cell[i] = cell[i] * n_zones + zone[i], for 0 <= i < n.
inline void add_zones(Cpu cpu, const uint32_t* zone, uint32_t n_zones, int64_t n, uint32_t* cell) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) cell[i] = cell[i] * n_zones + zone[i];
    });
}

// Appends the examples begin + at[i], for 0 <= i < n. Not checked: the capacity.
inline void append(const uint64_t* keys, const uint32_t* cells, int64_t begin, const uint32_t* at,
                   int64_t n, Candidates* out) {
    uint64_t* const out_keys = out->keys + out->size;
    uint32_t* const out_cells = out->cells + out->size;
    int64_t* const out_positions = out->positions + out->size;
    for (int64_t i = 0; i < n; ++i) {
        out_keys[i] = keys[at[i]];
        out_cells[i] = cells[at[i]];
        out_positions[i] = begin + at[i];
    }
    out->size += n;
}

// Adds the examples of `range` to the cells and appends the candidates. Returns the position at
// which these were full, or range.end: the caller grows them and continues from there. If there are
// bands and out.splits is not null, writes the split of every example outside the bands; the split
// of a candidate is written too, but means nothing. Without bands only labels are read, and nothing
// is written to `out`. Cost: one pass over labels and ids. Not checked: (span + 1) * (bands.size +
// 1) < 2**32.
// Equivalent NumPy: np.add.at(cells, (labels - low, np.searchsorted(bands, keys)), 1).
inline int64_t scan(Cpu cpu, const Labels& labels, const Keys& keys, CutBands bands, Range range,
                    Zoned* zoned, const Assignment& out) {
    uint32_t cell[kBlock], zone[kBlock], at[kBlock];
    uint64_t block_keys[kBlock];
    int64_t* const cells = zoned->cells;
    Candidates* const candidates = &zoned->candidates;
    for (int64_t begin = range.begin; begin < range.end; begin += kBlock) {
        const int64_t n = std::min(kBlock, range.end - begin);
        if (bands.size > 0 && candidates->size + n > candidates->capacity) return begin;
        offsets(cpu, labels, zoned->window, begin, n, cell);
        if (bands.size > 0) {
            rank_keys(cpu, keys, begin, n, block_keys);
            zones(cpu, bands, block_keys, n, zone);
            if (out.splits) write_splits(cpu, zone, 1, begin, n, out);
            add_zones(cpu, zone, static_cast<uint32_t>(bands.size + 1), n, cell);
            append(block_keys, cell, begin, at, in_bands(cpu, zone, n, at), candidates);
        }
        for (int64_t i = 0; i < n; ++i) ++cells[cell[i]];
    }
    return range.end;
}

}  // namespace fastsplit
