// lists: lines of text, and the values in them.
#pragma once
#include <cstdint>
#include <cstring>

#include "text.hpp"

namespace fastsplit {

enum class ListKind : int32_t {
    kLabels,  // a line is a value, without white space in it
    kImages,  // a path, white space, and a value
    kLines,   // a line is a value
};

// Where results go: value i is text[begins[i]] .. text[ends[i] - 1], and path i of a list of images
// likewise; line i ends before line_ends[i]. White space around a value is no part of it.
struct ListFields {
    int64_t* begins;
    int64_t* ends;
    int64_t* path_begins;
    int64_t* path_ends;
    int64_t* line_ends;
    int64_t capacity;
};

inline bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// Scans text[begin .. end), where a line begins at `begin`.
class ListScan {
  public:
    ListScan(const char* text, int64_t begin, int64_t end, ListKind kind, const ListFields& out)
        : text_(text), end_(end), kind_(kind), out_(out), line_(begin), blank_(begin) {
        result_ = {0, begin, Fault::kNone, begin, 0};
    }

    // `final`: the text ends here, so that its last line needs no line end. `careful`: it may have
    // white space other than line feeds.
    FASTSPLIT_INLINE inline Scanned run(bool final, bool careful) {
        careful_ = careful;
        Window window;
        for (int64_t at = line_; at < end_ && !is_over(); at += kWord) {
            window.load(text_ + at, end_ - at);
            uint64_t feeds = window.places('\n');
            if (kind_ == ListKind::kImages) {
                run_images(window, at, feeds);
                continue;
            }
            for (; feeds && !is_over(); feeds &= feeds - 1) {
                const int64_t bit = at + lowest_bit(feeds);
                end_line(bit, bit + 1);
            }
        }
        if (final && line_ < end_ && !is_over()) end_line(end_, end_);
        if (final && done_) result_.end = end_;
        return result_;
    }

  private:
    bool is_over() const { return result_.fault != Fault::kNone || done_; }

    // Ends the lines of a list of images at the bits of `feeds`.
    FASTSPLIT_INLINE inline void run_images(const Window& window, int64_t at, uint64_t feeds) {
        const uint64_t blanks = window.places(' ');
        const uint64_t others = places_of_spaces(window.at) & window.valid & ~feeds & ~blanks;
        for (; feeds && !is_over(); feeds &= feeds - 1) {
            const int64_t bit = lowest_bit(feeds);
            see_spaces(at, blanks & low_bits(bit), others & low_bits(bit));
            end_image(at + bit, at + bit + 1);
        }
        see_spaces(at, blanks, others);
    }

    FASTSPLIT_INLINE inline void see_spaces(int64_t at, uint64_t blanks, uint64_t others) {
        if (blanks) last_blank_ = at + highest_bit(blanks);
        if (others) last_other_ = at + highest_bit(others);
    }

    // A line whose only white space around the value is one blank is the usual one.
    FASTSPLIT_INLINE inline void end_image(int64_t end, int64_t next) {
        const int64_t blank = last_blank_;
        if (blank < line_ || last_other_ >= line_ || blank + 1 == end || text_[line_] == ' ' ||
            text_[blank - 1] == ' ' || result_.n == out_.capacity) {
            return end_trimmed(end, next);
        }
        out_.path_begins[result_.n] = line_;
        out_.path_ends[result_.n] = blank;
        out_.begins[result_.n] = blank + 1;
        out_.ends[result_.n] = end;
        out_.line_ends[result_.n++] = next;
        result_.end = line_ = next;
    }

    void stop(Fault fault, int64_t at) {
        result_.fault = fault;
        result_.at = at;
    }

    FASTSPLIT_INLINE inline void end_line(int64_t end, int64_t next) {
        if (!careful_ && end > line_ && kind_ != ListKind::kImages) {
            if (result_.n == out_.capacity) return stop(Fault::kFull, line_);
            out_.begins[result_.n] = line_;
            out_.ends[result_.n] = end;
            out_.line_ends[result_.n++] = next;
            result_.end = line_ = next;
        } else {
            end_trimmed(end, next);
        }
    }

    // The same for any line.
    void end_trimmed(int64_t end, int64_t next) {
        int64_t begin = line_;
        if (next > end && end > begin && text_[end - 1] == '\r') --end;
        if (end == begin) {
            done_ = only_blank(text_, next, end_, &blank_);
            if (done_) return;
        }
        if (careful_ && std::memchr(text_ + begin, '\r', static_cast<size_t>(end - begin))) {
            return stop(Fault::kCarriageReturn, line_);
        }
        while (end > begin && is_space(text_[end - 1])) --end;
        while (begin < end && is_space(text_[begin])) ++begin;
        if (begin == end && kind_ != ListKind::kLabels) return stop(Fault::kBlank, line_);
        int64_t value = begin;
        if (kind_ != ListKind::kLines) {
            value = end;
            while (value > begin && !is_space(text_[value - 1])) --value;
            const bool is_pair = value > begin;
            if (is_pair != (kind_ == ListKind::kImages)) {
                return stop(is_pair ? Fault::kTooMany : Fault::kTooFew, line_);
            }
        }
        if (result_.n == out_.capacity) return stop(Fault::kFull, line_);
        out_.begins[result_.n] = value;
        out_.ends[result_.n] = end;
        if (kind_ == ListKind::kImages) {
            while (is_space(text_[value - 1])) --value;
            out_.path_begins[result_.n] = begin;
            out_.path_ends[result_.n] = value;
        }
        out_.line_ends[result_.n++] = next;
        result_.end = line_ = next;
    }

    const char* const text_;
    const int64_t end_;
    const ListKind kind_;
    const ListFields out_;
    Scanned result_;
    int64_t line_;   // where the present line begins
    int64_t blank_;  // where the last look at blank lines ended
    // The last ' ', and the last other white space or control character, of a list of images.
    int64_t last_blank_ = -1, last_other_ = -1;
    bool careful_ = false;
    bool done_ = false;  // only blank lines are left
};

// See ListScan.
inline Scanned scan_list(Cpu cpu, const char* text, int64_t begin, int64_t end, ListKind kind,
                         const ListFields& out, bool final, bool careful) {
    ListScan scan(text, begin, end, kind, out);
    Scanned result;
    Scanned* const to = &result;
    ListScan* const scanned = &scan;
    on_cpu(cpu, [=]() FASTSPLIT_INLINE { *to = scanned->run(final, careful); });
    return result;
}

}  // namespace fastsplit
