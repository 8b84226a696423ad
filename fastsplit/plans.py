"""plan: labels -> a split as a small table, which can be saved and applied to more labels."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit.engine import pipeline
from fastsplit.inputs.gates import check_fits_plan
from fastsplit.inputs.ids import read_ids
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import printable, read_min_per_split, read_threads
from fastsplit.inputs.seeds import expand_seed, read_seed
from fastsplit.inputs.sizes import Shares, read_sizes
from fastsplit.typing import SeedLike, SizesLike


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
        The seed of the keys.
    with_ids : bool
        Whether the plan was made with ids; without, the id of an example is its position.
    classes : ndarray, shape (C,)
        The label values, ascending. All arrays are read-only.
    totals : ndarray of int64, shape (C,)
        The number of examples of each class that the plan was made from.
    counts : ndarray of int64, shape (C, K)
        The number of those examples in each split.
    cuts : ndarray of uint64, shape (C, K - 1), or (C, K) if the sizes sum to less than 1
        The split of an example is the number of cuts of its class that its key exceeds.

    See Also
    --------
    plan : make a plan from labels.

    Notes
    -----
    This is sampling with permanent random numbers (Brewer, Early & Joyce 1972; Ohlsson 1995), exact in every class.
    Later examples do not move earlier ones; the same cuts split them, with the requested probabilities. A class that
    the plan has not seen is cut at the fractions.

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

    def __post_init__(self) -> None:
        if not isinstance(self.sizes, Shares):
            object.__setattr__(self, "sizes", Shares(self.sizes))
        for name in ("classes", "totals", "counts", "cuts"):
            view = getattr(self, name).view()  # a view: the caller's own array stays as it is
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @classmethod
    def of(cls, names: tuple[str, ...], sizes: Shares, seed: int, with_ids: bool, result: pipeline.Result) -> Plan:
        """Make a plan of what the engine found."""
        return cls(names, sizes, seed, with_ids, result.classes, result.totals, result.quotas, result.cuts)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}={size}" for name, size in zip(self.names, self.sizes, strict=True))
        return f"Plan({printable(sizes)}; {len(self.classes)} classes, seed={self.seed})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        pairs = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return all(_equal(a, b) for a, b in pairs)

    def __hash__(self) -> int:
        return hash((self.names, self.sizes, self.seed, self.with_ids, self.cuts.shape, self.cuts.tobytes()))

    def assign(self, labels: ArrayLike, ids: ArrayLike | None = None, *, threads: int | None = None) -> NDArray[Any]:
        """Return the split of each example.

        Parameters
        ----------
        labels : array_like, shape (N,)
            As for `fastsplit.split`. Classes that the plan has not seen are split by the fractions.
        ids : array_like, shape (N,), optional
            As for `fastsplit.split`. Required if the plan was made with ids. Otherwise ids are positions, by default
            from 0 on.
        threads : int, optional
            By default one per CPU that this process may run on. The result does not depend on it.

        Returns
        -------
        ndarray of uint8, shape (N,)
            The number of the split, or 255 for no split. (uint16 and 65535 with more than 254 splits, which only
            `fastsplit.kfold` makes.)

        Raises
        ------
        ValueError, TypeError
            If labels or ids have the wrong shape or type, or labels are strings and the plan has integers, or the
            reverse.
        """
        read = read_labels(labels)
        numbers = read_ids(ids, len(read.values))
        check_fits_plan(read, numbers, self.classes, self.with_ids)
        seeds, workers = expand_seed(self.seed), read_threads(threads)
        request = pipeline.Request(read, self.sizes, seeds, numbers, 0, workers)
        return pipeline.assigned(request, self.classes, self.cuts)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan as JSON; an interrupted call leaves the old file or none.

        Parameters
        ----------
        path : path_like
            The file; an existing file is replaced.
        """
        from fastsplit import plan_files  # here, because its imports would slow down `import fastsplit`

        plan_files.write(path, {field.name: getattr(self, field.name) for field in fields(self)})

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
            Equal to the saved plan, bit for bit.

        Raises
        ------
        ValueError
            If the file is damaged, of an unknown version, or its cuts do not fit its classes.
        """
        from fastsplit import plan_files

        return Plan(**plan_files.read(path))


def plan(
    labels: ArrayLike,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
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
        Its ``assign`` returns the split of each of these, or of other, examples.

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
    read = read_labels(labels)
    names, shares = read_sizes(sizes, len(read.values))
    numbers = read_ids(ids, len(read.values))
    minimum = read_min_per_split(min_per_split)
    workers = read_threads(threads)
    number = read_seed(seed)

    request = pipeline.Request(read, shares, expand_seed(number), numbers, minimum, workers)
    return Plan.of(names, shares, number, numbers is not None, pipeline.run(request, assigned=False))


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    return bool(a == b)
