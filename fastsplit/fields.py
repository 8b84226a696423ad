"""What plans have in common: a card in notebooks, sums of counts, arrays that cannot be written to, and equality."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Shown:
    """A plan that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        from fastsplit.report.card import card  # here, because a report imports plans

        return card(self, type(self).__name__)  # type: ignore[arg-type]  # the plans are all there are of this class


class Counted(Shown):
    """A plan in which each example is counted once: totals (C,) of its classes, and counts (C, K) in its splits."""

    totals: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def n_examples(self) -> int:
        """The number of examples that the plan was made from."""
        return int(self.totals.sum())

    @property
    def split_sizes(self) -> NDArray[np.int64]:
        """The number of them in each split, shape (K,)."""
        return np.asarray(self.counts.sum(axis=0))


def freeze(record: Any) -> None:
    """Make the arrays of a frozen dataclass read-only."""
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            view = value.view()  # a view: the caller's own array stays as it is
            view.flags.writeable = False
            object.__setattr__(record, field.name, view)


def equal(record: Any, other: Any) -> bool:
    """Return whether two dataclasses of one type have equal fields; arrays are compared by dtype and values."""
    pairs = ((getattr(record, field.name), getattr(other, field.name)) for field in fields(record))
    return all(_equal(a, b) for a, b in pairs)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    return bool(a == b)
