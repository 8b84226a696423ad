// seeds: an integer of any size -> words of random bits, those of numpy.random.SeedSequence
// (O'Neill 2015, randutils' seed_seq_fe with a pool of 128 bits; Salmon et al. 2011).
//
// Equivalent NumPy: np.random.SeedSequence(entropy).generate_state(n_words, np.uint64). NumPy
// promises never to change these. Arithmetic is modulo 2**32 on purpose.
#pragma once
#include <cstdint>

namespace fastsplit {

constexpr int kPool = 4;  // words of 32 bits

inline uint32_t mixed(uint32_t x, uint32_t y) {
    const uint32_t mix = 0xCA01F9DDu * x - 0x4973F715u * y;
    return mix ^ mix >> 16;
}

// Each call of `operator()` hashes one word; the constant moves on with every call.
class WordHash {
  public:
    WordHash(uint32_t start, uint32_t step) : constant_(start), step_(step) {}

    uint32_t operator()(uint32_t x) {
        x ^= constant_;
        constant_ *= step_;
        x *= constant_;
        return x ^ x >> 16;
    }

  private:
    uint32_t constant_, step_;
};

// Writes n_words words. entropy holds the integer, lowest 32 bits first, in size > 0 words.
inline void seed_words(const uint32_t* entropy, int64_t size, int64_t n_words, uint64_t* out) {
    uint32_t pool[kPool];
    WordHash absorb(0x43B0D7E5u, 0x931E8875u);
    for (int i = 0; i < kPool; ++i) pool[i] = absorb(i < size ? entropy[i] : 0);
    for (int from = 0; from < kPool; ++from) {
        for (int to = 0; to < kPool; ++to) {
            if (from != to) pool[to] = mixed(pool[to], absorb(pool[from]));
        }
    }
    for (int64_t from = kPool; from < size; ++from) {
        for (int to = 0; to < kPool; ++to) pool[to] = mixed(pool[to], absorb(entropy[from]));
    }
    WordHash give(0x8B51F9DDu, 0x58F38DEDu);
    for (int64_t i = 0; i < n_words; ++i) {
        const uint64_t low = give(pool[2 * i % kPool]);
        out[i] = low | uint64_t{give(pool[(2 * i + 1) % kPool])} << 32;
    }
}

}  // namespace fastsplit
