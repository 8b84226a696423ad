"""Densities: classes of similar sizes as one row, which sums up any number of classes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_WIDEST_SPAN = 100  # the ratio of two sizes from which on a row per power of ten is fine enough


class Density(NamedTuple):
    """The classes whose sizes are in one range."""

    smallest: int  # of the sizes in the range
    largest: int
    classes: int
    lacking: int  # classes that at least one split lacks
    counts: NDArray[np.int64]  # examples in each split
    examples: int

    @property
    def sizes(self) -> str:
        """The range of sizes as text."""
        low, high = f"{self.smallest:,}", f"{self.largest:,}"
        return low if low == high else f"{low} to {high}"


def densities(totals: NDArray[np.int64], counts: NDArray[np.int64], wanted: NDArray[np.bool_]) -> list[Density]:
    """Return the rows of classes with totals (C,) and counts (C, K), the largest classes first.

    A class is lacking if a wanted split has no example of it. Classes without examples are in no row.
    """
    present = totals > 0
    totals, counts = totals[present], counts[present]
    if not totals.size:
        return []
    powers = 10 ** np.arange(len(str(int(totals.max()))), dtype=np.int64)
    factors = (1,) if totals.max() > _WIDEST_SPAN * totals.min() else (1, 2, 5)
    edges = np.sort(np.concatenate([factor * powers for factor in factors]))
    bins = np.searchsorted(edges, totals, side="right")
    lacking = (counts[:, wanted] == 0).any(axis=1)
    rows = []
    for number in np.unique(bins)[::-1].tolist():
        inside = bins == number
        own = totals[inside]
        by_split = counts[inside].sum(axis=0)
        sums = (int(np.count_nonzero(inside)), int(np.count_nonzero(lacking[inside])), by_split, int(own.sum()))
        rows.append(Density(int(own.min()), int(own.max()), *sums))
    return rows
