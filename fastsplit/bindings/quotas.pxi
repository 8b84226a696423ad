# quotas: class counts and sizes -> the table of classes and columns.

_CELLS_PER_CALL = 1 << 20  # cells between two looks for Ctrl-C: some ten milliseconds


def quotas(const int64_t[::1] counts, const int64_t[::1] sizes, int64_t q, int64_t n_splits, int64_t min_per_split,
           const uint64_t[::1] seed, int64_t[:, ::1] out):
    """Write the quotas of all classes to ``out`` (classes, columns)."""
    cdef int64_t n_classes = counts.shape[0], n_columns = sizes.shape[0], c, n
    cdef int64_t block = max(1, _CELLS_PER_CALL // max(1, n_columns))
    cdef CSeed words = _seed(seed)
    cdef cbool is_kept
    if not (0 < q < 2**62 and 0 < n_splits <= n_columns):
        raise _internal(f"denominator {q}, {n_splits} of {n_columns} columns")
    _require_length("out", out.shape[0], n_classes)
    _require_length("out[0]", out.shape[1], n_columns)
    cdef int64_t[::1] workspace = np.empty(rounding_workspace(n_columns), dtype=np.int64)
    cdef int64_t[::1] pointers = np.empty(n_vertices(n_columns), dtype=np.int64)
    cdef CColumns columns = CColumns(&sizes[0], n_columns, n_splits, q)
    cdef CRounding state = begin_rounding(columns, words, &workspace[0], <int64_t**> &pointers[0])
    for c in range(0, n_classes, block):
        n = min(block, n_classes - c)
        with nogil:
            c_quotas(&state, &counts[c], n, &out[c, 0])
        PyErr_CheckSignals()
    with nogil:
        end_rounding(&state)
    if min_per_split > 0 and n_classes > 0:
        workspace = np.empty(minimum_workspace(n_columns), dtype=np.int64)
        with nogil:
            is_kept = c_keep_minimum(columns, min_per_split, n_classes, &out[0, 0], &workspace[0])
        if not is_kept:
            raise _internal(f"a class or a split is too small for min_per_split={min_per_split}")
