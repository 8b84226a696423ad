"""groups: a table of the classes in each group -> the fold of each group, by scikit-learn's greedy rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def greedy_folds(
    counts: NDArray[np.int64], n_per_class: NDArray[np.int64], k: int, order: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Place groups one by one in the fold that leaves the folds' shares of each class closest to each other.

    Parameters
    ----------
    counts : ndarray of int64, shape (groups, C)
        The number of examples of each class in each group.
    n_per_class : ndarray of int64, shape (C,)
        The number of examples of each class.
    k : int
        The number of folds.
    order : ndarray of intp, shape (groups,)
        The groups in the order in which they are placed.

    Returns
    -------
    ndarray of intp, shape (groups,)
        The fold of each group.

    Notes
    -----
    The rule of ``StratifiedGroupKFold`` in scikit-learn. It tries the folds in turn; a fold is better than the best
    before it if the standard deviation of the folds' shares, averaged over the classes, is less, or if it is close and
    the fold has fewer examples.
    """
    in_folds = np.zeros((k, len(n_per_class)))
    sizes = np.zeros(k)
    folds = np.empty(len(order), dtype=np.intp)
    every = np.arange(k)
    for group in order:
        tried = np.broadcast_to(in_folds, (k, *in_folds.shape)).copy()  # fold tried, fold, class
        tried[every, every] += counts[group]
        unevenness = np.std(tried / n_per_class, axis=1).mean(axis=1)
        best, least, smallest = 0, np.inf, np.inf
        for fold in range(k):
            value, size = unevenness[fold], sizes[fold]
            if value < least or (np.isclose(value, least) and size < smallest):
                best, least, smallest = fold, value, size
        in_folds[best] += counts[group]
        sizes[best] += counts[group].sum()
        folds[group] = best
    return folds
