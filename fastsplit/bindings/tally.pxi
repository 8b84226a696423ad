# tally: labels and keys -> the cells of each class, and the keys in its bands; some tallies -> one.


cdef class KeptKeys:
    """The cells (classes + 1, zones) of the classes of one range, which it is given, and the keys in bands, which it holds."""

    cdef CKeptKeys c
    cdef readonly object cells
    cdef int64_t[:, ::1] view
    cdef object keys, entries

    def __init__(self, cnp.ndarray cells, int64_t capacity):
        self.cells, self.view = cells, cells
        if not (0 < cells.size < 2**32):
            raise _internal(f"{cells.size} cells")
        self._allocate(capacity)

    cdef int _allocate(self, int64_t capacity) except -1:
        """Change the capacity, keeping the keys found so far."""
        cdef int64_t size = self.c.size
        cdef uint64_t[::1] keys = np.empty(capacity, dtype=np.uint64)
        cdef uint32_t[::1] cells = np.empty(capacity, dtype=np.uint32)
        if size > 0:
            np.asarray(keys)[:size], np.asarray(cells)[:size] = self.kept
        self.keys, self.entries, self.c.capacity = keys, cells, capacity
        if capacity > 0:
            self.c.keys, self.c.cells = &keys[0], &cells[0]
        return 0

    @property
    def kept(self):
        """The keys in bands, and the cell of each."""
        return np.asarray(self.keys)[: self.c.size], np.asarray(self.entries)[: self.c.size]

    def keep(self, cnp.ndarray is_kept):
        """Keep only some of the keys: those where ``is_kept`` (size,)."""
        keys, cells = self.kept
        size = np.count_nonzero(is_kept)
        keys[:size], cells[:size] = keys[is_kept], cells[is_kept]
        self.c.size = size

    def arrange(self, int64_t[::1] cursor, uint64_t[::1] out):
        """Write each key to ``out`` at the cursor of its cell, which advances.

        Not checked: the cursors, which must be laid out by these cells.
        """
        _require_length("cursor", cursor.shape[0], self.cells.size)
        if self.c.size > 0:
            with nogil:
                tally_arrange(self.c, &cursor[0], &out[0])


cdef class BandTable:
    """Two thresholds per band (classes + 1, width) of every class; the last row is for labels of no class.

    ``around`` has thresholds (width,) around the bands of all classes, or none.
    """

    cdef CBandTable c
    cdef int64_t n_rows
    cdef tuple kept

    def __init__(self, const uint64_t[:, ::1] thresholds, CutBands around):
        if not (thresholds.shape[0] > 0 and thresholds.shape[1] > 0):
            raise _internal("no thresholds")
        if not (around.c.size in (0, thresholds.shape[1])):
            raise _internal(f"{around.c.size} thresholds around {thresholds.shape[1]}")
        self.kept, self.n_rows = (thresholds, around), thresholds.shape[0]
        self.c.bands.cuts, self.c.bands.width, self.c.around = &thresholds[0, 0], thresholds.shape[1], around.c


def tally(LabelView labels, ClassTable classes, BandTable bands, Keys keys, int64_t start, int64_t begin, int64_t end,
          KeptKeys kept):
    """Add a range to the cells and append its keys in bands; without ids, ids are positions from ``start`` on."""
    cdef CRange positions = _range(begin, end, labels.n)
    keys.require(labels.n)
    _require_length("bands", bands.n_rows, classes.c.n_classes + 1)
    _require_length("cells", kept.view.shape[0], classes.c.n_classes + 1)
    _require_length("cells[0]", kept.view.shape[1], bands.c.bands.width + 1)
    while positions.begin < positions.end:
        with nogil:
            positions.begin = c_tally(_cpu, labels.c, classes.c, bands.c, keys.c, start, positions, &kept.view[0, 0],
                                      &kept.c)
        if positions.begin < positions.end:
            kept._allocate(2 * kept.c.capacity + _MIN_CAPACITY)


cdef class KeyRows:
    """The kept keys of each class: from ``starts[c]`` to ``starts[c + 1] - 1``, ascending (not checked)."""

    cdef CKeyRows c
    cdef int64_t n_classes, n_keys
    cdef tuple kept

    def __init__(self, const int64_t[::1] starts, const uint64_t[::1] keys):
        self.n_classes = starts.shape[0] - 1
        if not (self.n_classes >= 0 and starts[0] == 0 and starts[self.n_classes] == keys.shape[0]):
            raise _internal("starts do not fit the keys")
        self.kept, self.n_keys = (starts, keys), keys.shape[0]
        self.c.starts = &starts[0]
        self.c.keys = &keys[0] if keys.shape[0] > 0 else &_no_keys

    def below(self, const uint64_t[:, ::1] edges, int64_t[:, ::1] out):
        """Write to ``out`` (classes, width) the number of kept keys of each class below each edge."""
        _require_length("edges", edges.shape[0], self.n_classes)
        _require_length("out", out.shape[0], self.n_classes)
        _require_length("out[0]", out.shape[1], edges.shape[1])
        if self.n_classes > 0 and edges.shape[1] > 0:
            with nogil:
                tally_below(self.c, &edges[0, 0], edges.shape[1], CRange(0, self.n_classes), &out[0, 0])


