// search: a binary search without branches on the data.
#pragma once
#include <cstdint>

#include "cpu.hpp"

namespace fastsplit {

// The number of elements of sorted[0 .. n) below x. Equivalent NumPy: np.searchsorted(sorted, x).
FASTSPLIT_INLINE inline int64_t count_below(const uint64_t* sorted, int64_t n, uint64_t x) {
    const uint64_t* base = sorted;
    while (n > 0) {
        const int64_t half = (n + 1) / 2;
        base += (base[half - 1] < x) * half;  // of `?:` some compilers make a branch
        n -= half;
    }
    return base - sorted;
}

}  // namespace fastsplit
