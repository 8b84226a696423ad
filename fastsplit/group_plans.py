"""GroupPlan: the split of each group as a table, which can be saved and applied to more examples and groups."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastsplit.engine import pipeline, whole_groups
from fastsplit.engine.hashing import hashed
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.table import numbered
from fastsplit.engine.tabulate import Census, tabulated
from fastsplit.engine.units import UnitRequest
from fastsplit.fields import Counted, equal, freeze
from fastsplit.inputs.gates import check_kind_of_ids, check_kind_of_labels, check_whole_groups
from fastsplit.inputs.ids import Ids, read_groups
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.options import read_dtype, read_order, read_threads
from fastsplit.inputs.sizes import MAX_SPLITS, Shares
from fastsplit.text import printable
from fastsplit.typing import Balance, Order

if TYPE_CHECKING:
    from fastsplit.report import Drift
    from fastsplit.splits import Splits


class _Read(NamedTuple):
    """The arguments of a public method as the engine takes them, and the kind of the groups."""

    labels: Labels
    groups: NDArray[np.uint64]
    kind: str
    threads: int


@dataclass(frozen=True, eq=False, repr=False)
class GroupPlan(Counted):
    """A split of whole groups that can be saved, reviewed, and applied to any labels and groups.

    Parameters
    ----------
    names : tuple of str
        The K splits.
    sizes : tuple of fractions.Fraction
        The share of each split; they sum to at most 1.
    seed : int
        The seed of all draws.
    balance : {"fair", "closest"}
        How the groups were balanced.
    groups : ndarray of uint64, shape (U,)
        The groups, ascending: integers modulo 2**64, or the 64-bit hashes of strings. All arrays are read-only.
    splits : ndarray of uint8 (uint16 above 254 splits), shape (U,)
        The split of each group; 255 (65535) means no split.
    group_kind : {"integers", "strings"}
        The kind of the groups; None if there were none.
    classes : ndarray, shape (C,)
        The label values, ascending.
    totals : ndarray of int64, shape (C,)
        The number of examples of each class that the plan was made from.
    counts : ndarray of int64, shape (C, K)
        The number of those examples in each split.
    largest_group : int
        The number of examples of the largest group.

    See Also
    --------
    plan : make a plan from labels and groups.

    Notes
    -----
    Later examples of a group go where the group is. A new group goes to each split with the requested probability, by a
    keyed hash of its number alone; so later groups do not move earlier ones, but do not balance the classes either.

    Examples
    --------
    >>> import fastsplit
    >>> labels, patients = [0, 0, 1, 0, 1, 0, 0, 1], ["a", "a", "a", "b", "b", "c", "c", "d"]
    >>> plan = fastsplit.plan(labels, (0.5, 0.5), groups=patients, seed=0)
    >>> plan
    GroupPlan(train=1/2, test=1/2; 4 groups, 2 classes, seed=0)
    >>> len(set(plan.assign([0, 1, 1], ["a", "a", "a"]).tolist()))
    1
    """

    names: tuple[str, ...]
    sizes: Shares
    seed: int
    balance: Balance
    groups: NDArray[np.uint64]
    splits: NDArray[Any]
    group_kind: str | None
    classes: NDArray[Any]
    totals: NDArray[np.int64]
    counts: NDArray[np.int64]
    largest_group: int

    def __post_init__(self) -> None:
        if not isinstance(self.sizes, Shares):
            object.__setattr__(self, "sizes", Shares(self.sizes))
        freeze(self)

    @classmethod
    def of(
        cls,
        names: tuple[str, ...],
        request: UnitRequest,
        seed: int,
        group_kind: str | None,
        result: whole_groups.Result,
    ) -> GroupPlan:
        """Make a plan of what the engine found, be it from examples or from the table of groups and classes alone."""
        groups, splits, classes, totals, counts, largest = result
        kind, balance = group_kind if len(groups) else None, _balance(request.closest)
        return cls(names, request.shares, seed, balance, groups, splits, kind, classes, totals, counts, largest)

    @property
    def fair(self) -> bool:
        """Whether every group, whatever its size, had exactly the requested probability of each split."""
        return self.balance == "fair"

    def __repr__(self) -> str:
        sizes = ", ".join(f"{printable(name)}={size}" for name, size in zip(self.names, self.sizes, strict=True))
        closest = "" if self.fair else ", balance='closest'"
        return f"GroupPlan({sizes}; {len(self.groups)} groups, {len(self.classes)} classes, seed={self.seed}{closest})"

    def __eq__(self, other: object) -> bool:
        return equal(self, other) if isinstance(other, GroupPlan) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.names, self.sizes, self.seed, self.balance, self.groups.tobytes(), self.splits.tobytes()))

    def assign(self, labels: ArrayLike, groups: ArrayLike, *, threads: int | None = None) -> NDArray[Any]:
        """Return the split of each example.

        Parameters
        ----------
        labels : array_like, shape (N,)
            As for `fastsplit.split`. They are checked, but do not decide the split of an example: its group does.
        groups : array_like, shape (N,)
            As for `fastsplit.split`, of the kind that the plan was made with. Groups that the plan has not seen are
            split by their keys, with the requested probabilities.
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
            If labels or groups have the wrong shape or type, or are strings and the plan has integers, or the reverse.
        """
        read = self._read(labels, groups, threads)
        return self._assigned(read.groups, read.threads)

    def split(
        self,
        labels: ArrayLike,
        groups: ArrayLike,
        *,
        order: Order = "shuffled",
        dtype: DTypeLike | None = None,
        threads: int | None = None,
    ) -> Splits[GroupPlan]:
        """Return the index arrays of each split, of data that may have grown since the plan was made.

        Parameters
        ----------
        labels, groups, threads
            As for `assign`.
        order, dtype
            As for `fastsplit.split`.

        Returns
        -------
        Splits
            Its ``plan``, and so its ``classes``, its ``counts`` and its report, have the counts of these examples, and
            beside the groups of this plan the new ones.

        Raises
        ------
        ValueError, TypeError
            As for `assign`, or if the plan has more than 254 splits.

        Examples
        --------
        >>> import fastsplit
        >>> labels, patients = [0, 1] * 50, [i // 4 for i in range(100)]
        >>> parts = fastsplit.split(labels, groups=patients, seed=0)
        >>> grown = parts.plan.split([*labels, 1, 1], [*patients, 3, 99])
        >>> set(parts["train"]) <= set(grown["train"])
        True
        """
        from fastsplit.splits import Splits

        if len(self.names) > MAX_SPLITS:
            raise ValueError(f"a plan to split by must have at most {MAX_SPLITS} splits, got {len(self.names)}")
        read = self._read(labels, groups, threads)
        shuffled, index_dtype = read_order(order), read_dtype(dtype, len(read.groups))
        assignment = self._assigned(read.groups, read.threads)
        now = self._of(read, assignment)
        arrangement = pipeline.Arrangement(index_dtype, shuffled, expand_seed(self.seed).order, None, read.threads)
        return Splits(now, assignment, pipeline.index_arrays(assignment, now.counts, arrangement))

    def report(self, labels: ArrayLike, groups: ArrayLike, *, threads: int | None = None) -> Drift:
        """Return how far the shares of each class have drifted from the sizes, and how many examples are new.

        Parameters
        ----------
        labels, groups, threads
            As for `assign`.

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
        """
        from fastsplit.report import Drift

        read = self._read(labels, groups, threads)
        return Drift(self, self._of(read, self._assigned(read.groups, read.threads)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the plan as an .npz file, of 9 bytes per group; an interrupted call leaves the old file or none.

        Parameters
        ----------
        path : path_like
            The file, whatever its suffix. An existing file is replaced and its mode kept; a symbolic link is followed,
            and a pipe or a device written to.
        """
        from fastsplit import group_plan_files  # here, because its imports would slow down `import fastsplit`

        group_plan_files.write(path, {field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(path: str | os.PathLike[str]) -> GroupPlan:
        """Read a plan that `save` wrote.

        Parameters
        ----------
        path : path_like
            The file.

        Returns
        -------
        GroupPlan
            Equal to the saved plan, bit for bit.

        Raises
        ------
        ValueError
            If the file is no plan of groups, of an unknown version, changed after it was saved, or contradicts itself.
        """
        from fastsplit import group_plan_files

        return GroupPlan(**group_plan_files.read(path))

    def _read(self, labels: ArrayLike, groups: ArrayLike, threads: int | None) -> _Read:
        """Return the arguments of a public method, if they fit the plan."""
        read, workers = read_labels(labels), read_threads(threads)
        given = read_groups(groups, len(read.values))
        check_kind_of_ids(read, given, self.group_kind)
        check_kind_of_labels(read, self.classes)
        return _Read(read, hashed(given, workers), given.kind, workers)

    def _assigned(self, groups: NDArray[np.uint64], threads: int) -> NDArray[Any]:
        request = UnitRequest(self.sizes, expand_seed(self.seed), even=False, closest=not self.fair)
        return whole_groups.assigned(groups, (self.groups, self.splits), request, threads)

    def recounted(
        self, census: Census, groups: NDArray[np.uint64], group_kind: str | None, largest: int, threads: int
    ) -> GroupPlan:
        """Return the plan with the counts of other data, and with its groups and classes beside those of the plan."""
        united = np.union1d(self.groups, groups)
        return replace(
            self,
            groups=united,
            splits=self._assigned(united, threads),
            group_kind=self.group_kind or group_kind,
            classes=census.classes,
            totals=census.totals,
            counts=census.counts,
            largest_group=largest,
        )

    def _of(self, read: _Read, assignment: NDArray[Any]) -> GroupPlan:
        census = tabulated(read.labels, assignment, len(self.names), self.classes, read.threads)
        found, group_of = numbered(read.groups, read.threads)
        largest = int(np.bincount(group_of).max(initial=0))
        return self.recounted(census, found, read.kind if len(found) else None, largest, read.threads)


def planned(
    names: tuple[str, ...],
    seed: int,
    request: pipeline.Request,
    groups: Ids,
    balance: Balance,
    way: whole_groups.Way = whole_groups.WAY,
) -> tuple[GroupPlan, NDArray[Any]]:
    """Split checked labels by groups: return the plan, and the split of each example."""
    wish = UnitRequest(request.shares, request.seeds, even=False, closest=balance == "closest")
    result, assignment = whole_groups.run(request, groups, closest=wish.closest, way=way)
    check_whole_groups((names, request.shares), result.classes, result.counts, request.min_per_split)
    return GroupPlan.of(names, wish, seed, groups.kind, result), assignment


def _balance(closest: bool) -> Balance:
    return "closest" if closest else "fair"
