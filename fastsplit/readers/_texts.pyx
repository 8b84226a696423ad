# distutils: language = c++
"""The scanner of text files: records, fields, and their distinct values; and records routed to splits.

As in `fastsplit._kernels`, arguments are checked once, and a call makes one call of C++ without the GIL.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

cdef object _internal(str what):
    return ValueError(f"internal error, please report: {what}")


cdef int _require_length(str name, int64_t got, int64_t expected) except -1:
    if got != expected:
        raise _internal(f"len({name}) is {got}, expected {expected}")
    return 0


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
