# few: the whole way of few labels, in two calls, which are declared here, because nothing else calls them.

cdef extern from "few.hpp" namespace "fastsplit" nogil:
    cdef enum class CFewStatus "fastsplit::FewStatus"(int32_t):
        kDone "fastsplit::FewStatus::kDone"
        kNotFew "fastsplit::FewStatus::kNotFew"
        kChanged "fastsplit::FewStatus::kChanged"
    cdef cppclass CLease "fastsplit::Lease":
        CLease() except +
    cdef struct CFewRequest "fastsplit::FewRequest":
        CLabels labels
        int64_t n
        CKeys keys
        CSeed rounding
        CColumns columns
        const uint64_t* ideals
        int64_t min_per_split
        int64_t min_class
        int64_t max_classes
    cdef struct CFewClasses "fastsplit::FewClasses":
        CWindow window
        int64_t n
        const int64_t* counts
        const int64_t* rows
        const int32_t* class_of
    cdef struct CFewTables "fastsplit::FewTables":
        int64_t* quotas
        uint64_t* cuts
        CAssignment assignment
    cdef struct CFewArrays "fastsplit::FewArrays":
        const uint8_t* assignment
        int64_t n
        int64_t n_splits
        const int64_t* sizes
        int64_t width
        void** out
    CFewStatus few_classes(Cpu, const CFewRequest&, int64_t, CLease&, CFewClasses*) except +
    void few_values(const CLabels&, const CFewClasses&, CLease&, void*) except +
    CFewStatus c_few_split "fastsplit::few_split"(Cpu, const CFewRequest&, const CFewClasses&, CLease&,
                                                        const CFewTables&) except +
    CFewStatus c_few_group "fastsplit::few_group"(Cpu, const CLabels&, int64_t, const CFewClasses&, CLease&, int64_t*,
                                                  int64_t*) except +
    void few_order(Cpu, const CFewArrays&, const CPacking&, CLease&) except +
    int64_t c_few_fold "fastsplit::few_fold"(Cpu, const uint8_t*, int64_t, uint8_t, CLease&, const uint8_t**) except +


cdef const uint64_t* _words(cnp.ndarray array, int64_t n) except? NULL:
    """Return the n elements of a contiguous array of uint64, or NULL if there is no array."""
    if array is None:
        return NULL
    if not (cnp.PyArray_TYPE(array) == cnp.NPY_UINT64 and cnp.PyArray_ISCARRAY_RO(array) and cnp.PyArray_NDIM(array) == 1):
        raise _internal(f"words of dtype {array.dtype}, {array.ndim} dimensions")
    _require_length("words", array.shape[0], n)
    return <const uint64_t*> cnp.PyArray_DATA(array)


cdef cnp.ndarray _new_table(int64_t rows, int64_t columns, int kind):
    cdef cnp.npy_intp shape[2]
    shape[0], shape[1] = rows, columns
    return cnp.PyArray_SimpleNew(2, shape, kind)


cdef class ShareTable:
    """The columns of a split: the share of each in units of 1 / ``denominator``, and where they cut the keys."""

    cdef CColumns c
    cdef const uint64_t* ideals
    cdef int64_t rest_column
    cdef tuple kept

    def __init__(self, cnp.ndarray numerators, int64_t denominator, int64_t n_splits, cnp.ndarray ideal_cuts):
        cdef const int64_t[::1] sizes = numerators
        if not (0 < denominator < 2**62 and 0 < n_splits <= sizes.shape[0] < _MAX_SPLITS):
            raise _internal(f"denominator {denominator}, {n_splits} of {sizes.shape[0]} columns")
        self.c = CColumns(&sizes[0], sizes.shape[0], n_splits, denominator)
        self.ideals = _words(ideal_cuts, self.c.n - 1)
        self.rest_column = n_splits if n_splits < self.c.n else -1
        self.kept = (numerators, ideal_cuts)


