// blocks: ranges of positions, and the blocks a kernel works through one at a time.
#pragma once
#include <algorithm>
#include <cstdint>

namespace fastsplit {

constexpr int64_t kBlock = 1024;  // examples per block: a kernel's buffers stay in the L1 cache

// The positions begin, begin + 1, ..., end - 1.
struct Range {
    int64_t begin, end;
};

// Calls block(begin, n) for consecutive blocks of at most kBlock positions that make up `range`.
template <typename Block>
inline void for_blocks(Range range, Block block) {
    for (int64_t at = range.begin; at < range.end; at += kBlock) {
        block(at, std::min(kBlock, range.end - at));
    }
}

}  // namespace fastsplit
