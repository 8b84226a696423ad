# rank: values -> their positions in ascending order.

_VALUES_PER_CALL = 1 << 22  # between two looks for Ctrl-C: some ten milliseconds

cdef enum:
    _RANK_COUNTS = 8 * 256  # digits and their values


cdef int _sort_ranked(CRanked* ranked, CRanked* spare, int64_t n) except -1:
    """Sort n values by stable counting passes; ``spare`` is room for them."""
    cdef int64_t block = _VALUES_PER_CALL, digit, value, begin, total
    cdef int64_t counts[_RANK_COUNTS]
    cdef int64_t* cursor
    cdef CRanked *now = ranked
    cdef CRanked *then = spare
    memset(counts, 0, sizeof(counts))
    for begin in range(0, n, block):
        with nogil:
            rank_count(now, CRange(begin, min(begin + block, n)), counts)
        PyErr_CheckSignals()
    for digit in range(kDigits):
        cursor, total = counts + digit * kDigitValues, 0
        if cursor[c_digit_of(now[0].value, digit)] == n:  # all values agree
            continue
        for value in range(kDigitValues):
            total += cursor[value]
            cursor[value] = total - cursor[value]
        for begin in range(0, n, block):
            with nogil:
                rank_scatter(now, CRange(begin, min(begin + block, n)), digit, cursor, then)
            PyErr_CheckSignals()
        now, then = then, now
    if now != ranked:
        memcpy(ranked, now, n * sizeof(CRanked))
    return 0


def rank(const double[::1] values, Keys keys, int64_t[::1] out):
    """Write the positions of the values to ``out``, sorted by (value, key, position)."""
    cdef int64_t n = values.shape[0], block = _VALUES_PER_CALL, begin, end
    cdef CRanked* ranked
    cdef CRanked* spare
    keys.require(n)
    _require_length("out", out.shape[0], n)
    if n == 0:
        return
    cdef cnp.ndarray room = np.empty(2 * n * sizeof(CRanked), dtype=np.uint8)
    ranked = <CRanked*> cnp.PyArray_DATA(room)
    spare = ranked + n
    for begin in range(0, n, block):
        with nogil:
            rank_read(&values[0], CRange(begin, min(begin + block, n)), ranked)
    _sort_ranked(ranked, spare, n)
    begin = 0
    while begin < n:
        with nogil:
            begin = rank_ties(keys.c, ranked, n, CRange(begin, min(begin + block, n)), &end)
        if begin < end:
            _sort_ranked(ranked + begin, spare, end - begin)
            begin = end
        PyErr_CheckSignals()
    rank_write(ranked, CRange(0, n), &out[0])
