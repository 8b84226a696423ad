# table: the rows of each unit -> how many examples of each class it has; a matrix of 0 and 1 -> the classes of each row.

ctypedef fused Word:
    uint32_t
    uint64_t


def number_labels(LabelView labels, ClassTable classes, int64_t begin, int64_t end, int32_t[::1] out):
    """Write the class of each label of a range to ``out``, or ``n_classes`` if it has none."""
    cdef CRange positions = _range(begin, end, labels.n)
    _require_length("out", out.shape[0], labels.n)
    if begin < end:
        with nogil:
            c_number_labels(_cpu, labels.c, classes.c, positions, &out[0])


cdef class UnitRows:
    """The unit and the class of each row, and the buckets of neighbouring units that their words go to.

    A word has ``word_bits`` bits, of which all but ``bucket_bits`` agree within a bucket.
    """

    cdef CUnitRows c
    cdef readonly int64_t n, n_buckets, word_bits
    cdef tuple kept

    def __init__(self, const int32_t[::1] unit_of, const int32_t[::1] class_of, int64_t n_units, int64_t n_classes,
                 int64_t unit_shift):
        cdef int64_t n = unit_of.shape[0], last = max(n_units, 1) - 1
        _require_length("class_of", class_of.shape[0], n)
        if not (0 <= n_units < 2**31 and 0 <= n_classes < 2**31 and 0 <= unit_shift < 32):
            raise _internal(f"{n_units} units, {n_classes} classes, 2**{unit_shift} units per bucket")
        self.kept, self.n, self.n_buckets = (unit_of, class_of), n, (last >> unit_shift) + 1
        self.c.n_units, self.c.n_classes, self.c.unit_shift = n_units, n_classes, unit_shift
        self.c.class_bits = (max(n_classes, 1) - 1).bit_length()
        self.word_bits = self.c.class_bits + last.bit_length()
        if n > 0:
            self.c.unit_of, self.c.class_of = &unit_of[0], &class_of[0]

    cdef int require(self, int64_t begin, int64_t end, const int64_t[::1] starts, Word[::1] words) except -1:
        """Require a range of buckets, where they begin, and words that are wide enough."""
        cdef int64_t b
        _range(begin, end, self.n_buckets)
        _require_length("starts", starts.shape[0], self.n_buckets + 1)
        if self.word_bits > <int64_t> sizeof(Word) * 8:
            raise _internal(f"words of {self.word_bits} bits")
        for b in range(begin, end):
            if not 0 <= starts[b] <= starts[b + 1] <= words.shape[0]:
                raise _internal("starts are not ascending")
        return 0

    def count(self, int64_t begin, int64_t end, int64_t[::1] counts):
        """Add the number of rows of a range that fall to each bucket to ``counts``; return how many fall to none."""
        cdef CRange rows = _range(begin, end, self.n)
        cdef int64_t outside = 0
        _require_length("counts", counts.shape[0], self.n_buckets)
        if begin < end:
            with nogil:
                outside = c_table_count(self.c, rows, &counts[0])
        return outside

    def scatter(self, int64_t begin, int64_t end, Slots slots, Word[::1] words):
        """Write one word per row of a range to its bucket; return the number of rows without a slot."""
        cdef CRange rows = _range(begin, end, self.n)
        cdef int64_t overflow = 0
        _require_length("slots", slots.n_classes, self.n_buckets)
        _require_length("words", words.shape[0], slots.n)
        if self.word_bits > <int64_t> sizeof(Word) * 8:
            raise _internal(f"words of {self.word_bits} bits")
        if begin < end:
            with nogil:
                overflow = c_table_scatter(self.c, rows, slots.c, &words[0])
        return overflow

    def sort(self, int64_t begin, int64_t end, const int64_t[::1] starts, Word[::1] words, int64_t[::1] distinct):
        """Sort the words of a range of buckets, and write to ``distinct`` how many distinct ones each has."""
        cdef int64_t b, at, size, largest = 0
        cdef Word[::1] workspace
        self.require(begin, end, starts, words)
        _require_length("distinct", distinct.shape[0], self.n_buckets)
        for b in range(begin, end):
            largest = max(largest, starts[b + 1] - starts[b])
        workspace = np.empty(largest, dtype=np.uint32 if Word is uint32_t else np.uint64)
        for b in range(begin, end):
            at, size = starts[b], starts[b + 1] - starts[b]
            distinct[b] = 0
            if size > 0:
                with nogil:
                    distinct[b] = c_table_sort(&words[at], size, self.c.class_bits + self.c.unit_shift, &workspace[0])

    def fill(self, int64_t begin, int64_t end, const int64_t[::1] starts, const int64_t[::1] firsts, Word[::1] words,
             tuple out):
        """Write the entries of a range of buckets, whose words are sorted, from ``firsts`` on to ``out``.

        That is where the entries of each unit begin, their classes and their counts. Not checked: a bucket has as many
        distinct words as ``firsts`` says.
        """
        cdef int64_t b, at, size
        cdef int64_t[::1] unit_starts = out[0], counts = out[2]
        cdef int32_t[::1] classes = out[1]
        cdef CEntrySlots slots
        self.require(begin, end, starts, words)
        _require_length("firsts", firsts.shape[0], self.n_buckets + 1)
        _require_length("unit starts", unit_starts.shape[0], self.c.n_units + 1)
        _require_length("classes", classes.shape[0], firsts[self.n_buckets])
        _require_length("counts", counts.shape[0], firsts[self.n_buckets])
        slots.starts = &unit_starts[0]
        slots.classes = &classes[0] if classes.shape[0] > 0 else NULL
        slots.counts = &counts[0] if classes.shape[0] > 0 else NULL
        for b in range(begin, end):
            at, size = starts[b], starts[b + 1] - starts[b]
            slots.units = CRange(b << self.c.unit_shift, min((b + 1) << self.c.unit_shift, self.c.n_units))
            slots.first = firsts[b]
            with nogil:
                c_table_fill(&words[at] if size > 0 else NULL, size, self.c.class_bits, slots)
        if end == self.n_buckets:
            unit_starts[self.c.n_units] = firsts[self.n_buckets]  # the end of the last unit


