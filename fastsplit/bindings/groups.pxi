# groups: counts of groups and classes -> the fold of each group.

_STEPS_PER_CALL = 1 << 24  # additions between two looks for Ctrl-C: some ten milliseconds


def greedy_folds(const int64_t[:, ::1] counts, const double[::1] totals, int64_t k, const int64_t[::1] order,
                 int64_t[::1] out):
    """Write the fold of each group to ``out``, by ``counts`` (groups, classes), one after the other in ``order``."""
    cdef int64_t n = counts.shape[0], n_classes = counts.shape[1], i
    cdef int64_t block = max(1, _STEPS_PER_CALL // max(1, k * k * n_classes))
    cdef CRange groups
    if not (k > 0 and n_classes > 0):
        raise _internal(f"{k} folds of {n_classes} classes")
    _require_length("totals", totals.shape[0], n_classes)
    _require_length("order", order.shape[0], n)
    _require_length("out", out.shape[0], n)
    for i in range(n_classes):
        if not totals[i] > 0:
            raise _internal(f"totals[{i}] is {totals[i]}")
    for i in range(n):
        if not 0 <= order[i] < n:
            raise _internal(f"order[{i}] is {order[i]}, of {n} groups")
    cdef double[:, ::1] of_folds = np.zeros((n_classes, k))
    cdef double[::1] deviations = np.zeros(n_classes), samples = np.zeros(k)
    cdef double[::1] workspace = np.empty(groups_workspace(n_classes, k))
    cdef int64_t[::1] present = np.empty(n_classes, dtype=np.int64)
    cdef CGroupFolds folds = CGroupFolds(n_classes, k, &totals[0], &of_folds[0, 0], &deviations[0], &samples[0],
                                         &workspace[0], &present[0])
    for i in range(0, n, block):
        groups = CRange(i, min(i + block, n))
        with nogil:
            c_greedy_folds(_cpu, folds, &counts[0, 0], &order[0], groups, &out[0])
        PyErr_CheckSignals()
