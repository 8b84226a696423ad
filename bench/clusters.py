"""Plans over Dask, Ray and Spark on this machine: `python bench/clusters.py` writes a table of the page about them.

Every engine reads the same folder of Parquet files, with two workers. Plans and assignments are compared with those of
memory, bit for bit, outside the timing. Beside each engine is its own splitter, and how far its counts deviate.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

import fastsplit
from fastsplit.partials import Partial, Scan, merged
from machine import ROOT, cpu_name
from render import replace_between, table
from traffic import amount

PAGE = ROOT / "docs" / "larger-than-memory.md"
ROWS, QUICK_ROWS = 10_000_000, 200_000
PARTS, CLASSES, WORKERS, SEED = 64, 1_000, 2, 7
SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}

Counts = Callable[[], "list[pd.Series[int]]"]


class Data(NamedTuple):
    """Labels and shuffled ids, and the folder that holds them in one file per partition."""

    labels: np.ndarray[Any, Any]
    ids: np.ndarray[Any, Any]
    folder: str

    @property
    def parts(self) -> Iterator[tuple[Any, Any]]:
        """The labels and ids of each file."""
        return zip(np.array_split(self.labels, PARTS), np.array_split(self.ids, PARTS), strict=True)


class Engine(NamedTuple):
    """What is timed of an engine; ``own`` returns the counts per class of each split of its own splitter."""

    plan: Callable[[], fastsplit.Plan]
    assign: Callable[[fastsplit.Plan], pd.DataFrame]
    own: dict[str, Counts]


@contextmanager
def on_dask(data: Data) -> Iterator[Engine]:
    """Start Dask."""
    import dask.dataframe as dd
    from dask.distributed import Client, LocalCluster

    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster):
        frame = dd.read_parquet(data.folder)

        def assigned(plan: fastsplit.Plan) -> pd.DataFrame:
            split = fastsplit.dask.assign(frame["label"], plan, frame["id"])
            return frame[["id"]].assign(split=split).compute()

        def random_split() -> list[pd.Series[int]]:
            return [part["label"].value_counts().compute() for part in frame.random_split(SIZES.values(), 1)]

        plan = partial(fastsplit.dask.plan, frame["label"], SIZES, seed=SEED, ids=frame["id"])
        yield Engine(plan, assigned, {"random_split": random_split})


@contextmanager
def on_ray(data: Data) -> Iterator[Engine]:
    """Start Ray."""
    import ray

    ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    ray.data.DataContext.get_current().enable_progress_bars = False
    dataset = ray.data.read_parquet(data.folder, override_num_blocks=PARTS)

    def assigned(plan: fastsplit.Plan) -> pd.DataFrame:
        rows = fastsplit.ray.assign(dataset, plan, "label", "id").select_columns(["id", "split"])
        return pd.concat(rows.iter_batches(batch_size=None, batch_format="pandas"))

    def train_test_split() -> list[pd.Series[int]]:
        halves = dataset.train_test_split(1 - SIZES["train"])
        blocks = [half.select_columns("label").iter_batches(batch_size=None, batch_format="pandas") for half in halves]
        return [pd.concat(block)["label"].value_counts() for block in blocks]

    try:
        plan = partial(fastsplit.ray.plan, dataset, "label", SIZES, seed=SEED, id="id")
        yield Engine(plan, assigned, {"train_test_split, two splits": train_test_split})
    finally:
        ray.shutdown()


@contextmanager
def on_spark(data: Data) -> Iterator[Engine]:
    """Start Spark."""
    from pyspark.sql import DataFrame, SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    options = {
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "4g",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "1000000",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.files.openCostInBytes": str(2**27),  # a partition per file
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{WORKERS}]")
    for key, value in options.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    frame = spark.read.parquet(data.folder)

    def assigned(plan: fastsplit.Plan) -> pd.DataFrame:
        return fastsplit.spark.assign(frame, plan, "label", "id").select("id", "split").toPandas()

    def counted(part: DataFrame) -> pd.Series[int]:
        return part.groupBy("label").count().toPandas().set_index("label")["count"]

    def random_split() -> list[pd.Series[int]]:
        return [counted(part) for part in frame.randomSplit(list(SIZES.values()), seed=1)]

    def sample_by() -> list[pd.Series[int]]:
        return [counted(frame.sampleBy("label", dict.fromkeys(range(CLASSES), SIZES["train"]), seed=1))]

    try:
        plan = partial(fastsplit.spark.plan, frame, "label", SIZES, seed=SEED, id="id")
        yield Engine(plan, assigned, {"randomSplit": random_split, "sampleBy, one split": sample_by})
    finally:
        spark.stop()


ENGINES = {"Dask": on_dask, "Ray": on_ray, "Spark": on_spark}


def make(n: int, folder: str) -> Data:
    """Write the files."""
    rng = np.random.default_rng(0)
    data = Data(rng.integers(0, CLASSES, n, dtype=np.int32), rng.permutation(n), folder)
    for number, (labels, ids) in enumerate(data.parts):
        parquet.write_table(pa.table({"id": ids, "label": labels}), Path(folder) / f"{number:03}.parquet")
    return data


def deviation(totals: np.ndarray[Any, Any], counts: list[pd.Series[int]]) -> float:
    """Return how far the count of a class in a split is from its share, at most."""
    shares = list(SIZES.values())
    if len(counts) == 2:
        shares = [shares[0], 1 - shares[0]]
    classes = range(len(totals))
    pairs = zip(counts, shares, strict=False)
    return max(float(np.abs(of.reindex(classes, fill_value=0) - totals * share).max()) for of, share in pairs)


def seconds_of(body: Callable[[], Any]) -> tuple[float, Any]:
    """Return the wall-clock seconds of a call, and its result."""
    start = time.perf_counter()
    result = body()
    return time.perf_counter() - start, result


def measured(name: str, data: Data, want: fastsplit.Plan, assignment: np.ndarray[Any, Any]) -> list[list[str]]:
    """Measure one engine; return a row of cells for fastsplit and for each splitter of its own."""
    with ENGINES[name](data) as engine:
        engine.own[next(iter(engine.own))]()  # starts the workers, which is not timed
        planning, plan = seconds_of(engine.plan)
        assert plan == want, f"the plan of {name} is not that of memory"
        assigning, rows = seconds_of(lambda: engine.assign(plan))
        by_id = rows.sort_values("id")
        assert np.array_equal(by_id["split"], assignment), f"the assignment of {name} is not that of memory"
        off = max(float(np.abs(plan.counts[:, k] - plan.totals * s).max()) for k, s in enumerate(SIZES.values()))
        found = [[name, "fastsplit", f"{planning:.1f} s", f"{assigning:.1f} s", f"{off:.1f}"]]
        for splitter, own in engine.own.items():
            splitting, counts = seconds_of(own)
            found.append([name, splitter, "", f"{splitting:.1f} s", f"{deviation(plan.totals, counts):.1f}"])
    print(*found, sep="\n", flush=True)
    return found


def sent(data: Data) -> str:
    """Say how many bytes the partitions send in each of the two scans, and how many arrive at the driver."""

    def partials(scan: Scan) -> list[Partial]:
        return [scan(f"partition {i}", *part) for i, part in enumerate(data.parts)]

    def size(partials: list[Partial]) -> str:
        return amount(sum(len(pickle.dumps(one, pickle.HIGHEST_PROTOCOL)) for one in partials))

    scan = Scan(SIZES, SEED, 0)
    counts = partials(scan)
    tallies = partials(replace(scan, after=merged(*counts).found))
    return (
        f"The {PARTS} partitions send {size(counts)} of counts and {size(tallies)} of tallies, of which "
        f"{size([merged(*tallies)])} arrive at the driver; the labels are {amount(data.labels.nbytes)}."
    )


def environment(n: int) -> str:
    """Describe what was measured, and on what."""
    return (
        f"{n:,} labels of {CLASSES:,} classes in {PARTS} Parquet files, {WORKERS} workers on {cpu_name()}. Planning is "
        "two scans. Splitting of fastsplit includes the way of all ids to the driver, to be compared; splitting of the "
        "others is what it takes to count the classes of each split. Deviation: of a class in a split, at most, in "
        "examples."
    )


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print a table of small data and write nothing")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES), help="measure only these")
    options = parser.parse_args()
    warnings.simplefilter("ignore")  # the engines' own
    n = QUICK_ROWS if options.quick else ROWS
    with tempfile.TemporaryDirectory() as folder:
        data = make(n, folder)
        in_memory, want = seconds_of(lambda: fastsplit.plan(data.labels, SIZES, seed=SEED, ids=data.ids))
        assignment = np.empty(n, dtype=np.uint8)
        assigning, assignment[data.ids] = seconds_of(lambda: want.assign(data.labels, data.ids))
        rows = [["memory", "fastsplit", f"{in_memory:.2f} s", f"{assigning:.2f} s", ""]]
        rows += [row for name in options.engines for row in measured(name, data, want, assignment)]
        text = f"{table(['', '', 'plan', 'split', 'deviation'], rows)}\n\n{environment(n)} {sent(data)}"
    if options.quick:
        print(f"\n{text}")
    else:
        replace_between(PAGE, "measured", text)


if __name__ == "__main__":  # the workers import this file
    main()
