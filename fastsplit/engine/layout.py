"""Layout: counts of buckets by range -> where each bucket begins, and where each range writes in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.parallel import worker_zeros


def laid_out(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Lay out buckets one after another, and within each bucket the ranges, by counts (ranges, buckets).

    Returns
    -------
    starts : ndarray, shape (buckets + 1,)
        Where each bucket begins, and the end of the last.
    limits : ndarray, shape (ranges, buckets)
        Where the part of each range ends in each bucket.
    cursors : ndarray, shape (ranges, buckets)
        Where it begins.
    """
    starts = np.zeros(counts.shape[1] + 1, dtype=np.int64)
    if len(counts) == 1:
        counts[0].cumsum(out=starts[1:])
        return starts, starts[None, 1:].copy(), starts[None, :-1].copy()
    counts.sum(axis=0).cumsum(out=starts[1:])
    limits = np.ascontiguousarray(starts[:-1] + counts.cumsum(axis=0))
    cursors = worker_zeros(*counts.shape)
    np.subtract(limits, counts, out=cursors)
    return starts, limits, cursors
