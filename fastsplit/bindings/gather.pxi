# gather: rows and positions -> the rows at these positions.


def gather(cnp.ndarray rows, cnp.ndarray positions, int64_t begin, int64_t end, cnp.ndarray out):
    """Write ``rows[positions]`` of a range to ``out``; return the first index whose position is outside, or ``end``.

    The elements of a row are contiguous, and so is ``out``.
    """
    cdef CRange chosen = _range(begin, end, positions.shape[0])
    cdef CPositions at = _positions(positions)
    cdef CRows table
    cdef char* to = <char*> cnp.PyArray_DATA(out)
    if not (rows.ndim > 0 and not rows.dtype.hasobject and out.dtype == rows.dtype):
        raise _internal(f"rows of dtype {rows.dtype} for an output of dtype {out.dtype}")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise _internal("an output that cannot be written to")
    if not ((<object> out).shape == (positions.shape[0], *(<object> rows).shape[1:])):
        raise _internal("an output of another shape")
    if not (rows.shape[0] == 0 or rows[0].flags.c_contiguous):
        raise _internal("rows whose elements are not contiguous")
    table.size = out.nbytes // out.shape[0] if out.shape[0] > 0 else 0
    table.data = <const char*> cnp.PyArray_DATA(rows)
    table.n = rows.shape[0]
    table.stride = rows.strides[0]
    with nogil:
        begin = c_gather(table, at, chosen, to)
    return begin
