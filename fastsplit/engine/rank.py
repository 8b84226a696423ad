"""rank: values -> their positions in ascending order, equal values in the order of the keys of their ids."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Keys
from fastsplit._kernels import rank as write_ranked


def rank(
    values: NDArray[np.float64], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None = None
) -> NDArray[np.intp]:
    """Return positions sorted by (value, key of the id, position); -0.0 equals 0.0, and no value is NaN."""
    order = np.empty(len(values), dtype=np.int64)
    write_ranked(np.ascontiguousarray(values), Keys(seed, ids), order)
    return order.astype(np.intp, copy=False)
