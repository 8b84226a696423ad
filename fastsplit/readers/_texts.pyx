# distutils: language = c++
"""The scanner of text files: records, fields, and their distinct values; and records routed to splits.

As in `fastsplit._kernels`, arguments are checked once, and a call makes one call of C++ without the GIL.
"""

from cpython.unicode cimport PyUnicode_Decode
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

cdef extern from "parts/cpu.hpp" namespace "fastsplit":
    ctypedef enum Cpu "fastsplit::Cpu":
        pass
    Cpu best_cpu()

cdef extern from "files/text.hpp" namespace "fastsplit":
    ctypedef enum CFault "fastsplit::Fault":
        pass
    cdef cppclass CScanned "fastsplit::Scanned":
        int64_t n
        int64_t end
        CFault fault
        int64_t at
        int64_t fields
    cdef cppclass CSurvey "fastsplit::Survey":
        int64_t end
        int64_t lines
        int64_t zero
        bint carriage_return
        bint space
    CSurvey c_survey "fastsplit::survey"(Cpu, const char*, int64_t, int64_t, int64_t) noexcept nogil

cdef extern from "files/table.hpp" namespace "fastsplit":
    cdef cppclass CDialect "fastsplit::Dialect":
        char delimiter
        bint quoted
    cdef cppclass CTableColumns "fastsplit::TableColumns":
        const int32_t* slots
        int64_t width
        int64_t last
    cdef cppclass CTableFields "fastsplit::TableFields":
        int64_t* begins
        int64_t* ends
        int64_t* record_ends
        int64_t capacity
    CScanned c_scan_table "fastsplit::scan_table"(
        Cpu, char*, int64_t, int64_t, int64_t, const CDialect&, const CTableColumns&, const CTableFields&,
        bint, bint) noexcept nogil

cdef extern from "files/lists.hpp" namespace "fastsplit":
    ctypedef enum CListKind "fastsplit::ListKind":
        pass
    cdef cppclass CListFields "fastsplit::ListFields":
        int64_t* begins
        int64_t* ends
        int64_t* path_begins
        int64_t* path_ends
        int64_t* line_ends
        int64_t capacity
    CScanned c_scan_list "fastsplit::scan_list"(
        Cpu, const char*, int64_t, int64_t, CListKind, const CListFields&, bint, bint) noexcept nogil

cdef extern from "files/values.hpp" namespace "fastsplit":
    cdef cppclass CTextValues "fastsplit::TextValues":
        const char* data
        int64_t n_bytes
        const int64_t* begins
        const int64_t* ends
        int64_t n
    cdef cppclass CIntegers "fastsplit::Integers":
        int64_t n
        bint has_negatives
        bint has_large
    int64_t c_first_outside "fastsplit::first_outside"(const CTextValues&) noexcept nogil
    CIntegers c_read_integers "fastsplit::read_integers"(const CTextValues&, uint64_t*) noexcept nogil
    void c_pack "fastsplit::pack"(const CTextValues&, const int64_t*, char*) noexcept nogil

cdef extern from "files/words.hpp" namespace "fastsplit":
    cdef cppclass CWords "fastsplit::Words":
        CWords() except +
        int64_t size()
        int64_t count(int64_t)
        const char* bytes(int64_t)
        int64_t length(int64_t)
        void add(const CTextValues&, int32_t*) except + nogil
        void find(const CTextValues&, int32_t*) noexcept nogil

cdef extern from "files/pieces.hpp" namespace "fastsplit":
    cdef cppclass CPieces "fastsplit::Pieces":
        const char* data
        const int64_t* ends
        int64_t n
        int64_t n_bytes

    int64_t c_piece_sizes "fastsplit::piece_sizes"(
        const CPieces&, const uint8_t*, int64_t, int64_t*) noexcept nogil
    void c_route_pieces "fastsplit::route_pieces"(
        const CPieces&, const uint8_t*, int64_t, int64_t*, char*) noexcept nogil

cdef Cpu _cpu = best_cpu()
FAULTS = ("", "too few", "too many", "open quote", "after quote", "carriage return", "blank", "full")


cdef object _internal(str what):
    return ValueError(f"internal error, please report: {what}")


cdef int _require_length(str name, int64_t got, int64_t expected) except -1:
    if got != expected:
        raise _internal(f"len({name}) is {got}, expected {expected}")
    return 0


