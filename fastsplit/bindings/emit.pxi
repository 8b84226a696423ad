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


cdef CFoldWords _fold_words(const uint64_t[::1] words, int64_t fold_bits) except *:
    if not (0 <= fold_bits < 32):
        raise _internal(f"{fold_bits} bits per fold")
    cdef CFoldWords of = CFoldWords(NULL, fold_bits)
    if words.shape[0] > 0:
        of.words = &words[0]
    return of


def count_folds(const uint64_t[::1] words, int64_t fold_bits, int64_t begin, int64_t end, int64_t[::1] counts):
    """Add the number of words of a range in each fold, that is with these low bits, to ``counts`` (2**fold_bits,)."""
    cdef CRange positions = _range(begin, end, words.shape[0])
    cdef CFoldWords of = _fold_words(words, fold_bits)
    _require_length("counts", counts.shape[0], <int64_t> 1 << fold_bits)
    if begin < end:
        with nogil:
            c_count_folds(_cpu, of, positions, &counts[0])


def emit_fold(const uint64_t[::1] words, int64_t fold_bits, uint64_t fold, int64_t begin, int64_t end, list out,
              int64_t[::1] cursor):
    """Write each position ``word >> fold_bits`` of a range to the test set ``out[0]`` of a fold or its training set.

    ``cursor`` is where the next position of each goes; it advances. Not checked: as for `emit`.
    """
    cdef CRange positions = _range(begin, end, words.shape[0])
    cdef CFoldWords of = _fold_words(words, fold_bits)
    cdef int64_t i, width
    cdef void* pointers[2]
    _require_length("out", len(out), 2)
    _require_length("cursor", cursor.shape[0], 2)
    width = out[0].dtype.itemsize
    for i in range(2):
        _require_positions(out[i], out[0])
        if not (0 <= cursor[i] <= out[i].shape[0]):
            raise _internal(f"cursor {cursor[i]} outside 0:{out[i].shape[0]}")
        pointers[i] = cnp.PyArray_DATA(<cnp.ndarray> out[i])
    with nogil:
        if width == 1:
            c_emit_fold[uint8_t](_cpu, of, positions, fold, <uint8_t**> pointers, &cursor[0])
        elif width == 2:
            c_emit_fold[uint16_t](_cpu, of, positions, fold, <uint16_t**> pointers, &cursor[0])
        elif width == 4:
            c_emit_fold[uint32_t](_cpu, of, positions, fold, <uint32_t**> pointers, &cursor[0])
        else:
            c_emit_fold[uint64_t](_cpu, of, positions, fold, <uint64_t**> pointers, &cursor[0])
