"""Split a folder of Parquet files with Ray: only tallies leave the workers, and the plan is that of memory.

The files together may be larger than the memory of any machine. Here they are small, so that the plan can be compared.
"""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import ray

import fastsplit

FILES, ROWS, CLASSES = 8, 50_000, 20
SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}

rng = np.random.default_rng(0)
ids = rng.permutation(FILES * ROWS)
labels = rng.zipf(1.3, len(ids)) % CLASSES

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
with tempfile.TemporaryDirectory() as folder:
    for number, rows in enumerate(np.array_split(np.arange(len(ids)), FILES)):
        table = pd.DataFrame({"id": ids[rows], "label": labels[rows], "x": rng.random(len(rows))})
        table.to_parquet(Path(folder) / f"{number}.parquet")

    dataset = ray.data.read_parquet(folder)
    plan = fastsplit.ray.plan(dataset, "label", SIZES, seed=0, id="id")
    train, _, test = fastsplit.ray.split(dataset, "label", SIZES, seed=0, id="id")
    n_train, n_test = train.count(), test.count()
ray.shutdown()

assert plan == fastsplit.plan(labels, SIZES, seed=0, ids=ids)
assert [n_train, n_test] == plan.counts.sum(axis=0)[[0, 2]].tolist()
print(f"split {FILES} files with Ray as in memory: {n_train:,} examples to train on, {n_test:,} to test on")