cdef int _require_inside(int64_t begin, int64_t end, int64_t n) except -1:
    if not 0 <= begin <= end <= n:
        raise _internal(f"range {begin}:{end} outside 0:{n}")
    return 0


cdef tuple _scanned(CScanned scanned):
    return scanned.n, scanned.end, FAULTS[<int32_t> scanned.fault], scanned.at, scanned.fields


def survey(const uint8_t[::1] data, int64_t begin, int64_t end, int64_t max_lines):
    """Return how far the look went, the line feeds up to there, the first zero byte or -1, whether a carriage
    return is not before a line feed, and whether there is white space other than line feeds.
    """
    cdef CSurvey result
    _require_inside(begin, end, data.shape[0])
    if begin == end:
        return begin, 0, -1, False, False
    with nogil:
        result = c_survey(_cpu, <const char*> &data[0], begin, end, max_lines)
    return result.end, result.lines, result.zero, result.carriage_return, result.space


def scan_list(const uint8_t[::1] data, int64_t begin, int64_t end, int64_t[:, ::1] out, int kind, bint final,
              bint careful):
    """Scan lines into ``out``: their ends; the begins of their values and, of images, paths; the ends of the same."""
    cdef CListFields fields
    cdef CScanned result
    _require_inside(begin, end, data.shape[0])
    _require_length("out", out.shape[0], 5 if kind == 1 else 3)
    if begin == end or out.shape[1] == 0:
        raise _internal("nothing to scan, or no room")
    fields.line_ends, fields.begins, fields.ends = &out[0, 0], &out[1, 0], &out[3 if kind == 1 else 2, 0]
    fields.path_begins = &out[2, 0] if kind == 1 else NULL
    fields.path_ends = &out[4, 0] if kind == 1 else NULL
    fields.capacity = out.shape[1]
    with nogil:
        result = c_scan_list(_cpu, <const char*> &data[0], begin, end, <CListKind> kind, fields, final, careful)
    return _scanned(result)


cdef class Table:
    """How the records of a table are read: slot ``slots[c]`` gets the fields of column ``c``, none if that is -1."""

    cdef CDialect dialect
    cdef CTableColumns columns
    cdef const int32_t[::1] slots
    cdef int64_t n_slots

    def __init__(self, int delimiter, bint quoted, const int32_t[::1] slots):
        cdef int64_t column
        self.slots = slots
        self.dialect.delimiter, self.dialect.quoted = <char> delimiter, quoted
        self.columns.slots, self.columns.width, self.columns.last = &slots[0], slots.shape[0], -1
        for column in range(slots.shape[0]):
            if slots[column] >= 0:
                self.columns.last = column
                self.n_slots = max(self.n_slots, slots[column] + 1)

    def scan(self, uint8_t[::1] data, int64_t begin, int64_t end, int64_t[:, ::1] out, bint final, bint careful):
        """Scan records into ``out``: their ends, and the begins and then the ends of the fields of each slot.

        The second half of ``data`` is room for fields without their doubled quotes.
        """
        cdef CTableFields fields
        cdef CScanned result
        cdef int64_t spare = data.shape[0] // 2 if self.dialect.quoted else 0
        _require_inside(begin, end, spare if self.dialect.quoted else data.shape[0])
        _require_length("out", out.shape[0], 1 + 2 * self.n_slots)
        if begin == end or out.shape[1] == 0:
            raise _internal("nothing to scan, or no room")
        fields.record_ends = &out[0, 0]
        fields.begins = &out[1, 0] if self.n_slots else NULL
        fields.ends = &out[1 + self.n_slots, 0] if self.n_slots else NULL
        fields.capacity = out.shape[1]
        with nogil:
            result = c_scan_table(
                _cpu, <char*> &data[0], begin, end, spare, self.dialect, self.columns, fields, final, careful)
        return _scanned(result)


