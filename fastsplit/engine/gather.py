"""gather: rows and positions -> the rows at these positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import gather as gather_range
from fastsplit.engine.parallel import for_ranges_unchanged, ranges


def gather(rows: NDArray[Any], positions: NDArray[Any], threads: int, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return ``rows[positions]``, in ``out`` if it is given; ``out`` may be ``positions``.

    Raises RuntimeError if a position is outside the rows: positions were checked, so they changed since.
    """
    if out is None:
        out = np.empty((len(positions), *rows.shape[1:]), dtype=rows.dtype)
    for_ranges_unchanged(
        ranges(len(positions), threads),
        lambda _, begin, end: end - gather_range(rows, positions, begin, end, out),
        "indices",
    )
    return out
