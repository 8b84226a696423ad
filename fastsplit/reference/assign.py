"""assign: keys and cuts -> the split of each example."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def assign(
    codes: NDArray[np.intp], example_keys: NDArray[np.uint64], cuts: NDArray[np.uint64], rest_column: int | None
) -> NDArray[Any]:
    """Return the number of cuts of each example's class below its key; the rest column is the largest of the dtype."""
    width = cuts.shape[1]
    result: NDArray[Any] = np.zeros(len(codes), dtype=np.uint8 if width < 255 else np.uint16)
    for j in range(width):
        result += cuts[:, j][codes] < example_keys
    if rest_column is not None:
        result[result == rest_column] = np.iinfo(result.dtype).max
    return result
