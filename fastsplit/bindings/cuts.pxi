# cuts: quotas and keys -> the cuts of each class.


cdef uint64_t _no_keys = 0


FOUND, OUTSIDE_BAND, TOO_FEW_UNITS = range(3)  # what `select` says of each class


cdef class ClassKeys:
    """The keys of every class in every band: those of class c in band b from ``starts[c * bands + b]`` on.

    numbers and counts (classes,), below (classes, bands), starts (classes * bands + 1,), keys, edges (2 * bands,).
    Keys that ``are_sorted`` already (not checked) are not rearranged.
    """

    cdef CClassKeys c
    cdef int64_t n_classes
    cdef tuple kept

    def __init__(self, const int64_t[::1] numbers, const int64_t[::1] counts, const int64_t[:, ::1] below,
                 const int64_t[::1] starts, uint64_t[::1] keys, const uint64_t[::1] edges, cbool are_sorted=False):
        cdef int64_t n_bands = below.shape[1]
        self.n_classes = counts.shape[0]
        if not (self.n_classes > 0 and n_bands > 0):
            raise _internal(f"{self.n_classes} classes, {n_bands} bands")
        _require_length("numbers", numbers.shape[0], self.n_classes)
        _require_length("below", below.shape[0], self.n_classes)
        _require_length("starts", starts.shape[0], self.n_classes * n_bands + 1)
        _require_length("edges", edges.shape[0], 2 * n_bands)
        if not (starts[0] == 0 and starts[starts.shape[0] - 1] == keys.shape[0]):
            raise _internal("starts do not fit the keys")
        self.kept = (numbers, counts, below, starts, keys, edges)
        self.c.numbers, self.c.counts, self.c.below, self.c.starts = &numbers[0], &counts[0], &below[0, 0], &starts[0]
        self.c.keys = &keys[0] if keys.shape[0] > 0 else &_no_keys
        self.c.edges, self.c.n_bands, self.c.sorted = &edges[0], n_bands, are_sorted


cdef class CutRule:
    """How cuts are found: ideals (width,), minimum (width + 1,) of every class in each column, and a seed."""

    cdef const uint64_t[::1] ideals
    cdef const int64_t[::1] minimum
    cdef CSeed seed
    cdef readonly object ideal_cuts

    def __init__(self, cnp.ndarray ideal_cuts, const int64_t[::1] minimum, const uint64_t[::1] seed):
        self.ideal_cuts, self.ideals, self.minimum, self.seed = ideal_cuts, ideal_cuts, minimum, _seed(seed)
        _require_length("minimum", minimum.shape[0], self.ideals.shape[0] + 1)


cdef class CutSearch:
    """The cuts to find, by a rule and the band of each (width,); outputs quotas (classes, width + 1), cuts (classes,
    width) and status (classes,)."""

    cdef CCutSearch c
    cdef int64_t n_classes
    cdef tuple kept

    def __init__(self, CutRule rule, const int64_t[::1] band_of_cut, int64_t[:, ::1] quotas, uint64_t[:, ::1] cuts,
                 uint8_t[::1] status):
        cdef int64_t width = rule.ideals.shape[0]
        self.n_classes = cuts.shape[0]
        if not (self.n_classes > 0 and width > 0):
            raise _internal(f"{self.n_classes} classes, {width} cuts")
        _require_length("band_of_cut", band_of_cut.shape[0], width)
        _require_length("quotas", quotas.shape[0], self.n_classes)
        _require_length("quotas[0]", quotas.shape[1], width + 1)
        _require_length("cuts[0]", cuts.shape[1], width)
        _require_length("status", status.shape[0], self.n_classes)
        self.kept = (rule, band_of_cut, quotas, cuts, status)
        self.c.ideals, self.c.band_of_cut, self.c.minimum = &rule.ideals[0], &band_of_cut[0], &rule.minimum[0]
        self.c.width, self.c.seed = width, rule.seed
        self.c.quotas, self.c.cuts, self.c.status = &quotas[0, 0], &cuts[0, 0], &status[0]


def arrange(Zoned zoned, int64_t[::1] cursor, uint64_t[::1] out):
    """Write the key of each candidate to ``out`` at the cursor of its cell, which advances.

    Not checked: the cursors, which must be laid out by these cells.
    """
    _require_length("cursor", cursor.shape[0], zoned.cells.size)
    if zoned.c.candidates.size > 0:
        with nogil:
            c_arrange(zoned.c.candidates, &cursor[0], &out[0])


def collect(LabelView labels, ClassTable classes, Keys keys, int64_t begin, int64_t end, Slots slots, uint64_t[::1] out):
    """Write the keys of a range to the slots of their class in ``out``; return the number of keys without a slot."""
    cdef CRange positions = _range(begin, end, labels.n)
    cdef int64_t overflow = 0
    keys.require(labels.n)
    _require_length("slots", slots.n_classes, classes.c.n_classes)
    _require_length("out", out.shape[0], slots.n)
    if begin < end and out.shape[0] > 0:
        with nogil:
            overflow = c_collect(_cpu, labels.c, classes.c, keys.c, positions, slots.c, &out[0])
    return overflow


def select(ClassKeys known, CutSearch search, int64_t begin, int64_t end):
    """Find the cuts of a range of classes, and their status."""
    cdef CRange classes = _range(begin, end, known.n_classes)
    cdef CCutSearch c = search.c
    cdef int64_t[::1] workspace = np.empty(2 * (c.width + 2), dtype=np.int64)
    _require_length("cuts", search.n_classes, known.n_classes)
    c.workspace = &workspace[0]
    with nogil:
        c_select(_cpu, known.c, c, classes)


def unit_end(const uint64_t[::1] seed, int64_t number, uint64_t tied, int64_t low, int64_t rank, int64_t high):
    """Return the end, low or high, to which a rank inside a unit of class ``number`` moves; its keys are ``tied``."""
    if not low < rank < high:
        raise _internal(f"rank {rank} is not between {low} and {high}")
    cdef CSeed own = seed_of_class(_seed(seed), number)
    return end_of_unit(own, tied, low, rank, high)
