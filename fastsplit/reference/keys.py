"""keys: the 64-bit key of an example: stream version 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the key of each id (mx3: Maiga 2020, keyed)."""
    odd = np.uint64(0xBEA225F9EB34556D)
    first, second = seed[0:1], seed[1:2]
    x = ids + first
    x = (x ^ x >> np.uint64(32)) * odd + (first ^ second)
    x = (x ^ x >> np.uint64(29)) * odd
    x = (x ^ x >> np.uint64(32)) * odd
    return x ^ x >> np.uint64(29)


def rank_keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the keys by which examples are ranked: none is 0."""
    return np.maximum(keys(seed, ids), np.uint64(1))
