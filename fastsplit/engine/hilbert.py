"""hilbert: points with whole coordinates -> their places along the Hilbert curve, where neighbours are close."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import hilbert as hilbert_range
from fastsplit.engine.parallel import for_ranges, ranges


def hilbert(coordinates: NDArray[np.uint16], bits: int, threads: int) -> NDArray[np.uint64]:
    """Return the place of each point; ``coordinates`` (d, N) are below ``2**bits``, and d * bits is at most 64."""
    out = np.empty(coordinates.shape[1], dtype=np.uint64)
    for_ranges(ranges(len(out), threads), lambda _, begin, end: hilbert_range(coordinates, bits, begin, end, out))
    return out
