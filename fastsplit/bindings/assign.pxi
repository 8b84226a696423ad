# assign: keys and cuts -> the split of each example.


cdef uint64_t _no_cuts = 0


cdef class CutTable:
    """The cuts (classes + 1, width) of every class, ascending; the last row is for labels of no class.

    ``bands``, if there are any, hold every cut.
    """

    cdef CCutTable c
    cdef int64_t n_rows
    cdef tuple kept

    def __init__(self, const uint64_t[:, ::1] cuts, CutBands bands):
        if not (bands.c.size in (0, 2 * cuts.shape[1])):
            raise _internal(f"{bands.c.size} thresholds for {cuts.shape[1]} cuts")
        if cuts.shape[0] == 0:
            raise _internal("no row for labels of no class")
        self.kept, self.n_rows = (cuts, bands), cuts.shape[0]
        self.c.cuts = &cuts[0, 0] if cuts.shape[1] > 0 else &_no_cuts
        self.c.width, self.c.bands = cuts.shape[1], bands.c


def assign(LabelView labels, ClassTable classes, CutTable cuts, Keys keys, int64_t begin, int64_t end, Assignment out):
    """Write the split of each example of a range to ``out``."""
    cdef CRange positions = _range(begin, end, labels.n)
    keys.require(labels.n)
    _require_length("assignment", out.n, labels.n)
    _require_length("cuts", cuts.n_rows, classes.c.n_classes + 1)
    with nogil:
        c_assign(_cpu, labels.c, classes.c, cuts.c, keys.c, positions, out.c)


def assign_candidates(Zoned zoned, const int32_t[::1] class_of_cell, CutTable cuts, Assignment out):
    """Write the splits of the candidates to ``out``; it must be the array that the scan of these candidates wrote to."""
    _require_length("class_of_cell", class_of_cell.shape[0], zoned.cells.size)
    if zoned.c.candidates.size > 0:
        if out.n == 0:
            raise _internal("no array to write to")
        with nogil:
            c_assign_candidates(zoned.c.candidates, &class_of_cell[0], cuts.c, out.c)
