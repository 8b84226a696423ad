// few: the whole way of few labels, labels -> index arrays, in two calls over one kept workspace.
//
// The stages are those of the other headers, one after another over a single range; only what the
// engine does between them for many labels is done here: layouts, class tables, checks. So the
// results are the same bits.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "assign.hpp"
#include "cuts.hpp"
#include "emit.hpp"
#include "gather.hpp"
#include "group.hpp"
#include "order.hpp"
#include "quotas.hpp"
#include "scan.hpp"

namespace fastsplit {

// Room for elements that are written before they are read; it only grows.
template <typename T>
class Room {
  public:
    T* of(int64_t n) {
        if (n > size_) {
            elements_.reset(new T[static_cast<size_t>(n)]);
            size_ = n;
        }
        return elements_.get();
    }

  private:
    std::unique_ptr<T[]> elements_;
    int64_t size_ = 0;
};

// A fresh allocation costs more than the work itself, because the system clears its pages.
struct Workspace {
    Room<int64_t> cells, slots, numbers, rounding, search;
    Room<int32_t> class_of;
    Room<int64_t*> pointers;
    Room<uint64_t> keys, cuts, words, sorting;
    Room<uint8_t> bytes;
};

// The workspace of this thread, about 60 bytes per example of its largest call. It is taken for as
// long as the lease lives; a call in between, such as that of a finalizer, gets another one.
class Lease {
  public:
    Lease() : taken_(std::move(kept())) {
        if (!taken_) taken_.reset(new Workspace);
    }
    ~Lease() { kept() = std::move(taken_); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Workspace* operator->() { return taken_.get(); }

  private:
    static std::unique_ptr<Workspace>& kept() {
        thread_local std::unique_ptr<Workspace> own;
        return own;
    }

    std::unique_ptr<Workspace> taken_;
};

// What is asked of a split of n labels, 0 < n < 2**31.
struct FewRequest {
    Labels labels;
    int64_t n;
    Keys keys;
    Seed rounding;
    Columns columns;
    const uint64_t* ideals;  // [columns.n - 1]
    int64_t min_per_split;
    int64_t min_class;    // examples that every class must have,
    int64_t max_classes;  // and the most classes for which there is room in every split
};

// What the classes are: the label values low + rows[c], and how many examples they have.
struct FewClasses {
    Window window{0, 0};
    int64_t n = 0;
    const int64_t* counts = nullptr;    // [n]
    const int64_t* rows = nullptr;      // [n]
    const int32_t* class_of = nullptr;  // [window.span + 1]
};

// The tables of a split, C classes and K columns. Outputs.
struct FewTables {
    int64_t* quotas;  // [C, K]
    uint64_t* cuts;   // [C, K - 1]
    Assignment assignment;
};

enum class FewStatus : int32_t {
    kDone,
    kNotFew,   // the other way must go on: labels far apart, or an error that it words
    kChanged,  // the labels changed while they were read
};

// Finds the classes, ascending, and counts their examples, in the workspace. max_span is the
// largest window of label values worth a table.
inline FewStatus few_classes(Cpu cpu, const FewRequest& request, int64_t max_span, Lease& work,
                             FewClasses* found) {
    const Range all{0, request.n};
    int64_t low = INT64_MAX, high = INT64_MIN;
    extent(cpu, request.labels, all, &low, &high);
    const uint64_t distance = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    if (distance >= static_cast<uint64_t>(max_span)) return FewStatus::kNotFew;
    const int64_t span = static_cast<int64_t>(distance) + 1;
    int64_t* const cells = work->cells.of(span + 1);
    std::fill_n(cells, span + 1, 0);
    Zoned zoned{{low, span}, cells, {}};
    scan(cpu, request.labels, request.keys, CutBands{nullptr, 0}, all, &zoned, Assignment{});
    if (cells[span] != 0) return FewStatus::kChanged;

    int32_t* const class_of = work->class_of.of(span + 1);
    int64_t* const rows = work->numbers.of(span + 1);
    int64_t n = 0;
    bool small = false;
    for (int64_t offset = 0; offset < span; ++offset) {
        const int64_t count = cells[offset];
        class_of[offset] = static_cast<int32_t>(n);
        cells[n] = count;  // n <= offset: the counts move together
        rows[n] = offset;
        small |= count > 0 && count < request.min_class;
        n += count > 0;
    }
    class_of[span] = static_cast<int32_t>(n);
    *found = FewClasses{{low, span}, n, cells, rows, class_of};
    return small || n > request.max_classes ? FewStatus::kNotFew : FewStatus::kDone;
}

// Writes the value of each class, as the labels have it but in this machine's byte order.
inline void few_values(const Labels& labels, const FewClasses& classes, Lease& work, void* out) {
    uint64_t* const words = work->words.of(classes.n);
    const bool shifted = labels.width == 8 && !labels.is_signed;  // see as_int64
    for (int64_t c = 0; c < classes.n; ++c) {
        words[c] =
            static_cast<uint64_t>(classes.window.low) + static_cast<uint64_t>(classes.rows[c]);
        words[c] ^= shifted ? uint64_t{1} << 63 : 0;
    }
    write_positions(words, classes.n, ~uint64_t{0}, labels.width, out);
}

// Writes the cuts of all classes, from all of their keys, and the quotas that they give.
inline FewStatus few_cuts(Cpu cpu, const FewRequest& request, const FewClasses& classes,
                          const ClassTable& table, Lease& work, const FewTables& out) {
    const int64_t width = request.columns.n - 1, n = classes.n;
    int64_t* const starts = work->slots.of(4 * n + 1);
    int64_t* const cursor = starts + n + 1;
    int64_t* const below = cursor + n;
    int64_t* const numbers = below + n;
    starts[0] = 0;
    for (int64_t c = 0; c < n; ++c) {
        cursor[c] = starts[c];
        starts[c + 1] = starts[c] + classes.counts[c];
        below[c] = 0;
        numbers[c] = c;
    }
    uint64_t* const keys = work->keys.of(request.n);
    if (collect(cpu, request.labels, table, request.keys, {0, request.n}, {cursor, starts + 1},
                keys) != 0)
        return FewStatus::kChanged;
    if (!std::equal(cursor, cursor + n, starts + 1)) return FewStatus::kChanged;  // slots not used

    int64_t* const minimum = work->search.of(4 * (width + 2));
    int64_t* const band_of_cut = minimum + width + 1;
    for (int64_t k = 0; k <= width; ++k) {
        minimum[k] = minimum_of(request.columns, request.min_per_split, k);
        band_of_cut[k] = 0;
    }
    const uint64_t edges[2] = {0, UINT64_MAX};  // one band, of all keys
    uint8_t* const status = work->bytes.of(n);
    const ClassKeys known{numbers, classes.counts, below, starts, keys, edges, 1};
    const CutSearch search{request.ideals, band_of_cut,      minimum,
                           width,          request.rounding, out.quotas,
                           out.cuts,       status,           minimum + 2 * (width + 2)};
    select(cpu, known, search, {0, n});
    for (int64_t c = 0; c < n; ++c) {
        if (status[c] == kOutsideBand) return FewStatus::kChanged;
        if (status[c] == kTooFewUnits) return FewStatus::kNotFew;
    }
    return FewStatus::kDone;
}

// Splits labels whose classes few_classes found: quotas, cuts and the split of each example.
inline FewStatus few_split(Cpu cpu, const FewRequest& request, const FewClasses& classes,
                           Lease& work, const FewTables& out) {
    const Columns& columns = request.columns;
    const int64_t n_columns = columns.n, width = n_columns - 1;
    Rounding state =
        begin_rounding(columns, request.rounding, work->rounding.of(rounding_workspace(n_columns)),
                       work->pointers.of(n_vertices(n_columns)));
    quotas(&state, classes.counts, classes.n, out.quotas);
    end_rounding(&state);
    if (request.min_per_split > 0 &&
        !keep_minimum(columns, request.min_per_split, classes.n, out.quotas,
                      work->rounding.of(minimum_workspace(n_columns))))
        return FewStatus::kNotFew;
    const ClassTable table{classes.window, classes.class_of, classes.n};
    if (width > 0) {
        const FewStatus status = few_cuts(cpu, request, classes, table, work, out);
        if (status != FewStatus::kDone) return status;
    }
    uint64_t* const cuts = work->cuts.of((classes.n + 1) * width + 1);  // a last row for no class
    std::copy_n(out.cuts, classes.n * width, cuts);
    std::copy_n(request.ideals, width, cuts + classes.n * width);
    assign(cpu, request.labels, table, {cuts, width, {nullptr, 0}}, request.keys, {0, request.n},
           out.assignment);
    return FewStatus::kDone;
}

// Writes the positions class by class, and where each class begins: offsets[classes.n + 1].
inline FewStatus few_group(Cpu cpu, const Labels& labels, int64_t n, const FewClasses& classes,
                           Lease& work, int64_t* offsets, int64_t* order) {
    int64_t* const cursor = work->slots.of(classes.n);
    offsets[0] = 0;
    for (int64_t c = 0; c < classes.n; ++c) {
        cursor[c] = offsets[c];
        offsets[c + 1] = offsets[c] + classes.counts[c];
    }
    const ClassTable table{classes.window, classes.class_of, classes.n};
    const bool changed = group(cpu, labels, table, {0, n}, {cursor, offsets + 1}, order) != 0;
    return changed ? FewStatus::kChanged : FewStatus::kDone;
}

// The index arrays of the splits of an assignment: out[s] holds sizes[s] integers of `width` bytes.
struct FewArrays {
    const uint8_t* assignment;
    int64_t n;
    int64_t n_splits;
    const int64_t* sizes;
    int64_t width;
    void* const* out;
};

// Writes the positions of each split in the order of their keys. Assignment null: all positions.
// Every split is one bucket.
inline void few_order(Cpu cpu, const FewArrays& arrays, const Packing& packing, Lease& work) {
    const int64_t n_splits = arrays.n_splits;
    Buckets buckets[kByteValues];
    uint64_t* words[kByteValues];
    WordSlots slots[kByteValues];
    int64_t begin = 0, largest = 0;
    uint64_t* const room = arrays.width == 8 ? nullptr : work->words.of(arrays.n);
    for (int64_t s = 0; s < n_splits; ++s) {
        buckets[s] = Buckets{0, s};
        words[s] = room ? room + begin : static_cast<uint64_t*>(arrays.out[s]);
        slots[s] = WordSlots{words[s], words[s] + arrays.sizes[s]};
        begin += arrays.sizes[s];
        largest = std::max(largest, arrays.sizes[s]);
    }
    const Unordered unordered{{nullptr, 0}, arrays.assignment, n_splits, {nullptr, 0}};
    order_scatter(cpu, unordered, {0, arrays.n}, packing, buckets, slots, {nullptr, nullptr, 0});
    uint64_t* const sorting = work->sorting.of(digits_workspace(largest));
    for (int64_t s = 0; s < n_splits; ++s) {
        const int64_t first = 0;
        const Runs all{words[s], &first, &arrays.sizes[s], 1, 1};
        sort_by_digits(all, arrays.sizes[s], packing, sorting, words[s]);
        write_positions(words[s], arrays.sizes[s], packing.mask(), arrays.width, arrays.out[s]);
    }
}

// Writes to the workspace whether each example is trained on in a fold. Returns the number of those
// that are tested.
inline int64_t few_fold(Cpu cpu, const uint8_t* folds, int64_t n, uint8_t fold, Lease& work,
                        const uint8_t** is_train) {
    uint8_t* const out = work->bytes.of(n);
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) out[i] = folds[i] != fold;
    });
    int64_t counts[2] = {};
    count_splits(cpu, out, {0, n}, 2, counts);
    *is_train = out;
    return counts[0];
}

}  // namespace fastsplit
