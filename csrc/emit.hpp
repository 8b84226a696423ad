// emit: the split of each example -> the ascending positions of each split.
#pragma once
#include <cstdint>

namespace fastsplit {

constexpr int kSplits = 256;  // values of a byte

// Adds how often each byte stands in assignment[first .. last) to tally[kSplits].
inline void tally(const uint8_t* assignment, int64_t first, int64_t last, int64_t* counts) {
    for (int64_t i = first; i < last; ++i) ++counts[assignment[i]];
}

// Writes each position of [first, last) to the array of its split: out[s][cursor[s]++], for s < splits; other bytes are
// skipped. Cursors start where the caller's tally of the earlier ranges says; nothing is checked here.
// Equivalent NumPy: [np.flatnonzero(assignment == s) for s in range(splits)].
template <typename Position>
inline void emit(const uint8_t* assignment, int64_t first, int64_t last, int64_t splits, Position* const* out,
                 int64_t* cursor) {
    Position* at[kSplits];
    int64_t step[kSplits];
    Position skipped;
    for (int64_t s = 0; s < kSplits; ++s) {
        at[s] = s < splits ? out[s] + cursor[s] : &skipped;
        step[s] = s < splits;
    }
    for (int64_t i = first; i < last; ++i) {
        const uint8_t split = assignment[i];
        *at[split] = static_cast<Position>(i);
        at[split] += step[split];
    }
    for (int64_t s = 0; s < splits; ++s) cursor[s] = at[s] - out[s];
}

}  // namespace fastsplit
