"""rank: values -> their positions in ascending order, equal values in the order of the keys of their ids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import rank as rank_ordered
from fastsplit.engine.order import order_all

_POSITION = np.dtype(np.int64)


def rank(
    values: NDArray[np.float64], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None = None, threads: int = 1
) -> NDArray[np.intp]:
    """Return positions sorted by (value, key of the id, position); -0.0 equals 0.0, and no value is NaN."""
    order: NDArray[np.int64] = order_all(len(values), _POSITION, seed, ids, threads)
    rank_ordered(values, order)
    return order.astype(np.intp, copy=False)
