// selection: the two keys on either side of a rank, without sorting all of them.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "cpu.hpp"
#if FASTSPLIT_X86
#include <immintrin.h>
#endif

namespace fastsplit {

// Keys that are sorted by counting, all at once.
constexpr int64_t kCounted = 32;

// Sorts up to kCounted keys: the place of each is the number of smaller ones, without a branch on
// data.
inline void sort_by_counting(Cpu cpu, uint64_t* keys, int64_t n) {
    uint64_t padded[kCounted], smaller[kCounted] = {};
    std::fill(std::copy_n(keys, n, padded), padded + kCounted, UINT64_MAX);
    const uint64_t* const in = padded;
    uint64_t* const out = smaller;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) {
            for (int64_t j = 0; j < kCounted; ++j) out[j] += in[i] < in[j];
        }
    });
    int64_t sum = 0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<int64_t>(smaller[i]);
    if (sum == n * (n - 1) / 2) {
        for (int64_t i = 0; i < n; ++i) keys[smaller[i]] = padded[i];
    } else {  // equal keys have one place
        std::sort(keys, keys + n);
    }
}

// Keys near a guess: those of an interval, and the number of smaller ones.
struct Near {
    static constexpr int64_t kMax = 1024;  // more do not fit
    uint64_t keys[kMax + 8];
    int64_t smaller, size;
};

// Finds the keys in [from, from + length]. Returns false if there are too many.
inline bool find_near_scalar(const uint64_t* keys, int64_t n, uint64_t from, uint64_t length,
                             Near* near) {
    int64_t smaller = 0, size = 0;
    for (int64_t i = 0; i < n; ++i) {
        if (size == Near::kMax) return false;
        smaller += keys[i] < from;
        near->keys[size] = keys[i];
        size += keys[i] - from <= length;
    }
    near->smaller = smaller;
    near->size = size;
    return true;
}

#if FASTSPLIT_X86
FASTSPLIT_AVX512 inline bool find_near_avx512(const uint64_t* keys, int64_t n, uint64_t from,
                                              uint64_t length, Near* near) {
    const __m512i begin = _mm512_set1_epi64(static_cast<int64_t>(from)),
                  reach = _mm512_set1_epi64(static_cast<int64_t>(length));
    int64_t smaller = 0, size = 0;
    for (int64_t i = 0; i < n; i += 8) {
        if (size > Near::kMax) return false;
        const __mmask8 valid = static_cast<__mmask8>(n - i < 8 ? (1u << (n - i)) - 1 : 0xFF);
        const __m512i some = _mm512_maskz_loadu_epi64(valid, keys + i);
        smaller += _mm_popcnt_u32(_mm512_mask_cmplt_epu64_mask(valid, some, begin));
        const __mmask8 inside =
            _mm512_mask_cmple_epu64_mask(valid, _mm512_sub_epi64(some, begin), reach);
        _mm512_storeu_si512(near->keys + size, _mm512_maskz_compress_epi64(inside, some));
        size += _mm_popcnt_u32(inside);
    }
    near->smaller = smaller;
    near->size = size;
    return size <= Near::kMax;
}
#endif

inline bool find_near(Cpu cpu, const uint64_t* keys, int64_t n, uint64_t from, uint64_t length,
                      Near* near) {
#if FASTSPLIT_X86
    if (cpu == Cpu::kAvx512) return find_near_avx512(keys, n, from, length, near);
#endif
    (void)cpu;
    return find_near_scalar(keys, n, from, length, near);
}

// The keys of one class in one band, uniform between its edges; sorted only as far as needed, or
// `sorted` from the beginning.
class Selection {
  public:
    Selection(Cpu cpu, uint64_t* keys, int64_t size, uint64_t low, uint64_t high, bool sorted)
        : cpu_(cpu), keys_(keys), size_(size), low_(low), high_(high), sorted_(sorted) {}

    // Finds the keys of rank - 1 and rank, if they exist. `rank` must not fall from call to call.
    void neighbours(int64_t rank, uint64_t* before, uint64_t* after) {
        if (size_ <= kCounted && counts()) sort();
        if (!sorted_ && (neighbours_by_guess(rank, kNarrow, before, after) ||
                         neighbours_by_guess(rank, kWide, before, after)))
            return;
        place(rank);
        if (rank > 0) *before = keys_[rank - 1];
        if (rank < size_) *after = keys_[rank];
    }

    void sort() {
        if (sorted_) return;
        if (size_ <= kCounted && counts()) {
            sort_by_counting(cpu_, keys_, size_);
        } else {
            std::sort(keys_, keys_ + size_);
        }
        sorted_ = true;
    }

    int64_t run_begin(uint64_t key) const {
        return std::lower_bound(keys_, keys_ + size_, key) - keys_;
    }
    int64_t run_end(uint64_t key) const {
        return std::upper_bound(keys_, keys_ + size_, key) - keys_;
    }

  private:
    static constexpr int64_t kMinGuess = 16;  // of fewer keys a full selection is as fast
    static constexpr double kNarrow = 1.5;    // deviations: a miss, 1 in 7, costs a wide guess,
    static constexpr double kWide = 3.0;      // of which a miss, 1 in 400, costs a full selection

    // Without vectors of 64-bit numbers counting is slower than comparing.
    bool counts() const { return cpu_ != Cpu::kBaseline; }

    // Searches only the interval where uniform keys place the two, some standard deviations around
    // the expectation. Returns false, outputs unset, if the class is too small for this to pay off
    // or the guess misses.
    bool neighbours_by_guess(int64_t rank, double deviations, uint64_t* before,
                             uint64_t* after) const {
        if (size_ < kMinGuess || rank == 0 || rank >= size_) return false;
        const double width = static_cast<double>(high_ - low_), n = static_cast<double>(size_);
        const double p = static_cast<double>(rank) / n;
        const double margin = width * (deviations * std::sqrt(p * (1 - p) / n) + 1 / n);
        const uint64_t from = low_ + static_cast<uint64_t>(std::max(width * p - margin, 0.0));
        const uint64_t length = std::min(static_cast<uint64_t>(2 * margin), high_ - from);
        Near near;
        if (!find_near(cpu_, keys_, size_, from, length, &near)) return false;
        const int64_t near_rank = rank - near.smaller;
        if (near_rank < 1 || near_rank >= near.size) return false;
        if (near.size <= kCounted && counts()) {
            sort_by_counting(cpu_, near.keys, near.size);
            *before = near.keys[near_rank - 1];
        } else {
            std::nth_element(near.keys, near.keys + near_rank, near.keys + near.size);
            *before = *std::max_element(near.keys, near.keys + near_rank);
        }
        *after = near.keys[near_rank];
        return true;
    }

    // Puts the keys of rank - 1 and rank where a full sort would put them.
    void place(int64_t rank) {
        if (sorted_ || rank == placed_) return;
        const int64_t from = std::max<int64_t>(placed_, 0);
        if (rank < size_) std::nth_element(keys_ + from, keys_ + rank, keys_ + size_);
        if (rank > from)
            std::iter_swap(keys_ + rank - 1, std::max_element(keys_ + from, keys_ + rank));
        placed_ = rank;
    }

    Cpu cpu_;
    uint64_t* keys_;
    int64_t size_;
    uint64_t low_, high_;
    int64_t placed_ = -1;  // the keys before it are smaller than the rest; -1: nothing is known
    bool sorted_;
};

}  // namespace fastsplit
