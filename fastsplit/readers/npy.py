"""NumPy files: an array of labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fastsplit.readers.base import Source


def read(path: Path) -> Source:
    """Map an array of labels into memory; its pages are read only when the labels are scanned."""
    labels = np.lib.format.open_memmap(path, mode="r")
    return Source(labels, f"an array of {labels.dtype}")
