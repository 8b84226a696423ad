"""emit: the split of each example -> the positions of each split, ascending or in a given order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import count_splits
from fastsplit._kernels import emit as emit_range
from fastsplit.engine.parallel import for_ranges, ranges, worker_zeros


def emit(
    assignment: NDArray[np.uint8],
    n_splits: int,
    dtype: np.dtype[Any],
    threads: int,
    order: NDArray[Any] | None = None,
) -> list[NDArray[Any]]:
    """Return the positions of each split: 0 .. N - 1, or those of ``order``, whose splits the assignment then holds."""
    parts = ranges(len(assignment), threads)
    counts = worker_zeros(len(parts), n_splits)
    for_ranges(parts, lambda worker, begin, end: count_splits(assignment, begin, end, counts[worker]))
    cursors = worker_zeros(*counts.shape)
    np.subtract(counts.cumsum(axis=0), counts, out=cursors)
    out = [np.empty(size, dtype=dtype) for size in counts.sum(axis=0).tolist()]
    for_ranges(parts, lambda worker, begin, end: emit_range(assignment, order, begin, end, out, cursors[worker]))
    return out
