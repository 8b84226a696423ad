// runs: the words of one bucket, as the threads that scattered them left them.
#pragma once
#include <cstdint>

#include "cpu.hpp"

namespace fastsplit {

// The words words[begins[r]], ..., words[ends[r] - 1] for r < n, r * stride in both arrays.
struct Runs {
    const uint64_t* words;
    const int64_t* begins;
    const int64_t* ends;
    int64_t n;
    int64_t stride;

    int64_t size() const {
        int64_t sum = 0;
        for (int64_t r = 0; r < n; ++r) sum += length(r);
        return sum;
    }
    int64_t length(int64_t r) const { return ends[r * stride] - begins[r * stride]; }

    // Calls use(word) for each word, run by run.
    template <typename Use>
    FASTSPLIT_INLINE inline void for_words(Use use) const {
        for (int64_t r = 0; r < n; ++r) {
            const int64_t end = ends[r * stride];
            for (int64_t i = begins[r * stride]; i < end; ++i) use(words[i]);
        }
    }
};

}  // namespace fastsplit
