"""The data of all pipelines: a million rows of 32 float32 and their labels."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

N, COLUMNS, CLASSES, FILES = 1_000_000, 32, 10, 10


class Data:
    """Rows and labels: the rows in memory, in one file and in ten. The first column is the number of the row."""

    def __init__(self, folder: Path, n: int = N) -> None:
        self.n = n
        self.file = folder / f"features-{n}.npy"
        self.parts = [folder / f"part-{n}-{number}.npy" for number in range(FILES)]
        if not self.file.exists():
            rows = np.random.default_rng(0).random((n, COLUMNS), dtype=np.float32)
            rows[:, 0] = np.arange(n)
            np.save(self.file, rows)
            for path, part in zip(self.parts, np.array_split(rows, FILES), strict=True):
                np.save(path, part)
        self.labels = np.random.default_rng(1).integers(0, CLASSES, n)
        self.ids = np.random.default_rng(2).permutation(n)
        self._sources: dict[tuple[str, str], Any] = {}

    @cached_property
    def mapped(self) -> NDArray[np.float32]:
        """The rows as a memory map."""
        rows: NDArray[np.float32] = np.load(self.file, mmap_mode="r")
        return rows

    def in_memory(self) -> NDArray[np.float32]:
        """Read all rows into memory."""
        return np.array(self.mapped)

    def source(self, kind: str, gather: str) -> Any:
        """Return rows and labels, one object for all pipelines: the pages that rows lie on make a difference."""
        if (kind, gather) not in self._sources:
            from fastsplit.tfdata.sources import Source  # here: it imports TensorFlow

            self._sources[kind, gather] = Source((self._rows(kind), self.labels), gather)
        return self._sources[kind, gather]

    def _rows(self, kind: str) -> Any:
        from fastsplit import tfdata

        if kind == "files":
            return tfdata.concat([np.load(path, mmap_mode="r") for path in self.parts])
        return self.mapped if kind == "map" else self.in_memory()
