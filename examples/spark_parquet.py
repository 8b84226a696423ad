"""Split a folder of Parquet files with Spark: only tallies leave the executors, and the plan is that of memory.

The files together may be larger than the memory of any machine. Here they are small, so that the plan can be compared.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

import fastsplit

FILES, ROWS, CLASSES = 8, 50_000, 20
SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}

rng = np.random.default_rng(0)
ids = rng.permutation(FILES * ROWS)
labels = rng.zipf(1.3, len(ids)) % CLASSES

os.environ["PYSPARK_PYTHON"] = sys.executable  # so that executors find fastsplit
builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
spark = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
with tempfile.TemporaryDirectory() as folder:
    for number, rows in enumerate(np.array_split(np.arange(len(ids)), FILES)):
        table = pd.DataFrame({"id": ids[rows], "label": labels[rows], "x": rng.random(len(rows))})
        table.to_parquet(Path(folder) / f"{number}.parquet")

    frame = spark.read.parquet(folder)
    plan = fastsplit.spark.plan(frame, "label", SIZES, seed=0, id="id")
    assigned = fastsplit.spark.assign(frame, plan, "label", "id")
    counts = {row["split"]: row["count"] for row in assigned.groupBy("split").count().collect()}
spark.stop()

assert plan == fastsplit.plan(labels, SIZES, seed=0, ids=ids)
assert [counts[split] for split in range(len(SIZES))] == plan.counts.sum(axis=0).tolist()
print(f"split {FILES} files with Spark as in memory: {counts[0]:,} examples to train on, {counts[2]:,} to test on")
