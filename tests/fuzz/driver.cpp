// driver: mutates inputs for some seconds and keeps those that reach new edges of the target's
// code, which must be compiled with -fsanitize-coverage=trace-pc. Usage: target SECONDS FILE
// [SEED]; FILE is where the input that fails is written.
#include "driver.hpp"

#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <random>

namespace {

constexpr size_t kEdges = 1 << 14;    // many times those of a target
constexpr size_t kMaxSize = 4096;     // bytes of an input
constexpr size_t kMaxCorpus = 20000;  // inputs
constexpr time_t kMaxSeconds = 10;    // of CPU time for one input: many times what it takes
constexpr uint8_t kEdgy[] = {0, 1, 2, 3, 7, 8, 9, 10, 13, 18, 26, 34, 127, 128, 129, 254, 255};

uint8_t g_seen[kEdges], g_now[kEdges];
uintptr_t g_last = 0;
std::string g_input;
const char* g_path = "";

void save() {
    if (FILE* file = std::fopen(g_path, "wb")) {
        std::fwrite(g_input.data(), 1, g_input.size(), file);
        std::fclose(file);
        std::fprintf(stderr, "the input that fails is in %s\n", g_path);
    }
}

void on_signal(int signal) {
    save();
    std::fprintf(stderr, signal == SIGVTALRM ? "an input takes too long\n" : "aborted\n");
    _exit(1);
}

// Sets the CPU time after which the target is taken to hang; 0 is no limit.
void limit(time_t seconds) {
    const itimerval timer{{0, 0}, {seconds, 0}};
    setitimer(ITIMER_VIRTUAL, &timer, nullptr);
}

// Changes an input in one random way, or joins it with another.
void mutate(std::string& input, const std::string& other, std::mt19937_64& random) {
    const auto below = [&](size_t n) {
        return static_cast<size_t>(random() % std::max<size_t>(n, 1));
    };
    const size_t at = below(input.size()), n = std::min(below(32) + 1, input.size() - at);
    switch (below(8)) {
        case 0:
            if (!input.empty()) input[at] = static_cast<char>(input[at] ^ 1 << below(8));
            break;
        case 1:
            if (!input.empty()) input[at] = static_cast<char>(kEdgy[below(sizeof kEdgy)]);
            break;
        case 2:
            input.insert(at, below(12) + 1, static_cast<char>(kEdgy[below(sizeof kEdgy)]));
            break;
        case 3: input.erase(at, n); break;
        case 4: input.insert(below(input.size() + 1), input.substr(at, n)); break;
        case 5:
            input = input.substr(0, at) + other.substr(std::min(below(other.size()), other.size()));
            break;
        case 6:
            if (!input.empty())
                input[at] = static_cast<char>(input[at] + static_cast<int>(below(35)) - 17);
            break;
        default:
            for (size_t i = at; i < at + n; ++i) input[i] = static_cast<char>(random());
    }
    if (input.size() > kMaxSize) input.resize(kMaxSize);
}

// Runs the target; returns whether it reached an edge that no input has reached before, or reached
// it more often: counts are told apart by their power of two.
bool reaches_more() {
    std::memset(g_now, 0, sizeof g_now);
    g_last = 0;
    limit(kMaxSeconds);
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(g_input.data()), g_input.size());
    bool more = false;
    for (size_t edge = 0; edge < kEdges; ++edge) {
        if (g_now[edge] == 0) continue;
        uint8_t power = 0;
        for (uint8_t count = g_now[edge]; count != 0; count = static_cast<uint8_t>(count >> 1))
            ++power;
        if (power > g_seen[edge]) {
            g_seen[edge] = power;
            more = true;
        }
    }
    return more;
}

}  // namespace

extern "C" void __sanitizer_cov_trace_pc() {
    const auto here = reinterpret_cast<uintptr_t>(__builtin_return_address(0));
    uint8_t& count = g_now[(here ^ g_last << 1) % kEdges];
    if (count < UINT8_MAX) ++count;
    g_last = here;
}

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(argv[1]));
    g_path = argv[2];
    const uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : std::random_device()();
    std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    std::mt19937_64 random(seed);
    __sanitizer_set_death_callback(save);
    signal(SIGABRT, on_signal);
    signal(SIGVTALRM, on_signal);
    std::vector<std::string> corpus = seeds();
    for (const std::string& input : corpus) {
        g_input = input;
        reaches_more();
    }
    uint64_t runs = 0;
    for (; std::chrono::steady_clock::now() < end; ++runs) {
        g_input = corpus[random() % corpus.size()];
        const int n = 1 << random() % 4;
        for (int i = 0; i < n; ++i) mutate(g_input, corpus[random() % corpus.size()], random);
        if (reaches_more() && corpus.size() < kMaxCorpus) corpus.push_back(g_input);
    }
    const auto edges =
        std::count_if(g_seen, g_seen + kEdges, [](uint8_t power) { return power > 0; });
    std::printf("%llu inputs, %zu kept, %lld edges, no failure\n",
                static_cast<unsigned long long>(runs), corpus.size(),
                static_cast<long long>(edges));
}
