// units: what stays together in one split, and the folds that units are dealt to.
#pragma once
#include <cstdint>

#include "cpu.hpp"

namespace fastsplit {

// How many examples of each class every unit has. The entries of unit u are starts[u] to
// starts[u + 1] - 1, classes ascending. Not checked: no class is twice in a unit.
struct Units {
    const int64_t* starts;   // [units + 1]
    const int32_t* classes;  // [entries], from 0 to n_classes - 1
    const int64_t* counts;   // [entries]
    const int64_t* sizes;    // [units], what counts beside the classes, like a class n_classes
    const uint64_t* ids;     // [units]
    int64_t n_classes;

    // Calls use(class, count) for the classes of a unit and for its size, which comes last.
    template <typename Use>
    FASTSPLIT_INLINE void visit(int64_t unit, Use use) const {
        for (int64_t e = starts[unit]; e < starts[unit + 1]; ++e)
            use(classes[e], static_cast<double>(counts[e]));
        use(n_classes, static_cast<double>(sizes[unit]));
    }
};

constexpr int64_t kFoldLanes = 8;  // folds side by side: one AVX-512 vector of doubles

// What n folds have of each class and of the sizes: cells (n_classes + 1, stride), stride being n
// rounded up to kFoldLanes. weights (n_classes + 1,) say how much each row counts.
// Not checked: cells and weights are finite.
struct Folds {
    int64_t n, stride;
    double* cells;
    const double* weights;

    FASTSPLIT_INLINE double* row(int64_t c) const { return cells + c * stride; }
};

// Writes to load[f] the weighted sum of what fold f has of the classes of a unit, for every fold
// and the lanes that fill up the stride. The sum is taken class by class, in each lane alone, so
// its bits depend on no instruction set.
// Equivalent NumPy: sum over the classes c of weights[c] * count * cells[c], from 0.0 on.
FASTSPLIT_INLINE inline void add_loads(const Units& units, const Folds& folds, int64_t unit,
                                       double* load) {
    for (int64_t begin = 0; begin < folds.stride; begin += kFoldLanes) {
        double sum[kFoldLanes] = {};
        units.visit(unit, [&](int64_t c, double count) FASTSPLIT_INLINE {
            const double weighted = folds.weights[c] * count;
            const double* const row = folds.row(c) + begin;
            for (int64_t lane = 0; lane < kFoldLanes; ++lane) sum[lane] += weighted * row[lane];
        });
        for (int64_t lane = 0; lane < kFoldLanes; ++lane) load[begin + lane] = sum[lane];
    }
}

constexpr int64_t kUnitsAhead = 8;  // units between a prefetch of starts and one of entries

// Prefetches the entries of a unit that comes soon, and where those of a later one begin: units
// come in random order, and their entries lie anywhere.
FASTSPLIT_INLINE inline void prefetch_entries(const Units& units, int64_t soon, int64_t later) {
    FASTSPLIT_PREFETCH_TO_READ(units.starts + later);
    FASTSPLIT_PREFETCH_TO_READ(units.sizes + later);
    FASTSPLIT_PREFETCH_TO_READ(units.ids + later);
    FASTSPLIT_PREFETCH_TO_READ(units.classes + units.starts[soon]);
    FASTSPLIT_PREFETCH_TO_READ(units.counts + units.starts[soon]);
}

}  // namespace fastsplit