cdef class BinaryMatrix:
    """A two-dimensional array of native booleans, integers, float32 or float64, to be read as 0 and 1."""

    cdef CMatrix c
    cdef readonly int64_t n
    cdef char kind
    cdef int64_t width
    cdef cnp.ndarray kept

    def __init__(self, cnp.ndarray array):
        cdef cnp.dtype dtype = array.dtype
        if not (cnp.PyArray_NDIM(array) == 2 and dtype.isnative and dtype.itemsize <= 8
                and (dtype.kind in b"biu" or dtype.kind == c"f" and dtype.itemsize >= 4)):
            raise _internal(f"a matrix of dtype {array.dtype}, {array.ndim} dimensions")
        self.kept, self.n, self.kind, self.width = array, array.shape[0], dtype.kind, dtype.itemsize
        self.c = CMatrix(<const char*> cnp.PyArray_DATA(array), array.shape[1], cnp.PyArray_STRIDE(array, 0),
                         cnp.PyArray_STRIDE(array, 1))

    @property
    def masks_per_row(self):
        return masks_per_row(self.c.columns)

    def read(self, int64_t begin, int64_t end, uint64_t[:, ::1] masks, int64_t[::1] counts):
        """Write which columns of a range of rows are 1, and how many; return the first row with another number, or end."""
        cdef CRange rows = _range(begin, end, self.n)
        cdef uint64_t* to
        self._require(masks)
        _require_length("counts", counts.shape[0], self.n)
        if begin == end or self.c.columns == 0:
            return end
        to = &masks[0, 0]
        with nogil:
            if self.kind == c"f" and self.width == 8:
                end = c_read_matrix[double](_cpu, self.c, rows, to, &counts[0])
            elif self.kind == c"f":
                end = c_read_matrix[float](_cpu, self.c, rows, to, &counts[0])
            elif self.width == 8:
                end = c_read_matrix[uint64_t](_cpu, self.c, rows, to, &counts[0])
            elif self.width == 4:
                end = c_read_matrix[uint32_t](_cpu, self.c, rows, to, &counts[0])
            elif self.width == 2:
                end = c_read_matrix[uint16_t](_cpu, self.c, rows, to, &counts[0])
            else:
                end = c_read_matrix[uint8_t](_cpu, self.c, rows, to, &counts[0])
        return end

    def classes(self, int64_t begin, int64_t end, const uint64_t[:, ::1] masks, const int64_t[::1] starts,
                int32_t[::1] out):
        """Write the columns that are 1 of a range of rows to ``out``, from ``starts`` on.

        Not checked: ``starts`` (rows + 1,) are those of the counts that were read.
        """
        cdef CRange rows = _range(begin, end, self.n)
        self._require(masks)
        _require_length("starts", starts.shape[0], self.n + 1)
        _require_length("out", out.shape[0], starts[self.n])
        if begin < end and out.shape[0] > 0:
            with nogil:
                c_matrix_classes(_cpu, &masks[0, 0], masks.shape[1], rows, &starts[0], &out[0])

    cdef int _require(self, const uint64_t[:, ::1] masks) except -1:
        _require_length("masks", masks.shape[0], self.n)
        return _require_length("masks[0]", masks.shape[1], masks_per_row(self.c.columns))
