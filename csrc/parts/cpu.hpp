// cpu: one body of code, compiled for the baseline and for instruction set extensions; the variant
// is chosen at run time.
#pragma once
#include <cstdint>

#if defined(__GNUC__) || defined(__clang__)
#define FASTSPLIT_INLINE __attribute__((always_inline))
#define FASTSPLIT_PREFETCH_TO_READ(address) __builtin_prefetch(address, 0)
#define FASTSPLIT_PREFETCH_TO_WRITE(address) __builtin_prefetch(address, 1)
#else
#define FASTSPLIT_INLINE
#define FASTSPLIT_PREFETCH_TO_READ(address) ((void)(address))
#define FASTSPLIT_PREFETCH_TO_WRITE(address) ((void)(address))
#endif

#if (defined(__GNUC__) || defined(__clang__)) && defined(__x86_64__)
#define FASTSPLIT_X86 1
#if defined(__clang__)
#define FASTSPLIT_WIDE
#else
#define FASTSPLIT_WIDE ",prefer-vector-width=512"
#endif
#define FASTSPLIT_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define FASTSPLIT_AVX512 \
    __attribute__((      \
        target("avx2,bmi,bmi2,popcnt,avx512f,avx512bw,avx512dq,avx512vl" FASTSPLIT_WIDE)))
#else
#define FASTSPLIT_X86 0
#endif

namespace fastsplit {

enum class Cpu : int32_t { kBaseline, kAvx2, kAvx512 };

// The best variant this machine can run: it has every extension that the variant is compiled for.
inline Cpu best_cpu() {
#if FASTSPLIT_X86
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
    if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        return Cpu::kAvx512;
    }
    if (avx2) return Cpu::kAvx2;
#endif
    return Cpu::kBaseline;
}

#if FASTSPLIT_X86
template <typename Body>
FASTSPLIT_AVX2 inline void run_avx2(Body body) {
    body();
}

template <typename Body>
FASTSPLIT_AVX512 inline void run_avx512(Body body) {
    body();
}
#endif

// Runs `body` compiled for `cpu`. `body` must be a FASTSPLIT_INLINE lambda that captures everything
// by value, output pointers included: any store may alias a variable captured by reference, and the
// loop would not vectorize.
template <typename Body>
inline void on_cpu(Cpu cpu, Body body) {
#if FASTSPLIT_X86
    if (cpu == Cpu::kAvx512) return run_avx512(body);
    if (cpu == Cpu::kAvx2) return run_avx2(body);
#endif
    (void)cpu;
    body();
}

}  // namespace fastsplit
