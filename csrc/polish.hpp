// polish: units in folds -> the same units in folds that are closer to each other, by moves and
// swaps.
//
// The order of every sum is that of the twin, as in deal.hpp.
#pragma once
#include <cmath>
#include <cstdint>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"
#include "parts/keys.hpp"
#include "parts/units.hpp"
#include "parts/wide.hpp"

namespace fastsplit {

constexpr int64_t kTries = 8;  // partners that are drawn for a unit
// Relative: a smaller gain may be of rounding alone, and would be made for ever.
constexpr double kNoise = 1e-12;

// The units of each fold: units[starts[f]] to units[starts[f] + sizes[f] - 1], and room for more of
// them up to units[starts[f + 1]]. place[u] is where unit u is in its fold.
struct Members {
    int32_t* units;
    const int64_t* starts;  // [folds + 1]
    int64_t* sizes;         // [folds]
    int32_t* place;         // [units]
    int64_t n_units;

    int64_t of(int64_t fold, int64_t at) const { return units[starts[fold] + at]; }
    bool is_full(int64_t fold) const { return sizes[fold] == starts[fold + 1] - starts[fold]; }
    void put(int64_t fold, int32_t at, int64_t unit) const {
        units[starts[fold] + at] = static_cast<int32_t>(unit);
        place[unit] = at;
    }
    void append(int64_t fold, int64_t unit) const {
        put(fold, static_cast<int32_t>(sizes[fold]++), unit);
    }
    // The last unit of the fold gets the place of the unit that leaves.
    void remove(int64_t fold, int64_t unit) const {
        const int64_t last = of(fold, --sizes[fold]);
        if (last != unit) put(fold, place[unit], last);
    }
};

// Appends every unit whose place is not negative to its fold, in ascending order.
// Not checked: their folds have room for them.
inline void seat(const int32_t* fold_of, const Members& members) {
    for (int64_t unit = 0; unit < members.n_units; ++unit)
        if (members.place[unit] >= 0) members.append(fold_of[unit], unit);
}

// What a round works on, and how far it is. `load` (folds.stride,) is room, and so is `own`
// (n_classes + 1,) for the counts of one unit by class: between two units it is all 0.
struct Polishing {
    Seed seed;
    bool moves;           // whether a unit may move alone, or is only swapped
    uint64_t n_draws;     // so far, of all rounds
    bool changed;         // whether this round changed a fold
    const double* norms;  // [units], as weigh writes them
    double* load;
    double* own;
};

// A unit, its fold, and the fold that has the least load of all others.
struct Candidate {
    int64_t unit, here, there;
    double norm;   // its weighted sum of squares
    double gain;   // load of `here` less that of `there`
    double noise;  // a smaller change is none
};

inline Candidate candidate_of(Cpu cpu, const Units& units, const Folds& folds,
                              const Polishing& state, int64_t unit, int64_t here) {
    double* const load = state.load;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE { add_loads(units, folds, unit, load); });
    int64_t there = here == 0;
    for (int64_t fold = there + 1; fold < folds.n; ++fold)
        if (fold != here && load[fold] < load[there]) there = fold;
    const double norm = state.norms[unit];
    const double noise = kNoise * (norm + std::fabs(load[here]) + std::fabs(load[there]));
    return {unit, here, there, norm, load[here] - load[there], noise};
}

inline void transfer(const Units& units, const Folds& folds, int64_t unit, int64_t from,
                     int64_t to) {
    units.visit(unit, [&](int64_t c, double count) FASTSPLIT_INLINE {
        folds.row(c)[from] -= count;
        folds.row(c)[to] += count;
    });
}

// Returns how much the objective changes if `other` and the candidate swap their folds.
inline double change_of_swap(const Units& units, const Folds& folds, const Polishing& state,
                             const Candidate& candidate, int64_t other) {
    double moved = 0, product = 0;
    const double* const own = state.own;
    units.visit(other, [&](int64_t c, double count) FASTSPLIT_INLINE {
        const double* const row = folds.row(c);
        const double weighted = folds.weights[c] * count;
        moved += weighted * (row[candidate.here] - row[candidate.there]);
        product += weighted * own[c];
    });
    return moved + state.norms[other] - 2 * product - candidate.gain + candidate.norm;
}

// Returns the best of kTries units of the other fold to swap the candidate with, or -1.
inline int64_t best_partner(const Units& units, const Folds& folds, const Candidate& candidate,
                            const Members& members, Polishing* state) {
    const uint64_t size = static_cast<uint64_t>(members.sizes[candidate.there]);
    if (size == 0) return -1;
    int64_t drawn[kTries];
    for (int64_t& other : drawn) {
        const uint64_t at = multiply_high(key(state->seed, state->n_draws++), size);
        other = members.of(candidate.there, static_cast<int64_t>(at));
        FASTSPLIT_PREFETCH_TO_READ(units.starts + other);
        FASTSPLIT_PREFETCH_TO_READ(units.sizes + other);
        FASTSPLIT_PREFETCH_TO_READ(state->norms + other);
    }
    for (const int64_t other : drawn) {
        FASTSPLIT_PREFETCH_TO_READ(units.classes + units.starts[other]);
        FASTSPLIT_PREFETCH_TO_READ(units.counts + units.starts[other]);
    }
    double* const own = state->own;
    units.visit(candidate.unit, [=](int64_t c, double count) FASTSPLIT_INLINE { own[c] = count; });
    double least = -candidate.noise;
    int64_t partner = -1;
    for (const int64_t other : drawn) {
        const double change = change_of_swap(units, folds, *state, candidate, other);
        if (change < least) {
            least = change;
            partner = other;
        }
    }
    units.visit(candidate.unit, [=](int64_t c, double) FASTSPLIT_INLINE { own[c] = 0; });
    return partner;
}

// Moves or swaps the units order[i], from i = range.end - 1 down to range.begin, each to the fold
// that has the least load of its classes, if the objective falls by it: the weighted sum of the
// squares of all cells. Returns the end of what is left to do: range.begin, or less done if a fold
// is full; the caller gives it more room.
// Not checked: there are two folds or more; `order` has numbers of units, which are members of
// their folds.
inline int64_t polish(Cpu cpu, const Units& units, const Folds& folds, const int64_t* order,
                      Range range, const Members& members, Polishing* state, int32_t* fold_of) {
    for (int64_t end = range.end; end > range.begin; --end) {
        const int64_t unit = order[end - 1];
        const Candidate candidate = candidate_of(cpu, units, folds, *state, unit, fold_of[unit]);
        const int64_t here = candidate.here, there = candidate.there;
        const double* const load = state->load;
        if (state->moves && load[there] + candidate.norm < load[here] - candidate.noise) {
            if (members.is_full(there)) return end;
            transfer(units, folds, unit, here, there);
            members.remove(here, unit);
            members.append(there, unit);
            fold_of[unit] = static_cast<int32_t>(there);
            state->changed = true;
            continue;
        }
        const int64_t partner = best_partner(units, folds, candidate, members, state);
        if (partner < 0) continue;
        transfer(units, folds, unit, here, there);
        transfer(units, folds, partner, there, here);
        const int32_t at = members.place[unit];
        members.put(there, members.place[partner], unit);
        members.put(here, at, partner);
        fold_of[unit] = static_cast<int32_t>(there);
        fold_of[partner] = static_cast<int32_t>(here);
        state->changed = true;
    }
    return range.begin;
}

}  // namespace fastsplit
