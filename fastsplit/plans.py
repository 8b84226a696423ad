"""plan: labels -> a split as a small table, which can be saved and applied to more labels."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastsplit.engine import pipeline
from fastsplit.engine.hashing import hashed
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.tabulate import tabulated_from
from fastsplit.fields import Counted, equal, freeze
from fastsplit.group_plans import GroupPlan, planned
from fastsplit.inputs import gates
from fastsplit.inputs.ids import check_groups_alone, read_groups, read_ids
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.options import described, read_balance, read_dtype, read_min_per_split, read_order, read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import MAX_SPLITS, Shares, read_sizes
from fastsplit.text import printable
from fastsplit.typing import Balance, Order, SeedLike, SizesLike

_Read: TypeAlias = tuple[Labels, NDArray[np.uint64] | None, int]

if TYPE_CHECKING:
    from fastsplit.report import Drift, Moved
    from fastsplit.splits import Splits


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Counted):
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
    id_kind : str, optional
        "integers" or "strings": the kind of the ids. None if there were none, or if the plan is read from a file that
        does not say it.

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
    id_kind: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.sizes, Shares):
            object.__setattr__(self, "sizes", Shares(self.sizes))
        freeze(self)

    @classmethod
    def of(
        cls, names: tuple[str, ...], sizes: Shares, seed: int, kind_of_ids: str | None, result: pipeline.Result
    ) -> Plan:
        """Make a plan of what the engine found; there is a kind of ids if there are ids."""
        table = (result.classes, result.totals, result.quotas, result.cuts)
        return cls(names, sizes, seed, kind_of_ids is not None, *table, kind_of_ids if len(result.classes) else None)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{printable(name)}={size}" for name, size in zip(self.names, self.sizes, strict=True))
        return f"Plan({sizes}; {len(self.classes)} classes, seed={self.seed})"

    def __eq__(self, other: object) -> bool:
        return equal(self, other) if isinstance(other, Plan) else NotImplemented

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
            from 0 on: new examples come after those that the plan was made from. Fewer labels than these warn.
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
            If labels or ids have the wrong shape or type, labels are strings and the plan has integers, or the reverse,
            or ids are not positions and the plan was made without ids.
        """
        return self._assigned(*self._read(labels, ids, threads))

    def split(
        self,
        labels: ArrayLike,
        ids: ArrayLike | None = None,
        *,
        order: Order = "shuffled",
        dtype: DTypeLike | None = None,
        threads: int | None = None,
    ) -> Splits[Plan]:
        """Return the index arrays of each split, of data that may have grown since the plan was made.

        Parameters
        ----------
        labels, ids, threads
            As for `assign`. Without ids, first labels that are not those that the plan was made from warn too.
        order, dtype
            As for `fastsplit.split`.

        Returns
        -------
        Splits
            Its ``plan``, and so its ``classes``, its ``counts`` and its report, have the counts of these examples. The
            cuts are those of this plan; classes that it has not seen are added, with cuts at the fractions.

        Raises
        ------
        ValueError, TypeError
            As for `assign`, or if the plan has more than 254 splits.

        Examples
        --------
        >>> import fastsplit
        >>> labels = [0, 1] * 50
        >>> train, test = fastsplit.split(labels, seed=0)
        >>> parts = fastsplit.plan(labels, seed=0).split([*labels, 0, 0, 1, 2])
        >>> set(train) <= set(parts["train"])
        True
        >>> parts.counts.sum(axis=1)
        array([52, 51,  1])
        """
        from fastsplit.splits import Splits

        if len(self.names) > MAX_SPLITS:
            raise ValueError(f"a plan to split by must have at most {MAX_SPLITS} splits, got {len(self.names)}")
        read, numbers, workers = self._read(labels, ids, threads)
        shuffled, index_dtype = read_order(order), read_dtype(dtype, len(read.values))
        assignment = self._assigned(read, numbers, workers)
        now = self._of(read, assignment, workers, numbers is None)
        arrangement = pipeline.Arrangement(index_dtype, shuffled, expand_seed(self.seed).order, numbers, workers)
        return Splits(now, assignment, pipeline.index_arrays(assignment, now.counts, arrangement))

    def report(self, labels: ArrayLike, ids: ArrayLike | None = None, *, threads: int | None = None) -> Drift:
        """Return how far the shares of each class have drifted from the sizes, and how many examples are new.

        Parameters
        ----------
        labels, ids, threads
            As for `split`.

        Returns
        -------
        Drift
            Prints itself as a table; its arrays have a row per class.

        Raises
        ------
        ValueError, TypeError
            As for `assign`.

        See Also
        --------
        Splits.report : the report of the split itself.

        Notes
        -----
        The examples that a plan was made from deviate by less than one per class and split. Later ones are split at
        random, with the requested probabilities: n of them deviate by about ``sqrt(n * size * (1 - size))``.
        """
        from fastsplit.report import Drift

        read, numbers, workers = self._read(labels, ids, threads)
        assignment = self._assigned(read, numbers, workers)
        return Drift(self, self._of(read, assignment, workers, numbers is None))

    def moved(
        self, other: Plan, labels: ArrayLike, ids: ArrayLike | None = None, *, threads: int | None = None
    ) -> Moved:
        """Return the examples whose split has another name in another plan.

        Parameters
        ----------
        other : Plan
            The plan to compare with.
        labels, ids, threads
            As for `assign`. If only one of the plans was made with ids, the other one takes positions.

        Returns
        -------
        Moved
            The positions of these examples, and their number by the two splits.

        Raises
        ------
        ValueError, TypeError
            As for `assign`, or if ``other`` is no plan.
        """
        from fastsplit.report import Moved

        if not isinstance(other, Plan):
            raise TypeError(f"other must be a Plan, got {described(other)}")
        read, workers = read_labels(labels), read_threads(threads)
        given = ids is not None and (self.with_ids or not other.with_ids)
        first = self._assigned(read, self._read_ids(read, ids if given else None, workers), workers)
        given = ids is not None and (other.with_ids or not self.with_ids)
        second = other._assigned(read, other._read_ids(read, ids if given else None, workers), workers)
        return Moved.between((self.names, other.names), (first, second))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan as JSON; an interrupted call leaves the old file or none.

        Parameters
        ----------
        path : path_like
            The file. An existing file is replaced and its mode kept; a symbolic link is followed, and a pipe or a
            device written to.
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
            If the file is no plan, of an unknown version, changed after it was saved (other line ends are no change),
            or contradicts itself.
        """
        from fastsplit import plan_files

        return Plan(**plan_files.read(path))

    def _read(self, labels: ArrayLike, ids: ArrayLike | None, threads: int | None) -> _Read:
        """Return the arguments of a public method, which calls this one, as the engine takes them."""
        read, workers = read_labels(labels), read_threads(threads)
        numbers = self._read_ids(read, ids, workers)
        if numbers is None:
            gates.warn_of_fewer_labels(len(read.values), self.totals)
        return read, numbers, workers

    def _read_ids(self, labels: Labels, ids: ArrayLike | None, threads: int) -> NDArray[np.uint64] | None:
        """Return the ids of labels that fit the plan."""
        given_ids = read_ids(ids, len(labels.values))
        gates.check_kind_of_ids(labels, given_ids, self.id_kind)
        numbers = hashed(given_ids, threads)
        gates.check_fits_plan(labels, numbers, self.classes, self.with_ids)
        return numbers

    def _assigned(self, labels: Labels, ids: NDArray[np.uint64] | None, threads: int) -> NDArray[Any]:
        request = pipeline.Request(labels, self.sizes, expand_seed(self.seed), ids, 0, threads)
        return pipeline.assigned(request, self.classes, self.cuts)

    def recounted(self, classes: NDArray[Any], totals: NDArray[np.int64], counts: NDArray[np.int64]) -> Plan:
        """Return the plan with the counts of other data, whose ``classes`` are beside those of the plan."""
        cuts = np.repeat(self.sizes.ideal_cuts[None], len(classes), axis=0)
        cuts[np.searchsorted(classes, self.classes.astype(classes.dtype))] = self.cuts
        return replace(self, classes=classes, totals=totals, counts=counts, cuts=cuts)

    def _of(self, labels: Labels, assignment: NDArray[Any], threads: int, by_position: bool) -> Plan:
        n = int(self.totals.sum()) if by_position else 0
        first, census = tabulated_from(n, labels, assignment, len(self.names), self.classes, threads)
        gates.warn_of_other_rows(self.names, (self.classes, self.totals, self.counts), first)
        return self.recounted(*census)


@overload
def plan(
    labels: ArrayLike,
    sizes: SizesLike = ...,
    *,
    seed: SeedLike = ...,
    ids: ArrayLike | None = ...,
    groups: None = ...,
    min_per_split: int = ...,
    threads: int | None = ...,
) -> Plan: ...
@overload
def plan(
    labels: ArrayLike,
    sizes: SizesLike = ...,
    *,
    seed: SeedLike = ...,
    groups: ArrayLike,
    balance: Balance = ...,
    min_per_split: int = ...,
    threads: int | None = ...,
) -> GroupPlan: ...
def plan(
    labels: ArrayLike,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
    threads: int | None = None,
) -> Plan | GroupPlan:
    """Plan a stratified split without making index arrays.

    Parameters
    ----------
    labels, sizes, seed, ids, groups, balance, min_per_split, threads
        As for `fastsplit.split`, which makes the same plan from them.

    Returns
    -------
    Plan, or GroupPlan if there are groups
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
    given_ids = read_ids(ids, len(read.values))
    minimum, balance = read_min_per_split(min_per_split), read_balance(balance)
    workers = read_threads(threads)
    number = read_seed(seed)
    numbers = hashed(given_ids, workers)

    request = pipeline.Request(read, shares, expand_seed(number), numbers, minimum, workers)
    if groups is not None or balance != "fair":
        check_groups_alone(groups, ids, balance)
        made, _ = planned(names, number, request, read_groups(groups, len(read.values)), balance)
        gates.warn_of_empty_splits(names, shares, made.splits)
        return made
    return Plan.of(names, shares, number, given_ids.kind if given_ids else None, pipeline.run(request, assigned=False))
