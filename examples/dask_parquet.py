"""Split a folder of Parquet files with Dask: only tallies leave the workers, and the plan is that of memory.

The files together may be larger than the memory of any machine. Here they are small, so that the plan can be compared.
"""

import tempfile
from pathlib import Path

import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask.distributed import Client, LocalCluster

import fastsplit

FILES, ROWS, CLASSES = 8, 50_000, 20
SIZES = {"train": 0.7, "val": 0.2, "test": 0.1}


def main() -> None:
    """Write the files, split them, and compare with memory."""
    rng = np.random.default_rng(0)
    ids = rng.permutation(FILES * ROWS)
    labels = rng.zipf(1.3, len(ids)) % CLASSES

    with (
        tempfile.TemporaryDirectory() as folder,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster, timeout=30),
    ):
        for number, rows in enumerate(np.array_split(np.arange(len(ids)), FILES)):
            table = pd.DataFrame({"id": ids[rows], "label": labels[rows], "x": rng.random(len(rows))})
            table.to_parquet(Path(folder) / f"{number}.parquet")

        frame = dd.read_parquet(folder)
        plan = fastsplit.dask.plan(frame["label"], SIZES, seed=0, ids=frame["id"])
        train, _, test = fastsplit.dask.split_frame(frame, "label", SIZES, seed=0, id="id")
        n_train, n_test = len(train), len(test)

    assert plan == fastsplit.plan(labels, SIZES, seed=0, ids=ids)
    assert [n_train, n_test] == plan.counts.sum(axis=0)[[0, 2]].tolist()
    print(f"split {FILES} files with Dask as in memory: {n_train:,} examples to train on, {n_test:,} to test on")


if __name__ == "__main__":  # the workers import this file
    main()
