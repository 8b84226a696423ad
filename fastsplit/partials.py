"""What Dask, Ray and Spark share: the scans that an engine maps over partitions, and the sum of what these find."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any, TypeAlias, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from fastsplit.counting import Counts, count
from fastsplit.group_plans import GroupPlan
from fastsplit.group_tables import GroupTable
from fastsplit.inputs.gates import warn_of_empty_splits
from fastsplit.inputs.ids import check_groups_alone
from fastsplit.inputs.options import read_balance, read_min_per_split
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import are_counts, read_sizes
from fastsplit.memory import require_memory
from fastsplit.plans import Plan
from fastsplit.tallies import Tally
from fastsplit.tallying import expected_nbytes, tally
from fastsplit.typing import Balance, SeedLike, SizesLike

FAN_IN = 8  # partials that one task adds up: few enough to hold at once, many enough for a low tree

_NOTHING = np.empty(0, dtype=np.int64)

T = TypeVar("T")
Found: TypeAlias = Counts | Tally | GroupTable
Error: TypeAlias = TypeError | ValueError | MemoryError


@dataclass(frozen=True)
class Partial:
    """The counts, the tally or the table of groups of some partitions, or the error in one of them.

    An error is a value: an engine would run a task that raises again and again, and wrap the error.

    Attributes
    ----------
    where : str
        How errors name the partition; of a sum, the first one that has examples.
    found : Counts, Tally, GroupTable, or one of the errors that are kept
        What is summed.
    """

    where: str
    found: Found | Error

    def __add__(self, other: Partial) -> Partial:
        mine, others = self.found, other.found
        if isinstance(mine, Exception) or isinstance(others, Exception):
            return self if isinstance(mine, Exception) else other
        try:
            return Partial((self if len(mine) else other).where, cast(Any, mine) + others)
        except (TypeError, ValueError, MemoryError) as error:
            return Partial(self.where, _at(f"{self.where} and {other.where}", error))


@dataclass(frozen=True)
class Scan:
    """One pass over all partitions: it counts the labels or, once the counts are known, tallies them.

    With groups, which take the place of ids, it makes their table.
    """

    sizes: SizesLike
    seed: int
    min_per_split: int
    after: Counts | Tally | None = None
    with_groups: bool = False

    def __call__(self, where: str, labels: Any, ids: Any = None, start: int = 0) -> Partial:
        """Return what is found in one partition, whose first label has the position ``start``."""
        try:
            return Partial(where, self._found(labels, ids, start))
        except (TypeError, ValueError, MemoryError) as error:
            return Partial(where, _at(where, error))

    def of_batches(self, where: str, batches: Iterable[tuple[Any, Any]]) -> Partial:
        """Return what is found in one partition, which comes as batches of labels and ids."""
        return self.summed(self(where, labels, ids) for labels, ids in batches)

    def summed(self, partials: Iterable[Partial]) -> Partial:
        """Return the sum of partials; of none, which only happens where there are ids, that of no labels with ids."""
        each = iter(partials)
        return reduce(add, each, next(each, None) or self("no partition", _NOTHING, _NOTHING))

    def _found(self, labels: Any, ids: Any, start: int) -> Found:
        if self.with_groups:
            return GroupTable.of(labels, ids, threads=1)
        if self.after is None:
            return count(labels, threads=1)
        return tally(
            labels,
            self.sizes,
            seed=self.seed,
            ids=ids,
            start=start,
            after=self.after,
            min_per_split=self.min_per_split,
            threads=1,  # the engine runs a task per core
        )


def checked_balance(groups: Any, ids: Any, balance: Balance) -> Balance | None:
    """Return how groups are to be balanced, or None if there are no groups; refuse ids beside them."""
    if groups is None and read_balance(balance) == "fair":
        return None
    check_groups_alone(groups, ids, balance)
    return read_balance(balance)


def named_column(ids: str | None, groups: str | None, plan: Plan | GroupPlan | None = None) -> str:
    """Return the column of ids or groups, of which one is to be named: the one that the plan, if any, was made with."""
    if plan is not None and isinstance(plan, GroupPlan) != (groups is not None):
        what = ("group", "groups") if isinstance(plan, GroupPlan) else ("id", "ids")
        raise ValueError(f"{what[0]} must name a column, and nothing else, because the plan was made with {what[1]}")
    if (ids is None) == (groups is None):
        raise ValueError(f"id or group must name a column, got {'neither' if ids is None else 'both'}")
    return str(groups if ids is None else ids)


@overload
def planned(
    run: Callable[[Scan], Iterable[Partial]], sizes: SizesLike, seed: SeedLike, min_per_split: int, balance: None = None
) -> Plan: ...
@overload
def planned(
    run: Callable[[Scan], Iterable[Partial]],
    sizes: SizesLike,
    seed: SeedLike,
    min_per_split: int,
    balance: Balance | None,
) -> Plan | GroupPlan: ...
def planned(
    run: Callable[[Scan], Iterable[Partial]],
    sizes: SizesLike,
    seed: SeedLike,
    min_per_split: int,
    balance: Balance | None = None,
) -> Plan | GroupPlan:
    """Plan by as many scans as it takes: ``run`` maps one over all partitions, and returns a few sums of partials.

    There are groups if there is a ``balance``: then one scan is enough.
    """
    if seed is None:
        raise ValueError("seed must be given, got None: a plan over partitions is made to be made again")
    if not are_counts(sizes):  # counts are compared with the number of labels
        sizes = dict(zip(*read_sizes(sizes, 0), strict=True))  # refuses bad sizes before anything runs
    scan = Scan(sizes, read_seed(seed), read_min_per_split(min_per_split), with_groups=balance is not None)
    found = _result(scan, run)
    if balance is not None:
        plan = cast(GroupTable, found).plan(sizes, scan.seed, balance, scan.min_per_split)
        warn_of_empty_splits(plan.names, plan.sizes, plan.splits)
        return plan
    known = cast(Counts | Tally, found)
    names, shares = read_sizes(sizes, len(known))
    scan = replace(scan, sizes=dict(zip(names, shares, strict=True)))  # exact: nothing is left to warn of in each task
    while not (isinstance(known, Tally) and known.complete):
        expected = expected_nbytes(known, scan.sizes, seed=scan.seed, min_per_split=scan.min_per_split)
        what = f"collecting the keys near the cuts of {len(known.classes):,} classes"
        require_memory(2 * expected, what)  # as they arrive, and as they are unpacked
        known = cast(Tally, _result(replace(scan, after=known), run))
    return known.plan()


def tree(partials: list[T], merge: Callable[..., T]) -> list[T]:
    """Return the root of a tree of sums, each of which ``merge`` makes of a few partials; nothing of no partials."""
    while len(partials) > 1:
        partials = [merge(*partials[i : i + FAN_IN]) for i in range(0, len(partials), FAN_IN)]
    return partials


def merged(*partials: Partial) -> Partial:
    """Return the sum of at least one partial."""
    return reduce(add, partials)


def assigned(labels: Any, ids: Any, plan: Plan | GroupPlan) -> NDArray[Any]:
    """Return the split of each example of a partition, by its id or group."""
    return plan.assign(labels, ids, threads=1)


def dtype_of_splits(plan: Plan | GroupPlan) -> np.dtype[Any]:
    """Return the dtype of what ``plan.assign`` returns."""
    return assigned(plan.classes[:0], _NOTHING, plan).dtype


def _result(scan: Scan, run: Callable[[Scan], Iterable[Partial]]) -> Found:
    """Return what a scan of all partitions found, or raise the error in one of them."""
    found = scan.summed(run(scan)).found
    if isinstance(found, Exception):
        raise found
    return found


def _at(where: str, error: Error) -> Error:
    """Return an error that says where another one was."""
    kind = next(kind for kind in (TypeError, MemoryError, ValueError) if isinstance(error, kind))
    return kind(f"{where}: {error}")
