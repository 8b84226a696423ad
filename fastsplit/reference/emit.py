"""emit: the split of each example -> the positions of each split, ascending."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def emit(assignment: NDArray[Any], n_splits: int, dtype: np.dtype[Any]) -> list[NDArray[Any]]:
    """Return the ascending positions of each split."""
    return [np.flatnonzero(assignment == split).astype(dtype) for split in range(n_splits)]
