// table: the rows of each unit -> how many examples of each class it has, without the zeros.
//
// Equivalent NumPy: np.unique(unit_of * n_classes + class_of, return_counts=True).
//
// table_count: rows -> how many fall to each bucket of neighbouring units.
//
// table_scatter: rows -> one word each, in its bucket; the caller lays the buckets out.
//
// table_sort: a bucket, which fits the L2 cache -> its words sorted.
//
// table_fill: sorted words -> the entries of the bucket's units.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "parts/bits.hpp"
#include "parts/blocks.hpp"
#include "parts/classes.hpp"
#include "parts/cpu.hpp"
#include "parts/labels.hpp"

namespace fastsplit {

// Writes the class number of every label of `range` to out: n_classes for a label of no class.
inline void number_labels(Cpu cpu, const Labels& labels, const ClassTable& classes, Range range,
                          int32_t* out) {
    uint32_t offset[kBlock];
    for_blocks(range, [&](int64_t begin, int64_t n) {
        offsets(cpu, labels, classes.window, begin, n, offset);
        for (int64_t i = 0; i < n; ++i) out[begin + i] = classes.class_of[offset[i]];
    });
}

// The rows, and how they become words: the unit above class_bits bits of the class. Bucket b has
// the units from b << unit_shift on. Not checked: class_bits hold every class.
struct UnitRows {
    const int32_t* unit_of;
    const int32_t* class_of;
    int64_t n_units, n_classes;
    int64_t class_bits, unit_shift;
};

// Adds the number of rows of `range` that fall to each bucket to counts. Returns the number of rows
// whose unit or class is not below n_units or n_classes; these fall to none.
inline int64_t table_count(const UnitRows& rows, Range range, int64_t* counts) {
    const uint32_t n_units = static_cast<uint32_t>(rows.n_units);
    const uint32_t n_classes = static_cast<uint32_t>(rows.n_classes);
    int64_t outside = 0;
    for (int64_t i = range.begin; i < range.end; ++i) {
        const uint32_t unit = static_cast<uint32_t>(rows.unit_of[i]);
        if (unit < n_units && static_cast<uint32_t>(rows.class_of[i]) < n_classes) {
            ++counts[unit >> rows.unit_shift];
        } else {
            ++outside;
        }
    }
    return outside;
}

// Writes one word per row of `range` to words[slots.cursor[bucket]++]. Returns the overflow: the
// number of rows without a slot, 0 unless they changed since they were counted.
template <typename Word>
inline int64_t table_scatter(const UnitRows& rows, Range range, const Slots& slots, Word* words) {
    int64_t* const cursor = slots.cursor;
    const int64_t* const limit = slots.limit;
    const int64_t n_buckets = ((rows.n_units - 1) >> rows.unit_shift) + 1;
    int64_t overflow = 0;
    for (int64_t i = range.begin; i < range.end; ++i) {
        const uint32_t unit = static_cast<uint32_t>(rows.unit_of[i]);
        const int64_t bucket = unit >> rows.unit_shift;
        if (bucket >= n_buckets || cursor[bucket] == limit[bucket]) {
            ++overflow;
            continue;
        }
        words[cursor[bucket]++] = static_cast<Word>(uint64_t{unit} << rows.class_bits |
                                                    static_cast<uint32_t>(rows.class_of[i]));
    }
    return overflow;
}

constexpr int64_t kWordDigitBits = 10;  // most bits of a digit: its counts stay in the L1 cache
constexpr int64_t kFewWords = 64;       // up to here std::sort is as fast

// Sorts words[0 .. n), which agree in all but the lowest `bits`, by counting passes over digits of
// equal width. Returns the number of distinct ones. workspace has n elements.
template <typename Word>
inline int64_t table_sort(Word* words, int64_t n, int64_t bits, Word* workspace) {
    if (n <= kFewWords) {
        std::sort(words, words + n);
    } else if (bits > 0) {
        const int64_t passes = (bits + kWordDigitBits - 1) / kWordDigitBits;
        const int64_t width = (bits + passes - 1) / passes, n_digits = int64_t{1} << width;
        int64_t cursor[int64_t{1} << kWordDigitBits];
        Word *from = words, *to = workspace;
        for (int64_t pass = 0; pass < passes; ++pass) {
            const auto digit = [=](Word word) { return word >> (pass * width) & (n_digits - 1); };
            std::fill_n(cursor, n_digits, 0);
            for (int64_t i = 0; i < n; ++i) ++cursor[digit(from[i])];
            int64_t sum = 0;
            for (int64_t d = 0; d < n_digits; ++d) {
                sum += cursor[d];
                cursor[d] = sum - cursor[d];
            }
            for (int64_t i = 0; i < n; ++i) to[cursor[digit(from[i])]++] = from[i];
            std::swap(from, to);
        }
        if (from != words) std::copy(from, from + n, words);
    }
    int64_t distinct = n > 0;
    for (int64_t i = 1; i < n; ++i) distinct += words[i] != words[i - 1];
    return distinct;
}

// Where the entries of a bucket go: its units are those of `units`, and its first entry is `first`.
struct EntrySlots {
    Range units;
    int64_t first;
    int64_t* starts;  // of each unit; the next bucket may write its own at the same time
    int32_t* classes;
    int64_t* counts;
};

// Writes the entries of n sorted words of a bucket, and where those of each unit begin.
// Not checked: the words are of units of the bucket, and there is room for the distinct ones.
template <typename Word>
inline void table_fill(const Word* words, int64_t n, int64_t class_bits, const EntrySlots& out) {
    const Word mask = static_cast<Word>((uint64_t{1} << class_bits) - 1);
    int64_t entry = out.first - 1, unit = out.units.begin, begin = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (i > 0 && words[i] == words[i - 1]) continue;
        if (i > 0) out.counts[entry] = i - begin;
        begin = i;
        ++entry;
        out.classes[entry] = static_cast<int32_t>(words[i] & mask);
        for (; unit <= static_cast<int64_t>(uint64_t{words[i]} >> class_bits); ++unit)
            out.starts[unit] = entry;
    }
    if (n > 0) out.counts[entry] = n - begin;
    for (; unit < out.units.end; ++unit) out.starts[unit] = entry + 1;
}

