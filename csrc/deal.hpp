// deal: units in their order -> folds that have about equally many examples of each class.
//
// The last bit of a sum may decide between two folds. So every sum is taken class by class, and no
// product may be contracted with a sum: setup.py tells the compiler so.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"
#include "parts/keys.hpp"
#include "parts/units.hpp"

namespace fastsplit {

// Writes to norms[u] the weighted sum of the squares of the counts and of the size of unit u, for u
// in `range`. weights (n_classes + 1,): the last is that of the size.
// Equivalent NumPy: np.bincount(unit_of, weights[classes] * counts * counts) + weights[-1] * sizes
// * sizes.
inline void weigh(const Units& units, const double* weights, Range range, double* norms) {
    for (int64_t unit = range.begin; unit < range.end; ++unit) {
        double norm = 0;
        units.visit(unit, [&](int64_t c, double count)
                              FASTSPLIT_INLINE { norm += weights[c] * count * count; });
        norms[unit] = norm;
    }
}

// Returns the fold with the least load that has room, the first of equal ones from `first` on,
// round the end. Some fold has room.
FASTSPLIT_INLINE inline int64_t least_loaded(const double* load, const int64_t* room, int64_t n,
                                             int64_t first) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    int64_t best = first;
    double least = room[first] > 0 ? load[first] : infinity;
    const auto choose = [&](int64_t begin, int64_t end) FASTSPLIT_INLINE {
        for (int64_t fold = begin; fold < end; ++fold) {
            if (load[fold] < least && room[fold] > 0) {
                least = load[fold];
                best = fold;
            }
        }
    };
    choose(first + 1, n);
    choose(0, first);
    return best;
}

// Deals the units order[i] for i in `range`, one after the other: writes the fold of each to
// fold_of[order[i]], takes it off room[fold] and adds its counts to the folds. `load` is room for
// folds.stride numbers. Takes O((entries + units) stride) steps.
// Not checked: `order` has numbers of units, and the folds together have room for all of them.
inline void deal(Cpu cpu, const Units& units, const Folds& folds, Seed seed, const int64_t* order,
                 Range range, int64_t* room, double* load, int32_t* fold_of) {
    const int64_t last = range.end - 1;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = range.begin; i < range.end; ++i) {
            prefetch_entries(units, order[std::min(i + kUnitsAhead, last)],
                             order[std::min(i + 2 * kUnitsAhead, last)]);
            const int64_t unit = order[i];
            add_loads(units, folds, unit, load);
            const uint64_t drawn = key(seed, units.ids[unit]) & 0xFFFFFFFFu;
            const int64_t first =
                static_cast<int64_t>(drawn * static_cast<uint64_t>(folds.n) >> 32);
            const int64_t best = least_loaded(load, room, folds.n, first);
            fold_of[unit] = static_cast<int32_t>(best);
            --room[best];
            units.visit(unit, [&](int64_t c, double count)
                                  FASTSPLIT_INLINE { folds.row(c)[best] += count; });
        }
    });
}

}  // namespace fastsplit
