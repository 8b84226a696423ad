// table: the records of delimited text, and the fields of some of its columns.
#pragma once
#include <cstdint>
#include <cstring>

#include "text.hpp"

namespace fastsplit {

// With quotes as in RFC 4180: a field that begins with a quote ends with one, and may hold
// delimiters, line ends and doubled quotes; in other fields a quote is a byte like any other.
struct Dialect {
    char delimiter;
    bool quoted;
};

// The columns of a table; the fields of column c are written to row slots[c] of the results, or
// nowhere if that is -1.
struct TableColumns {
    const int32_t* slots;
    int64_t width;
    int64_t last;  // the last column that is written, or -1
};

// Where results go: the field of record i in row s is text[begins[s * capacity + i]] ..
// text[ends[s * capacity + i] - 1]; record i ends before record_ends[i].
struct TableFields {
    int64_t* begins;
    int64_t* ends;
    int64_t* record_ends;
    int64_t capacity;
};

// Scans text[begin .. end), where a record begins at `begin`. A field with doubled quotes is
// written without them to text + spare + where it begins; so text has room for spare + end bytes if
// quoted.
class TableScan {
  public:
    TableScan(char* text, int64_t begin, int64_t end, int64_t spare, const Dialect& dialect,
              const TableColumns& columns, const TableFields& out)
        : text_(text),
          end_(end),
          spare_(spare),
          dialect_(dialect),
          columns_(columns),
          out_(out),
          record_(begin),
          field_(begin),
          blank_(begin) {
        result_ = {0, begin, Fault::kNone, begin, 0};
    }

    // `final`: the text ends here, so that its last record needs no line end. `careful`: it may
    // have carriage returns that are not before line feeds.
    FASTSPLIT_INLINE inline Scanned run(bool final, bool careful) {
        Window window;
        int64_t at = record_;
        for (; at < end_ && result_.fault == Fault::kNone && !done_; at += kWord) {
            window.load(text_ + at, end_ - at);
            const uint64_t feeds = window.places('\n');
            const uint64_t delimiters = window.places(dialect_.delimiter);
            uint64_t outside = ~uint64_t{0};
            bool plain = !careful;
            if (dialect_.quoted && plain)
                plain = find_outside(window, feeds, delimiters, at, &outside);
            if (plain) {
                visit_word(at, feeds & outside, (feeds | delimiters) & outside);
            } else {
                visit_bytes(at, at + kWord < end_ ? at + kWord : end_);
            }
        }
        if (final && result_.fault == Fault::kNone && !done_ && record_ < end_) finish();
        if (final && done_) result_.end = end_;
        return result_;
    }

  private:
    enum class State { kStart, kPlain, kInside, kClosed, kReturn };

    // The state of the machine before the byte at `at`.
    State state(int64_t at) const {
        if (inside_) return State::kInside;
        if (at == field_) return State::kStart;
        if (text_[at - 1] == '\r') return State::kReturn;
        return is_quoted() ? State::kClosed : State::kPlain;
    }

    bool is_quoted() const { return dialect_.quoted && text_[field_] == '"'; }

    // Sets the bits of *outside for bytes outside quotes, and returns true; or returns false, with
    // nothing changed, if a quote is neither around a field nor doubled.
    FASTSPLIT_INLINE inline bool find_outside(const Window& window, uint64_t feeds,
                                              uint64_t delimiters, int64_t at, uint64_t* outside) {
        const uint64_t quotes = window.places('"');
        const bool closed = !inside_ && at > field_ && is_quoted() && text_[at - 1] == '"';
        if (quotes == 0 && !closed) {
            if (inside_) *outside = 0;
            return true;
        }
        const uint64_t parity = parities(quotes) ^ (inside_ ? ~uint64_t{0} : 0);
        const uint64_t opening = quotes & parity, closing = quotes & ~parity;
        const uint64_t separators = (feeds | delimiters) & ~parity;
        const uint64_t first = uint64_t{closed || (!inside_ && at == field_)};
        const uint64_t may_open = (separators | closing) << 1 | first;
        const uint64_t after = (closing << 1 | uint64_t{closed}) & window.valid;
        if ((opening & ~may_open) | (after & ~(separators | quotes | window.places('\r'))))
            return false;
        *outside = ~parity;
        inside_ = parity >> 63;
        return true;
    }

    // Visits the delimiters and line ends at the bits of `separators`.
    FASTSPLIT_INLINE inline void visit_word(int64_t at, uint64_t feeds, uint64_t separators) {
        uint64_t left = separators;
        while (left) {
            if (column_ > columns_.last) {  // nothing to write before the end of the record
                const uint64_t ends = left & feeds;
                const uint64_t skipped = ends ? left & (low_bits(lowest_bit(ends))) : left;
                if (skipped) {
                    column_ += count_bits(skipped);
                    field_ = at + highest_bit(skipped) + 1;
                    left &= ~skipped;
                    continue;
                }
            }
            const int64_t bit = lowest_bit(left);
            left &= left - 1;
            if (feeds >> bit & 1) {
                end_record(at + bit, at + bit + 1);
                if (result_.fault != Fault::kNone || done_) return;
            } else {
                end_field(at + bit);
            }
        }
    }

