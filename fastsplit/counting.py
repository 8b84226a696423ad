"""count: labels -> how many examples each class has; counts of parts add up."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit.engine.scan import scan
from fastsplit.engine.tabulate import united_rows
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import read_threads


class Counts:
    """How many examples each class has: the first of two scans. Counts of parts are added by ``+`` and ``sum``.

    Parameters
    ----------
    classes : ndarray, shape (C,)
        The label values, ascending.
    counts : ndarray of int64, shape (C,)
        The number of examples of each.

    See Also
    --------
    count : make them from labels.

    Examples
    --------
    >>> import fastsplit
    >>> counts = sum(fastsplit.count(part) for part in ([0, 0, 1], [2, 1]))
    >>> dict(zip(counts.classes.tolist(), counts.counts.tolist()))
    {0: 2, 1: 2, 2: 1}
    """

    def __init__(self, classes: NDArray[Any], counts: NDArray[np.int64]) -> None:
        self.classes, self.counts = read_only(classes), read_only(counts)
        self._planned: dict[Any, Any] = {}  # bands that were laid by these counts

    @classmethod
    def empty(cls) -> Counts:
        """Return the counts of no labels: the start of a sum."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    def __add__(self, other: object) -> Counts:
        if not isinstance(other, Counts):
            return NotImplemented
        if len(self.classes) == 0 or len(other.classes) == 0:
            return other if len(self.classes) == 0 else self
        check_kinds(self.classes, other.classes)
        classes, rows = united_rows((self.classes, other.classes))
        counts = np.zeros(len(classes), dtype=np.int64)
        for side, row in zip((self, other), rows, strict=True):
            counts[row >= 0] += side.counts[row[row >= 0]]
        return Counts(classes, counts)

    def __radd__(self, other: object) -> Counts:
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Counts):
            return NotImplemented
        same_type = self.classes.dtype == other.classes.dtype
        return same_type and np.array_equal(self.classes, other.classes) and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """Return the number of examples."""
        return int(self.counts.sum())

    def __repr__(self) -> str:
        return f"Counts({len(self)} examples, {len(self.classes)} classes)"

    def __reduce__(self) -> tuple[Any, ...]:
        return Counts, (self.classes, self.counts)

    @property
    def nbytes(self) -> int:
        """The size of the arrays."""
        return int(self.classes.nbytes + self.counts.nbytes)


def count(labels: ArrayLike, *, threads: int | None = None) -> Counts:
    """Count the examples of each class: the first of two scans.

    Parameters
    ----------
    labels, threads
        As for `fastsplit.split`.

    Returns
    -------
    Counts
        Those of several parts are added by ``+``.

    Examples
    --------
    >>> import fastsplit
    >>> fastsplit.count(["cat", "dog"]) + fastsplit.count(["cat"])
    Counts(3 examples, 2 classes)
    """
    strata = scan(read_labels(labels), read_threads(threads))
    return Counts(strata.classes, strata.counts)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def check_kinds(a: NDArray[Any], b: NDArray[Any]) -> None:
    """Refuse strings beside integers."""
    if len(a) and len(b) and (a.dtype.kind == "O") != (b.dtype.kind == "O"):
        kinds = ["strings" if array.dtype.kind == "O" else "integers" for array in (a, b)]
        raise TypeError(
            f"labels must be all strings or all integers, got {kinds[0]} in one part, {kinds[1]} in another"
        )
