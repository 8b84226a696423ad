"""Columns: values in chunks -> labels and ids, of the same types in every scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.ids import Ids, read_ids
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.readers.source import Texts, Values

Where = Callable[[int], str]


class LabelColumn:
    """The labels of all chunks."""

    def __init__(self, missing: str = "error") -> None:
        self.warnings: list[str] = []
        self._counts: Counter[Any] = Counter()
        self._classes: NDArray[Any] | None = None

    def add(self, values: Values, where: Where) -> None:
        """Count the labels of a chunk."""
        labels = read_labels(_plain(values))
        codes, counts = np.unique(labels.values, return_counts=True)
        names = codes if labels.names is None else labels.names[codes]
        self._counts.update(dict(zip(names.tolist(), counts.tolist(), strict=True)))

    @property
    def classes(self) -> NDArray[Any]:
        """The classes, ascending."""
        if self._classes is None:
            found = sorted(self._counts)
            self._classes = np.array(found, dtype=object if found and isinstance(found[0], str) else None)
        return self._classes

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of examples of each class."""
        return np.array([self._counts[name] for name in sorted(self._counts)], dtype=np.int64)

    def read(self, values: Values, where: Where) -> tuple[Labels, NDArray[np.bool_] | None]:
        """Return the labels of a chunk, and which examples have one; None if all have."""
        labels = read_labels(_plain(values))
        if labels.names is None:
            return labels, None
        rows = np.searchsorted(self.classes, labels.names).astype(np.int32)
        return Labels(rows[labels.values], self.classes), None


class IdColumn:
    """The ids of all chunks."""

    def __init__(self, what: str = "id") -> None:
        self._what = what

    def add(self, values: Values, where: Where) -> None:
        """Look at the ids of a chunk."""

    def read(self, values: Values, where: Where) -> Ids | None:
        """Return the ids of a chunk."""
        plain = _plain(values)
        return read_ids(plain, len(plain))


def _plain(values: Values) -> Any:
    if not isinstance(values, Texts):
        return values
    data = values.data.tobytes()
    return [data[begin:end].decode() for begin, end in zip(values.begins.tolist(), values.ends.tolist(), strict=True)]
