"""Plans of labels in Dask: an Array, a Series, or a Bag of batches, of which no partition leaves its worker.

`plan` scans the partitions twice and moves tallies alone; `assign` and `split_frame` return lazy collections. All of it
runs on the caller's scheduler. The plan is that of `fastsplit.plan` in memory, bit for bit.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

try:
    import dask
    from dask import array as da
    from dask import bag as db
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "dask":
        raise
    raise ImportError("fastsplit.dask needs Dask: pip install 'fastsplit[dask]'") from error

from fastsplit.group_plans import GroupPlan
from fastsplit.inputs.options import described
from fastsplit.partials import (
    Partial,
    Scan,
    assigned,
    checked_balance,
    dtype_of_splits,
    merged,
    named_column,
    planned,
    tree,
)
from fastsplit.plans import Plan
from fastsplit.typing import Balance, SeedLike, SizesLike

__all__ = ["assign", "plan", "split_frame"]


@overload
def plan(
    labels: Any, sizes: SizesLike = ..., *, seed: SeedLike, ids: Any = ..., groups: None = ..., min_per_split: int = ...
) -> Plan: ...
@overload
def plan(
    labels: Any,
    sizes: SizesLike = ...,
    *,
    seed: SeedLike,
    groups: Any,
    balance: Balance = ...,
    min_per_split: int = ...,
) -> GroupPlan: ...
def plan(
    labels: Any,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike,
    ids: Any = None,
    groups: Any = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
) -> Plan | GroupPlan:
    """Plan a stratified split of labels in partitions.

    Parameters
    ----------
    labels : dask.array.Array, shape (N,), dask.dataframe.Series, or dask.bag.Bag
        The items of a bag are batches: pairs of labels and ids, as `fastsplit.plan` takes them.
    sizes, balance, min_per_split
        As for `fastsplit.plan`.
    seed : int, numpy.random.SeedSequence or numpy.random.Generator
        As for `fastsplit.plan`, but None is an error.
    ids : dask.array.Array, shape (N,), or dask.dataframe.Series, optional
        As for `fastsplit.plan`, in the partitions of the labels. Positions by default, if labels are an array whose
        chunks are known; required for a Series.
    groups : dask.array.Array, shape (N,), or dask.dataframe.Series, optional
        As for `fastsplit.plan`, in the partitions of the labels. True if the items of a bag are pairs of labels and
        groups. The partitions are then read once, and send 12 bytes per group and class.

    Returns
    -------
    Plan, or GroupPlan if there are groups
        Equal to ``fastsplit.plan`` of all labels and ids or groups in memory, bit for bit.

    Raises
    ------
    ValueError, TypeError
        As for `fastsplit.plan`, naming the partition; if there are no ids and Dask does not know how many rows precede
        a partition; or if labels change between the scans.
    MemoryError
        If this process cannot hold the keys near the cuts, which is known after the first scan.

    Examples
    --------
    >>> import dask.array as da
    >>> import fastsplit
    >>> labels = da.from_array([0, 1] * 50, chunks=30)
    >>> plan = fastsplit.dask.plan(labels, (0.7, 0.3), seed=0)
    >>> plan == fastsplit.plan([0, 1] * 50, (0.7, 0.3), seed=0)
    True
    >>> fastsplit.dask.assign(labels, plan)
    dask.array<assigned, shape=(100,), dtype=uint8, chunksize=(30,), chunktype=numpy.ndarray>
    """
    way = checked_balance(groups, ids, balance)
    parts = _parts(labels, ids, groups)

    def run(scan: Scan) -> list[Partial]:
        shared = dask.delayed(scan, traverse=False)
        is_bag = isinstance(labels, db.Bag)
        task = shared.of_batches if is_bag else shared
        partials = [task(f"partition {i}", *part) for i, part in enumerate(parts)]
        return list(dask.compute(*tree(partials, dask.delayed(merged))))

    return planned(run, sizes, seed, min_per_split, way)


def assign(labels: Any, plan: Plan | GroupPlan, ids: Any = None, *, groups: Any = None) -> Any:
    """Return the split of each example, lazily.

    Parameters
    ----------
    labels, ids, groups
        As for `plan`; ids or groups are required if the plan was made with them. The partitions may be others.
    plan : Plan or GroupPlan
        Of `plan` or `fastsplit.plan`.

    Returns
    -------
    dask.array.Array, dask.dataframe.Series or dask.bag.Bag
        In the partitions of the labels, of uint8: the number of the split, or 255 for no split. A Series has the index
        of the labels; the items of a bag are arrays.

    Raises
    ------
    ValueError, TypeError
        As for `fastsplit.Plan.assign` or `fastsplit.GroupPlan.assign`, when the result is computed.
    """
    shared = dask.delayed(plan, traverse=False)
    if isinstance(labels, db.Bag):
        return labels.map(_batch_assigned, shared)
    ids = _ids_or_groups(labels, plan, ids, groups)
    dtype = dtype_of_splits(plan)
    if isinstance(labels, da.Array):
        return da.map_blocks(assigned, labels, ids, shared, dtype=dtype, meta=np.empty(0, dtype=dtype))
    meta = labels._meta.iloc[:0].astype(object).astype(dtype).rename("split")
    return labels.map_partitions(_series_assigned, ids, shared, meta=meta, align_dataframes=False)


def split_frame(
    frame: Any,
    label: str,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike,
    id: str | None = None,
    group: str | None = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
) -> tuple[Any, ...]:
    """Split a DataFrame, exactly stratified by class.

    Only two columns are read, twice, or once with groups, to plan. Each split is a lazy filter of the DataFrame.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
        Which gives the same rows whenever it is computed.
    label : str
        The column of labels.
    id, group : str
        The column of ids, or of groups.
    sizes, seed, balance, min_per_split
        As for `plan`.

    Returns
    -------
    tuple of dask.dataframe.DataFrame
        One per size.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As for `plan`.
    """
    beside = named_column(id, group)
    ids, groups = (None if name is None else frame[name] for name in (id, group))
    options: dict[str, Any] = {"seed": seed, "balance": balance, "min_per_split": min_per_split}
    made = plan(frame[label], sizes, ids=ids, groups=groups, **options)
    shared = dask.delayed(made, traverse=False)

    def part(split: int) -> Any:
        return frame.map_partitions(_rows_of, label, beside, shared, split, meta=frame._meta)

    return tuple(part(split) for split in range(len(made.names)))


def _parts(labels: Any, ids: Any, groups: Any) -> list[tuple[Any, ...]]:
    """Return what a scan takes of each partition: labels, ids or groups; or labels, None and the number before."""
    if isinstance(labels, db.Bag):
        if ids is not None:
            raise ValueError("ids must be in the items of the bag, which are pairs of labels and ids; got both")
        if groups is not None and groups is not True:
            raise ValueError("groups must be in the items of the bag, which are pairs of labels and groups: pass True")
        return [(part,) for part in labels.to_delayed()]
    _check_column(labels, "labels")
    of_labels = np.ravel(labels.to_delayed())
    if ids is None and groups is None:
        starts = np.cumsum([0, *_known_chunks(labels)])
        return [(part, None, start) for part, start in zip(of_labels, starts.tolist(), strict=False)]
    beside = _aligned(labels, groups, "groups") if ids is None else _aligned(labels, ids, "ids")
    return list(zip(of_labels, np.ravel(beside.to_delayed()), strict=True))


def _ids_or_groups(labels: Any, plan: Plan | GroupPlan, ids: Any, groups: Any) -> Any:
    """Return what a plan assigns by, in the partitions of the labels: positions if it was made without ids."""
    _check_column(labels, "labels")
    given, what = (groups, "groups") if isinstance(plan, GroupPlan) else (ids, "ids")
    if groups is not None and what == "ids":
        raise ValueError("groups must be left out, because the plan was made without groups")
    if ids is not None and what == "groups":
        raise ValueError("ids must be left out, because the plan was made with groups: pass groups=")
    if given is not None:
        return _aligned(labels, given, what)
    if isinstance(plan, GroupPlan) or plan.with_ids:
        raise ValueError(f"{what} must be given, because the plan was made with {what}")
    chunks = _known_chunks(labels)
    return da.arange(sum(chunks), chunks=(chunks,), dtype=np.int64)


def _aligned(labels: Any, values: Any, what: str) -> Any:
    """Return ids or groups in the partitions of the labels."""
    _check_column(values, what)
    if (
        isinstance(values, da.Array)
        and isinstance(labels, da.Array)
        and not np.isnan(labels.shape + values.shape).any()
    ):
        if len(values) != len(labels):
            raise ValueError(f"{what} must be as many as the labels, {len(labels)}, got {len(values)}")
        return values.rechunk(labels.chunks)
    if isinstance(values, da.Array) != isinstance(labels, da.Array):
        kinds = type(labels).__name__, type(values).__name__
        raise TypeError(f"{what} must be of the kind of the labels, {kinds[0]}, got {kinds[1]}")
    if values.npartitions != labels.npartitions:
        raise ValueError(
            f"{what} must have the {labels.npartitions} partitions of the labels, got {values.npartitions}"
        )
    return values


def _check_column(values: Any, what: str) -> None:
    """Refuse what is no one-dimensional array and no Series."""
    if getattr(values, "ndim", 0) != 1 or not hasattr(values, "to_delayed"):
        raise TypeError(f"{what} must be a one-dimensional Dask Array, a Series or a Bag, got {described(values)}")


def _known_chunks(labels: Any) -> tuple[int, ...]:
    """Return the length of each chunk, which positions as ids need."""
    if not isinstance(labels, da.Array) or np.isnan(labels.shape).any():
        raise ValueError(
            "ids must be given, because Dask does not know how many labels precede a partition; to take positions, "
            "pass an array of known chunks, such as series.to_dask_array(lengths=True)"
        )
    (chunks,) = labels.chunks
    return tuple(chunks)


def _batch_assigned(batch: tuple[Any, Any], plan: Plan | GroupPlan) -> NDArray[Any]:
    return assigned(*batch, plan)


def _series_assigned(labels: Any, ids: Any, plan: Plan | GroupPlan) -> Any:
    return type(labels)(assigned(labels, ids, plan), index=labels.index, name="split")


def _rows_of(frame: Any, label: str, id: str, plan: Plan | GroupPlan, split: int) -> Any:
    return frame[assigned(frame[label], frame[id], plan) == split]