// A matrix (rows, columns) of numbers. Strides are in bytes and may be 0 or negative; elements need
// no alignment.
struct Matrix {
    const char* data;
    int64_t columns;
    int64_t row_stride, column_stride;
};

constexpr int64_t kMaskBits = 64;  // columns per mask

inline int64_t masks_per_row(int64_t columns) { return (columns + kMaskBits - 1) / kMaskBits; }

// Returns n bytes, at most kMaskBits, each 0 or 1, as the lowest bits of a mask; the bytes after
// them are 0.
FASTSPLIT_INLINE inline uint64_t mask_of(const uint8_t* bytes) {
    uint64_t mask = 0;
    for (int64_t i = 0; i < kMaskBits / 8; ++i) {
        uint64_t eight;
        std::memcpy(&eight, bytes + 8 * i, 8);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        eight = swap_bytes(eight);
#endif
        // The product brings the lowest bits of the eight bytes together in the highest byte.
        mask |= (eight * 0x0102040810204080u >> 56) << (8 * i);
    }
    return mask;
}

// Reads n numbers, at most kMaskBits, to bytes: whether each is not 0. Returns whether one is
// neither 0 nor 1.
template <typename T, bool kContiguous>
FASTSPLIT_INLINE inline bool read_binary(const char* at, int64_t stride, int64_t n,
                                         uint8_t* bytes) {
    uint8_t other = 0;
    for (int64_t i = 0; i < n; ++i) {
        T x;
        std::memcpy(&x, at + i * (kContiguous ? static_cast<int64_t>(sizeof(T)) : stride),
                    sizeof(T));
        bytes[i] = x != T{0};
        other |= static_cast<uint8_t>((x != T{0}) & (x != T{1}));
    }
    return other;
}

// Writes to masks (rows, masks_per_row) which columns of every row of `range` are 1, and to
// counts[row] how many. Returns the first row that has another number than 0 and 1, or range.end;
// the rows from there on are not written.
// Equivalent NumPy: np.count_nonzero(matrix == 1, axis=1).
template <typename T>
inline int64_t read_matrix(Cpu cpu, const Matrix& matrix, Range range, uint64_t* masks,
                           int64_t* counts) {
    int64_t end = range.end;
    int64_t* const other = &end;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        const int64_t width = masks_per_row(matrix.columns);
        for (int64_t row = range.begin; row < range.end; ++row) {
            int64_t count = 0;
            bool is_other = false;
            for (int64_t begin = 0; begin < matrix.columns; begin += kMaskBits) {
                const int64_t n = std::min(kMaskBits, matrix.columns - begin);
                const char* const at =
                    matrix.data + row * matrix.row_stride + begin * matrix.column_stride;
                alignas(64) uint8_t bytes[kMaskBits] = {};
                if (matrix.column_stride != static_cast<int64_t>(sizeof(T))) {
                    is_other |= read_binary<T, false>(at, matrix.column_stride, n, bytes);
                } else if (n == kMaskBits) {
                    is_other |= read_binary<T, true>(at, 0, kMaskBits, bytes);
                } else {
                    is_other |= read_binary<T, true>(at, 0, n, bytes);
                }
                const uint64_t mask = mask_of(bytes);
                masks[row * width + begin / kMaskBits] = mask;
                count += count_bits(mask);
            }
            if (is_other) {
                *other = row;
                return;
            }
            counts[row] = count;
        }
    });
    return end;
}

// Writes the columns of each row of `range` that are 1, ascending, to classes[starts[row]] and on.
// Not checked: starts (rows + 1,) are those of the counts of the masks.
inline void matrix_classes(Cpu cpu, const uint64_t* masks, int64_t width, Range range,
                           const int64_t* starts, int32_t* classes) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t row = range.begin; row < range.end; ++row) {
            int32_t* to = classes + starts[row];
            for (int64_t i = 0; i < width; ++i) {
                for (uint64_t mask = masks[row * width + i]; mask; mask &= mask - 1)
                    *to++ = static_cast<int32_t>(i * kMaskBits + lowest_bit(mask));
            }
        }
    });
}

}  // namespace fastsplit
