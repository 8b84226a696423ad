// crc32c: the checksum of TFRecord files (Castagnoli's polynomial), by the instruction of x86-64
// and ARM where there is one, by tables elsewhere.
#pragma once
#include <array>
#include <cstdint>
#include <cstring>

#include "../parts/cpu.hpp"

#if FASTSPLIT_X86
#include <nmmintrin.h>
#define FASTSPLIT_CRC32C __attribute__((target("sse4.2")))
#elif defined(__aarch64__) && (defined(__GNUC__) || defined(__clang__))
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#define FASTSPLIT_CRC32C
#endif

namespace fastsplit {
namespace crc32c {

constexpr uint32_t kPolynomial = 0x82F63B78;  // its bits reflected, as all words here
constexpr int kWord = 8;                      // bytes
constexpr int kBits = 32;

// Tables of the remainders of a byte that is followed by 0 .. 7 zero bytes.
struct ByteTables {
    uint32_t of[kWord][256];
};

constexpr ByteTables byte_tables() {
    ByteTables tables{};
    for (uint32_t byte = 0; byte < 256; ++byte) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
        tables.of[0][byte] = crc;
    }
    for (int zeros = 1; zeros < kWord; ++zeros) {
        for (uint32_t byte = 0; byte < 256; ++byte) {
            const uint32_t crc = tables.of[zeros - 1][byte];
            tables.of[zeros][byte] = crc >> 8 ^ tables.of[0][crc & 0xFF];
        }
    }
    return tables;
}

inline constexpr ByteTables kBytes = byte_tables();

// Reads a little-endian word.
inline uint64_t load(const uint8_t* at) {
    uint64_t word;
    std::memcpy(&word, at, kWord);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

// Adds n bytes to a checksum that is not inverted yet, eight at a time.
inline uint32_t add_by_tables(uint32_t crc, const uint8_t* at, int64_t n) {
    const auto& t = kBytes.of;
    for (; n >= kWord; n -= kWord, at += kWord) {
        const uint64_t w = load(at) ^ crc;
        crc = t[7][w & 0xFF] ^ t[6][w >> 8 & 0xFF] ^ t[5][w >> 16 & 0xFF] ^ t[4][w >> 24 & 0xFF] ^
              t[3][w >> 32 & 0xFF] ^ t[2][w >> 40 & 0xFF] ^ t[1][w >> 48 & 0xFF] ^ t[0][w >> 56];
    }
    for (; n > 0; --n, ++at) crc = crc >> 8 ^ t[0][(crc ^ *at) & 0xFF];
    return crc;
}

#if defined(FASTSPLIT_CRC32C)
// What a checksum becomes if zeros follow, by its bytes: tables for 2**`log_bytes` zero bytes.
struct Zeros {
    uint32_t of[4][256];
};

constexpr uint32_t times(const std::array<uint32_t, kBits>& matrix, uint32_t crc) {
    uint32_t product = 0;
    for (int bit = 0; bit < kBits; ++bit) product ^= crc >> bit & 1 ? matrix[bit] : 0;
    return product;
}

constexpr Zeros zeros(int log_bytes) {
    std::array<uint32_t, kBits> matrix{};  // of one zero bit, then squared
    matrix[0] = kPolynomial;
    for (int bit = 1; bit < kBits; ++bit) matrix[bit] = uint32_t{1} << (bit - 1);
    for (int power = 0; power < log_bytes + 3; ++power) {
        std::array<uint32_t, kBits> square{};
        for (int bit = 0; bit < kBits; ++bit) square[bit] = times(matrix, matrix[bit]);
        matrix = square;
    }
    Zeros result{};
    for (int byte = 0; byte < 4; ++byte) {
        for (uint32_t value = 0; value < 256; ++value) {
            result.of[byte][value] = times(matrix, value << 8 * byte);
        }
    }
    return result;
}

inline uint32_t shifted(const Zeros& zeros, uint32_t crc) {
    return zeros.of[0][crc & 0xFF] ^ zeros.of[1][crc >> 8 & 0xFF] ^ zeros.of[2][crc >> 16 & 0xFF] ^
           zeros.of[3][crc >> 24];
}

// Three stretches side by side hide the latency of the instruction, three cycles; to join them
// costs some ten cycles, so a stretch is long where there are bytes enough.
constexpr int kLogLong = 11, kLogShort = 7;
inline constexpr Zeros kLongZeros = zeros(kLogLong), kShortZeros = zeros(kLogShort);

#if FASTSPLIT_X86
FASTSPLIT_CRC32C inline uint32_t step(uint32_t crc, uint64_t word) {
    return static_cast<uint32_t>(_mm_crc32_u64(crc, word));
}
FASTSPLIT_CRC32C inline uint32_t byte_step(uint32_t crc, uint8_t byte) {
    return _mm_crc32_u8(crc, byte);
}
inline bool has_instruction() { return __builtin_cpu_supports("sse4.2"); }
#else
inline uint32_t step(uint32_t crc, uint64_t word) {
    asm(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(word));
    return crc;
}
inline uint32_t byte_step(uint32_t crc, uint8_t byte) {
    asm(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(crc) : "r"(uint32_t{byte}));
    return crc;
}
#if defined(__linux__)
inline bool has_instruction() { return getauxval(AT_HWCAP) & HWCAP_CRC32; }
#elif defined(__APPLE__)
inline bool has_instruction() { return true; }
#else
inline bool has_instruction() { return false; }
#endif
#endif

// Adds as many triples of stretches of `bytes` bytes as fit; moves `at` and `n` on.
FASTSPLIT_CRC32C inline uint32_t add_triples(const Zeros& zeros, int64_t bytes, uint32_t crc,
                                             const uint8_t*& at, int64_t& n) {
    for (; n >= 3 * bytes; n -= 3 * bytes, at += 3 * bytes) {
        uint32_t second = 0, third = 0;
        for (int64_t i = 0; i < bytes; i += kWord) {
            crc = step(crc, load(at + i));
            second = step(second, load(at + bytes + i));
            third = step(third, load(at + 2 * bytes + i));
        }
        crc = shifted(zeros, shifted(zeros, crc) ^ second) ^ third;
    }
    return crc;
}

FASTSPLIT_CRC32C inline uint32_t add_by_instruction(uint32_t crc, const uint8_t* at, int64_t n) {
    crc = add_triples(kLongZeros, int64_t{1} << kLogLong, crc, at, n);
    crc = add_triples(kShortZeros, int64_t{1} << kLogShort, crc, at, n);
    for (; n >= kWord; n -= kWord, at += kWord) crc = step(crc, load(at));
    for (; n > 0; --n, ++at) crc = byte_step(crc, *at);
    return crc;
}
#else
inline bool has_instruction() { return false; }
inline uint32_t add_by_instruction(uint32_t crc, const uint8_t* at, int64_t n) {
    return add_by_tables(crc, at, n);
}
#endif

// The checksum of n bytes; `by_instruction` only if has_instruction().
inline uint32_t checksum(bool by_instruction, const uint8_t* data, int64_t n) {
    return ~(by_instruction ? add_by_instruction(~uint32_t{0}, data, n)
                            : add_by_tables(~uint32_t{0}, data, n));
}

}  // namespace crc32c

}  // namespace fastsplit
