# hilbert: points -> their places along the Hilbert curve.

_MAX_BITS_PER_AXIS = 16


def hilbert(const uint16_t[:, ::1] coordinates, int64_t bits, int64_t begin, int64_t end, uint64_t[::1] out):
    """Write the places of a range of points to ``out``; ``coordinates`` (axes, points) are below ``2**bits``."""
    cdef int64_t axes = coordinates.shape[0]
    cdef CRange points = _range(begin, end, coordinates.shape[1])
    cdef CPoints of
    if not (1 <= axes <= max_axes and 0 < bits <= _MAX_BITS_PER_AXIS):
        raise _internal(f"{axes} axes of {bits} bits")
    _require_length("out", out.shape[0], coordinates.shape[1])
    if begin < end:
        of = CPoints(&coordinates[0, 0], coordinates.shape[1], axes, bits)
        with nogil:
            c_hilbert(_cpu, of, points, &out[0])
