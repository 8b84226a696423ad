// groups: how many samples of each class every group has -> the fold of each group, by the greedy
// rule of scikit-learn's StratifiedGroupKFold.
//
// Two folds may be equally good, and then the last bit of a sum decides. So every sum is taken in
// NumPy's order, and no product may be contracted with a sum: setup.py tells the compiler so.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "parts/blocks.hpp"
#include "parts/cpu.hpp"

namespace fastsplit {

constexpr int64_t kLanes = 8;  // classes side by side: one AVX-512 vector of doubles

// What the folds hold so far. Shapes: totals (C,), positive; counts (C, k), deviations (C,) and
// samples (k,), all 0 before the first group. Counts are doubles, exact up to 2^53, as in
// scikit-learn.
struct GroupFolds {
    int64_t n_classes, k;
    const double* totals;  // samples of each class
    double* counts;        // samples of each class in each fold
    double* deviations;    // over the folds, of the share of each class that they hold
    double* samples;       // samples in each fold
    double* workspace;     // groups_workspace(C, k) doubles
    int64_t* present;      // (C,) room for the classes of one group
};

// kLanes classes. Shapes: totals (kLanes,); now and then (k, kLanes), each fold without and with
// the group; first counts, then shares.
struct ClassLanes {
    double* totals;
    double* now;
    double* then;
};

inline int64_t padded_classes(int64_t n_classes) {
    return (n_classes + kLanes - 1) / kLanes * kLanes;
}

// Room for ClassLanes, the deviations of every choice of a fold, and the shares of one class.
inline int64_t groups_workspace(int64_t n_classes, int64_t k) {
    return kLanes + 2 * kLanes * k + k * padded_classes(n_classes) + k;
}

// Returns the sum as NumPy takes it along a contiguous axis: eight sums of every eighth number, and
// halves of more than 128.
// Equivalent NumPy: np.sum(a).
inline double pairwise_sum(const double* a, int64_t n) {
    constexpr int64_t unroll = 8, longest = 128;
    if (n > longest) {
        const int64_t half = n / 2 - n / 2 % unroll;
        return pairwise_sum(a, half) + pairwise_sum(a + half, n - half);
    }
    double sum = 0;
    int64_t i = 0;
    if (n >= unroll) {
        double r[unroll];
        std::copy(a, a + unroll, r);
        for (i = unroll; i < n - n % unroll; i += unroll) {
            for (int64_t j = 0; j < unroll; ++j) r[j] += a[i + j];
        }
        sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
    }
    for (; i < n; ++i) sum += a[i];
    return sum;
}

// Reads up to kLanes classes of a group: the counts of the folds, without and with the group. The
// lanes from n on are 0.
inline void read_lanes_of(const GroupFolds& folds, const int64_t* group, const int64_t* classes,
                          int64_t n, ClassLanes lanes) {
    std::fill(lanes.totals, lanes.totals + kLanes, 1.0);
    std::fill(lanes.now, lanes.now + folds.k * kLanes, 0.0);
    std::fill(lanes.then, lanes.then + folds.k * kLanes, 0.0);
    for (int64_t j = 0; j < n; ++j) {
        const int64_t c = classes[j];
        const double added = static_cast<double>(group[c]);
        lanes.totals[j] = folds.totals[c];
        for (int64_t f = 0; f < folds.k; ++f) {
            const double count = folds.counts[c * folds.k + f];
            lanes.now[f * kLanes + j] = count;
            lanes.then[f * kLanes + j] = count + added;
        }
    }
}

// Turns counts into shares.
inline void divide(Cpu cpu, ClassLanes lanes, int64_t k) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t f = 0; f < k; ++f) {
            for (int64_t j = 0; j < kLanes; ++j) {
                lanes.now[f * kLanes + j] /= lanes.totals[j];
                lanes.then[f * kLanes + j] /= lanes.totals[j];
            }
        }
    });
}

// Adds the rows from `begin` to `end`, each of kLanes numbers, to `sum`.
FASTSPLIT_INLINE inline void add_rows(const double* begin, const double* end, double* sum) {
    for (const double* row = begin; row != end; row += kLanes) {
        for (int64_t j = 0; j < kLanes; ++j) sum[j] += row[j];
    }
}

// Adds the squares of the rows less `mean`.
FASTSPLIT_INLINE inline void add_squares(const double* begin, const double* end, const double* mean,
                                         double* sum) {
    for (const double* row = begin; row != end; row += kLanes) {
        for (int64_t j = 0; j < kLanes; ++j) {
            const double off = row[j] - mean[j];
            sum[j] += off * off;
        }
    }
}

