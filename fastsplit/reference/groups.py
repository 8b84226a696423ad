"""groups: samples of groups and classes -> the fold of each group, by scikit-learn's greedy rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def greedy_folds(
    counts: NDArray[np.int64], n_per_class: NDArray[np.int64], k: int, order: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the fold of each group: the operations of scikit-learn, in their order."""
    in_folds = np.zeros((k, counts.shape[1]))
    folds = np.empty(len(counts), dtype=np.intp)
    for group in order.tolist():
        best, least, fewest = 0, np.inf, np.inf
        for fold in range(k):
            proposed = in_folds.copy()
            proposed[fold] += counts[group]
            mean = float(np.mean(np.std(proposed / n_per_class, axis=0)))
            samples = float(np.sum(in_folds[fold]))
            if mean < least or (np.isclose(mean, least) and samples < fewest):
                best, least, fewest = fold, mean, samples
        in_folds[best] += counts[group]
        folds[group] = best
    return folds
