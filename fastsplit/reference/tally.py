"""tally: the keys in the bands of each class, and how many keys lie below each band."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def tally(
    codes: NDArray[np.intp], example_keys: NDArray[np.uint64], low: NDArray[np.uint64], high: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Return below (C, W), where the kept keys of each class begin (C + 1,), and these keys, ascending in each class.

    ``low`` and ``high`` (C, W) are the smallest and the largest key of each band.
    """
    below, kept = np.zeros(low.shape, dtype=np.int64), []
    for c in range(len(low)):
        own = np.sort(example_keys[codes == c])
        below[c] = np.searchsorted(own, low[c], "left")
        kept.append(own[((low[c] <= own[:, None]) & (own[:, None] <= high[c])).any(axis=1)])
    starts = np.cumsum([0, *map(len, kept)])
    return below, starts.astype(np.int64), np.concatenate([np.empty(0, dtype=np.uint64), *kept])