def few_split(cnp.ndarray labels, cnp.ndarray ids, cnp.ndarray seed, ShareTable shares, tuple limits, int64_t max_span):
    """Split a few labels, one or more; ``seed`` has the words of the three streams.

    ``limits`` are min_per_split, and the smallest class and the most classes that it allows. Returns the classes, their
    totals, quotas and cuts, and the split of each example; or None if the labels are more than ``max_span`` apart or an
    error is to be raised, for both of which the other way is made.
    """
    cdef const uint64_t* words = _words(seed, 6)
    cdef CFewRequest request
    cdef CFewClasses found
    cdef CFewTables tables
    cdef CFewStatus status
    cdef CLease work
    request.labels, request.n = _labels(labels), labels.shape[0]
    request.keys.ids = _words(ids, request.n)
    request.keys.seed = CSeed(words[0], words[1])
    request.rounding = CSeed(words[2], words[3])
    request.columns, request.ideals = shares.c, shares.ideals
    request.min_per_split, request.min_class, request.max_classes = limits
    with nogil:
        status = few_classes(_cpu, request, max_span, work, &found)
    _require_unchanged(status)
    if status == CFewStatus.kNotFew:
        return None
    classes, totals = _new(found.n, cnp.PyArray_TYPE(labels)), _new(found.n, cnp.NPY_INT64)
    quotas, cuts = _new_table(found.n, shares.c.n, cnp.NPY_INT64), _new_table(found.n, shares.c.n - 1, cnp.NPY_UINT64)
    assignment = _new(request.n, cnp.NPY_UINT8)
    tables.quotas = <int64_t*> cnp.PyArray_DATA(quotas)
    tables.cuts = <uint64_t*> cnp.PyArray_DATA(cuts)
    tables.assignment = CAssignment(cnp.PyArray_DATA(assignment), 1, shares.rest_column)
    with nogil:
        status = c_few_split(_cpu, request, found, work, tables)
    _require_unchanged(status)
    if status == CFewStatus.kNotFew:
        return None
    memcpy(cnp.PyArray_DATA(totals), found.counts, found.n * sizeof(int64_t))
    few_values(request.labels, found, work, cnp.PyArray_DATA(classes))
    return classes, totals, quotas, cuts, assignment


cdef int _require_unchanged(CFewStatus status) except -1:
    if status == CFewStatus.kChanged:
        raise RuntimeError("labels changed while they were read")
    return 0


def few_group(cnp.ndarray labels, int64_t max_span):
    """Return the classes of a few labels, one or more, the positions class by class, and where each class begins.

    Returns None if the labels are more than ``max_span`` apart.
    """
    cdef CFewRequest request
    cdef CFewClasses found
    cdef CFewStatus status
    cdef CLease work
    request.labels, request.n = _labels(labels), labels.shape[0]
    request.keys.ids = NULL
    request.min_class, request.max_classes = 0, request.n
    with nogil:
        status = few_classes(_cpu, request, max_span, work, &found)
    _require_unchanged(status)
    if status == CFewStatus.kNotFew:
        return None
    classes, order = _new(found.n, cnp.PyArray_TYPE(labels)), _new(request.n, cnp.NPY_INT64)
    offsets = _new(found.n + 1, cnp.NPY_INT64)
    few_values(request.labels, found, work, cnp.PyArray_DATA(classes))
    with nogil:
        status = c_few_group(_cpu, request.labels, request.n, found, work, <int64_t*> cnp.PyArray_DATA(offsets),
                             <int64_t*> cnp.PyArray_DATA(order))
    _require_unchanged(status)
    return classes, order, offsets


cdef const uint8_t* _splits_of(cnp.ndarray assignment) except? NULL:
    if not (cnp.PyArray_TYPE(assignment) == cnp.NPY_UINT8 and cnp.PyArray_ISCARRAY_RO(assignment)
            and cnp.PyArray_NDIM(assignment) == 1):
        raise _internal(f"an assignment of dtype {assignment.dtype}")
    return <const uint8_t*> cnp.PyArray_DATA(assignment)


cdef CPacking _packing(cnp.ndarray seed, cnp.ndarray ids, int64_t n) except *:
    cdef const uint64_t* words = _words(seed, 2)
    cdef int64_t width = 1
    while n >> width:
        width += 1
    return CPacking(CKeys(CSeed(words[0], words[1]), _words(ids, n)), width, 0)


