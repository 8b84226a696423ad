// Candidate keyed bijections H(k0, k1; id) of 64-bit ids, and the tests that choose among them.
//
//   battery list                              names of the candidates
//   battery seeds FIRST N                     k0 k1 of N consecutive seeds (compared with NumPy's)
//   battery time NAMES N REPS                 ns per key at SSE2, AVX2 and AVX-512, interleaved
//   battery stream NAME IDS SEED WIDTH [N]    raw words on stdout; IDS is counter, shl<k>, rev,
//                                             gray or seeds; WIDTH is 64, hi (leading bits) or lo
//   battery inuse NAME LOG2_KEYS              in-use tests (inuse.hpp): lines "group test chi2 df"
//   battery small|crush NAME IDS SEED WIDTH   TestU01 battery (only with -DTESTU01)
//
// Build: g++ -std=c++17 -O3 -I csrc bench/battery/battery.cpp -o battery
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "parts/keys.hpp"

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using Words = std::vector<u64>;
#define INLINE static inline __attribute__((always_inline))

// ---- candidates ---------------------------------------------------------------------------------
INLINE u64 ror(u64 x, int r) { return x >> r | x << (64 - r); }

struct Weak {  // control: after one multiply, leading bits of a progression form a lattice
  INLINE u64 key(u64 k0, u64, u64 id) {
    u64 x = (id ^ k0) * 0xd6e8feb86659fd93;
    return x ^ x >> 32;
  }
};

struct Murmur32 {
  INLINE u64 key(u64 k0, u64 k1, u64 id) {
    u64 x = id + k0;
    x = (x ^ x >> 32) * 0xd6e8feb86659fd93;
    x = ((x ^ x >> 32) + k1) * 0xd6e8feb86659fd93;
    return x ^ x >> 32;
  }
};

struct Moremur {
  INLINE u64 key(u64 k0, u64 k1, u64 id) {
    u64 x = id ^ k0;
    x = (x ^ x >> 27) * 0x3C79AC492BA7B653;
    x = ((x ^ x >> 33) + k1) * 0x1C69B3F74AC4AE35;
    return x ^ x >> 27;
  }
};

struct Nasam {
  INLINE u64 key(u64 k0, u64 k1, u64 id) {
    u64 x = id ^ k0;
    x = (x ^ ror(x, 25) ^ ror(x, 47)) * 0x9E6C63D0676A9A99;
    x = ((x ^ x >> 23 ^ x >> 51) + k1) * 0x9E6D62D06F6A9A9B;
    return x ^ x >> 23 ^ x >> 51;
  }
};

struct Rrmxmx {
  INLINE u64 key(u64 k0, u64 k1, u64 id) {
    u64 x = id ^ k0;
    x = (x ^ ror(x, 49) ^ ror(x, 24)) * 0x9FB21C651E98DF25;
    x = ((x ^ x >> 28) + k1) * 0x9FB21C651E98DF25;
    return x ^ x >> 28;
  }
};

struct Mx3 {
  INLINE u64 key(u64 k0, u64 k1, u64 id) {
    constexpr u64 c = 0xbea225f9eb34556d;
    u64 x = id ^ k0;
    x = (x ^ x >> 32) * c;
    x = ((x ^ x >> 29) + k1) * c;
    x = (x ^ x >> 32) * c;
    return x ^ x >> 29;
  }
};

struct Mx3k {  // the shipped key: both key words in the middle, so k0 is more than an offset
  INLINE u64 key(u64 k0, u64 k1, u64 id) { return fastsplit::key({k0, k1}, id); }
};

template <int rounds>
struct Philox {  // Feistel on two 32-bit halves, four key words in turn with a Weyl increment
  INLINE u64 key(u64 k0, u64 k1, u64 id) {
    const u64 words[4] = {k0 & 0xffffffff, k0 >> 32, k1 & 0xffffffff, k1 >> 32};
    u64 x = id;
#pragma GCC unroll 16
    for (int r = 0; r < rounds; ++r) {
      const u64 product = (x & 0xffffffff) * 0xD256D193u;
      const u64 round_key = (words[r & 3] + u64(r) * 0x9E3779B9) & 0xffffffff;
      x = ((product ^ x) >> 32 ^ round_key) | product << 32;
    }
    return x;
  }
};

