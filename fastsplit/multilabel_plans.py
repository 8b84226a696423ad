"""MultilabelPlan: the tables behind a split of examples of several labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.fields import Shown, equal, freeze
from fastsplit.inputs.sizes import Shares
from fastsplit.text import printable


@dataclass(frozen=True, eq=False, repr=False)
class MultilabelPlan(Shown):
    """The tables behind a split of examples of several labels, L being the number of labels and K that of splits.

    It is not saved and splits no later examples: the seed gives the split of the same examples again.

    Attributes
    ----------
    names : tuple of str
        The splits.
    sizes : tuple of fractions.Fraction
        The share of each split.
    seed : int
        The seed.
    classes : ndarray, shape (L,)
        The numbers of the columns; for lists, the labels, ascending.
    totals : ndarray of int64, shape (L,)
        The number of examples with each label.
    counts : ndarray of int64, shape (L, K)
        The number of them in each split.
    split_sizes : ndarray of int64, shape (K,)
        The number of examples in each split.
    unlabeled : ndarray of int64, shape (K,)
        The number of those without a label.
    n_examples : int
        The number of all examples.
    """

    names: tuple[str, ...]
    sizes: Shares
    seed: int
    classes: NDArray[Any]
    totals: NDArray[np.int64]
    counts: NDArray[np.int64]
    split_sizes: NDArray[np.int64]
    unlabeled: NDArray[np.int64]
    n_examples: int
    with_ids = False  # the id of an example is its position

    def __post_init__(self) -> None:
        freeze(self)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{printable(name)}={size}" for name, size in zip(self.names, self.sizes, strict=True))
        return f"MultilabelPlan({sizes}; {len(self.classes)} labels, seed={self.seed})"

    def __eq__(self, other: object) -> bool:
        return equal(self, other) if isinstance(other, MultilabelPlan) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.names, self.sizes, self.seed, self.counts.tobytes()))
