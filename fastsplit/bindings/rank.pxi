# rank: values -> their positions in ascending order.

_VALUES_PER_CALL = 1 << 22  # between two looks for Ctrl-C: some ten milliseconds


def rank(const double[::1] values, int64_t[::1] order):
    """Sort ``order``, all positions in the order of their keys, by the values at them; the sort is stable."""
    cdef int64_t n = values.shape[0], digit, d, begin, total
    cdef int64_t counts[8 * 256]
    cdef int64_t* cursor
    cdef CRange part
    cdef CRanked *now
    cdef CRanked *then
    _require_length("order", order.shape[0], n)
    if n == 0:
        return
    for begin in range(n):
        if not 0 <= order[begin] < n:
            raise _internal(f"order[{begin}] is {order[begin]}, of {n} values")
    cdef uint64_t[:, ::1] rooms = np.empty((2, 2 * n), dtype=np.uint64)
    now, then = <CRanked*> &rooms[0, 0], <CRanked*> &rooms[1, 0]
    memset(counts, 0, sizeof(counts))
    for begin in range(0, n, _VALUES_PER_CALL):
        part = CRange(begin, min(begin + _VALUES_PER_CALL, n))
        with nogil:
            rank_read(&values[0], &order[0], part, now, counts)
        PyErr_CheckSignals()
    for digit in range(8):
        cursor, total = counts + digit * 256, 0
        if cursor[c_digit_of(now[0].value, digit)] == n:  # all values agree
            continue
        for d in range(256):
            total += cursor[d]
            cursor[d] = total - cursor[d]
        for begin in range(0, n, _VALUES_PER_CALL):
            part = CRange(begin, min(begin + _VALUES_PER_CALL, n))
            with nogil:
                rank_scatter(now, part, digit, cursor, then)
            PyErr_CheckSignals()
        now, then = then, now
    rank_write(now, CRange(0, n), &order[0])
