"""A split as a small table: count, quotas, cuts; assign; save and load."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit import _count, _inputs, _labels, _stages
from fastsplit._ranges import Range
from fastsplit._shares import Shares


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """A split that can be saved, reviewed, and applied to any labels.

    Parameters
    ----------
    names : tuple of str
        The K splits.
    sizes : tuple of fractions.Fraction
        The share of each split; they sum to at most 1.
    seed : int
        What the keys of the examples are made of.
    with_ids : bool
        Whether the plan was made with ids; without, the id of an example is its position.
    classes : ndarray, shape (C,)
        The label values, ascending.
    totals : ndarray of int64, shape (C,)
        How many examples of each class were planned with.
    counts : ndarray of int64, shape (C, K)
        How many of them fall to each split.
    cuts : ndarray of uint64, shape (C, K - 1), or (C, K) where the sizes sum to less than 1
        An example is in the split whose number is how many cuts of its class lie below its key.

    See Also
    --------
    plan : make a plan from labels.

    Notes
    -----
    This is sampling with permanent random numbers (Brewer, Early & Joyce 1972; Ohlsson 1995), exact in every class.
    Examples that come later do not move those that are there; they fall to the splits by the same cuts, with the
    asked-for probabilities. A class that the plan has not seen is cut where the fractions say.

    Examples
    --------
    >>> import fastsplit
    >>> plan = fastsplit.plan([0, 0, 0, 0, 1, 1, 1, 1], (0.5, 0.5), seed=0)
    >>> plan.counts
    array([[2, 2],
           [2, 2]])
    >>> first = plan.assign([0, 0, 0, 0, 1, 1, 1, 1])
    >>> grown = plan.assign([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 7])
    >>> (grown[:8] == first).all()
    np.True_
    """

    names: tuple[str, ...]
    sizes: Shares
    seed: int
    with_ids: bool
    classes: NDArray[Any]
    totals: NDArray[np.int64]
    counts: NDArray[np.int64]
    cuts: NDArray[np.uint64]

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={size}" for name, size in zip(self.names, self.sizes, strict=True))
        return f"Plan({sizes}; {len(self.classes)} classes, seed={self.seed})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self._text() == other._text()

    def __hash__(self) -> int:
        return hash(self._text())

    def assign(self, labels: Any, ids: Any = None, *, threads: int | None = None) -> NDArray[Any]:
        """Return the split of each example.

        Parameters
        ----------
        labels : array_like, shape (N,)
            As for `fastsplit.split`. Those of a class that the plan has not seen are split by the fractions.
        ids : array_like, shape (N,), optional
            As for `fastsplit.split`. Must be given if the plan was made with ids. Otherwise ids are positions, by
            default from 0 on.
        threads : int, optional
            By default as many as this process may run on. The result does not depend on it.

        Returns
        -------
        ndarray of uint8, shape (N,)
            The number of the split, or 255 for none. (Of uint16, and 65535, for more than 254 splits, which only
            `fastsplit.kfold` makes.)

        Raises
        ------
        ValueError, TypeError
            If labels or ids are not what they should be, or strings where the plan has integers, or the reverse.
        """
        read = _labels.read_labels(labels)
        numbers = _inputs.read_ids(ids, len(read.values))
        _inputs.check_fits_plan(read, numbers, self.classes, self.with_ids)
        lookup, parts = _count.locate(read, self.classes, _inputs.read_threads(threads))
        return self._assign(lookup, parts, numbers)

    def _assign(self, lookup: _count.Lookup, parts: list[Range], ids: NDArray[np.uint64] | None) -> NDArray[Any]:
        none = len(self.names) if self.cuts.shape[1] == len(self.names) else -1
        cuts = np.vstack([self.cuts, self.sizes.ideals])
        return _stages.assign(lookup, parts, cuts, _inputs.expand_seed(self.seed).split, ids, none)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan as JSON; the file appears whole or not at all.

        Parameters
        ----------
        path : path_like
            Where to write; a file that is there is replaced.
        """
        from fastsplit import _saved  # here, as importing it takes of note beside importing fastsplit

        _saved.write(path, self._text())

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Plan:
        """Read a plan that `save` wrote.

        Parameters
        ----------
        path : path_like
            The file.

        Returns
        -------
        Plan
            Equal to the one that was saved, bit for bit.

        Raises
        ------
        ValueError
            If the file is damaged, of an unknown version, or holds cuts that do not fit its classes.
        """
        from fastsplit import _saved

        return _saved.read(path)

    def _text(self) -> str:
        from fastsplit import _saved

        return _saved.to_text(self)


def make_plan(
    labels: _labels.Labels,
    sizes: _inputs.Sizes,
    seed: int,
    ids: NDArray[np.uint64] | None,
    min_per_split: int,
    threads: int,
    assigned: bool,
) -> tuple[Plan, NDArray[Any]]:
    """Plan a split of checked labels; return the plan and, where it is asked for, the split of each example."""
    seeds, splits, ideals = _inputs.expand_seed(seed), len(sizes.names), sizes.shares.ideals
    assignment = np.empty(len(labels.values) if assigned else 0, dtype=_stages.split_dtype(len(ideals)))
    keyed = _count.Keyed(seeds.split, ids, ideals, splits if len(ideals) == splits else -1, assignment)
    strata = _count.count(labels, threads, keyed)
    _inputs.check_class_sizes(strata.classes, strata.counts, sizes.shares.taking, min_per_split)
    numerators, q = sizes.shares.weights
    _inputs.check_table(len(strata.classes), len(numerators))
    quotas = _stages.quotas(strata.counts, numerators, q, splits, min_per_split, seeds.rounding)
    cuts = _stages.cuts(strata, quotas, keyed)
    counts = np.ascontiguousarray(quotas[:, :splits])
    plan = Plan(sizes.names, sizes.shares, seed, ids is not None, strata.classes, strata.counts, counts, cuts)
    if assigned and not _stages.amend(strata, cuts, keyed):
        assignment = plan._assign(strata.lookup, strata.parts, ids)
    return plan, assignment


def plan(
    labels: Any,
    sizes: _inputs.SizesLike = (0.8, 0.2),
    *,
    seed: _inputs.Seed = None,
    ids: Any = None,
    min_per_split: int = 0,
    threads: int | None = None,
) -> Plan:
    """Plan a stratified split without making index arrays.

    Parameters
    ----------
    labels, sizes, seed, ids, min_per_split, threads
        As for `fastsplit.split`, which makes the same plan from them.

    Returns
    -------
    Plan
        Whose ``assign`` tells the split of each of these, or other, examples.

    Raises
    ------
    ValueError, TypeError
        As for `fastsplit.split`.

    Examples
    --------
    >>> import fastsplit
    >>> fastsplit.plan(["cat", "dog", "cat", "cat"], {"train": 0.75, "test": 0.25}, seed=0)
    Plan(train=3/4, test=1/4; 2 classes, seed=0)
    """
    read = _labels.read_labels(labels)
    shares = _inputs.read_sizes(sizes, len(read.values))
    numbers = _inputs.read_ids(ids, len(read.values))
    least = _inputs.read_min_per_split(min_per_split)
    workers = _inputs.read_threads(threads)
    return make_plan(read, shares, _inputs.read_seed(seed), numbers, least, workers, assigned=False)[0]
