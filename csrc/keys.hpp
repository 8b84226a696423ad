// keys: the 64-bit key of an example. Stream version 1; bench/battery/README.md has the evidence for the choice.
//
// key(seed, id) is a bijection of the 64-bit id for every seed: each step below can be undone. The constant and the shifts
// are those of mx3 (Maiga 2020), keyed here at the start and in the middle.
// Equivalent NumPy: fastsplit.reference.keys. Arithmetic is modulo 2**64 on purpose.
#pragma once
#include <algorithm>
#include <cstdint>

#include "cpu.hpp"

namespace fastsplit {

constexpr int64_t kBlock = 1024;  // examples a kernel handles at a time: its buffers stay in the first-level cache

struct Seed {
    uint64_t first, second;
};

FASTSPLIT_INLINE inline uint64_t key(Seed seed, uint64_t id) {
    constexpr uint64_t odd = 0xBEA225F9EB34556Du;
    uint64_t x = id + seed.first;
    x = (x ^ x >> 32) * odd + (seed.first ^ seed.second);  // the first word again: id + 1 under first - 1 must differ
    x = (x ^ x >> 29) * odd;
    x = (x ^ x >> 32) * odd;
    return x ^ x >> 29;
}

// The key by which examples are ranked: 0 is made 1, so that a cut of 0 lies below every key.
FASTSPLIT_INLINE inline uint64_t rank_key(Seed seed, uint64_t id) {
    const uint64_t x = key(seed, id);
    return x + (x == 0);
}

// out[i] = key(seed, ids[i]) for 0 <= i < n.
inline void keys(Cpu cpu, Seed seed, const uint64_t* ids, int64_t n, uint64_t* out) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) out[i] = key(seed, ids[i]);
    });
}

// out[i] = rank_key(id of position first + i) for 0 <= i < n.
inline void rank_keys(Cpu cpu, Seed seed, const uint64_t* ids, int64_t first, int64_t n, uint64_t* out) {
    if (ids) {
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t i = 0; i < n; ++i) out[i] = rank_key(seed, ids[first + i]);
        });
    } else {
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t i = 0; i < n; ++i) out[i] = rank_key(seed, static_cast<uint64_t>(first + i));
        });
    }
}

// Calls block(first, n) for consecutive blocks of at most kBlock examples that make up [first, last).
template <typename Block>
inline void for_blocks(int64_t first, int64_t last, Block block) {
    for (; first < last; first += kBlock) block(first, std::min(kBlock, last - first));
}

}  // namespace fastsplit
