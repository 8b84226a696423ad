"""order: positions -> the same positions in the order of the keys of their ids."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.reference.keys import keys


def order(positions: NDArray[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None) -> NDArray[Any]:
    """Return the positions sorted by (key of the id, position)."""
    numbers = positions.astype(np.int64).view(np.uint64) if ids is None else ids[positions]
    order_keys = keys(seed, numbers)
    by_key = np.argsort(order_keys)
    in_order = order_keys[by_key]
    if (in_order[:-1] == in_order[1:]).any():
        by_key = np.lexsort((positions, order_keys))
    return positions[by_key]
