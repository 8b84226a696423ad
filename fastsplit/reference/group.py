"""group: the class of each example -> positions, class by class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RADIX_SORTED = 2**16  # classes: NumPy's stable sort of 16-bit numbers is a radix sort


def group(codes: NDArray[np.intp], n_classes: int) -> NDArray[np.intp]:
    """Return the positions sorted by class, ascending within each."""
    return np.argsort(codes.astype(np.uint16) if n_classes <= _RADIX_SORTED else codes, kind="stable")
