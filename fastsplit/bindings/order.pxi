# order: positions -> those of each split in the order of their keys.

cdef enum:
    _MAX_SPLITS = 256  # values of a byte


cdef class Ordering:
    """The positions to order, and the buckets that their words go to.

    The i-th of n positions is ``positions[i]``, or i if positions are None; its split is ``assignment[i]``, or 0 if the
    assignment is None. Not checked: all positions are below ``2**width`` and have an id, if there are ids. Split ``s``
    has ``2**bits[s]`` buckets, numbered on from those of the splits before it. With ``folds``, all below ``2**fold_bits``
    (else their higher bits are left out), a word holds the fold of its position in its lowest bits.
    """

    cdef CPacking packing
    cdef CUnordered unordered
    cdef CBuckets buckets[_MAX_SPLITS]
    cdef readonly int64_t n, n_buckets
    cdef readonly list edges  # the first bucket of each split, and n_buckets
    cdef tuple kept

    def __init__(self, cnp.ndarray positions, const uint8_t[::1] assignment, int64_t n, Keys keys, int64_t width,
                 list bits, cnp.ndarray folds=None, int64_t fold_bits=0):
        cdef int64_t s, n_splits = len(bits)
        if not (0 < width and 0 <= fold_bits and width + fold_bits < 64 and 0 < n_splits <= _MAX_SPLITS):
            raise _internal(f"{width} bits per position, {fold_bits} per fold, {n_splits} splits")
        self.kept = (positions, assignment, keys, folds)
        self.n, self.n_buckets = n, 0
        for s in range(n_splits):
            if not (0 <= bits[s] < 24):
                raise _internal(f"2**{bits[s]} buckets")
            self.buckets[s] = CBuckets(bits[s], self.n_buckets)
            self.n_buckets += <int64_t> 1 << self.buckets[s].bits
        self.edges = [*(self.buckets[s].begin for s in range(n_splits)), self.n_buckets]
        self.packing = CPacking(keys.c, width, fold_bits)
        self.unordered = CUnordered(CPositions(NULL, 0), NULL, n_splits, CPositions(NULL, 0))
        if positions is not None:
            _require_length("positions", positions.shape[0], n)
            self.unordered.positions = _positions(positions)
        if folds is not None:
            _require_length("folds", folds.shape[0], n)
            self.unordered.folds = _positions(folds)
        if assignment is not None and n > 0:
            _require_length("assignment", assignment.shape[0], n)
            self.unordered.assignment = &assignment[0]

    def count(self, int64_t begin, int64_t end, int64_t[::1] counts):
        """Add the number of positions of a range that fall to each bucket to ``counts``."""
        cdef CRange positions = _range(begin, end, self.n)
        _require_length("counts", counts.shape[0], self.n_buckets)
        with nogil:
            c_order_count(_cpu, self.unordered, positions, self.packing, self.buckets, &counts[0])

    def scatter(self, int64_t begin, int64_t end, int64_t[::1] cursor, const int64_t[::1] limit, list words,
                uint64_t[::1] spilled=None, int64_t[::1] spilled_from=None):
        """Write one word per position of a range to its bucket; return the number of positions without a slot.

        ``cursor``, which advances, and ``limit`` count from the beginning of the words of the bucket's split. Of the
        positions without a slot, the words go to ``spilled`` and the buckets to ``spilled_from``, while there is room.
        """
        cdef CRange positions = _range(begin, end, self.n)
        cdef int64_t overflow = 0, s, b
        cdef uint64_t[::1] of_split
        cdef uint64_t* first
        cdef uint64_t[::1] room = np.empty(2 * self.n_buckets, dtype=np.uint64)
        cdef CWordSlots* slots = <CWordSlots*> &room[0]
        cdef CSpill spill = CSpill(NULL, NULL, 0)
        if spilled is not None and spilled.shape[0] > 0:
            _require_length("spilled_from", spilled_from.shape[0], spilled.shape[0])
            spill = CSpill(&spilled[0], &spilled_from[0], spilled.shape[0])
        _require_length("cursor", cursor.shape[0], self.n_buckets)
        _require_length("limit", limit.shape[0], self.n_buckets)
        _require_length("words", len(words), self.unordered.n_splits)
        for s in range(self.unordered.n_splits):
            of_split = words[s]
            first = &of_split[0] if of_split.shape[0] > 0 else NULL
            for b in range(self.edges[s], self.edges[s + 1]):
                if not (0 <= cursor[b] <= limit[b] <= of_split.shape[0]):
                    raise _internal("cursor or limit outside the words")
                slots[b].at, slots[b].end = first + cursor[b], first + limit[b]
        with nogil:
            overflow = c_order_scatter(_cpu, self.unordered, positions, self.packing, self.buckets, slots, spill)
        for s in range(self.unordered.n_splits):
            of_split = words[s]
            first = &of_split[0] if of_split.shape[0] > 0 else NULL
            for b in range(self.edges[s], self.edges[s + 1]):
                cursor[b] = slots[b].at - first
        return overflow

    def sort(self, const int64_t[::1] chosen, const int64_t[:, ::1] begins, const int64_t[:, ::1] ends,
             const int64_t[::1] places, list words, list out):
        """Sort the words of the chosen buckets by (key, position), one after another, and write their positions.

        The words of bucket ``b`` of split s are ``words[s][begins[r, b]:ends[r, b]]`` for all runs r; their positions,
        and with folds ``position << fold_bits | fold``, go to ``out[s]`` from ``places[b]`` on. Arrays of ``out`` may
        be views of those of ``words``: a bucket is read before it is written, so its place may lie on itself and on
        buckets that were sorted before. Returns how many buckets were sorted by networks, by digits because there
        are no networks for them, by digits because a group of the networks overflowed, and because of ties.
        """
        cdef int64_t i, b, width, n_runs = begins.shape[0]
        cdef int64_t by[4]
        cdef const uint64_t[::1] of_split
        cdef uint64_t[::1] workspace
        cdef CRuns runs
        cdef char* to
        _require_length("words", len(words), self.unordered.n_splits)
        _require_length("out", len(out), self.unordered.n_splits)
        for array in out:
            _require_positions(array, out[0])
        _require_length("begins[r]", begins.shape[1], self.n_buckets)
        _require_length("ends", ends.shape[0], n_runs)
        _require_length("ends[r]", ends.shape[1], self.n_buckets)
        _require_length("places", places.shape[0], self.n_buckets)
        splits = np.searchsorted(self.edges, chosen, side="right") - 1
        workspace = np.empty(self._workspace(chosen, begins, ends, places, splits, words, out), dtype=np.uint64)
        by[0] = by[1] = by[2] = by[3] = 0
        width = out[0].dtype.itemsize
        for i in range(chosen.shape[0]):
            b, of_split = chosen[i], words[splits[i]]
            if of_split.shape[0] > 0:
                runs = CRuns(&of_split[0], &begins[0, b], &ends[0, b], n_runs, self.n_buckets)
                to = <char*> cnp.PyArray_DATA(<cnp.ndarray> out[splits[i]]) + places[b] * width
                with nogil:
                    by[<int32_t> c_order_sort(_cpu, runs, self.packing, width, &workspace[0], to)] += 1
        return by[0], by[1], by[2], by[3]

    cdef int64_t _workspace(self, const int64_t[::1] chosen, const int64_t[:, ::1] begins, const int64_t[:, ::1] ends,
                            const int64_t[::1] places, splits, list words, list out) except -1:
        """Require that the chosen buckets lie within their arrays; return the workspace that the largest needs."""
        cdef int64_t i, b, r, size, n_words, largest = 0
        for i in range(chosen.shape[0]):
            b, size = chosen[i], 0
            if not 0 <= b < self.n_buckets:
                raise _internal(f"bucket {b} of {self.n_buckets}")
            n_words = len(words[splits[i]])
            for r in range(begins.shape[0]):
                if not 0 <= begins[r, b] <= ends[r, b] <= n_words:
                    raise _internal(f"run {begins[r, b]}:{ends[r, b]} outside 0:{n_words}")
                size += ends[r, b] - begins[r, b]
            if not 0 <= places[b] <= len(out[splits[i]]) - size:
                raise _internal(f"{size} positions from {places[b]} on, of {len(out[splits[i]])}")
            largest = max(largest, size)
        return order_workspace(largest)
