# polish: units in folds -> the same units in folds that are closer to each other.

_SPARE_MEMBERS = 64  # room of a fold beside twice its units
_QUIET_ROUNDS = 2  # in a row, after which no more are tried: each draws other partners


cdef class MemberTable:
    """The units of each fold, with room for more; grows by itself."""

    cdef CMembers c
    cdef readonly int64_t n_folds
    cdef int32_t[::1] units, place
    cdef int64_t[::1] starts, sizes

    def __init__(self, UnitTable units, int64_t n_folds, const int64_t[::1] order, const int32_t[::1] fold_of):
        place = np.full(units.n, -1, dtype=np.int32)
        place[np.asarray(order)] = 0
        folds = np.asarray(fold_of)[place >= 0]
        if folds.size and not (0 <= folds.min() and folds.max() < n_folds):
            raise _internal(f"folds from {folds.min()} to {folds.max()} of {n_folds}")
        self.n_folds, self.place = n_folds, place
        self.c.place, self.c.n_units = &self.place[0] if units.n > 0 else NULL, units.n
        self._allocate(np.bincount(folds, minlength=n_folds))
        self.sizes = np.zeros(n_folds, dtype=np.int64)
        self.c.sizes = &self.sizes[0]
        if units.n > 0:
            seat(&fold_of[0], self.c)

    cdef int _allocate(self, sizes) except -1:
        """Lay out new room for folds of these sizes."""
        self.starts = np.concatenate([[0], np.cumsum(2 * sizes + _SPARE_MEMBERS)])
        self.units = np.empty(self.starts[self.n_folds], dtype=np.int32)
        self.c.starts, self.c.units = &self.starts[0], &self.units[0]
        return 0

    cdef int grow(self) except -1:
        """Give each fold room for as many units again as it has."""
        cdef int64_t f
        cdef int32_t[::1] units = self.units
        cdef int64_t[::1] starts = self.starts
        self._allocate(np.asarray(self.sizes))
        for f in range(self.n_folds):
            memcpy(&self.units[self.starts[f]], &units[starts[f]], self.sizes[f] * sizeof(int32_t))
        return 0


def polish(UnitTable units, FoldTable folds, const int64_t[::1] order, const uint64_t[::1] seed, int64_t rounds,
           cbool moves, int32_t[::1] fold_of):
    """Move and swap units, from the last in ``order`` to the first, in rounds until two in a row change nothing."""
    cdef int64_t n = order.shape[0], end, block = units.block(2 * kTries + folds.c.stride)
    cdef CRange part
    cdef CPolishing state
    units.require(order, fold_of)
    _require_length("folds", folds.n_rows, units.c.n_classes + 1)
    if n == 0 or folds.c.n == 1:
        return
    cdef MemberTable members = MemberTable(units, folds.c.n, order, fold_of)
    cdef double[::1] load = np.empty(folds.c.stride), own = np.zeros(folds.n_rows), norms = np.empty(units.n)
    c_weigh(units.c, folds.c.weights, CRange(0, units.n), &norms[0])
    state.seed, state.moves, state.n_draws = _seed(seed), moves, 0
    state.norms, state.load, state.own = &norms[0], &load[0], &own[0]
    cdef int64_t quiet = 0
    for _ in range(rounds):
        state.changed, end = False, n
        while end > 0:
            part = CRange(max(0, end - block), end)
            with nogil:
                end = c_polish(_cpu, units.c, folds.c, &order[0], part, members.c, &state, &fold_of[0])
            if end > part.begin:
                members.grow()
            PyErr_CheckSignals()
        quiet = 0 if state.changed else quiet + 1
        if quiet == _QUIET_ROUNDS:
            return
