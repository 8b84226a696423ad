"""Plans of labels in Spark: a DataFrame, of which no partition leaves its executor.

`plan` scans the DataFrame twice and moves tallies alone; `assign` adds a column, lazily. The plan is that of
`fastsplit.plan` in memory, bit for bit.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add

try:
    import pandas as pd
    import pyarrow as pa
    from pyspark import TaskContext
    from pyspark.sql import Column, DataFrame, functions
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("pyspark", "pyarrow", "pandas"):
        raise
    raise ImportError("fastsplit.spark needs PySpark: pip install 'fastsplit[spark]'") from error

from fastsplit.partials import FAN_IN, Partial, Scan, assigned, planned
from fastsplit.plans import Plan
from fastsplit.typing import SeedLike, SizesLike

__all__ = ["assign", "plan"]

_SCHEMA = pa.schema([("partial", pa.binary())])


def plan(
    df: DataFrame, label: str, sizes: SizesLike = (0.8, 0.2), *, seed: SeedLike, id: str, min_per_split: int = 0
) -> Plan:
    """Plan a stratified split of a DataFrame.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Which gives the same rows, in any order, whenever it is evaluated.
    label, id : str
        The columns of labels and ids, which are all that is read. Positions are no ids: Spark does not know them.
    sizes, min_per_split
        As for `fastsplit.plan`.
    seed : int, numpy.random.SeedSequence or numpy.random.Generator
        As for `fastsplit.plan`, but None is an error.

    Returns
    -------
    Plan
        Equal to ``fastsplit.plan`` of all labels and ids in memory, bit for bit.

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

    def run(scan: Scan) -> list[Partial]:
        def scanned(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            where = f"partition {TaskContext.get().partitionId()}"
            yield _wrapped(scan.of_batches(where, ((batch.column(0), batch.column(1)) for batch in batches)))

        columns = df.select(functions.col(label).alias("label"), functions.col(id).alias("id"))
        partials = columns.mapInArrow(scanned, "partial binary")
        sums = partials.repartition(FAN_IN).mapInArrow(_merged, "partial binary")
        return _unwrapped(row.partial for row in sums.collect())

    return planned(run, sizes, seed, min_per_split)


def assign(df: DataFrame, plan: Plan, label: str, id: str) -> DataFrame:
    """Add a column ``split``, lazily.

    Parameters
    ----------
    df, label, id
        As for `plan`.
    plan : Plan
        Of `plan`, or of `fastsplit.plan` with the same kind of ids.

    Returns
    -------
    pyspark.sql.DataFrame
        With the number of the split of each row, as an int, or 255 for no split.

    Raises
    ------
    ValueError
        If there is a column ``split``.
    pyspark.errors.PythonException
        When the result is evaluated: as for `Plan.assign`.
    """
    if "split" in map(str.lower, df.columns):
        raise ValueError("df must have no column 'split', which is to be added; rename it or drop it")

    def split_of(labels: pd.Series, ids: pd.Series) -> pd.Series:
        return pd.Series(assigned(labels, ids, plan).astype("int32"))

    # Only the two columns go through Python, where mapInArrow would move whole rows.
    split: Column = functions.pandas_udf(split_of, "int")(functions.col(label), functions.col(id))
    return df.withColumn("split", split)


def _wrapped(partial: Partial) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"partial": [pickle.dumps(partial, pickle.HIGHEST_PROTOCOL)]}, _SCHEMA)


def _unwrapped(cells: Iterable[bytes]) -> list[Partial]:
    return [pickle.loads(bytes(cell)) for cell in cells]


def _merged(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    partials = (partial for batch in batches for partial in _unwrapped(batch.column(0).to_pylist()))
    if first := next(partials, None):
        yield _wrapped(reduce(add, partials, first))  # one by one: a task may add up thousands
