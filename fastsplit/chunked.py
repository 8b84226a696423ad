"""plan_chunks, assign_chunks: labels that come in chunks, and need never be in memory at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from fastsplit.counting import Counts, count
from fastsplit.group_plans import GroupPlan
from fastsplit.group_tables import GroupTable
from fastsplit.inputs.gates import warn_of_empty_splits
from fastsplit.inputs.options import described, integer_argument, read_balance, read_flag, read_min_per_split
from fastsplit.inputs.seeds import read_seed
from fastsplit.memory import require_memory
from fastsplit.plans import Plan
from fastsplit.tallies import Tally
from fastsplit.tally_heads import read_head
from fastsplit.tallying import Tallying, expected_nbytes
from fastsplit.typing import Balance, SeedLike, SizesLike

Chunks = Callable[[], Iterable[Any]]
Progress = Callable[[Iterable[Any], str], Iterable[Any]]
Add = Callable[[Any, Any, "int | None"], None]

_COPIES = 3  # of a tally: the keys that are collected come with their cells, and with room for more


@overload
def plan_chunks(
    chunks: Chunks,
    sizes: SizesLike,
    *,
    seed: SeedLike,
    groups: Literal[False] = ...,
    min_per_split: int = ...,
    passes: int = ...,
    progress: Progress | None = ...,
    threads: int | None = ...,
) -> Plan: ...
@overload
def plan_chunks(
    chunks: Chunks,
    sizes: SizesLike,
    *,
    seed: SeedLike,
    groups: Literal[True],
    balance: Balance = ...,
    min_per_split: int = ...,
    progress: Progress | None = ...,
    threads: int | None = ...,
) -> GroupPlan: ...
def plan_chunks(
    chunks: Chunks,
    sizes: SizesLike,
    *,
    seed: SeedLike,
    groups: bool = False,
    balance: Balance = "fair",
    min_per_split: int = 0,
    passes: int = 2,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Plan | GroupPlan:
    """Plan a stratified split of labels that come in chunks: the plan of `fastsplit.plan`, bit for bit.

    Parameters
    ----------
    chunks : callable
        Returns a fresh iterator of chunks, the same chunks each time it is called. A chunk is labels, or a tuple of
        labels and ids, both as for `fastsplit.split`. Without ids, the id of an example is its position among all.
    sizes, seed, balance, min_per_split, threads
        As for `fastsplit.split`.
    groups : bool, optional
        Whether the chunks are tuples of labels and groups, as for `fastsplit.split`, which may be in several chunks.
    passes : {2, 1}, optional
        2 counts the classes before it looks for cuts, which takes the least memory. 1 reads the chunks once, and again
        only if a cut is not where it is expected (about once in 1e11 cuts, if no examples share an id). Whatever the
        ids, there are at most 8 passes, or 9 if ``min_per_split`` has to move rows that share an id. With groups, the
        chunks are always read once.
    progress : callable, optional
        ``progress(items, what)`` returns the items and shows how many were done, such as ``tqdm.tqdm``.

    Returns
    -------
    Plan, or GroupPlan if there are groups
        `assign_chunks` returns the split of each example by it.

    Raises
    ------
    ValueError, TypeError
        As for `fastsplit.plan`, naming the chunk; or if chunks change from one pass to the next.
    MemoryError
        If the keys near the cuts, whose number is known from the counts, do not fit in memory; or the table of groups.

    Examples
    --------
    >>> import fastsplit
    >>> def chunks():
    ...     for begin in range(0, 1000, 100):
    ...         yield [i % 3 for i in range(begin, begin + 100)]
    >>> plan = fastsplit.plan_chunks(chunks, (0.8, 0.2), seed=0)
    >>> plan == fastsplit.plan([i % 3 for i in range(1000)], (0.8, 0.2), seed=0)
    True
    """
    if not callable(chunks):
        raise TypeError(
            f"chunks must be a function that returns an iterator of chunks, because they are read more than once, got "
            f"{described(chunks)}"
        )
    n_passes = integer_argument("passes", passes, minimum=1, maximum=2)
    number, minimum, show = read_seed(seed), read_min_per_split(min_per_split), progress or _silent
    of_groups, balance = read_flag("groups", groups), read_balance(balance)
    if balance != "fair" and not of_groups:
        raise ValueError(f"balance={balance!r} needs groups, got groups=False: pass groups=True, or leave balance out")
    if of_groups:
        plan = _grouped(chunks, show, threads).plan(sizes, number, balance, minimum)
        warn_of_empty_splits(plan.names, plan.sizes, plan.splits)
        return plan
    counts = _counted(chunks, show, threads) if n_passes == 2 else None

    def tallied(add: Add) -> None:
        for i, labels, ids in _read(chunks, show, "tally"):
            _named(i, add, labels, ids, threads)

    return plan_scans(tallied, sizes, number, minimum, counts, threads)


def plan_scans(
    scan: Callable[[Add], None],
    sizes: SizesLike,
    seed: int,
    min_per_split: int,
    counts: Counts | None,
    threads: int | None,
) -> Plan:
    """Plan labels that are scanned as often as needed, which is once but for very rare cases.

    Parameters
    ----------
    scan : callable
        Calls its argument, ``add(labels, ids, threads)``, with the labels and the ids of every chunk, in order.
    sizes, seed, min_per_split, threads
        As for `fastsplit.split`.
    counts : Counts or None
        The counts of all labels, if they were counted before.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As for `plan_chunks`.
    """
    after: Counts | Tally | None = counts
    while True:
        if after is not None:
            expected = expected_nbytes(after, sizes, seed=seed, min_per_split=min_per_split)
            require_memory(_COPIES * expected, "the tally of all labels")
        tallying = Tallying(read_head(sizes, seed, min_per_split, None if after is None else len(after)), after)
        scan(tallying.add)
        total = tallying.total(threads)
        if total.complete:
            return total.plan()
        after = total


def assign_chunks(plan: Plan | GroupPlan, chunks: Chunks, *, threads: int | None = None) -> Iterator[NDArray[Any]]:
    """Yield the split of each example, chunk by chunk.

    Parameters
    ----------
    plan : Plan or GroupPlan
        That of `plan_chunks`.
    chunks : callable
        As for `plan_chunks`, with groups if the plan is of groups. Without ids, positions continue from chunk to chunk.
    threads : int, optional
        As for `fastsplit.split`.

    Yields
    ------
    ndarray of uint8
        The split of each example of a chunk, as of `Plan.assign` or `GroupPlan.assign`.

    Raises
    ------
    ValueError, TypeError
        As for these, naming the chunk.

    Examples
    --------
    >>> import fastsplit
    >>> def chunks():
    ...     yield [0, 1, 0, 1]
    ...     yield [1, 1, 0, 0]
    >>> plan = fastsplit.plan_chunks(chunks, (0.5, 0.5), seed=0)
    >>> [part.shape for part in fastsplit.assign_chunks(plan, chunks)]
    [(4,), (4,)]
    """
    start, of_groups = 0, isinstance(plan, GroupPlan)
    for i, labels, ids in _read(chunks, _silent, "assign", "groups" if of_groups else "ids"):
        n = len(labels)
        if ids is None and isinstance(plan, Plan) and not plan.with_ids:
            ids = np.arange(start, start + n, dtype=np.uint64)
        start += n
        yield _named(i, plan.assign, labels, ids, threads=threads)


def _counted(chunks: Chunks, progress: Progress, threads: int | None) -> Counts:
    """Return the counts of all chunks: the first of two passes."""
    counts = Counts.empty()
    for i, labels, _ in _read(chunks, progress, "count"):
        counts = _named(i, _add, counts, count, labels, threads=threads)
    return counts


def _grouped(chunks: Chunks, progress: Progress, threads: int | None) -> GroupTable:
    """Return the table of the groups of all chunks."""
    tables = GroupTable.of([], [])
    for i, labels, groups in _read(chunks, progress, "tabulate", "groups"):
        tables = _named(i, _add, tables, GroupTable.of, labels, groups, threads=threads)
    return tables


def _silent(items: Iterable[Any], what: str) -> Iterable[Any]:
    return items


def _read(chunks: Chunks, progress: Progress, what: str, beside: str = "ids") -> Iterator[tuple[int, Any, Any]]:
    """Yield the number, the labels and the ids, or groups, of each chunk."""
    for i, chunk in enumerate(progress(chunks(), what)):
        if isinstance(chunk, tuple) and len(chunk) != 2:
            raise TypeError(
                f"chunk {i}: a tuple must be labels and {beside}, got {len(chunk)} elements; pass labels as a list"
            )
        labels, ids = chunk if isinstance(chunk, tuple) else (chunk, None)
        yield i, labels, ids


def _add(total: Any, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    return total + function(*args, **options)


def _named(i: int, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call a function of a chunk; errors name the chunk."""
    try:
        return function(*args, **options)
    except (TypeError, ValueError) as error:
        raise type(error)(f"chunk {i}: {error}") from error
