// words: the distinct values of text, numbered in the order in which they come.
#pragma once
#include <cstdint>
#include <cstring>
#include <vector>

#include "../parts/cpu.hpp"
#include "../parts/wide.hpp"
#include "values.hpp"

// Apart from the loops that call it, which keep more of what they need in registers so.
#if defined(__GNUC__) || defined(__clang__)
#define FASTSPLIT_SELDOM __attribute__((noinline))
#else
#define FASTSPLIT_SELDOM
#endif

namespace fastsplit {

template <typename T>
FASTSPLIT_INLINE inline T loaded(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

// A table from words to codes. Words are compared as integers, 16 bytes at a time.
class Words {
  public:
    Words() : slots_(kFirstSlots, Slot{0, -1}) {}

    int64_t size() const { return static_cast<int64_t>(entries_.size()); }

    // How often a word came, its bytes and their number. Not checked: 0 <= code < size().
    int64_t count(int64_t code) const { return counts_[code]; }
    const char* bytes(int64_t code) const { return bytes_.data() + entries_[code].begin; }
    int64_t length(int64_t code) const { return entries_[code].size; }

    // codes[i] = the code of value i, which is a new one if the word is new. Not checked: the
    // places of the values, and that fewer than 2**31 words come.
    void add(const TextValues& values, int32_t* codes) {
        for_words(values, [=](int64_t i, const Word& word) FASTSPLIT_INLINE {
            const int64_t slot = find_slot(word);
            int32_t code = slots_[slot].code;
            if (code < 0) code = insert(slot, word);
            ++counts_[code];
            codes[i] = code;
        });
    }

    // codes[i] = the code of value i, or -1 if it is none of the words. Not checked: the places.
    void find(const TextValues& values, int32_t* codes) const {
        for_words(values, [=](int64_t i, const Word& word)
                              FASTSPLIT_INLINE { codes[i] = slots_[find_slot(word)].code; });
    }

  private:
    static constexpr int64_t kFirstSlots = 256;
    static constexpr int64_t kSparse = 1 << 16;  // slots, 512 KB: about what a second cache holds
    static constexpr int64_t kBlock = 16;        // bytes, which are two integers
    static constexpr int64_t kBatch = 32;        // values whose slots are fetched at once

    struct Slot {
        uint32_t hash;
        int32_t code;  // -1: free
    };

    struct Word {
        const char* at;
        int64_t size;
        uint64_t low, high;  // the last 0 to 16 bytes, with zeros behind them
        uint32_t hash;
    };

    struct Entry {
        uint64_t low, high;
        int64_t size, begin;
    };

    // With the upper half of the product too, every bit of the hash depends on every bit of a and
    // b.
    static uint64_t mix(uint64_t a, uint64_t b) { return multiply_high(a, b) ^ (a * b); }

    // Loads 0 to 16 bytes, with zeros behind them; `n_left` bytes may be read.
    FASTSPLIT_INLINE static inline void load(const char* at, int64_t size, int64_t n_left,
                                             uint64_t* low, uint64_t* high) {
        static constexpr char kAll = static_cast<char>(0xFF);
        static constexpr char kEdge[2 * kBlock] = {kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll,
                                                   kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll};
        if (n_left < kBlock) return load_last(at, size, low, high);
        const char* const mask = kEdge + kBlock - size;  // sizes vary: branches would be mistaken
        *low = loaded<uint64_t>(at) & loaded<uint64_t>(mask);
        *high = loaded<uint64_t>(at + 8) & loaded<uint64_t>(mask + 8);
    }

    // The same at the end of the text.
    FASTSPLIT_SELDOM static void load_last(const char* at, int64_t size, uint64_t* low,
                                           uint64_t* high) {
        char copy[kBlock] = {};
        std::memcpy(copy, at, static_cast<size_t>(size));
        *low = loaded<uint64_t>(copy);
        *high = loaded<uint64_t>(copy + 8);
    }

    // Returns the hash of whole blocks of 16 bytes.
    FASTSPLIT_SELDOM static uint64_t folded(const char* at, int64_t size, uint64_t seed) {
        for (const char* const end = at + size; at < end; at += kBlock) {
            seed = mix(loaded<uint64_t>(at) ^ kOdd[1], loaded<uint64_t>(at + 8) ^ seed);
        }
        return seed;
    }

    FASTSPLIT_INLINE static inline Word read(const TextValues& values, int64_t i) {
        Word word;
        word.at = values.data + values.begins[i];
        word.size = values.ends[i] - values.begins[i];
        uint64_t seed = kOdd[0] ^ static_cast<uint64_t>(word.size);
        int64_t before = 0;  // bytes before the last 1 to 16
        if (word.size > kBlock) {
            before = (word.size - 1) / kBlock * kBlock;
            seed = folded(word.at, before, seed);
        }
        load(word.at + before, word.size - before, values.n_bytes - values.begins[i] - before,
             &word.low, &word.high);
        word.hash = static_cast<uint32_t>(mix(word.low ^ kOdd[1], word.high ^ seed) >> 32);
        return word;
    }

    // Calls body(i, word i) for each value. If the table is larger than the cache, the memory that
    // some words need is fetched for all of them at once.
    template <typename Body>
    FASTSPLIT_INLINE inline void for_words(const TextValues& values, Body body) const {
        Word words[kBatch];
        for (int64_t begin = 0; begin < values.n; begin += kBatch) {
            const int64_t end = values.n - begin < kBatch ? values.n : begin + kBatch;
            if (n_slots() <= kSparse) {
                for (int64_t i = begin; i < end; ++i) body(i, read(values, i));
                continue;
            }
            for (int64_t i = begin; i < end; ++i) {
                words[i - begin] = read(values, i);
                FASTSPLIT_PREFETCH_TO_READ(&slots_[words[i - begin].hash & mask_]);
            }
            for (int64_t i = 0; i < end - begin; ++i) {
                const int32_t code = slots_[words[i].hash & mask_].code;
                if (code < 0) continue;
                FASTSPLIT_PREFETCH_TO_READ(&entries_[code]);
                FASTSPLIT_PREFETCH_TO_WRITE(&counts_[code]);
            }
            for (int64_t i = begin; i < end; ++i) body(i, words[i - begin]);
        }
    }

    // Returns the slot of a word, or the free slot for it.
    FASTSPLIT_INLINE inline int64_t find_slot(const Word& word) const {
        uint64_t slot = word.hash & mask_;
        while (slots_[slot].code >= 0 &&
               !(slots_[slot].hash == word.hash && is_word(slots_[slot].code, word))) {
            slot = (slot + 1) & mask_;
        }
        return static_cast<int64_t>(slot);
    }

    FASTSPLIT_INLINE inline bool is_word(int32_t code, const Word& word) const {
        const Entry& entry = entries_[code];
        if (((entry.low ^ word.low) | (entry.high ^ word.high)) != 0 || entry.size != word.size) {
            return false;
        }
        return word.size <= kBlock || begins_alike(bytes(code), word);
    }

    // Compares all but the last 1 to 16 bytes.
    FASTSPLIT_SELDOM static bool begins_alike(const char* own, const Word& word) {
        const char* const last = own + word.size - kBlock;
        for (const char* at = word.at; own < last; at += kBlock, own += kBlock) {
            if ((loaded<uint64_t>(own) ^ loaded<uint64_t>(at)) |
                (loaded<uint64_t>(own + 8) ^ loaded<uint64_t>(at + 8))) {
                return false;
            }
        }
        return true;
    }

    // Returns the code of a new word, whose free slot is given.
    FASTSPLIT_SELDOM int32_t insert(int64_t slot, const Word& word) {
        const auto code = static_cast<int32_t>(size());
        slots_[slot] = {word.hash, code};
        entries_.push_back({word.low, word.high, word.size, static_cast<int64_t>(bytes_.size())});
        counts_.push_back(0);
        bytes_.insert(bytes_.end(), word.at, word.at + word.size);
        // Few words have many free slots: two of them seldom meet, so that branches are as
        // foreseen.
        if ((n_slots() < kSparse ? 8 : 2) * size() > n_slots()) grow();
        return code;
    }

    int64_t n_slots() const { return static_cast<int64_t>(slots_.size()); }

    void grow() {
        std::vector<Slot> old((n_slots() < kSparse ? 4 : 2) * slots_.size(), Slot{0, -1});
        old.swap(slots_);
        mask_ = slots_.size() - 1;
        for (const Slot& moved : old) {
            if (moved.code < 0) continue;
            uint64_t slot = moved.hash & mask_;
            while (slots_[slot].code >= 0) slot = (slot + 1) & mask_;
            slots_[slot] = moved;
        }
    }

    // Random odd numbers.
    static constexpr uint64_t kOdd[2] = {0x9E3779B97F4A7C15u, 0xD6E8FEB86659FD93u};

    std::vector<Slot> slots_;  // a power of 2, see insert
    uint64_t mask_ = kFirstSlots - 1;
    std::vector<Entry> entries_;
    std::vector<int64_t> counts_;
    std::vector<char> bytes_;  // of all words, one after the other
};

}  // namespace fastsplit
