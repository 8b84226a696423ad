// words: the distinct values of text, numbered in the order in which they come.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "../parts/cpu.hpp"
#include "../parts/wide.hpp"
#include "bytes.hpp"
#include "values.hpp"

namespace fastsplit {

template <typename T>
FASTSPLIT_INLINE inline T loaded(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

// A table from words to codes. Words of at most 16 bytes are compared as two integers, without a
// look at the bytes.
class Words {
  public:
    Words() : slots_(kFirstSlots, Slot{0, -1}), offsets_(1, 0) {}

    int64_t size() const { return static_cast<int64_t>(entries_.size()); }
    const int64_t* counts() const { return counts_.data(); }
    const int64_t* offsets() const { return offsets_.data(); }  // size() + 1 of them
    const char* bytes() const { return bytes_.data(); }

    // codes[i] = the code of value i, which is a new one if the word is new. Not checked: the
    // places of the values, and that fewer than 2**31 words come.
    void add(const TextValues& values, int32_t* codes) {
        for (int64_t i = 0; i < values.n; ++i) {
            const Word word = read(values, i);
            int64_t slot = find_slot(word);
            if (slots_[slot].code < 0) {
                insert(slot, word);
                if (is_full()) grow();
                codes[i] = static_cast<int32_t>(size() - 1);
            } else {
                codes[i] = slots_[slot].code;
            }
            ++counts_[codes[i]];
        }
    }

    // codes[i] = the code of value i, or -1 if it is none of the words. Not checked: the places.
    void find(const TextValues& values, int32_t* codes) const {
        for (int64_t i = 0; i < values.n; ++i) {
            codes[i] = slots_[find_slot(read(values, i))].code;
        }
    }

  private:
    static constexpr int64_t kFirstSlots = 256;
    static constexpr int64_t kSparse = 1 << 16;  // slots, 512 KB: about what a second cache holds
    static constexpr int64_t kShort = 16;        // bytes that fit two integers

    struct Slot {
        uint32_t tag;  // the upper half of the hash
        int32_t code;  // -1: free
    };

    struct Word {
        const char* at;
        int64_t size;
        uint64_t low, high;  // all bytes of a short word
        uint64_t hash;
    };

    struct Entry {
        uint64_t low, high, hash;
        int64_t size;
    };

    // With the upper half of the product too, every bit of the hash depends on every bit of a and
    // b.
    static uint64_t mix(uint64_t a, uint64_t b) { return multiply_high(a, b) ^ (a * b); }

    // Loads 0 to 16 bytes, with zeros behind them; `n_left` bytes may be read.
    static void load(const char* at, int64_t size, int64_t n_left, uint64_t* low, uint64_t* high) {
        char copy[kShort] = {};
        if (n_left < kShort) {
            std::memcpy(copy, at, static_cast<size_t>(size));
            at = copy;
        }
        *low = loaded<uint64_t>(at) & low_bits(8 * size);
        *high = loaded<uint64_t>(at + 8) & (size > 8 ? low_bits(8 * (size - 8)) : 0);
    }

    static Word read(const TextValues& values, int64_t i) {
        Word word;
        word.at = values.data + values.begins[i];
        word.size = values.ends[i] - values.begins[i];
        int64_t n_left = values.n_bytes - values.begins[i];
        uint64_t seed = kOdd[0] ^ static_cast<uint64_t>(word.size);
        const char* at = word.at;
        int64_t size = word.size;
        for (; size > kShort; at += kShort, size -= kShort, n_left -= kShort) {
            load(at, kShort, n_left, &word.low, &word.high);
            seed = mix(word.low ^ kOdd[1], word.high ^ seed);
        }
        load(at, size, n_left, &word.low, &word.high);
        word.hash = mix(word.low ^ kOdd[1], word.high ^ seed);
        return word;
    }

    // Returns the slot of a word, or the free slot for it.
    int64_t find_slot(const Word& word) const {
        const uint64_t mask = slots_.size() - 1;
        const uint32_t tag = static_cast<uint32_t>(word.hash >> 32);
        uint64_t slot = word.hash & mask;
        while (slots_[slot].code >= 0 &&
               !(slots_[slot].tag == tag && is_word(slots_[slot].code, word))) {
            slot = (slot + 1) & mask;
        }
        return static_cast<int64_t>(slot);
    }

    bool is_word(int32_t code, const Word& word) const {
        const Entry& entry = entries_[code];
        if (((entry.low ^ word.low) | (entry.high ^ word.high)) != 0 || entry.size != word.size) {
            return false;
        }
        return word.size <= kShort || std::memcmp(bytes_.data() + offsets_[code], word.at,
                                                  static_cast<size_t>(word.size)) == 0;
    }

    void insert(int64_t slot, const Word& word) {
        slots_[slot] = {static_cast<uint32_t>(word.hash >> 32), static_cast<int32_t>(size())};
        entries_.push_back({word.low, word.high, word.hash, word.size});
        bytes_.insert(bytes_.end(), word.at, word.at + word.size);
        offsets_.push_back(static_cast<int64_t>(bytes_.size()));
        counts_.push_back(0);
    }

    // Few words have many free slots: two of them seldom meet, so that branches are as foreseen.
    bool is_full() const {
        const auto n_slots = static_cast<int64_t>(slots_.size());
        return (n_slots < kSparse ? 8 : 2) * size() > n_slots;
    }

    void grow() {
        slots_.assign(4 * slots_.size(), Slot{0, -1});
        const uint64_t mask = slots_.size() - 1;
        for (int64_t code = 0; code < size(); ++code) {
            uint64_t slot = entries_[code].hash & mask;
            while (slots_[slot].code >= 0) slot = (slot + 1) & mask;
            slots_[slot] = {static_cast<uint32_t>(entries_[code].hash >> 32),
                            static_cast<int32_t>(code)};
        }
    }

    // Random odd numbers.
    static constexpr uint64_t kOdd[3] = {0x9E3779B97F4A7C15u, 0xD6E8FEB86659FD93u,
                                         0xA0761D6478BD642Fu};

    std::vector<Slot> slots_;  // a power of 2, see is_full
    std::vector<Entry> entries_;
    std::vector<int64_t> counts_, offsets_;
    std::vector<char> bytes_;
};

}  // namespace fastsplit