// ---- kernels: one plain loop, compiled for each instruction set --------------------------------
using Fill = void (*)(u64 k0, u64 k1, u64 id, u64 *out, std::size_t n);
template <class H>
INLINE void fill(u64 k0, u64 k1, u64 id, u64 *out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = H::key(k0, k1, id + i);
}
template <class H>
void fill_sse2(u64 k0, u64 k1, u64 id, u64 *out, std::size_t n) { fill<H>(k0, k1, id, out, n); }
template <class H>
__attribute__((target("avx2"))) void fill_avx2(u64 k0, u64 k1, u64 id, u64 *out, std::size_t n) {
  fill<H>(k0, k1, id, out, n);
}
template <class H>
__attribute__((target("avx512f,avx512dq,avx512vl,prefer-vector-width=512"))) void fill_avx512(
    u64 k0, u64 k1, u64 id, u64 *out, std::size_t n) {
  fill<H>(k0, k1, id, out, n);
}
template <class H>
void of_ids(u64 k0, u64 k1, const u64 *ids, u64 *out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = H::key(k0, k1, ids[i]);
}
template <class H>
void of_keys(const u64 *k0, const u64 *k1, u64 id, u64 *out, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) out[i] = H::key(k0[i], k1[i], id);
}

struct Candidate {
  const char *name;
  Fill fill[3];
  void (*of_ids)(u64, u64, const u64 *, u64 *, std::size_t);
  void (*of_keys)(const u64 *, const u64 *, u64, u64 *, std::size_t);
};
template <class H>
constexpr Candidate candidate(const char *name) {
  return {name, {fill_sse2<H>, fill_avx2<H>, fill_avx512<H>}, of_ids<H>, of_keys<H>};
}
const Candidate candidates[] = {
    candidate<Weak>("weak"),          candidate<Murmur32>("murmur32"),
    candidate<Moremur>("moremur"),    candidate<Nasam>("nasam"),
    candidate<Rrmxmx>("rrmxmx"),      candidate<Mx3>("mx3"),
    candidate<Mx3k>("mx3k"),          candidate<Philox<7>>("philox7"),
    candidate<Philox<10>>("philox10")};

const Candidate &find(const std::string &name) {
  for (const Candidate &c : candidates)
    if (name == c.name) return c;
  std::fprintf(stderr, "unknown candidate %s\n", name.c_str());
  std::exit(2);
}

// ---- key words: numpy.random.SeedSequence(seed).generate_state(2, np.uint64) -------------------
void key_words(u64 seed, u64 &k0, u64 &k1) {
  u32 pool[4] = {u32(seed), u32(seed >> 32), 0, 0}, hash = 0x43b0d7e5, out[4];
  const auto hashmix = [&hash](u32 v, u32 mult) {
    v ^= hash;
    hash *= mult;
    v *= hash;
    return v ^ v >> 16;
  };
  for (u32 &v : pool) v = hashmix(v, 0x931e8875);
  for (int from = 0; from < 4; ++from)
    for (int to = 0; to < 4; ++to)
      if (from != to) {
        const u32 v = 0xca01f9dd * pool[to] - 0x4973f715 * hashmix(pool[from], 0x931e8875);
        pool[to] = v ^ v >> 16;
      }
  hash = 0x8b51f9dd;
  for (int i = 0; i < 4; ++i) out[i] = hashmix(pool[i], 0x58f38ded);
  k0 = out[0] | u64(out[1]) << 32;
  k1 = out[2] | u64(out[3]) << 32;
}

// ---- timing -------------------------------------------------------------------------------------
void time_all(const std::vector<const Candidate *> &chosen, u64 n, int reps) {
  alignas(64) static u64 block[1024];
  static const char *isa[3] = {"sse2", "avx2", "avx512"};
  std::vector<double> ns(chosen.size() * 3 * reps);
  u64 sum = 0;
  for (int rep = 0; rep < reps; ++rep)
    for (std::size_t c = 0; c < chosen.size(); ++c)
      for (int v = 0; v < 3; ++v) {
        const auto start = std::chrono::steady_clock::now();
        for (u64 id = 0; id < n; id += 1024) {
          chosen[c]->fill[v](rep, n, id, block, 1024);
          asm volatile("" : : "r"(block) : "memory");  // forces the whole block to be computed
          sum += block[id >> 10 & 1023];
        }
        const std::chrono::duration<double, std::nano> took =
            std::chrono::steady_clock::now() - start;
        ns[(c * 3 + v) * reps + rep] = took.count() / double(n);
      }
  for (std::size_t c = 0; c < chosen.size(); ++c)
    for (int v = 0; v < 3; ++v) {
      const auto first = ns.begin() + (c * 3 + v) * reps;
      std::sort(first, first + reps);
      std::printf("%s %s %llu %.4f\n", chosen[c]->name, isa[v], (unsigned long long)n,
                  first[reps / 2]);
    }
  std::fprintf(stderr, "sum %llx\n", (unsigned long long)sum);
}

