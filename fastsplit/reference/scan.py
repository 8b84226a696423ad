"""scan: labels -> classes, the class of each example, and the counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.labels import Labels

_FREE_SPAN = 4096  # values: a table this small is always cheaper than sorting


def scan(labels: Labels) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.int64]]:
    """Return the classes, ascending, the class of each example, and the counts."""
    values, names = labels.values, labels.names
    wide = values.astype(np.uint64 if values.dtype.kind == "u" else np.int64)
    low, high = (int(wide.min()), int(wide.max())) if len(wide) else (0, 0)
    if high - low <= _FREE_SPAN + 2 * len(wide):
        offsets = (wide - wide.dtype.type(low)).astype(np.intp)
        counts = np.bincount(offsets)
        present = np.flatnonzero(counts)
        classes = present.astype(wide.dtype) + wide.dtype.type(low)
        codes, counts = (np.cumsum(counts > 0) - 1)[offsets], counts[present]
    else:
        classes, codes, counts = np.unique(wide, return_inverse=True, return_counts=True)
    classes = classes.astype(values.dtype.newbyteorder("="))
    return classes if names is None else names[classes], codes, counts.astype(np.int64)