    // Visits every byte: the same rules for any text.
    void visit_bytes(int64_t at, int64_t end) {
        State now = state(at);
        for (; at < end && result_.fault == Fault::kNone && !done_; ++at) {
            const char byte = text_[at];
            if (now == State::kInside) {
                if (byte == '"') now = State::kClosed;
            } else if (byte == '\n') {
                end_record(at, at + 1);
                now = State::kStart;
            } else if (now == State::kReturn) {
                stop(Fault::kCarriageReturn, at - 1);
            } else if (byte == dialect_.delimiter) {
                end_field(at);
                now = State::kStart;
            } else if (byte == '\r') {
                now = State::kReturn;
            } else if (byte == '"' && dialect_.quoted && now != State::kPlain) {
                now = State::kInside;
            } else if (now == State::kClosed) {
                stop(Fault::kAfterQuote, at);
            } else {
                now = State::kPlain;
            }
        }
        inside_ = now == State::kInside;
    }

    void stop(Fault fault, int64_t at) {
        result_.fault = fault;
        result_.at = at;
    }

    // Ends the last record, which has no line end.
    void finish() {
        if (inside_) return stop(Fault::kOpenQuote, field_);
        if (text_[end_ - 1] == '\r') return stop(Fault::kCarriageReturn, end_ - 1);
        end_record(end_, end_);
    }

    FASTSPLIT_INLINE inline void end_field(int64_t at) {
        if (column_ <= columns_.last && columns_.slots[column_] >= 0)
            write(columns_.slots[column_], at);
        ++column_;
        field_ = at + 1;
    }

    // Ends a record whose last field, or the carriage return after it, ends before `at`.
    FASTSPLIT_INLINE inline void end_record(int64_t at, int64_t next) {
        const int64_t end = at > field_ && text_[at - 1] == '\r' ? at - 1 : at;
        const int64_t fields = column_ + 1;
        if (end == record_ && !keep_blank(next)) return;
        const bool trailing = fields == columns_.width + 1 && end == field_;
        if (fields != columns_.width && !trailing) {
            result_.fields = fields;
            return stop(fields < columns_.width ? Fault::kTooFew : Fault::kTooMany, record_);
        }
        if (column_ <= columns_.last && columns_.slots[column_] >= 0)
            write(columns_.slots[column_], end);
        out_.record_ends[result_.n++] = next;
        result_.end = record_ = field_ = next;
        column_ = 0;
        // The fields of a next record, even of one that is not whole, would have no room.
        if (result_.n == out_.capacity && record_ < end_) stop(Fault::kFull, record_);
    }

    // Returns whether a blank line is a record: of a single column, if others follow.
    bool keep_blank(int64_t next) {
        done_ = only_blank(text_, next, end_, &blank_);
        if (!done_ && columns_.width > 1) stop(Fault::kBlank, record_);
        return !done_ && columns_.width <= 1;
    }

    FASTSPLIT_INLINE inline void write(int64_t slot, int64_t end) {
        int64_t begin = field_;
        if (begin < end && is_quoted()) {
            ++begin;
            --end;
            if (std::memchr(text_ + begin, '"', static_cast<size_t>(end - begin))) {
                unescape(&begin, &end);
            }
        }
        out_.begins[slot * out_.capacity + result_.n] = begin;
        out_.ends[slot * out_.capacity + result_.n] = end;
    }

    void unescape(int64_t* begin, int64_t* end) {
        char* const out = text_ + spare_ + *begin;
        int64_t n = 0;
        for (int64_t at = *begin; at < *end; ++at) {
            out[n++] = text_[at];
            if (text_[at] == '"') ++at;
        }
        *begin += spare_;
        *end = *begin + n;
    }

    char* const text_;
    const int64_t end_, spare_;
    const Dialect dialect_;
    const TableColumns columns_;
    const TableFields out_;
    Scanned result_;
    int64_t record_, field_;  // where the present record and field begin
    int64_t blank_;           // where the last look at blank lines ended
    int64_t column_ = 0;
    bool inside_ = false;
    bool done_ = false;  // only blank lines are left
};

// See TableScan.
inline Scanned scan_table(Cpu cpu, char* text, int64_t begin, int64_t end, int64_t spare,
                          const Dialect& dialect, const TableColumns& columns,
                          const TableFields& out, bool final, bool careful) {
    TableScan scan(text, begin, end, spare, dialect, columns, out);
    Scanned result;
    Scanned* const to = &result;
    TableScan* const scanned = &scan;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE { *to = scanned->run(final, careful); });
    return result;
}

}  // namespace fastsplit
