"""quotas: class counts and sizes -> how many examples of each class go to each split."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import quotas as write_quotas


def quotas(
    counts: NDArray[np.int64],
    numerators: NDArray[np.int64],
    denominator: int,
    n_splits: int,
    min_per_split: int,
    seed: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Round ``counts * numerators / denominator`` to a table (classes, columns) with exact margins, without bias.

    Columns from ``n_splits`` on, at most one, are the rest column. If a class has fewer than ``min_per_split`` in a
    non-empty split, it takes them from its other splits, and large classes give them back: the margins stay. Class
    counts and sizes must allow it.
    """
    table = np.empty((len(counts), len(numerators)), dtype=np.int64)
    write_quotas(counts, numerators, denominator, n_splits, min_per_split, seed, table)
    return table
