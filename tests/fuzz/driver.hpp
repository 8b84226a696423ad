// driver: what a fuzz target and the driver know of each other. A target is one file with both
// functions; with clang it links against libFuzzer instead.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

// Runs the code on some bytes; crashes, or fails a `require`, if it is wrong.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// What is mutated first.
std::vector<std::string> seeds();

inline void require(bool condition, const char* what) {
    if (condition) return;
    std::fprintf(stderr, "failed: %s\n", what);
    std::abort();
}

// A copy that ends where its memory ends, so that AddressSanitizer sees a read beyond it.
class Exact {
  public:
    explicit Exact(const std::string& bytes) : size_(bytes.size()), data_(new uint8_t[size_]) {
        for (size_t i = 0; i < size_; ++i) data_[i] = static_cast<uint8_t>(bytes[i]);
    }
    ~Exact() { delete[] data_; }
    Exact(const Exact&) = delete;
    Exact& operator=(const Exact&) = delete;
    const uint8_t* data() const { return data_; }
    int64_t size() const { return static_cast<int64_t>(size_); }

  private:
    size_t size_;
    uint8_t* data_;
};
