"""Plans of labels in Spark: a DataFrame, of which no partition leaves its executor.

`plan` scans the DataFrame twice and moves tallies alone; `assign` adds a column, lazily; `split` gives a DataFrame per
split. The plan is that of `fastsplit.plan` in memory, bit for bit.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add
from typing import Any, overload

try:
    import pandas as pd
    import pyarrow as pa
    from pyspark import TaskContext
    from pyspark.sql import Column, DataFrame, functions
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("pyspark", "pyarrow", "pandas"):
        raise
    raise ImportError(
        f"fastsplit.spark needs PySpark, which {sys.executable} does not have: pip install 'fastsplit[spark]'; on "
        "workers, PYSPARK_PYTHON says which Python runs"
    ) from error

from fastsplit.group_plans import GroupPlan
from fastsplit.partials import FAN_IN, Partial, Scan, assigned, checked_balance, named_column, planned
from fastsplit.plans import Plan
from fastsplit.typing import Balance, SeedLike, SizesLike

__all__ = ["assign", "plan", "split"]

_SCHEMA = pa.schema([("partial", pa.binary())])


@overload
def plan(
    df: DataFrame, label: str, sizes: SizesLike = ..., *, seed: SeedLike, id: str, min_per_split: int = ...
) -> Plan: ...
@overload
def plan(
    df: DataFrame,
    label: str,
    sizes: SizesLike = ...,
    *,
    seed: SeedLike,
    group: str,
    balance: Balance = ...,
    min_per_split: int = ...,
) -> GroupPlan: ...
def plan(
    df: DataFrame,
    label: str,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike,
    id: str | None = None,
    group: str | None = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
) -> Plan | GroupPlan:
    """Plan a stratified split of a DataFrame.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Which gives the same rows, in any order, whenever it is evaluated.
    label : str
        The column of labels.
    id, group : str
        The column of ids, or of groups. Only the two columns are read. Positions are no ids: Spark does not know them.
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
        As for `fastsplit.plan`, naming the partition; or if labels change between the scans.
    MemoryError
        If this process cannot hold the keys near the cuts, which is known after the first scan.

    Notes
    -----
    Partials come back as rows, not through accumulators, which count a task that is run again twice.
    """
    way, beside = checked_balance(group, id, balance), named_column(id, group)

    def run(scan: Scan) -> list[Partial]:
        def scanned(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            where = f"partition {TaskContext.get().partitionId()}"
            yield _wrapped(scan.of_batches(where, ((batch.column(0), batch.column(1)) for batch in batches)))

        columns = df.select(functions.col(label).alias("label"), functions.col(beside).alias("beside"))
        partials = columns.mapInArrow(scanned, "partial binary")
        sums = partials.repartition(FAN_IN).mapInArrow(_merged, "partial binary")
        return _unwrapped(row.partial for row in sums.collect())

    return planned(run, sizes, seed, min_per_split, way)


def assign(
    df: DataFrame, plan: Plan | GroupPlan, label: str, id: str | None = None, *, group: str | None = None
) -> DataFrame:
    """Add a column ``split``, lazily.

    Parameters
    ----------
    df, label, id, group
        As for `plan`.
    plan : Plan or GroupPlan
        Of `plan`, or of `fastsplit.plan` with the same kind of ids or groups.

    Returns
    -------
    pyspark.sql.DataFrame
        With the number of the split of each row, in the order of the sizes from 0 on, as an int, or 255 for no split.

    Raises
    ------
    ValueError
        If there is a column ``split``.
    pyspark.errors.PythonException
        When the result is evaluated: as for `fastsplit.Plan.assign` or `fastsplit.GroupPlan.assign`.
    """
    beside = named_column(id, group, plan)
    if "split" in map(str.lower, df.columns):
        raise ValueError("df must have no column 'split', which is to be added; rename it or drop it")

    def split_of(labels: pd.Series, ids: pd.Series) -> pd.Series:
        return pd.Series(assigned(labels, ids, plan).astype("int32"))

    # Only the two columns go through Python, where mapInArrow would move whole rows.
    split: Column = functions.pandas_udf(split_of, "int")(functions.col(label), functions.col(beside))
    return df.withColumn("split", split)


def split(
    df: DataFrame,
    label: str,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike,
    id: str | None = None,
    group: str | None = None,
    balance: Balance = "fair",
    min_per_split: int = 0,
) -> tuple[DataFrame, ...]:
    """Split a DataFrame, exactly stratified by class.

    Each split is a lazy filter of the DataFrame, and assigns all rows when it is evaluated. To write all splits in one
    pass, write the result of `assign` by ``partitionBy("split")``.

    Parameters
    ----------
    df, label, sizes, seed, id, group, balance, min_per_split
        As for `plan`.

    Returns
    -------
    tuple of pyspark.sql.DataFrame
        One per size.

    Raises
    ------
    ValueError, TypeError, MemoryError
        As for `plan` and `assign`.
    """
    options: dict[str, Any] = {"seed": seed, "id": id, "group": group, "balance": balance}
    made = plan(df, label, sizes, min_per_split=min_per_split, **options)
    rows = assign(df, made, label, id, group=group)
    return tuple(rows.where(functions.col("split") == number).drop("split") for number in range(len(made.names)))


def _wrapped(partial: Partial) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"partial": [pickle.dumps(partial, pickle.HIGHEST_PROTOCOL)]}, _SCHEMA)


def _unwrapped(cells: Iterable[bytes]) -> list[Partial]:
    return [pickle.loads(bytes(cell)) for cell in cells]


def _merged(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    partials = (partial for batch in batches for partial in _unwrapped(batch.column(0).to_pylist()))
    if first := next(partials, None):
        yield _wrapped(reduce(add, partials, first))  # one by one: a task may add up thousands
