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

// Keys of which each is compared with each, all at once.
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

#if FASTSPLIT_X86
constexpr int64_t kKeysPerVector = 8;  // keys per vector

FASTSPLIT_AVX512 inline __mmask8 first_lanes(int64_t n) {
    return static_cast<__mmask8>(n < kKeysPerVector ? (1u << n) - 1 : 0xFF);
}

// Finds the keys of rank - 1 and rank among up to kVectors * kKeysPerVector: in order, the key of a
// rank is the largest of those with at most as many smaller ones. In registers throughout, without
// a branch on data. A key that does not exist is 0 or the largest.
template <int kVectors>
FASTSPLIT_AVX512 inline void count_in_registers_avx512(const uint64_t* keys, int64_t n,
                                                       int64_t rank, uint64_t* before,
                                                       uint64_t* after) {
    __m512i some[kVectors], smaller[kVectors];
    __mmask8 valid[kVectors];
    for (int v = 0; v < kVectors; ++v) {
        valid[v] = first_lanes(std::max<int64_t>(n - v * kKeysPerVector, 0));
        some[v] = _mm512_maskz_loadu_epi64(valid[v], keys + v * kKeysPerVector);
        smaller[v] = _mm512_setzero_si512();
    }
    const __m512i one = _mm512_set1_epi64(1);
    for (int64_t i = 0; i < n; ++i) {
        const __m512i key = _mm512_set1_epi64(static_cast<int64_t>(keys[i]));
        for (int v = 0; v < kVectors; ++v)
            smaller[v] = _mm512_mask_add_epi64(smaller[v], _mm512_cmplt_epu64_mask(key, some[v]),
                                               smaller[v], one);
    }
    __m512i up_to_before = _mm512_setzero_si512(), up_to_after = up_to_before;
    const __m512i at = _mm512_set1_epi64(rank);
    for (int v = 0; v < kVectors; ++v) {
        up_to_before = _mm512_mask_max_epu64(up_to_before,
                                             _mm512_mask_cmplt_epi64_mask(valid[v], smaller[v], at),
                                             up_to_before, some[v]);
        up_to_after = _mm512_mask_max_epu64(up_to_after,
                                            _mm512_mask_cmple_epi64_mask(valid[v], smaller[v], at),
                                            up_to_after, some[v]);
    }
    *before = _mm512_reduce_max_epu64(up_to_before);
    *after = _mm512_reduce_max_epu64(up_to_after);
}

// count_in_registers_avx512 for up to kCounted keys.
FASTSPLIT_AVX512 inline void neighbours_by_counting_avx512(const uint64_t* keys, int64_t n,
                                                           int64_t rank, uint64_t* before,
                                                           uint64_t* after) {
    switch ((n + kKeysPerVector - 1) / kKeysPerVector) {
        case 0:
        case 1: return count_in_registers_avx512<1>(keys, n, rank, before, after);
        case 2: return count_in_registers_avx512<2>(keys, n, rank, before, after);
        case 3: return count_in_registers_avx512<3>(keys, n, rank, before, after);
        default: return count_in_registers_avx512<4>(keys, n, rank, before, after);
    }
}
#endif

// Keys near a guess: those of an interval, and the number of smaller ones.
struct Near {
    static constexpr int64_t kMax = 1024;  // more do not fit
    uint64_t keys[kMax + 8];               // and one vector
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
    for (int64_t i = 0; i < n; i += kKeysPerVector) {
        if (size > Near::kMax) return false;
        const __mmask8 valid = first_lanes(n - i);
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

// How often keys were found each way; the last is the last resort of the others.
struct SelectionWays {
    int64_t counted = 0, narrow = 0, wide = 0, placed = 0;
};

// The keys of one class in one band, uniform between its edges; sorted only as far as needed, or
// `sorted` from the beginning.
class Selection {
  public:
    Selection(Cpu cpu, uint64_t* keys, int64_t size, uint64_t low, uint64_t high, bool sorted,
              SelectionWays* ways)
        : cpu_(cpu),
          keys_(keys),
          size_(size),
          low_(low),
          high_(high),
          sorted_(sorted),
          ways_(ways) {}

    // Finds the keys of rank - 1 and rank, if they exist. `rank` must not fall from call to call.
    void neighbours(int64_t rank, uint64_t* before, uint64_t* after) {
        if (!sorted_) {
#if FASTSPLIT_X86
            if (size_ <= kCounted && cpu_ == Cpu::kAvx512) {
                ++ways_->counted;
                return neighbours_by_counting_avx512(keys_, size_, rank, before, after);
            }
#endif
            if (size_ <= kCounted && counts()) {
                sort();
            } else if (neighbours_by_guess(rank, kNarrow, before, after)) {
                ++ways_->narrow;
                return;
            } else if (neighbours_by_guess(rank, kWide, before, after)) {
                ++ways_->wide;
                return;
            }
        }
        place(rank);
        if (rank > 0) *before = keys_[rank - 1];
        if (rank < size_) *after = keys_[rank];
    }

    void sort() {
        if (sorted_) return;
        if (size_ <= kCounted && counts()) {
            ++ways_->counted;
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
        // Keys that crowd would be searched again and again.
        if (near.size <= kCounted ? counts() : near.size <= size_ / 2) {
            Selection(cpu_, near.keys, near.size, from, from + length, false, ways_)
                .neighbours(near_rank, before, after);
        } else {
            std::nth_element(near.keys, near.keys + near_rank, near.keys + near.size);
            *before = *std::max_element(near.keys, near.keys + near_rank);
            *after = near.keys[near_rank];
        }
        return true;
    }

    // Puts the keys of rank - 1 and rank where a full sort would put them.
    void place(int64_t rank) {
        if (sorted_ || rank == placed_) return;
        ++ways_->placed;
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
    SelectionWays* ways_;
};

}  // namespace fastsplit