// Writes to out[f * stride], ... the deviation of each lane over the folds, the group being in f.
// Equivalent NumPy: np.std(np.where(np.arange(k)[:, None] == f, then, now), axis=0), which adds row
// by row.
inline void deviate(Cpu cpu, ClassLanes lanes, int64_t k, int64_t stride, double* out) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        const double n = static_cast<double>(k);
        const double* const end = lanes.now + k * kLanes;
        for (int64_t f = 0; f < k; ++f) {
            // The row of f is another: before it, itself, after it. A choice per row is not
            // vectorized.
            const double *const before = lanes.now + f * kLanes, *const after = before + kLanes;
            const double *const own = lanes.then + f * kLanes, *const own_end = own + kLanes;
            double mean[kLanes] = {}, squares[kLanes] = {};
            add_rows(lanes.now, before, mean);
            add_rows(own, own_end, mean);
            add_rows(after, end, mean);
            for (int64_t j = 0; j < kLanes; ++j) mean[j] /= n;
            add_squares(lanes.now, before, mean, squares);
            add_squares(own, own_end, mean, squares);
            add_squares(after, end, mean, squares);
            for (int64_t j = 0; j < kLanes; ++j) out[f * stride + j] = std::sqrt(squares[j] / n);
        }
    });
}

// `deviate` for data of a single class, in lane 0: NumPy adds its shares, a contiguous column,
// pairwise. `shares` is room for k numbers.
inline void deviate_alone(ClassLanes lanes, int64_t k, int64_t stride, double* shares,
                          double* out) {
    const double n = static_cast<double>(k);
    for (int64_t chosen = 0; chosen < k; ++chosen) {
        for (int64_t f = 0; f < k; ++f) {
            shares[f] = (f == chosen ? lanes.then : lanes.now)[f * kLanes];
        }
        const double mean = pairwise_sum(shares, k) / n;
        for (int64_t f = 0; f < k; ++f) shares[f] = (shares[f] - mean) * (shares[f] - mean);
        out[chosen * stride] = std::sqrt(pairwise_sum(shares, k) / n);
    }
}

// Whether the mean deviation `a` is as good as `b`.
// Equivalent NumPy: np.isclose(a, b), for finite a.
inline bool is_close(double a, double b) {
    constexpr double relative = 1e-5, absolute = 1e-8;  // NumPy's defaults
    return std::isfinite(b) && std::fabs(a - b) <= absolute + relative * std::fabs(b);
}

// Returns the best fold for a group of n present classes; `choices` (k, stride) holds the
// deviations of these classes for each choice. In folds.deviations they become those of the fold
// returned.
inline int64_t best_fold(const GroupFolds& folds, int64_t n, const double* choices,
                         int64_t stride) {
    const auto choose = [&](int64_t fold) {
        for (int64_t i = 0; i < n; ++i) {
            folds.deviations[folds.present[i]] = choices[fold * stride + i];
        }
    };
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double least = infinity, fewest = infinity;
    int64_t best = 0;
    for (int64_t fold = 0; fold < folds.k; ++fold) {
        choose(fold);
        const double mean =
            pairwise_sum(folds.deviations, folds.n_classes) / static_cast<double>(folds.n_classes);
        if (mean < least || (is_close(mean, least) && folds.samples[fold] < fewest)) {
            least = mean;
            fewest = folds.samples[fold];
            best = fold;
        }
    }
    choose(best);
    return best;
}

// Returns the fold that makes the mean over classes of the deviations over folds of the shares
// least, and adds the group to it; of equally good folds, that with the fewest samples. `group`
// (C,) counts the samples of each class. Takes O(C k + P k^2) steps, P being the classes that the
// group has: the deviations of others are those of earlier.
inline int64_t add_group(Cpu cpu, const GroupFolds& folds, const int64_t* group) {
    const int64_t k = folds.k, stride = padded_classes(folds.n_classes);
    double* const room = folds.workspace + kLanes;
    const ClassLanes lanes{folds.workspace, room, room + kLanes * k};
    double* const choices = room + 2 * kLanes * k;
    int64_t n = 0;
    for (int64_t c = 0; c < folds.n_classes; ++c) {
        folds.present[n] = c;
        n += group[c] != 0;
    }
    for (int64_t at = 0; at < n; at += kLanes) {
        read_lanes_of(folds, group, folds.present + at, std::min(kLanes, n - at), lanes);
        divide(cpu, lanes, k);
        if (folds.n_classes > 1) {
            deviate(cpu, lanes, k, stride, choices + at);
        } else {
            deviate_alone(lanes, k, stride, choices + k * stride, choices);
        }
    }
    const int64_t best = best_fold(folds, n, choices, stride);
    for (int64_t i = 0; i < n; ++i) {
        const int64_t c = folds.present[i];
        folds.counts[c * k + best] += static_cast<double>(group[c]);
        folds.samples[best] += static_cast<double>(group[c]);
    }
    return best;
}

// Adds the groups order[i] for i in `range`, one after the other, and writes the fold of each to
// out[order[i]].
// `groups` (G, C) counts the samples of each group and class. Not checked: that `order` has numbers
// of groups.
inline void greedy_folds(Cpu cpu, const GroupFolds& folds, const int64_t* groups,
                         const int64_t* order, Range range, int64_t* out) {
    for (int64_t i = range.begin; i < range.end; ++i) {
        out[order[i]] = add_group(cpu, folds, groups + order[i] * folds.n_classes);
    }
}

}  // namespace fastsplit