// ---- streams ------------------------------------------------------------------------------------
struct Stream {
  const Candidate &c;
  std::string ids;
  u64 seed, k0, k1, i = 0;
  Words words = Words(1024), id = Words(1024);
  Stream(const Candidate &c, std::string ids, u64 seed) : c(c), ids(std::move(ids)), seed(seed) {
    key_words(seed, k0, k1);
  }
  u64 id_of(u64 n) const {
    if (ids.compare(0, 3, "shl") == 0) return n << std::stoi(ids.substr(3));
    if (ids == "gray") return n ^ n >> 1;
    if (ids != "rev") return n;
    u64 r = 0;
    for (int b = 0; b < 64; ++b) r |= (n >> b & 1) << (63 - b);
    return r;
  }
  const Words &next() {
    if (ids == "seeds")  // one id, consecutive seeds
      for (u64 &w : words) {
        key_words(i++, k0, k1);
        c.of_keys(&k0, &k1, seed, &w, 1);
      }
    else {
      for (u64 &v : id) v = id_of(i++);
      c.of_ids(k0, k1, id.data(), words.data(), words.size());
    }
    return words;
  }
};

void stream(Stream s, const std::string &width, u64 n) {
  u32 half[1024];
  for (u64 done = 0; done < n; done += 1024) {
    const Words &w = s.next();
    for (int i = 0; i < 1024; ++i) half[i] = u32(width == "hi" ? w[i] >> 32 : w[i]);
    const bool whole = width == "64";
    const void *out = whole ? (const void *)w.data() : half;
    if (std::fwrite(out, whole ? 8 : 4, 1024, stdout) != 1024) return;
  }
}

#include "inuse.hpp"

#ifdef TESTU01
extern "C" {
#include <bbattery.h>
#include <swrite.h>
#include <unif01.h>
}
Stream *current;
bool both, high;
unsigned int next_word() {
  static int at = 2048;
  static const Words *w;
  if (at == 2048) w = &current->next(), at = 0;
  const int i = at;
  at += both ? 1 : 2;
  return u32((*w)[i / 2] >> (both ? (i & 1) * 32 : high ? 32 : 0));
}
#endif

int main(int argc, char **argv) {
  const std::vector<std::string> a(argv + 1, argv + argc);
  const std::string mode = a.empty() ? "" : a[0];
  const auto number = [&](std::size_t i) { return std::stoull(a.at(i), nullptr, 0); };
  if (mode == "list") {
    for (const Candidate &c : candidates) std::puts(c.name);
  } else if (mode == "seeds") {
    for (u64 s = number(1), k0, k1; s < number(1) + number(2); ++s) {
      key_words(s, k0, k1);
      std::printf("%llu %llu\n", (unsigned long long)k0, (unsigned long long)k1);
    }
  } else if (mode == "time") {
    std::vector<const Candidate *> chosen;
    for (const Candidate &c : candidates)
      if (("," + a.at(1) + ",").find(std::string(",") + c.name + ",") != std::string::npos)
        chosen.push_back(&c);
    time_all(chosen, number(2), int(number(3)));
  } else if (mode == "stream") {
    stream(Stream(find(a.at(1)), a.at(2), number(3)), a.at(4), a.size() > 5 ? number(5) : ~0ull);
  } else if (mode == "inuse") {
    in_use(find(a.at(1)), int(number(2)));
#ifdef TESTU01
  } else if (mode == "small" || mode == "crush") {
    Stream s(find(a.at(1)), a.at(2), number(3));
    current = &s;
    both = a.at(4) == "64";
    high = a.at(4) == "hi";
    swrite_Basic = FALSE;
    unif01_Gen *gen = unif01_CreateExternGenBits(const_cast<char *>(a.at(1).c_str()), next_word);
    mode == "small" ? bbattery_SmallCrush(gen) : bbattery_Crush(gen);
#endif
  } else {
    std::fprintf(stderr, "usage: battery list|seeds|time|stream|inuse ...; see battery.cpp\n");
    return 2;
  }
}
