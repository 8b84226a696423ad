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


PLACE_BITS = place_bits  # of a label offset, which tell it within its region


cdef class Regions:
    """Neighbouring classes, whose keys are collected in two steps.

    Region r has the label offsets from ``edges[r]`` on, multiples of ``1 << shift``, and the classes from ``classes[r]``
    on; ``edges[-1] - 1`` is the offset of all other labels. Class c has the offset rows[c] and the keys from starts[c] on.
    edges and classes (regions + 1,), rows (classes,), starts (classes + 1,). Not checked: all ascend.
    """

    cdef CRegions c
    cdef readonly int64_t n
    cdef readonly object classes
    cdef const int64_t[::1] edges, firsts, rows, starts
    cdef object kept

    def __init__(self, int64_t low, int64_t shift, const int64_t[::1] edges, cnp.ndarray classes,
                 const int64_t[::1] rows, const int64_t[::1] starts):
        cdef const int64_t[::1] firsts = classes
        cdef int64_t r, n = edges.shape[0] - 1
        cdef uint16_t[::1] region_of
        if not (0 < n < 1 << 16 and 0 <= shift <= place_bits and edges[0] == 0 and firsts[0] == 0):
            raise _internal(f"{n} regions, shift {shift}")
        _require_length("classes", firsts.shape[0], n + 1)
        _require_length("rows", rows.shape[0], firsts[n])
        _require_length("starts", starts.shape[0], firsts[n] + 1)
        self.kept = np.empty(((edges[n] - 1) >> shift) + 1, dtype=np.uint16)
        region_of = self.kept
        for r in range(n):
            if not 0 < edges[r + 1] - edges[r] <= 1 << place_bits or edges[r] & ((1 << shift) - 1):
                raise _internal(f"region {edges[r]}:{edges[r + 1]}")
            if not 0 <= firsts[r] <= firsts[r + 1] <= firsts[n]:
                raise _internal(f"classes {firsts[r]}:{firsts[r + 1]}")
            if firsts[r] < firsts[r + 1] and not edges[r] <= rows[firsts[r]] <= rows[firsts[r + 1] - 1] < edges[r + 1]:
                raise _internal(f"classes {firsts[r]}:{firsts[r + 1]} are not in region {r}")
            region_of[edges[r] >> shift : ((edges[r + 1] - 1) >> shift) + 1] = <uint16_t> r
        self.n, self.classes, self.edges, self.firsts, self.rows, self.starts = n, classes, edges, firsts, rows, starts
        self.c = CRegions(CWindow(low, edges[n] - 1), shift, &region_of[0])

    def collect(self, LabelView labels, int64_t begin, int64_t end, Slots slots, uint64_t[::1] words):
        """Write a word per example of a range to the slots of its region; return the number of words without a slot."""
        cdef CRange positions = _range(begin, end, labels.n)
        cdef int64_t overflow = 0
        _require_length("slots", slots.n_classes, self.n)
        _require_length("words", words.shape[0], slots.n)
        if labels.n >> position_bits:
            raise _internal(f"{labels.n} positions")
        if begin < end and words.shape[0] > 0:
            with nogil:
                overflow = c_collect_words(_cpu, labels.c, self.c, positions, slots.c, &words[0])
        return overflow

    def arrange(self, Keys keys, int64_t begin, int64_t end, uint64_t[::1] words, int64_t most_copied):
        """Replace the words of a range of regions by their keys, class by class; in place if they are more than given.

        Not checked: every slot holds a word. Returns the number of regions whose classes have not their keys.
        """
        cdef CRange regions = _range(begin, end, self.n)
        cdef int64_t r, first, last, most = 0, n_changed = 0
        cdef uint64_t[::1] workspace
        cdef CRegionClasses classes
        if keys.n != -1:
            raise _internal("keys of ids")
        _require_length("words", words.shape[0], self.starts[self.starts.shape[0] - 1])
        for r in range(regions.begin, regions.end):
            most = max(most, self.workspace(r, most_copied))
        workspace = np.empty(most, dtype=np.uint64)
        with nogil:
            for r in range(regions.begin, regions.end):
                first, last = self.firsts[r], self.firsts[r + 1]
                if self.starts[first] == self.starts[last]:
                    continue
                classes = CRegionClasses(&self.rows[first], &self.starts[first], last - first,
                                         CRange(self.edges[r], self.edges[r + 1]))
                if self.starts[last] - self.starts[first] > most_copied:
                    n_changed += not arrange_in_place(_cpu, keys.c.seed, classes, &words[self.starts[first]], &workspace[0])
                else:
                    n_changed += not arrange_by_copy(_cpu, keys.c.seed, classes, &words[self.starts[first]], &workspace[0])
        return n_changed

    cdef int64_t workspace(self, int64_t r, int64_t most_copied) noexcept:
        cdef int64_t n_words = self.starts[self.firsts[r + 1]] - self.starts[self.firsts[r]]
        return region_workspace(self.edges[r + 1] - self.edges[r], n_words, n_words > most_copied)


def select(ClassKeys known, CutSearch search, int64_t begin, int64_t end):
    """Find the cuts of a range of classes, and their status.

    Returns how often keys were found by counting, by a narrow guess, by a wide guess, and by partitioning.
    """
    cdef CRange classes = _range(begin, end, known.n_classes)
    cdef CCutSearch c = search.c
    cdef CSelectionWays ways
    cdef int64_t[::1] workspace = np.empty(2 * (c.width + 2), dtype=np.int64)
    _require_length("cuts", search.n_classes, known.n_classes)
    c.workspace = &workspace[0]
    with nogil:
        ways = c_select(_cpu, known.c, c, classes)
    return ways.counted, ways.narrow, ways.wide, ways.placed


def unit_end(const uint64_t[::1] seed, int64_t number, uint64_t tied, int64_t low, int64_t rank, int64_t high):
    """Return the end, low or high, to which a rank inside a unit of class ``number`` moves; its keys are ``tied``."""
    if not low < rank < high:
        raise _internal(f"rank {rank} is not between {low} and {high}")
    cdef CSeed own = seed_of_class(_seed(seed), number)
    return end_of_unit(own, tied, low, rank, high)