cdef int _require_integers(cnp.dtype dtype, cnp.ndarray ordered=None) except -1:
    """Require an integer dtype of positions, which those of an order must have."""
    if not (dtype.kind in (c"i", c"u") and dtype.isnative):
        raise _internal(f"positions of dtype {dtype}")
    if ordered is not None and ordered.dtype != dtype:
        raise _internal(f"positions of dtype {ordered.dtype}")
    return 0


def few_arrays(cnp.ndarray assignment, int64_t n_splits, cnp.dtype dtype, cnp.ndarray seed=None, cnp.ndarray ids=None):
    """Return the positions of each split: in the order of the keys of seed and ids, or ascending if there is no seed."""
    cdef int64_t n = assignment.shape[0], s
    cdef int64_t sizes[_MAX_SPLITS]
    cdef int64_t cursor[_MAX_SPLITS]
    cdef void* pointers[_MAX_SPLITS]
    cdef CLease work
    cdef const uint8_t* splits = _splits_of(assignment)
    cdef CFewArrays arrays = CFewArrays(splits, n, n_splits, <int64_t*> sizes, dtype.itemsize,
                                        <void**> pointers)
    cdef CPacking packing
    _require_integers(dtype)
    if not (0 < n_splits <= _MAX_SPLITS):
        raise _internal(f"{n_splits} splits")
    for s in range(n_splits):
        sizes[s] = cursor[s] = 0
    c_count_splits(_cpu, splits, CRange(0, n), n_splits, sizes)
    out = []
    for s in range(n_splits):
        array = _new(sizes[s], dtype.type_num)
        pointers[s] = cnp.PyArray_DATA(array)
        out.append(array)
    if seed is None:
        with nogil:
            _emit(splits, NULL, CRange(0, n), n_splits, pointers, cursor, arrays.width)
    else:
        packing = _packing(seed, ids, n)
        with nogil:
            few_order(_cpu, arrays, packing, work)
    return out


def few_ordered(cnp.ndarray assignment, cnp.dtype dtype, cnp.ndarray seed, cnp.ndarray ids=None):
    """Return all positions in the order of their keys, and the split of each."""
    cdef int64_t n = assignment.shape[0]
    cdef const uint8_t* splits = _splits_of(assignment)
    _require_integers(dtype)
    cdef cnp.ndarray ordered = _new(n, dtype.type_num), out = _new(n, cnp.NPY_UINT8)
    cdef void* to = cnp.PyArray_DATA(ordered)
    cdef CLease work
    cdef CFewArrays arrays = CFewArrays(NULL, n, 1, &n, dtype.itemsize, &to)
    cdef CPacking packing = _packing(seed, ids, n)
    with nogil:
        few_order(_cpu, arrays, packing, work)
        c_gather(CRows(<const char*> splits, n, 1, 1), CPositions(to, arrays.width), CRange(0, n),
                 <char*> cnp.PyArray_DATA(out))
    return ordered, out


def few_fold(cnp.ndarray assignment, uint8_t fold, cnp.dtype dtype, cnp.ndarray ordered=None):
    """Return the training and the test set of a fold: positions, or those of ``ordered``, whose folds are assigned."""
    cdef int64_t n = assignment.shape[0], n_test
    cdef const uint8_t* folds = _splits_of(assignment)
    cdef const uint8_t* is_train = NULL
    cdef int64_t cursor[2]
    cdef void* pointers[2]
    cdef CLease work
    cdef const void* order = NULL
    cdef int64_t width = dtype.itemsize
    _require_integers(dtype, ordered)
    if ordered is not None:
        _require_positions(ordered, ordered)
        _require_length("ordered", ordered.shape[0], n)
        order = cnp.PyArray_DATA(ordered)
    n_test = c_few_fold(_cpu, folds, n, fold, work, &is_train)
    test, train = _new(n_test, dtype.type_num), _new(n - n_test, dtype.type_num)
    cursor[0] = cursor[1] = 0
    pointers[0], pointers[1] = cnp.PyArray_DATA(test), cnp.PyArray_DATA(train)
    with nogil:
        _emit(is_train, order, CRange(0, n), 2, pointers, cursor, width)
    return train, test
