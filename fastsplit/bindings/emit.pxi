# emit: the split of each example -> the positions of each split.


def count_splits(const uint8_t[::1] assignment, int64_t begin, int64_t end, int64_t[::1] counts):
    """Add the number of bytes equal to s in a range to ``counts[s]``, for each s below ``len(counts)``."""
    cdef CRange positions = _range(begin, end, assignment.shape[0])
    if not (0 < counts.shape[0] <= _MAX_SPLITS):
        raise _internal(f"{counts.shape[0]} splits")
    if begin < end:
        with nogil:
            c_count_splits(_cpu, &assignment[0], positions, counts.shape[0], &counts[0])


cdef void _emit(const uint8_t* assignment, const void* order, CRange range, int64_t n_splits, void** out,
                int64_t* cursor, int64_t width) noexcept nogil:
    if width == 1:
        c_emit[uint8_t](_cpu, assignment, <const uint8_t*> order, range, n_splits, <uint8_t**> out, cursor)
    elif width == 2:
        c_emit[uint16_t](_cpu, assignment, <const uint16_t*> order, range, n_splits, <uint16_t**> out, cursor)
    elif width == 4:
        c_emit[uint32_t](_cpu, assignment, <const uint32_t*> order, range, n_splits, <uint32_t**> out, cursor)
    else:
        c_emit[uint64_t](_cpu, assignment, <const uint64_t*> order, range, n_splits, <uint64_t**> out, cursor)


def emit(const uint8_t[::1] assignment, cnp.ndarray order, int64_t begin, int64_t end, list out, int64_t[::1] cursor):
    """Write each position of a range to the array of its split, from ``cursor[split]`` on, which advances.

    Positions are those of ``order``, or 0 to N - 1 if it is None. Not checked: the cursors are the counts of the ranges
    before this one, and the arrays have the lengths of the counts of all ranges.
    """
    cdef CRange positions = _range(begin, end, assignment.shape[0])
    cdef void* pointers[_MAX_SPLITS]
    cdef const void* given = NULL
    cdef int64_t n_splits = len(out), s, width
    if not (0 < n_splits <= _MAX_SPLITS):
        raise _internal(f"{n_splits} splits")
    _require_length("cursor", cursor.shape[0], n_splits)
    width = out[0].dtype.itemsize
    for s in range(n_splits):
        _require_positions(out[s], out[0])
        if not out[s].flags.writeable:
            raise _internal("an array that cannot be written to")
        pointers[s] = cnp.PyArray_DATA(<cnp.ndarray> out[s])
    if order is not None:
        _require_positions(order, out[0])
        _require_length("order", order.shape[0], assignment.shape[0])
        given = cnp.PyArray_DATA(order)
    if begin < end:
        with nogil:
            _emit(&assignment[0], given, positions, n_splits, pointers, &cursor[0], width)
