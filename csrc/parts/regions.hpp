// regions: the keys of examples by class, in two steps that stay in cache.
//
// With very many classes a key that goes straight to its class goes to a cache line, and a page, of
// its own. So words go to regions of neighbouring classes first, and then, region by region, the
// keys to their classes, in the memory of the words.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "blocks.hpp"
#include "classes.hpp"
#include "keys.hpp"

namespace fastsplit {

constexpr int kPlaceBits = 16;
constexpr int kPositionBits = 64 - kPlaceBits;
constexpr int64_t kWordsAhead = 8;  // a cache line

// Regions of at most 1 << kPlaceBits label offsets, which begin at multiples of 1 << shift. A word
// holds the offset, modulo 1 << kPlaceBits, and below it the position.
struct Regions {
    Window window;
    int shift;
    const uint16_t* region_of;  // [(window.span >> shift) + 1]: by offset >> shift
};

// Writes one word per example of `range` to out[slots.cursor[region]++]. Returns the overflow: the
// examples without a slot, 0 unless labels changed since they were counted. The next line of a
// region is prefetched, because no hardware prefetcher follows that many streams. Not checked:
// positions are below 1 << kPositionBits.
inline int64_t collect_words(Cpu cpu, const Labels& labels, const Regions& regions, Range range,
                             const Slots& slots, uint64_t* out) {
    uint32_t offset[kBlock];
    int64_t overflow = 0;
    const int shift = regions.shift;
    const uint16_t* const region_of = regions.region_of;
    int64_t* const cursor = slots.cursor;
    const int64_t* const limit = slots.limit;
    for_blocks(range, [&](int64_t begin, int64_t n) {
        offsets(cpu, labels, regions.window, begin, n, offset);
        for (int64_t i = 0; i < n; ++i) {
            const uint16_t region = region_of[offset[i] >> shift];
            if (cursor[region] == limit[region]) {
                ++overflow;
                continue;
            }
            uint64_t* const to = out + cursor[region]++;
            FASTSPLIT_PREFETCH_TO_WRITE(to + kWordsAhead);
            *to = uint64_t{offset[i]} << kPositionBits | static_cast<uint64_t>(begin + i);
        }
    });
    return overflow;
}

// The classes of one region: class c has the offset rows[c], and starts[c + 1] - starts[c]
// examples.
struct RegionClasses {
    const int64_t* rows;    // [n_classes], ascending
    const int64_t* starts;  // [n_classes + 1]
    int64_t n_classes;
    Range offsets;
};

// out[i] = the key of the example of words[i], which has no id, for 0 <= i < n. out may be words.
inline void keys_of_words(Cpu cpu, Seed seed, const uint64_t* words, int64_t n, uint64_t* out) {
    constexpr uint64_t position = (uint64_t{1} << kPositionBits) - 1;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) out[i] = rank_key(seed, words[i] & position);
    });
}

// The offset of a word's label within its region.
inline uint64_t place_of(uint64_t word, uint64_t first_offset) {
    return ((word >> kPositionBits) - first_offset) & ((uint64_t{1} << kPlaceBits) - 1);
}

// The uint64s that arranging a region of so many offsets needs, in place or by a copy of its words.
inline int64_t region_workspace(int64_t n_offsets, int64_t n_words, bool in_place) {
    return in_place ? 2 * n_offsets : n_offsets + 2 * n_words;
}

// Replaces the words of one region by the keys of their examples, class by class, which have no
// ids. Returns false if the examples of a class are not as many as stated.
inline bool arrange_by_copy(Cpu cpu, Seed seed, const RegionClasses& classes, uint64_t* words,
                            uint64_t* workspace) {
    const int64_t n_offsets = classes.offsets.end - classes.offsets.begin;
    const uint64_t first_offset = static_cast<uint64_t>(classes.offsets.begin);
    const int64_t* const starts = classes.starts;
    const int64_t size = starts[classes.n_classes] - starts[0];
    uint64_t* const cursor = workspace;
    uint64_t* const arranged = workspace + n_offsets;  // twice the words: no class leaves it
    std::fill_n(cursor, n_offsets, 0);
    for (int64_t c = 0; c < classes.n_classes; ++c)
        cursor[classes.rows[c] - classes.offsets.begin] =
            static_cast<uint64_t>(starts[c] - starts[0]);
    uint64_t keys[kBlock];
    for_blocks(Range{0, size}, [&](int64_t begin, int64_t n) {
        keys_of_words(cpu, seed, words + begin, n, keys);
        for (int64_t i = 0; i < n; ++i)
            arranged[cursor[place_of(words[begin + i], first_offset)]++] = keys[i];
    });
    std::copy_n(arranged, size, words);
    bool as_stated = true;
    for (int64_t c = 0; c < classes.n_classes; ++c)
        as_stated &= cursor[classes.rows[c] - classes.offsets.begin] ==
                     static_cast<uint64_t>(starts[c + 1] - starts[0]);
    return as_stated;
}

// arrange_by_copy without a copy, for regions that are larger than the cache: each word takes the
// place of another until one belongs where the first was.
inline bool arrange_in_place(Cpu cpu, Seed seed, const RegionClasses& classes, uint64_t* words,
                             uint64_t* workspace) {
    const int64_t n_offsets = classes.offsets.end - classes.offsets.begin;
    const uint64_t first_offset = static_cast<uint64_t>(classes.offsets.begin);
    const int64_t* const starts = classes.starts;
    uint64_t* const cursor = workspace;
    uint64_t* const limit = workspace + n_offsets;
    std::fill_n(workspace, 2 * n_offsets, 0);
    for (int64_t c = 0; c < classes.n_classes; ++c) {
        cursor[classes.rows[c] - classes.offsets.begin] =
            static_cast<uint64_t>(starts[c] - starts[0]);
        limit[classes.rows[c] - classes.offsets.begin] =
            static_cast<uint64_t>(starts[c + 1] - starts[0]);
    }
    for (int64_t c = 0; c < classes.n_classes; ++c) {
        const uint64_t own = static_cast<uint64_t>(classes.rows[c]) - first_offset;
        while (cursor[own] < limit[own]) {
            uint64_t word = words[cursor[own]];
            for (uint64_t place; (place = place_of(word, first_offset)) != own;) {
                if (cursor[place] == limit[place]) return false;
                std::swap(words[cursor[place]++], word);
            }
            words[cursor[own]++] = word;
        }
    }
    keys_of_words(cpu, seed, words, starts[classes.n_classes] - starts[0], words);
    return true;
}

}  // namespace fastsplit
