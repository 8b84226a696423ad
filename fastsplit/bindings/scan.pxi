# scan: labels and keys -> cells, candidates, and the splits of all other examples.

_MIN_CAPACITY = 4096  # candidates: some blocks, because a kernel stops if the next block might not fit


cdef class Zoned:
    """What the scan of one range adds up: cells (span + 1, zones), which it is given, and candidates, which it holds."""

    cdef CZoned c
    cdef readonly object cells
    cdef int64_t n_zones
    cdef int64_t[:, ::1] view
    cdef object keys, entries, positions
    cdef readonly int64_t capacity

    def __init__(self, int64_t low, cnp.ndarray cells, int64_t capacity):
        self.cells, self.view, self.n_zones = cells, cells, cells.shape[1]
        if not (0 < cells.size < 2**32):
            raise _internal(f"{cells.size} cells")
        self.c.window = CWindow(low, cells.shape[0] - 1)
        self.c.cells = &self.view[0, 0]
        self._allocate(capacity)

    cdef int _allocate(self, int64_t capacity) except -1:
        """Change the capacity for candidates, keeping those found so far."""
        cdef int64_t size = self.c.candidates.size
        cdef uint64_t[::1] keys = np.empty(capacity, dtype=np.uint64)
        cdef uint32_t[::1] cells = np.empty(capacity, dtype=np.uint32)
        cdef int64_t[::1] positions = np.empty(capacity, dtype=np.int64)
        if size > 0:
            np.asarray(keys)[:size], np.asarray(cells)[:size], np.asarray(positions)[:size] = self.candidates
        self.keys, self.entries, self.positions = keys, cells, positions
        self.capacity = self.c.candidates.capacity = capacity
        if capacity > 0:
            self.c.candidates.keys, self.c.candidates.cells = &keys[0], &cells[0]
            self.c.candidates.positions = &positions[0]
        return 0

    @property
    def candidates(self):
        """The key, the cell and the position of each candidate."""
        cdef int64_t size = self.c.candidates.size
        return tuple(np.asarray(array)[:size] for array in (self.keys, self.entries, self.positions))


def scan(LabelView labels, Keys keys, CutBands bands, int64_t begin, int64_t end, Zoned zoned, Assignment out):
    """Add a range to the cells; write the splits of the examples outside the bands to ``out``, unless it is empty."""
    cdef CRange positions = _range(begin, end, labels.n)
    keys.require(labels.n)
    out.require(labels.n)
    _require_length("zones", zoned.n_zones, bands.c.size + 1)
    while positions.begin < positions.end:
        with nogil:
            positions.begin = c_scan(_cpu, labels.c, keys.c, bands.c, positions, &zoned.c, out.c)
        if positions.begin < positions.end:
            zoned._allocate(2 * zoned.c.candidates.capacity + _MIN_CAPACITY)
