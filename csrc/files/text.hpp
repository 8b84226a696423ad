// text: what the scanners of text files share: a look ahead, and why a scan ends.
#pragma once
#include <cstdint>

#include "bytes.hpp"

namespace fastsplit {

enum class Fault : int32_t {
    kNone,
    kTooFew,          // fields in a record
    kTooMany,         // fields in a record
    kOpenQuote,       // at the end of the text
    kAfterQuote,      // a byte that is neither a delimiter nor a line end follows a closing quote
    kCarriageReturn,  // not before a line feed
    kBlank,           // a blank line before others
    kFull,            // more records than room for them
};

// How a scan ended. All positions are those in the text.
struct Scanned {
    int64_t n;       // records
    int64_t end;     // of the last record, or of what is dropped after it
    Fault fault;     // why the scan ended before the end of the text
    int64_t at;      // where the fault is
    int64_t fields;  // in the record with the fault
};

// What a scan should know of a text before.
struct Survey {
    int64_t end;           // of what was seen
    int64_t lines;         // line feeds in it: a scan finds at most one record more
    int64_t zero;          // the position of the first zero byte, or -1
    bool carriage_return;  // whether one is not before a line feed; not at the end, where it may be
    bool space;            // whether there is white space other than line feeds
};

// Looks at text[begin .. end), but no further than where `max_lines` line feeds were seen.
inline Survey survey(Cpu cpu, const char* text, int64_t begin, int64_t end, int64_t max_lines) {
    Survey result{end, 0, -1, false, false};
    Survey* const out = &result;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE {
        Window window;
        int64_t at = begin, lines = 0;
        uint64_t return_before = 0;  // 1: the byte before is a carriage return
        for (; at < end && lines < max_lines; at += kWord) {
            window.load(text + at, end - at);
            const uint64_t feeds = window.places('\n'), returns = window.places('\r');
            lines += count_bits(feeds);
            out->space |= (places_of_spaces(window.at) & window.valid & ~feeds) != 0;
            out->carriage_return |= ((returns << 1 | return_before) & ~feeds & window.valid) != 0;
            return_before = returns >> 63;
            const uint64_t zeros = window.places('\0');
            if (zeros && out->zero < 0) out->zero = at + lowest_bit(zeros);
        }
        out->end = at < end ? at : end;
        out->lines = lines;
    });
    return result;
}

// Returns whether only line ends are in text[at .. end); *next is where the last such look ended,
// so that many looks at one run of blank lines cost as much as one.
inline bool only_blank(const char* text, int64_t at, int64_t end, int64_t* next) {
    if (at > *next) *next = at;
    while (*next < end && (text[*next] == '\n' || text[*next] == '\r')) ++*next;
    return *next == end;
}

}  // namespace fastsplit
