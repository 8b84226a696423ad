"""rank: values -> their positions in ascending order, equal values in the order of the keys of their ids."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.reference.keys import keys


def rank(values: NDArray[np.float64], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None = None) -> NDArray[Any]:
    """Return positions sorted by (value, key of the id, position); -0.0 equals 0.0, and no value is NaN."""
    positions = np.arange(len(values), dtype=np.uint64)
    return np.lexsort((positions, keys(seed, positions if ids is None else ids), values))
