# What the kernels work on: each class checks its arrays once and keeps them alive.


cdef CSeed _seed(const uint64_t[::1] words) except *:
    _require_length("seed", words.shape[0], 2)
    return CSeed(words[0], words[1])


def seed_words(seed):
    """Return the six words of the three streams that a seed stands for: those of ``numpy.random.SeedSequence``."""
    cdef int64_t size = max(1, (seed.bit_length() + 31) // 32), i
    cdef const unsigned char* entropy
    cdef bytes given = seed.to_bytes(4 * size, "little")
    cdef cnp.ndarray words = _new(size, cnp.NPY_UINT32), out = _new(6, cnp.NPY_UINT64)
    cdef uint32_t* to = <uint32_t*> cnp.PyArray_DATA(words)
    entropy = given
    for i in range(size):
        to[i] = (<uint32_t> entropy[4 * i] | <uint32_t> entropy[4 * i + 1] << 8 | <uint32_t> entropy[4 * i + 2] << 16
                 | <uint32_t> entropy[4 * i + 3] << 24)
    c_seed_words(to, size, 6, <uint64_t*> cnp.PyArray_DATA(out))
    return out


cdef cnp.ndarray _new(int64_t n, int kind):
    """Return a new array of n elements of a NumPy type."""
    cdef cnp.npy_intp shape = n
    return cnp.PyArray_SimpleNew(1, &shape, kind)


cdef CLabels _labels(cnp.ndarray array) except *:
    cdef cnp.dtype dtype = array.dtype
    cdef char kind = dtype.kind
    if not (cnp.PyArray_NDIM(array) == 1 and kind in (c"i", c"u", c"b")):
        raise _internal(f"labels of dtype {array.dtype}, {array.ndim} dimensions")
    return CLabels(<const char*> cnp.PyArray_DATA(array), cnp.PyArray_STRIDE(array, 0), cnp.PyArray_ITEMSIZE(array),
                   kind == c"i", kind == c"b", not cnp.PyArray_ISNOTSWAPPED(array))


cdef class LabelView:
    """Labels, read where they are: a one-dimensional integer or bool array of any byte order and stride."""

    cdef CLabels c
    cdef readonly int64_t n
    cdef object kept

    def __init__(self, cnp.ndarray array):
        self.c = _labels(array)
        self.kept, self.n = array, array.shape[0]

    def extent(self, int64_t begin, int64_t end):
        """Return the smallest and the largest label of a non-empty range, as int64 of the same order."""
        cdef CRange positions = _range(begin, end, self.n)
        cdef int64_t low = INT64_MAX, high = INT64_MIN
        with nogil:
            c_extent(_cpu, self.c, positions, &low, &high)
        return low, high


cdef class Keys:
    """How examples get their keys: from a seed of two words, and from ids, or from positions if ids are None."""

    cdef CKeys c
    cdef readonly int64_t n  # ids, or -1: any number of positions
    cdef const uint64_t[::1] kept

    def __init__(self, const uint64_t[::1] seed, const uint64_t[::1] ids=None):
        self.kept, self.n = ids, -1 if ids is None else ids.shape[0]
        self.c.seed = _seed(seed)
        self.c.ids = &ids[0] if self.n > 0 else NULL

    cdef int require(self, int64_t n) except -1:
        return 0 if self.n == -1 else _require_length("ids", self.n, n)

    def of_ids(self, const uint64_t[::1] ids, uint64_t[::1] out):
        """Write the key of each of some ids to ``out``."""
        _require_length("out", out.shape[0], ids.shape[0])
        if ids.shape[0] > 0:
            with nogil:
                c_keys_of_ids(_cpu, self.c.seed, &ids[0], ids.shape[0], &out[0])


cdef class CutBands:
    """Ascending thresholds, two per cut, or none."""

    cdef CCutBands c
    cdef readonly object thresholds

    def __init__(self, cnp.ndarray thresholds):
        cdef const uint64_t[::1] view = thresholds
        self.thresholds = thresholds
        self.c.size = view.shape[0]
        self.c.thresholds = &view[0] if self.c.size > 0 else NULL

    def __len__(self):
        return self.c.size


cdef class ClassTable:
    """Label -> class: ``class_of[label - low]``, 0 to n_classes (not checked); its last entry is for all other labels."""

    cdef CClassTable c
    cdef readonly object class_of

    def __init__(self, int64_t low, cnp.ndarray class_of, int64_t n_classes):
        cdef const int32_t[::1] view = class_of
        if view.shape[0] == 0:
            raise _internal("an empty class table")
        self.class_of = class_of
        self.c = CClassTable(CWindow(low, view.shape[0] - 1), &view[0], n_classes)

    @property
    def low(self):
        return self.c.window.low

    @property
    def n_classes(self):
        return self.c.n_classes


cdef class Slots:
    """The slots of one range for each class: from ``cursor[c]``, which kernels advance, to ``limit[c] - 1``."""

    cdef CSlots c
    cdef int64_t n_classes, n
    cdef int64_t[::1] cursor
    cdef const int64_t[::1] limit

    def __init__(self, int64_t[::1] cursor, const int64_t[::1] limit, int64_t n):
        """``n`` is the length of the array of slots."""
        cdef int64_t c
        _require_length("limit", limit.shape[0], cursor.shape[0])
        for c in range(cursor.shape[0]):
            if not 0 <= cursor[c] <= limit[c] <= n:
                raise _internal(f"slot {cursor[c]}:{limit[c]} outside 0:{n}")
        self.cursor, self.limit, self.n_classes, self.n = cursor, limit, cursor.shape[0], n
        self.c.cursor = &cursor[0] if self.n_classes > 0 else NULL
        self.c.limit = &limit[0] if self.n_classes > 0 else NULL


cdef class Assignment:
    """Where the splits of examples are written: an array of uint8 or uint16; an empty one if they are not asked for.

    Column ``rest_column``, if not None, is written as the largest value of the dtype: no split.
    """

    cdef CAssignment c
    cdef int64_t n
    cdef readonly object array

    def __init__(self, cnp.ndarray array, rest_column=None):
        if not (array.dtype.kind == "u" and array.dtype.itemsize <= 2 and array.ndim == 1):
            raise _internal(f"an assignment of dtype {array.dtype}")
        if not (array.flags.c_contiguous and array.flags.writeable):
            raise _internal("an assignment that cannot be written to")
        self.array, self.n = array, array.shape[0]
        self.c.splits = cnp.PyArray_DATA(array) if self.n > 0 else NULL
        self.c.width = array.dtype.itemsize
        self.c.rest_column = -1 if rest_column is None else rest_column

    cdef int require(self, int64_t n) except -1:
        return 0 if self.n == 0 else _require_length("assignment", self.n, n)


cdef int _require_positions(cnp.ndarray array, cnp.ndarray like) except -1:
    if not (array.dtype.kind in "iu" and array.dtype == like.dtype and array.dtype.isnative and array.ndim == 1 and array.flags.c_contiguous):
        raise _internal(f"positions of dtype {array.dtype}")
    return 0


cdef CPositions _positions(cnp.ndarray array) except *:
    _require_positions(array, array)
    return CPositions(cnp.PyArray_DATA(array), array.dtype.itemsize)


cdef CSeed _secret = _seed(np.frombuffer(os.urandom(16), dtype=np.uint64))


cdef class Index:
    """Distinct labels by hash, in the order of first sight; grows by itself."""

    cdef CIndex c
    cdef int32_t[::1] slots
    cdef int64_t[::1] buffer

    def __init__(self, int64_t capacity):
        self._allocate(capacity)

    cdef int _allocate(self, int64_t capacity) except -1:
        """Make an empty index of this capacity; at most half of its slots are used, so every probe ends."""
        cdef int64_t bits = (2 * max(capacity, 1) - 1).bit_length()
        self.slots = np.full(1 << bits, -1, dtype=np.int32)
        self.buffer = np.empty(max(capacity, 1), dtype=np.int64)
        self.c = CIndex(_secret, &self.slots[0], bits, &self.buffer[0], 0, self.buffer.shape[0])
        return 0

    def add(self, LabelView labels, int64_t begin, int64_t end):
        """Add the labels of a range."""
        cdef CRange positions = _range(begin, end, labels.n)
        while True:
            with nogil:
                positions.begin = c_add_labels(labels.c, positions, &self.c)
            if positions.begin == positions.end:
                return
            known = self.values
            self._allocate(2 * len(known))
            self.add(LabelView(known), 0, len(known))

    @property
    def values(self):
        """The labels, as int64 of the same order."""
        return np.asarray(self.buffer)[: self.c.size]

    def encode(self, LabelView labels, int64_t begin, int64_t end, int32_t[::1] out):
        """Write the number of each label of a range to ``out``, or the number of all if it is not in the index."""
        cdef CRange positions = _range(begin, end, labels.n)
        _require_length("out", out.shape[0], labels.n)
        if begin < end:
            with nogil:
                c_encode_labels(labels.c, self.c, positions, &out[0])
