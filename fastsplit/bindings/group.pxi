# group: labels -> positions, class by class.


def group(LabelView labels, ClassTable classes, int64_t begin, int64_t end, Slots slots, int64_t[::1] out):
    """Write each position of a range to a slot of its class in ``out``; return the number of positions without a slot."""
    cdef CRange positions = _range(begin, end, labels.n)
    cdef int64_t overflow = 0
    _require_length("slots", slots.n_classes, classes.c.n_classes)
    _require_length("out", out.shape[0], slots.n)
    if begin < end:
        with nogil:
            overflow = c_group(_cpu, labels.c, classes.c, positions, slots.c, &out[0])
    return overflow
