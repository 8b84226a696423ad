"""hilbert: points with whole coordinates -> their places along the Hilbert curve (Skilling 2004)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def hilbert(coordinates: NDArray[np.uint16], bits: int, threads: int = 1) -> NDArray[np.uint64]:
    """Return the place of each point; ``coordinates`` (d, N) are below ``2**bits``."""
    x = coordinates.astype(np.uint64)
    for bit in range(bits - 1, 0, -1):
        below = np.uint64((1 << bit) - 1)
        for row in x:
            is_set = (row >> np.uint64(bit)) & np.uint64(1) == 1
            exchanged = np.where(is_set, np.uint64(0), (x[0] ^ row) & below)
            x[0] ^= np.where(is_set, below, exchanged)
            row ^= exchanged
    for row, before in zip(x[1:], x, strict=False):
        row ^= before
    inverted = np.zeros_like(x[0])
    for bit in range(bits - 1, 0, -1):
        inverted ^= ((x[-1] >> np.uint64(bit)) & np.uint64(1)) * np.uint64((1 << bit) - 1)
    x ^= inverted
    place = np.zeros_like(x[0])
    for bit in range(bits - 1, -1, -1):
        for row in x:
            place = place << np.uint64(1) | (row >> np.uint64(bit)) & np.uint64(1)
    return np.asarray(place)
