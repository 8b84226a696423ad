// blake2b: the number that a string stands for as an id, the first 64 bits of its BLAKE2b hash
// (RFC 7693, 8 bytes of digest, no key). Part of the stream: results never change.
//
// Equivalent Python: int.from_bytes(hashlib.blake2b(string, digest_size=8).digest(), "little").
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

#include "cpu.hpp"

namespace fastsplit {
namespace blake2b {

constexpr int64_t kBlockBytes = 128;
constexpr int64_t kBlockWords = kBlockBytes / 8;
constexpr int kRounds = 12;
constexpr uint64_t kParameters = 0x01010008;  // of the RFC: no tree, no key, 8 bytes of digest
constexpr uint64_t kInitial[8] = {0x6a09e667f3bcc908u, 0xbb67ae8584caa73bu, 0x3c6ef372fe94f82bu,
                                  0xa54ff53a5f1d36f1u, 0x510e527fade682d1u, 0x9b05688c2b3e6c1fu,
                                  0x1f83d9abfb41bd6bu, 0x5be0cd19137e2179u};
constexpr uint8_t kSchedule[10][kBlockWords] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};

// The blocks of a string; the empty string has one.
inline int64_t n_blocks(int64_t size) {
    return size <= kBlockBytes ? 1 : (size + kBlockBytes - 1) / kBlockBytes;
}

// The mixing function G of the RFC. Word is uint64_t, or several of them side by side.
template <typename Word>
FASTSPLIT_INLINE inline void mix(Word& a, Word& b, Word& c, Word& d, const Word& x, const Word& y) {
    a += b + x;
    d ^= a;
    d = d >> 32 | d << 32;
    c += d;
    b ^= c;
    b = b >> 24 | b << 40;
    a += b + y;
    d ^= a;
    d = d >> 16 | d << 48;
    c += d;
    b ^= c;
    b = b >> 63 | b << 1;
}

// The compression function F of the RFC: adds a block of words m to the state h; `hashed` bytes end
// with it.
template <typename Word>
FASTSPLIT_INLINE inline void compress(Word* h, const Word* m, const Word& hashed, bool is_last) {
    Word v[16] = {};
    for (int i = 0; i < 8; ++i) {
        v[i] = h[i];
        v[i + 8] += kInitial[i];
    }
    v[12] ^= hashed;
    if (is_last) v[14] = ~v[14];
#if defined(__GNUC__)
#pragma GCC unroll 12  // makes the schedule constants: a third faster
#endif
    for (int round = 0; round < kRounds; ++round) {
        const uint8_t* const s = kSchedule[round % 10];
        mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
        mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
        mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
        mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
        mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
        mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
        mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
        mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
    }
    for (int i = 0; i < 8; ++i) h[i] ^= v[i] ^ v[i + 8];
}

// Reads the block at `at` of a string as little-endian words, with zeros after the string's end.
FASTSPLIT_INLINE inline void load(const char* data, int64_t size, int64_t at, uint64_t* block) {
    const int64_t n = std::min(kBlockBytes, size - at);
    if (n < kBlockBytes) std::memset(block, 0, kBlockBytes);
    if (n > 0) std::memcpy(block, data + at, static_cast<size_t>(n));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (int64_t w = 0; w < kBlockWords; ++w) block[w] = __builtin_bswap64(block[w]);
#endif
}

// The hash of one string.
inline uint64_t hash(const char* data, int64_t size) {
    uint64_t h[8], m[kBlockWords];
    std::copy_n(kInitial, 8, h);
    h[0] ^= kParameters;
    const int64_t blocks = n_blocks(size);
    for (int64_t b = 0; b < blocks; ++b) {
        load(data, size, b * kBlockBytes, m);
        const bool is_last = b + 1 == blocks;
        const uint64_t hashed = static_cast<uint64_t>(is_last ? size : (b + 1) * kBlockBytes);
        compress(h, m, hashed, is_last);
    }
    return h[0];
}

constexpr int kLanes = 8;

#if FASTSPLIT_X86
// One word of eight strings. The compilers split it where registers are shorter.
typedef uint64_t Lanes __attribute__((vector_size(8 * kLanes)));

// The hashes of eight strings of the same number of blocks.
FASTSPLIT_INLINE inline void hash_lanes(const char* const* data, const int64_t* sizes,
                                        uint64_t* out) {
    alignas(64) uint64_t block[kLanes][kBlockWords];
    Lanes h[8] = {}, m[kBlockWords];
    const Lanes zero = {};
    for (int i = 0; i < 8; ++i) h[i] = zero + kInitial[i];
    h[0] ^= kParameters;
    const int64_t blocks = n_blocks(sizes[0]);
    int64_t longest = 0;
    for (int l = 0; l < kLanes; ++l) longest = std::max(longest, sizes[l]);
    for (int64_t b = 0; b < blocks; ++b) {
        const bool is_last = b + 1 == blocks;
        const int64_t at = b * kBlockBytes;
        const int64_t words = std::min(kBlockWords, (longest - at + 7) / 8);  // the rest is zeros
        Lanes hashed = zero + static_cast<uint64_t>(at + kBlockBytes);
        for (int l = 0; l < kLanes; ++l) {
            load(data[l], sizes[l], at, block[l]);
            if (is_last) hashed[l] = static_cast<uint64_t>(sizes[l]);
        }
        for (int64_t w = 0; w < words; ++w) {
            m[w] = Lanes{block[0][w], block[1][w], block[2][w], block[3][w],
                         block[4][w], block[5][w], block[6][w], block[7][w]};
        }
        for (int64_t w = words; w < kBlockWords; ++w) m[w] = zero;
        compress(h, m, hashed, is_last);
    }
    std::memcpy(out, &h[0], sizeof h[0]);
}
#endif

// out[i] = the hash of the i-th of n strings.
inline void hash_strings(Cpu cpu, const char* const* data, const int64_t* sizes, int64_t n,
                         uint64_t* out) {
    int64_t i = 0;
#if FASTSPLIT_X86
    if (cpu == Cpu::kAvx512) {
        on_cpu(cpu, [=]() FASTSPLIT_INLINE {
            for (int64_t first = 0; first + kLanes <= n; first += kLanes) {
                bool alike = true;
                for (int l = 1; l < kLanes; ++l)
                    alike &= n_blocks(sizes[first + l]) == n_blocks(sizes[first]);
                if (alike) {
                    hash_lanes(data + first, sizes + first, out + first);
                } else {
                    for (int64_t l = first; l < first + kLanes; ++l)
                        out[l] = hash(data[l], sizes[l]);
                }
            }
        });
        i = n - n % kLanes;
    }
#endif
    (void)cpu;
    for (; i < n; ++i) out[i] = hash(data[i], sizes[i]);
}

}  // namespace blake2b

}  // namespace fastsplit