cdef class Values:
    """Values of text, checked."""

    cdef CTextValues c
    cdef readonly int64_t n
    cdef tuple kept

    def __init__(self, const uint8_t[::1] data, const int64_t[::1] begins, const int64_t[::1] ends):
        _require_length("ends", ends.shape[0], begins.shape[0])
        self.kept, self.n = (data, begins, ends), begins.shape[0]
        self.c.data, self.c.n_bytes = <const char*> &data[0] if data.shape[0] > 0 else NULL, data.shape[0]
        self.c.begins = &begins[0] if self.n > 0 else NULL
        self.c.ends = &ends[0] if self.n > 0 else NULL
        self.c.n = self.n
        with nogil:
            first = c_first_outside(self.c)
        if first < self.n:
            raise _internal(f"value {first} is outside the data")

    def integers(self, uint64_t[::1] out):
        """Write the values modulo 2**64; return the first that is no integer, and if there are negatives, large ones."""
        cdef CIntegers result
        _require_length("out", out.shape[0], self.n)
        if self.n == 0:
            return 0, False, False
        with nogil:
            result = c_read_integers(self.c, &out[0])
        return result.n, result.has_negatives, result.has_large

    def pack(self, const int64_t[::1] offsets, uint8_t[::1] out):
        """Copy the values to ``out`` without gaps; ``offsets`` are the sums of their sizes."""
        cdef int64_t i
        _require_length("offsets", offsets.shape[0], self.n + 1)
        if offsets[0] != 0 or offsets[self.n] != out.shape[0]:
            raise _internal(f"offsets {offsets[0]} to {offsets[self.n]} for {out.shape[0]} bytes")
        if out.shape[0] > 0:
            for i in range(self.n):
                if offsets[i + 1] - offsets[i] != self.c.ends[i] - self.c.begins[i]:
                    raise _internal(f"offset {i + 1} is wrong")
            with nogil:
                c_pack(self.c, &offsets[0], <char*> &out[0])


cdef class Words:
    """The distinct values of text, numbered in the order in which they come."""

    cdef CWords words

    def __len__(self):
        return self.words.size()

    def add(self, Values values, int32_t[::1] codes):
        """Write the code of each value, and count it; a new word gets the next code."""
        _require_length("codes", codes.shape[0], values.n)
        if values.n > 0:
            if values.n + self.words.size() > 2**31 - 1:
                raise ValueError("more than 2**31 distinct values")
            with nogil:
                self.words.add(values.c, &codes[0])

    def find(self, Values values, int32_t[::1] codes):
        """Write the code of each value, or -1 for one that is none of the words."""
        _require_length("codes", codes.shape[0], values.n)
        if values.n > 0:
            with nogil:
                self.words.find(values.c, &codes[0])

    def counts(self, int64_t[::1] out):
        """Write how often each word came."""
        cdef int64_t code
        _require_length("out", out.shape[0], self.words.size())
        for code in range(self.words.size()):
            out[code] = self.words.count(code)

    def texts(self, int64_t begin, int64_t end, str encoding):
        """Return words ``begin`` to ``end - 1``, decoded; raise UnicodeDecodeError if one of them cannot be."""
        cdef int64_t code
        cdef bytes name = encoding.encode()
        _require_inside(begin, end, self.words.size())
        return [
            PyUnicode_Decode(self.words.bytes(code), self.words.length(code), name, NULL)
            for code in range(begin, end)
        ]


cdef class RoutedPieces:
    """Pieces and the split of each: how many bytes each split has, and these bytes in a row."""

    cdef CPieces pieces
    cdef const uint8_t[::1] splits
    cdef tuple kept

    def __init__(self, const uint8_t[::1] data, const int64_t[::1] ends, const uint8_t[::1] splits):
        _require_length("splits", splits.shape[0], ends.shape[0])
        self.kept, self.splits = (data, ends), splits
        self.pieces.data = <const char*> &data[0] if data.shape[0] > 0 else NULL
        self.pieces.ends = &ends[0] if ends.shape[0] > 0 else NULL
        self.pieces.n, self.pieces.n_bytes = ends.shape[0], data.shape[0]

    def sizes(self, int64_t[::1] sizes):
        """Add the bytes of each split to ``sizes``."""
        cdef int64_t first = 0
        if self.pieces.n > 0 and sizes.shape[0] > 0:
            with nogil:
                first = c_piece_sizes(self.pieces, &self.splits[0], sizes.shape[0], &sizes[0])
            if first < self.pieces.n:
                raise _internal(f"piece {first} ends before it begins or outside the data")

    def route(self, int64_t[::1] at, uint8_t[::1] out):
        """Copy the pieces of split ``k`` to ``out[at[k]:]``, after `sizes` has said where there is room for them."""
        if self.pieces.n > 0 and at.shape[0] > 0 and out.shape[0] > 0:
            with nogil:
                c_route_pieces(self.pieces, &self.splits[0], at.shape[0], &at[0], <char*> &out[0])
