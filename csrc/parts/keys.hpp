// keys: the 64-bit key of an example. Stream version 1; bench/battery/README.md has the evidence.
//
// key(seed, id) is a bijection of the 64-bit id for every seed: each step below can be undone. The
// constant and the shifts are those of mx3 (Maiga 2020), keyed here at the start and in the middle.
// Equivalent NumPy: fastsplit.reference.keys. Arithmetic is modulo 2**64 on purpose.
#pragma once
#include <cstdint>

#include "blocks.hpp"
#include "cpu.hpp"

namespace fastsplit {

struct Seed {
    uint64_t first, second;
};

// How examples get their keys: by ids[position], or by the position itself if `ids` is null.
struct Keys {
    Seed seed;
    const uint64_t* ids;
};

FASTSPLIT_INLINE inline uint64_t key(Seed seed, uint64_t id) {
    constexpr uint64_t odd = 0xBEA225F9EB34556Du;
    uint64_t x = id + seed.first;
    x = (x ^ x >> 32) * odd +
        (seed.first ^ seed.second);  // seed.first again: id + 1 under first - 1 must differ
    x = (x ^ x >> 29) * odd;
    x = (x ^ x >> 32) * odd;
    return x ^ x >> 29;
}

// The key by which examples are ranked: 0 becomes 1, so a cut of 0 lies below every key.
FASTSPLIT_INLINE inline uint64_t rank_key(Seed seed, uint64_t id) {
    const uint64_t x = key(seed, id);
    return x + (x == 0);
}

// out[i] = key(seed, ids[i]) for 0 <= i < n. out may be ids.
inline void keys_of_ids(Cpu cpu, Seed seed, const uint64_t* ids, int64_t n, uint64_t* out) {
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        for (int64_t i = 0; i < n; ++i) out[i] = key(seed, ids[i]);
    });
}

// out[i] = rank_key of the example at position begin + i, for 0 <= i < n.
inline void rank_keys(Cpu cpu, const Keys& keys, int64_t begin, int64_t n, uint64_t* out) {
    const Seed seed = keys.seed;
    if (const uint64_t* const ids = keys.ids) {
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t i = 0; i < n; ++i) out[i] = rank_key(seed, ids[begin + i]);
        });
    } else {
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t i = 0; i < n; ++i)
                out[i] = rank_key(seed, static_cast<uint64_t>(begin + i));
        });
    }
}

}  // namespace fastsplit
