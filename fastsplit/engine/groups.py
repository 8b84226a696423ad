"""groups: samples of groups and classes -> the fold of each group, by scikit-learn's greedy rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import greedy_folds as write_folds
from fastsplit.memory import require_memory

_BYTES = 8  # per cell


def count_groups(
    group_of: NDArray[np.intp], class_of: NDArray[np.intp], n_groups: int, n_classes: int
) -> NDArray[np.int64]:
    """Return the table (groups, classes) of how many samples every group and class has.

    Raises MemoryError before anything is allocated if the table is larger than the free memory.
    """
    cells = n_groups * n_classes
    require_memory(cells * _BYTES, f"the table of {n_groups:,} groups and {n_classes:,} classes")
    numbers = group_of.astype(np.int64)
    numbers *= n_classes
    numbers += class_of
    return np.bincount(numbers, minlength=cells).reshape(n_groups, n_classes).astype(np.int64, copy=False)


def greedy_folds(
    counts: NDArray[np.int64], n_per_class: NDArray[np.int64], k: int, order: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the fold of each group, as scikit-learn's ``StratifiedGroupKFold`` chooses it.

    The groups are added one after the other to the fold where the standard deviation over folds of the share of each
    class, in the mean over classes, is least; of equally good folds (`numpy.isclose`), to that with the fewest samples.

    Parameters
    ----------
    counts : array of shape (groups, classes)
        How many samples of each class every group has.
    n_per_class : array of shape (classes,)
        How many samples each class has, at least one.
    k : int
        How many folds there are.
    order : array of shape (groups,)
        The groups, in the order in which they are added.
    """
    folds = np.empty(len(counts), dtype=np.int64)
    write_folds(
        np.ascontiguousarray(counts, dtype=np.int64),
        np.asarray(n_per_class, dtype=np.float64),
        k,
        np.asarray(order, dtype=np.int64),
        folds,
    )
    return folds.astype(np.intp, copy=False)
