# deal: units in their order -> the fold of each unit.

_STEPS_OF_UNITS = 1 << 24  # additions between two looks for Ctrl-C: some ten milliseconds


cdef class UnitTable:
    """How many examples of each class every unit has: ``starts`` (U + 1,) of the entries, their classes and counts.

    Classes are numbers below ``n_classes``, ascending within a unit, which is not checked.
    """

    cdef CUnits c
    cdef readonly int64_t n, n_entries
    cdef tuple kept

    def __init__(self, const int64_t[::1] starts, const int32_t[::1] classes, const int64_t[::1] counts,
                 const int64_t[::1] sizes, const uint64_t[::1] ids, int64_t n_classes):
        cdef int64_t u, e, n_entries = classes.shape[0], n = sizes.shape[0]
        cdef cbool valid = True
        _require_length("starts", starts.shape[0], n + 1)
        _require_length("counts", counts.shape[0], n_entries)
        _require_length("ids", ids.shape[0], n)
        if not (starts[0] == 0 and starts[n] == n_entries and 0 <= n_classes < 2**31 and n < 2**31):
            raise _internal(f"starts from {starts[0]} to {starts[n]} of {n_entries} entries, {n_classes} classes")
        with nogil:
            for u in range(n):
                valid &= starts[u] <= starts[u + 1]
            for e in range(n_entries):
                valid &= 0 <= classes[e] < n_classes
        if not valid:
            raise _internal(f"starts that are not ascending, or classes outside 0:{n_classes}")
        self.kept, self.n, self.n_entries = (starts, classes, counts, sizes, ids), n, n_entries
        self.c.starts, self.c.n_classes = &starts[0], n_classes
        self.c.classes = &classes[0] if n_entries > 0 else NULL
        self.c.counts = &counts[0] if n_entries > 0 else NULL
        self.c.sizes = &sizes[0] if n > 0 else NULL
        self.c.ids = &ids[0] if n > 0 else NULL

    cdef int require(self, const int64_t[::1] order, int32_t[::1] fold_of) except -1:
        cdef int64_t i, n = order.shape[0]
        cdef cbool valid = True
        _require_length("fold_of", fold_of.shape[0], self.n)
        with nogil:
            for i in range(n):
                valid &= 0 <= order[i] < self.n
        if not valid:
            raise _internal(f"an order that has others than the {self.n} units")
        return 0

    cdef int64_t block(self, int64_t stride):
        """Return how many units are a call's work."""
        return max(1, _STEPS_OF_UNITS // max(1, stride * (1 + self.n_entries // max(1, self.n))))


cdef class FoldTable:
    """What n folds have of each class and of the sizes: ``cells`` (n_classes + 1, n rounded up to lanes), and weights."""

    cdef CFolds c
    cdef readonly int64_t n_rows
    cdef tuple kept

    def __init__(self, double[:, ::1] cells, const double[::1] weights, int64_t n):
        cdef int64_t stride = cells.shape[1]
        if not (0 < n < 2**31 and stride == (n + kFoldLanes - 1) // kFoldLanes * kFoldLanes and cells.shape[0] > 0):
            raise _internal(f"{n} folds in {stride} columns")
        _require_length("weights", weights.shape[0], cells.shape[0])
        self.kept, self.n_rows = (cells, weights), cells.shape[0]
        self.c = CFolds(n, stride, &cells[0, 0], &weights[0])


FOLD_LANES = kFoldLanes


def weigh(UnitTable units, const double[::1] weights, double[::1] norms):
    """Write the norm of each unit: the weighted sum of the squares of its counts and of its size."""
    cdef int64_t begin, block = units.block(1)
    cdef CRange part
    _require_length("weights", weights.shape[0], units.c.n_classes + 1)
    _require_length("norms", norms.shape[0], units.n)
    for begin in range(0, units.n, block):
        part = CRange(begin, min(begin + block, units.n))
        with nogil:
            c_weigh(units.c, &weights[0], part, &norms[0])
        PyErr_CheckSignals()


def deal(UnitTable units, FoldTable folds, const int64_t[::1] order, const uint64_t[::1] seed, int64_t capacity,
         int32_t[::1] fold_of):
    """Write the fold of each unit in ``order``, and add its counts to the folds, which take ``capacity`` units each."""
    cdef int64_t n = order.shape[0], begin, block = units.block(folds.c.stride)
    cdef CSeed words = _seed(seed)
    cdef CRange part
    units.require(order, fold_of)
    _require_length("folds", folds.n_rows, units.c.n_classes + 1)
    if not (0 <= capacity and n <= capacity * folds.c.n):
        raise _internal(f"{n} units in {folds.c.n} folds of {capacity}")
    if n == 0:
        return
    cdef int64_t[::1] room = np.full(folds.c.n, capacity, dtype=np.int64)
    cdef double[::1] load = np.empty(folds.c.stride)
    for begin in range(0, n, block):
        part = CRange(begin, min(begin + block, n))
        with nogil:
            c_deal(_cpu, units.c, folds.c, words, &order[0], part, &room[0], &load[0], &fold_of[0])
        PyErr_CheckSignals()
