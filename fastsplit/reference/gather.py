"""gather: rows and positions -> the rows at these positions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def gather(rows: NDArray[Any], positions: NDArray[Any]) -> NDArray[Any]:
    """Return ``rows[positions]``."""
    return np.asarray(rows[positions])