def sort_runs(const int64_t[::1] starts, int64_t begin, int64_t end, uint64_t[::1] keys):
    """Sort the keys of each run of a range, which ``starts`` ascending (not checked) part."""
    cdef CRange runs = _range(begin, end, starts.shape[0] - 1)
    cdef int64_t longest = 0, r
    for r in range(begin, end):
        longest = max(longest, starts[r + 1] - starts[r])
    if not (0 <= starts[begin] <= starts[end] <= keys.shape[0]):
        raise _internal("starts do not fit the keys")
    if longest > 0:
        _sort_runs(starts, runs, keys, _new(longest, cnp.NPY_UINT64),
                   _new(kBucketsPerKey * longest, cnp.NPY_UINT32))


cdef int _sort_runs(const int64_t[::1] starts, CRange runs, uint64_t[::1] keys, uint64_t[::1] spare,
                    uint32_t[::1] ends) except -1:
    with nogil:
        tally_sort(&starts[0], runs, &keys[0], &spare[0], &ends[0])
    return 0


cdef class TallySide:
    """One of the tallies to merge: its keys, below and low (rows, width), and its row of each merged class, or -1."""

    cdef CTallySide c
    cdef int64_t n_classes, n_keys, width
    cdef tuple kept

    def __init__(self, KeyRows rows, const int64_t[::1] of_class, const int64_t[:, ::1] below,
                 const uint64_t[:, ::1] low):
        cdef int64_t c
        for c in range(of_class.shape[0]):
            if not -1 <= of_class[c] < rows.n_classes:
                raise _internal(f"row {of_class[c]} of {rows.n_classes}")
        if not (of_class.shape[0] > 0 and rows.n_classes > 0 and below.shape[1] > 0):
            raise _internal(f"{rows.n_classes} rows, {of_class.shape[0]} classes, {below.shape[1]} bands")
        _require_length("below", below.shape[0], rows.n_classes)
        _require_length("low", low.shape[0], rows.n_classes)
        _require_length("low[0]", low.shape[1], below.shape[1])
        self.kept = (rows, of_class, below, low)
        self.n_classes, self.n_keys, self.width = of_class.shape[0], rows.n_keys, below.shape[1]
        self.c.rows, self.c.of_class, self.c.below, self.c.low = rows.c, &of_class[0], &below[0, 0], &low[0, 0]


def tally_merge(list sides, tuple bands, int64_t[:, ::1] below, int64_t[::1] starts, uint64_t[::1] keys):
    """Merge tallies by the merged ``bands``, low and high (classes, width); return the number of keys.

    Outputs: below (classes, width), zeros; starts (classes + 1,); keys, with room for those of all. Not checked: each
    row of the bands is ascending, and lies inside the bands of every side.
    """
    cdef const uint64_t[:, ::1] low = bands[0], high = bands[1]
    cdef int64_t n_classes = low.shape[0], width = low.shape[1], n_keys = 0, n_sides = len(sides), size
    cdef cnp.ndarray room = np.empty(n_sides * sizeof(CTallySide), dtype=np.uint8)
    cdef CTallySide* all_sides = <CTallySide*> cnp.PyArray_DATA(room)
    cdef CMergedTally out
    cdef CMergeRoom merge_room
    cdef TallySide side
    if not (n_sides > 0 and n_classes > 0 and width > 0):
        raise _internal(f"{n_sides} tallies, {n_classes} classes, {width} bands")
    for i, side in enumerate(sides):
        _require_length("classes", side.n_classes, n_classes)
        _require_length("width", side.width, width)
        n_keys += side.n_keys
        all_sides[<int64_t> i] = side.c
    for name, array in (("high", bands[1]), ("below", below.base)):
        _require_length(name, array.shape[0], n_classes)
        _require_length(name + "[0]", array.shape[1], width)
    _require_length("starts", starts.shape[0], n_classes + 1)
    _require_length("keys", keys.shape[0], n_keys)
    out.low, out.high, out.width, out.below, out.starts = &low[0, 0], &high[0, 0], width, &below[0, 0], &starts[0]
    out.keys = &keys[0] if n_keys > 0 else NULL
    cdef int64_t most = most_keys(all_sides, n_sides, n_classes)
    cdef int64_t[::1] at = _new(n_sides, cnp.NPY_INT64)
    cdef uint64_t[::1] spare = _new(most + 1, cnp.NPY_UINT64)
    cdef uint32_t[::1] ends = _new(kBucketsPerKey * most + 1, cnp.NPY_UINT32)
    merge_room.at, merge_room.spare, merge_room.ends = &at[0], &spare[0], &ends[0]
    with nogil:
        size = c_tally_merge(all_sides, n_sides, n_classes, out, merge_room)
    return size
