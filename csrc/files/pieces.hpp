// pieces: examples as bytes, one after the other, routed to their splits.
#pragma once
#include <cstdint>
#include <cstring>

namespace fastsplit {

// Piece i is data[ends[i - 1]] .. data[ends[i] - 1]; the first begins at 0.
struct Pieces {
    const char* data;
    const int64_t* ends;
    int64_t n;
    int64_t n_bytes;  // of data
};

// sizes[k] += the number of bytes of the pieces with splits[i] == k, for k < n_splits. Returns the
// first piece whose end is before its begin or outside the data, or n.
inline int64_t piece_sizes(const Pieces& pieces, const uint8_t* splits, int64_t n_splits,
                           int64_t* sizes) {
    int64_t begin = 0;
    for (int64_t i = 0; i < pieces.n; ++i) {
        const int64_t end = pieces.ends[i];
        if (end < begin || end > pieces.n_bytes) return i;
        if (splits[i] < n_splits) sizes[splits[i]] += end - begin;
        begin = end;
    }
    return pieces.n;
}

// Copies each piece with splits[i] == k < n_splits to out + at[k], and moves at[k] behind it; other
// pieces are left out. `at` begins with the sums of piece_sizes, which checked the ends.
// Neighbours of one split are copied together.
inline void route_pieces(const Pieces& pieces, const uint8_t* splits, int64_t n_splits, int64_t* at,
                         char* out) {
    int64_t begin = 0;
    for (int64_t i = 0; i < pieces.n;) {
        const uint8_t split = splits[i];
        int64_t next = i + 1;
        while (next < pieces.n && splits[next] == split) ++next;
        const int64_t end = pieces.ends[next - 1];
        if (split < n_splits) {
            std::memcpy(out + at[split], pieces.data + begin, static_cast<size_t>(end - begin));
            at[split] += end - begin;
        }
        begin = end;
        i = next;
    }
}

}  // namespace fastsplit
