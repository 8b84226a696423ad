// order: positions -> the same positions sorted by (key of the id, position), which is what shuffles them.
//
// The leading bits of the key choose a bucket; each bucket is then sorted in cache. Keys are computed again rather than
// stored: that is cheaper than to move them. Equivalent NumPy: positions[np.lexsort((positions, keys))].
#pragma once
#include <algorithm>
#include <cstdint>

#include "keys.hpp"

namespace fastsplit {

template <typename Position>
inline uint64_t order_key(Seed seed, const uint64_t* ids, Position position) {
    return key(seed, ids ? ids[position] : static_cast<uint64_t>(static_cast<int64_t>(position)));
}

inline uint64_t bucket(uint64_t key, int64_t bits) { return bits ? key >> (64 - bits) : 0; }

// Adds how many of positions[first .. last) fall to each bucket to counts[1 << bits].
template <typename Position>
inline void order_count(const Position* positions, int64_t first, int64_t last, Seed seed, const uint64_t* ids,
                        int64_t bits, int64_t* counts) {
    for (int64_t i = first; i < last; ++i) ++counts[bucket(order_key(seed, ids, positions[i]), bits)];
}

// Writes positions[first .. last) to out[cursor[bucket]++]. limit[bucket] ends the room of this range in a bucket:
// positions that changed since they were counted overrun nothing; returns how many found no room (0 unless they changed).
template <typename Position>
inline int64_t order_scatter(const Position* positions, int64_t first, int64_t last, Seed seed, const uint64_t* ids,
                             int64_t bits, int64_t* cursor, const int64_t* limit, Position* out) {
    int64_t lost = 0;
    for (int64_t i = first; i < last; ++i) {
        const uint64_t b = bucket(order_key(seed, ids, positions[i]), bits);
        if (cursor[b] < limit[b]) {
            out[cursor[b]++] = positions[i];
        } else {
            ++lost;
        }
    }
    return lost;
}

// The uint64s that order_sort works in, for a bucket of n.
inline int64_t order_workspace(int64_t n) { return 2 * n; }

struct Keyed {
    uint64_t key, position;
    bool operator<(const Keyed& other) const {
        return key < other.key || (key == other.key && position < other.position);
    }
};

// Sorts positions[first .. last), a bucket whose keys agree in the leading `bits`, by (key, position).
template <typename Position>
inline void order_sort(Position* positions, int64_t first, int64_t last, Seed seed, const uint64_t* ids, int64_t bits,
                       uint64_t* workspace) {
    (void)bits;
    Keyed* keyed = reinterpret_cast<Keyed*>(workspace);
    const int64_t n = last - first;
    for (int64_t i = 0; i < n; ++i) {
        keyed[i] = Keyed{order_key(seed, ids, positions[first + i]), static_cast<uint64_t>(positions[first + i])};
    }
    std::sort(keyed, keyed + n);
    for (int64_t i = 0; i < n; ++i) positions[first + i] = static_cast<Position>(keyed[i].position);
}

}  // namespace fastsplit
