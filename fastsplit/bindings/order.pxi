# order: positions -> those of each split in the order of their keys.

cdef enum:
    _MAX_SPLITS = 256  # values of a byte


cdef class Ordering:
    """The positions to order, and the buckets that their words go to.

    The i-th of n positions is ``positions[i]``, or i if positions are None; its split is ``assignment[i]``, or 0 if the
    assignment is None. Not checked: all positions are below ``2**width`` and have an id, if there are ids. Split ``s``
    has ``2**bits[s]`` buckets, numbered on from those of the splits before it.
    """

    cdef CPacking packing
    cdef CUnordered unordered
    cdef CBuckets buckets[_MAX_SPLITS]
    cdef readonly int64_t n, n_buckets
    cdef readonly list edges  # the first bucket of each split, and n_buckets
    cdef tuple kept

    def __init__(self, cnp.ndarray positions, const uint8_t[::1] assignment, int64_t n, Keys keys, int64_t width,
                 list bits):
        cdef int64_t s, n_splits = len(bits)
        if not (0 < width < 64 and 0 < n_splits <= _MAX_SPLITS):
            raise _internal(f"{width} bits per position, {n_splits} splits")
        self.kept = (positions, assignment, keys)
        self.n, self.n_buckets = n, 0
        for s in range(n_splits):
            if not (0 <= bits[s] < 32):
                raise _internal(f"2**{bits[s]} buckets")
            self.buckets[s] = CBuckets(bits[s], self.n_buckets)
            self.n_buckets += <int64_t> 1 << self.buckets[s].bits
        self.edges = [*(self.buckets[s].begin for s in range(n_splits)), self.n_buckets]
        self.packing = CPacking(keys.c, width)
        self.unordered = CUnordered(CPositions(NULL, 0), NULL, n_splits)
        if positions is not None:
            _require_length("positions", positions.shape[0], n)
            self.unordered.positions = _positions(positions)
        if assignment is not None and n > 0:
            _require_length("assignment", assignment.shape[0], n)
            self.unordered.assignment = &assignment[0]

    def count(self, int64_t begin, int64_t end, int64_t[::1] counts):
        """Add the number of positions of a range that fall to each bucket to ``counts``."""
        cdef CRange positions = _range(begin, end, self.n)
        _require_length("counts", counts.shape[0], self.n_buckets)
        with nogil:
            c_order_count(_cpu, self.unordered, positions, self.packing, self.buckets, &counts[0])

    def scatter(self, int64_t begin, int64_t end, int64_t[::1] cursor, const int64_t[::1] limit, list words):
        """Write one word per position of a range to its bucket; return the number of positions without a slot.

        ``cursor``, which advances, and ``limit`` count from the beginning of the words of the bucket's split.
        """
        cdef CRange positions = _range(begin, end, self.n)
        cdef int64_t overflow = 0, s, b
        cdef uint64_t* pointers[_MAX_SPLITS]
        cdef uint64_t[::1] of_split
        cdef CWordSlots slots
        _require_length("cursor", cursor.shape[0], self.n_buckets)
        _require_length("limit", limit.shape[0], self.n_buckets)
        _require_length("words", len(words), self.unordered.n_splits)
        for s in range(self.unordered.n_splits):
            of_split = words[s]
            pointers[s] = &of_split[0] if of_split.shape[0] > 0 else NULL
            for b in range(self.edges[s], self.edges[s + 1]):
                if not (0 <= cursor[b] <= limit[b] <= of_split.shape[0]):
                    raise _internal("cursor or limit outside the words")
        slots.cursor, slots.limit, slots.words = &cursor[0], &limit[0], <uint64_t**> pointers
        with nogil:
            overflow = c_order_scatter(_cpu, self.unordered, positions, self.packing, self.buckets,
                                   slots)
        return overflow

    def sort(self, int64_t begin, int64_t end, const int64_t[::1] starts, list words, list out):
        """Sort the words of a range of buckets by (key, position), and write their positions to ``out``.

        ``starts`` (buckets + 1,) count over all splits. Arrays of ``out`` may be views of those of ``words``.
        """
        cdef CRange chosen = _range(begin, end, self.n_buckets)
        cdef int64_t s, b, base, first, at, size, largest = 0, width
        cdef uint64_t[::1] of_split, workspace
        cdef uint64_t* bucket
        cdef char* to
        _require_length("starts", starts.shape[0], self.n_buckets + 1)
        _require_length("words", len(words), self.unordered.n_splits)
        _require_length("out", len(out), self.unordered.n_splits)
        width = out[0].dtype.itemsize
        for b in range(begin, end):
            largest = max(largest, starts[b + 1] - starts[b])
        workspace = np.empty(order_workspace(largest), dtype=np.uint64)
        for s in range(self.unordered.n_splits):
            first, of_split = self.buckets[s].begin, words[s]
            base = starts[first]
            _require_positions(out[s], out[0])
            _require_length("out[s]", out[s].shape[0], of_split.shape[0])
            to = <char*> cnp.PyArray_DATA(<cnp.ndarray> out[s])
            for b in range(max(chosen.begin, <int64_t> self.edges[s]), min(chosen.end, <int64_t> self.edges[s + 1])):
                at, size = starts[b] - base, starts[b + 1] - starts[b]
                if not (0 <= at and 0 <= size <= of_split.shape[0] - at):
                    raise _internal("starts are not ascending")
                if size > 0:
                    bucket = &of_split[at]
                    with nogil:
                        c_order_sort(bucket, size, self.packing, &workspace[0])
                        c_write_positions(bucket, size, (<uint64_t> 1 << self.packing.width) - 1, width, to + at * width)
