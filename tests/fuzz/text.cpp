// text: the scanners of tables and lists over any text, whole and in two parts, with every
// instruction set; and the table of words. The first two bytes of an input choose the options.
#include "files/text.hpp"

#include <algorithm>
#include <map>

#include "driver.hpp"
#include "files/lists.hpp"
#include "files/table.hpp"
#include "files/words.hpp"

namespace {

using namespace fastsplit;

constexpr int64_t kMaxWidth = 4;
constexpr int64_t kRows = 4;  // of a list of images, the most

struct Choice {
    bool is_table, quoted, careful;
    ListKind kind;
    int64_t width;
};

// What a scan found; `places` are the begins and ends of the values, row by row.
struct Result {
    Scanned scanned;
    std::vector<int64_t> ends, places;
};

// Memory for a text, and as much again for fields without their doubled quotes, to the byte.
class Text {
  public:
    explicit Text(const std::string& text) : size_(text.size()), memory_(text + text) {}
    char* data() { return reinterpret_cast<char*>(const_cast<uint8_t*>(memory_.data())); }
    int64_t size() const { return static_cast<int64_t>(size_); }

  private:
    size_t size_;
    Exact memory_;
};

bool same(const Scanned& a, const Scanned& b) {
    return a.n == b.n && a.end == b.end && a.fault == b.fault && a.at == b.at &&
           (a.fault == Fault::kNone || a.fields == b.fields);
}

// Scans text[begin .. end) by one set of instructions.
Result scan(Cpu cpu, Text& text, int64_t begin, int64_t end, const Choice& choice, bool final) {
    const Survey seen = survey(cpu, text.data(), begin, end, end - begin + 1);
    require(seen.end == end, "the whole text is seen");
    const bool careful = choice.careful || (choice.is_table ? seen.carriage_return : seen.space);
    const int64_t capacity = seen.lines + 1;
    std::vector<int64_t> rows(kRows * capacity, -1), places(2 * kMaxWidth * capacity, -1);
    Result result{{}, std::vector<int64_t>(capacity, -1), {}};
    int64_t n_rows = 1;
    int64_t *begins = places.data(), *ends = begins + kMaxWidth * capacity;
    if (choice.is_table) {
        const int32_t slots[kMaxWidth] = {0, 1, 2, 3};
        n_rows = choice.width;
        result.scanned = scan_table(cpu, text.data(), begin, end, text.size(), {',', choice.quoted},
                                    {slots, choice.width, choice.width - 1},
                                    {begins, ends, result.ends.data(), capacity}, final, careful);
    } else {
        n_rows = choice.kind == ListKind::kImages ? 2 : 1;
        result.scanned = scan_list(
            cpu, text.data(), begin, end, choice.kind,
            {begins, ends, begins + capacity, ends + capacity, result.ends.data(), capacity}, final,
            careful);
    }
    const Scanned& scanned = result.scanned;
    require(0 <= scanned.n && scanned.n <= capacity, "no more records than room");
    require(begin <= scanned.end && scanned.end <= end, "the scan ends inside the text");
    result.ends.resize(scanned.n);
    int64_t before = begin;
    for (int64_t record_end : result.ends) {
        require(before < record_end && record_end <= end, "records follow one another");
        before = record_end;
    }
    require(before <= scanned.end, "no record ends after the scan");
    const int64_t limit = choice.is_table && choice.quoted ? 2 * text.size() : end;
    for (int64_t row = 0; row < n_rows; ++row) {
        for (int64_t i = 0; i < scanned.n; ++i) {
            const int64_t from = begins[row * capacity + i], to = ends[row * capacity + i];
            require(0 <= from && from <= to && to <= limit, "values inside the memory");
            result.places.push_back(from);
            result.places.push_back(to);
        }
    }
    return result;
}

bool equal(const Result& a, const Result& b) {
    return same(a.scanned, b.scanned) && a.ends == b.ends && a.places == b.places;
}

// Scans in two parts, of which the second begins where the first ended.
void scan_in_parts(const std::string& bytes, int64_t cut, const Choice& choice,
                   const Result& whole) {
    Text text(bytes);
    const Result first = scan(best_cpu(), text, 0, cut, choice, false);
    if (first.scanned.fault != Fault::kNone) return;  // such as a blank line, of which more follow
    const Result second = scan(best_cpu(), text, first.scanned.end, text.size(), choice, true);
    if (whole.scanned.fault != Fault::kNone) {
        require(second.scanned.fault != Fault::kNone, "a fault in parts too");
        return;
    }
    std::vector<int64_t> ends = first.ends;
    ends.insert(ends.end(), second.ends.begin(), second.ends.end());
    require(second.scanned.fault == Fault::kNone, "no fault in parts");
    require(ends == whole.ends, "the same records in parts");
}

void check_words(Text& text, const Result& result) {
    const auto n = static_cast<int64_t>(result.places.size() / 2);
    std::vector<int64_t> begins, ends;
    for (int64_t i = 0; i < n; ++i) {
        begins.push_back(result.places[2 * i]);
        ends.push_back(result.places[2 * i + 1]);
    }
    const TextValues values{text.data(), 2 * text.size(), begins.data(), ends.data(), n};
    std::vector<int32_t> codes(n, -1), again(n, -1);
    Words words;
    words.add(values, codes.data());
    words.find(values, again.data());
    require(codes == again, "words are found again");
    std::map<std::string, int32_t> expected;
    for (int64_t i = 0; i < n; ++i) {
        const std::string word(text.data() + begins[i], text.data() + ends[i]);
        const auto next = static_cast<int32_t>(expected.size());
        require(expected.emplace(word, next).first->second == codes[i], "one code per word");
    }
    std::vector<uint64_t> numbers(n);
    require(read_integers(values, numbers.data()).n <= n, "integers among the values");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 3) return 0;
    const Choice choice{(data[0] & 1) == 0, (data[0] & 2) == 0, (data[0] & 4) != 0,
                        static_cast<ListKind>(data[0] / 8 % 3), 1 + data[1] % kMaxWidth};
    const std::string bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    Text text(bytes);
    const Result whole = scan(Cpu::kBaseline, text, 0, text.size(), choice, true);
    for (int cpu = 1; cpu <= static_cast<int>(best_cpu()); ++cpu) {
        Text other(bytes);
        require(equal(scan(static_cast<Cpu>(cpu), other, 0, other.size(), choice, true), whole),
                "the same by all instructions");
    }
    Choice careful = choice;
    careful.careful = true;
    require(equal(scan(best_cpu(), text, 0, text.size(), careful, true), whole),
            "the same with more care");
    scan_in_parts(bytes, data[0] * text.size() / 255, choice, whole);
    if (whole.scanned.n > 0) check_words(text, whole);
    return 0;
}

std::vector<std::string> seeds() {
    const std::string longer(70, 'x');
    return {
        std::string("\0\1", 2) + "a,b\nc,d\r\n\"e,\"\"f\"\"\",\"g\nh\"\n",
        std::string("\0\1", 2) + longer + "," + longer + "\n\"" + longer + "\"," + longer +
            "\n\n\r\n",
        std::string("\2\1", 2) + "5\" pipe,y\n\"a,b\n",
        std::string("\0\0", 2) + "1\n-2\n3.0\n\n18446744073709551615\n",
        std::string("\1\0", 2) + "cat\n dog \r\ncat\n\n",
        std::string("\x9\0", 2) + "a/b c.jpg 3\nd.jpg\tcat\n",
        std::string("\x11\0", 2) + "a b c\n" + longer + "\r\nlast",
    };
}
