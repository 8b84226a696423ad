"""Plans of labels in Ray: a Dataset, of which no block leaves its worker.

`plan` scans the dataset twice and moves tallies alone; `assign` and `split` return lazy datasets. The plan is that of
`fastsplit.plan` in memory, bit for bit.
"""

from __future__ import annotations

import pickle
from typing import Any, overload

import numpy as np

try:
    import pyarrow as pa
    import ray
    import ray.data as _  # noqa: F401
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("ray", "pyarrow"):
        raise
    raise ImportError("fastsplit.ray needs Ray Data: pip install 'fastsplit[ray]'") from error

from fastsplit.group_plans import GroupPlan
from fastsplit.partials import Partial, Scan, assigned, checked_balance, merged, named_column, planned, tree
from fastsplit.plans import Plan
from fastsplit.typing import Balance, SeedLike, SizesLike

__all__ = ["assign", "plan", "split"]

_COLUMN = "partial"
_WHOLE_BLOCKS: dict[str, Any] = {"batch_format": "pyarrow", "batch_size": None, "zero_copy_batch": True}


@overload
def plan(
    ds: ray.data.Dataset, label: str, sizes: SizesLike = ..., *, seed: SeedLike, id: str, min_per_split: int = ...
) -> Plan: ...
@overload
def plan(
    ds: ray.data.Dataset,
    label: str,
    sizes: SizesLike = ...,
    *,
    seed: SeedLike,
    group: str,
    balance: Balance = ...,
    min_per_split: int = ...,
) -> GroupPlan: ...
def plan(
    ds: ray.data.Dataset,
    label: str,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike,
    id: str | None = None,
    group: str | None = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
) -> Plan | GroupPlan:
    """Plan a stratified split of a dataset.

    Parameters
    ----------
    ds : ray.data.Dataset
        Which gives the same rows, in any order, whenever it is executed.
    label : str
        The column of labels.
    id, group : str
        The column of ids, or of groups. Only the two columns are read. Positions are no ids: Ray does not know them.
    sizes, balance, min_per_split
        As for `fastsplit.plan`.
    seed : int, numpy.random.SeedSequence or numpy.random.Generator
        As for `fastsplit.plan`, but None is an error.

    Returns
    -------
    Plan, or GroupPlan if there are groups
        Equal to ``fastsplit.plan`` of all labels and ids or groups in memory, bit for bit.

    Raises
    ------
    ValueError, TypeError
        As for `fastsplit.plan`, naming the block by its first id or group; or if labels change between the scans.
    MemoryError
        If this process cannot hold the keys near the cuts, which is known after the first scan.
    """
    way, beside = checked_balance(group, id, balance), named_column(id, group)
    columns, what = ds.select_columns(list(dict.fromkeys([label, beside]))), "id" if group is None else "group"
    merge = ray.remote(_merged)

    def run(scan: Scan) -> list[Partial]:
        def scanned(block: pa.Table) -> pa.Table:
            first = f"the block whose first {what} is {block[beside][0].as_py()!r}" if len(block) else "an empty block"
            return _wrapped(scan(first, block[label], block[beside]))

        refs = columns.map_batches(scanned, **_WHOLE_BLOCKS).to_arrow_refs()
        return [partial for table in ray.get(tree(refs, merge.remote)) for partial in _unwrapped(table)]

    return planned(run, sizes, seed, min_per_split, way)


def assign(
    ds: ray.data.Dataset, plan: Plan | GroupPlan, label: str, id: str | None = None, *, group: str | None = None
) -> ray.data.Dataset:
    """Add a column ``split``, lazily.

    Parameters
    ----------
    ds, label, id, group
        As for `plan`.
    plan : Plan or GroupPlan
        Of `plan`, or of `fastsplit.plan` with the same kind of ids or groups.

    Returns
    -------
    ray.data.Dataset
        With the number of the split of each row, as uint8, or 255 for no split.

    Raises
    ------
    ray.exceptions.RayTaskError
        When the result is executed: as for `fastsplit.Plan.assign` or `fastsplit.GroupPlan.assign`, or if there is a
        column ``split``.
    """
    beside = named_column(id, group, plan)

    def with_split(block: pa.Table) -> pa.Table:
        if "split" in block.column_names:
            raise ValueError("ds must have no column 'split', which is to be added; rename it or drop it")
        return block.append_column("split", pa.array(assigned(block[label], block[beside], plan)))

    return ds.map_batches(with_split, **_WHOLE_BLOCKS)


def split(
    ds: ray.data.Dataset,
    label: str,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike,
    id: str | None = None,
    group: str | None = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
) -> tuple[ray.data.Dataset, ...]:
    """Split a dataset, exactly stratified by class.

    Each split is a lazy filter of the dataset: if its rows are expensive to make, materialize it first.

    Parameters
    ----------
    ds, label, sizes, seed, id, group, balance, min_per_split
        As for `plan`.

    Returns
    -------
    tuple of ray.data.Dataset
        One per size.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As for `plan`.
    """
    options: dict[str, Any] = {"seed": seed, "id": id, "group": group, "balance": balance}
    made, beside = plan(ds, label, sizes, min_per_split=min_per_split, **options), named_column(id, group)

    def part(number: int) -> ray.data.Dataset:
        def rows(block: pa.Table) -> pa.Table:
            return block.take(np.flatnonzero(assigned(block[label], block[beside], made) == number))

        return ds.map_batches(rows, **_WHOLE_BLOCKS)

    return tuple(part(number) for number in range(len(made.names)))


def _wrapped(partial: Partial) -> pa.Table:
    return pa.table({_COLUMN: pa.array([pickle.dumps(partial, pickle.HIGHEST_PROTOCOL)], pa.large_binary())})


def _unwrapped(table: pa.Table) -> list[Partial]:
    return [pickle.loads(partial.as_buffer()) for partial in table[_COLUMN]] if table.num_rows else []


def _merged(*tables: pa.Table) -> pa.Table:
    partials = [partial for table in tables for partial in _unwrapped(table)]
    return _wrapped(merged(*partials)) if partials else tables[0]
