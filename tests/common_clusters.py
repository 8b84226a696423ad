"""Labels and ids in partitions, for the tests of Dask, Ray and Spark."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from common_groups import unequal_groups

import fastsplit

SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}
PARTIAL_SIZES = (0.5, 0.2, 0.1)
SEED = 7
MILLION = 1_000_000


class Rows(NamedTuple):
    """Labels and ids, one per row."""

    labels: np.ndarray
    ids: np.ndarray

    def parts(self, n):
        """Return the rows in ``n`` parts of unequal lengths, of which the first and one in the middle are empty."""
        edges = np.sort(np.random.default_rng(n).integers(0, len(self.labels), n - 1))
        edges[[0, n // 2]] = 0, edges[n // 2 - 1]
        return [Rows(*pair) for pair in zip(*(np.split(column, edges) for column in self), strict=True)]

    def plan(self, ids=True, **options):
        """Return the plan in memory."""
        return fastsplit.plan(self.labels, SIZES, seed=SEED, ids=self.ids if ids else None, **options)


def many_rows(n=MILLION, n_classes=100):
    """Return classes from frequent to rare, the last of them in the last row alone, and ids that some rows share."""
    rng = np.random.default_rng(0)
    labels = (n_classes * rng.random(n) ** 3).astype(np.int32)
    labels[-1] = n_classes
    ids = rng.permutation(n).astype(np.int64)
    ids[rng.integers(0, n, n // 100)] = ids[: n // 100]
    return Rows(labels, ids)


def named_rows():
    """Return strings for labels, of which one class is so small that a minimum of one moves its quotas, and for ids."""
    labels = np.array(["ant", "bee", "cat"])[np.arange(60) % 3]
    labels[:4] = "dog"
    rows = Rows(labels, np.array([f"row {i}" for i in range(60)]))
    whole = fastsplit.plan(rows.labels, PARTIAL_SIZES, seed=SEED, ids=rows.ids)
    assert whole != fastsplit.plan(rows.labels, PARTIAL_SIZES, seed=SEED, ids=rows.ids, min_per_split=1)
    return rows


def grouped_rows():
    """Return labels, and in place of ids the groups: unequal ones, which are in many partitions."""
    return Rows(*unequal_groups(n=3000))


def assert_same_plan(got, want):
    """The plan is that of memory, bit for bit."""
    assert got == want
    assert got.classes.dtype == want.classes.dtype


def write_parquet(folder, parts):
    """Write a Parquet file per part."""
    import pyarrow as pa
    from pyarrow import parquet

    for i, (labels, ids) in enumerate(parts):
        parquet.write_table(pa.table({"id": ids, "label": labels}), Path(folder) / f"{i:03}.parquet")
