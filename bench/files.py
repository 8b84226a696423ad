"""`fastsplit split` on large files: time, peak memory, and its scan of labels beside other readers.

`python bench/files.py` makes CSV, Parquet, TFRecord and list files of 2 GB each (`--bytes` for others), one after the
other, splits each by the command line, and writes tables to RESULTS.md. The peak is that of the process alone, and may
be 300 MB and 9 bytes per example. Scans of smaller files of the same rows run in turns with pyarrow, pandas and
TensorFlow, which read the same column; the classes and counts that they find are compared before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from fastsplit import readers
from fastsplit.inputs.options import read_threads
from fastsplit.readers.columns import LabelColumn
from fastsplit.readers.source import Options
from machine import BENCH, machine
from measure import interleaved
from render import replace_between, table

BYTES, QUICK_BYTES = 2 << 30, 4 << 20  # of each file that is split
SCANNED_BYTES = 1 << 28  # of each file that is scanned beside other readers
ROUNDS, BUDGET, QUICK_BUDGET = 5, 10.0, 0.1  # at least, and seconds per kind
ALLOWED, ALLOWED_PER_EXAMPLE = 300e6, 9  # bytes
N_CLASSES = 1000
ROWS = 200_000  # that are made at once
RECORDS, PAYLOAD = 10_000, 1000  # that are made at once, and their bytes besides the label
PARTS = ["train=0.8", "val=0.1", "test=0.1"]

# A small process starts the measured one: the peak of a process is at least that of the one that it is forked from.
LAUNCH = """
import os, subprocess, sys, time
start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Kind(NamedTuple):
    """A kind of files: how one is made, how the command line is told of the labels, and who else reads them."""

    suffix: str
    make: Callable[[Path, int], None]
    options: tuple[str, ...]
    read: Options
    others: dict[str, Callable[[Path], Any]]


class Run(NamedTuple):
    """What one run of the command line took."""

    wall: float
    cpu: float
    peak: float


def rows(n_bytes: int, size: Callable[[], int]) -> Iterator[pa.Table]:
    """Yield tables of rows until a file has its size; all but the ids is the same in each."""
    rng, weights = np.random.default_rng(0), 1 / np.arange(1, N_CLASSES + 1)
    names = np.array([f"class{i:03d}" for i in range(N_CLASSES)])
    labels = pa.array(names[rng.choice(N_CLASSES, ROWS, p=weights / weights.sum())])
    numbers = {f"x{i}": pa.array(rng.normal(size=ROWS)) for i in range(3)}
    begin = 0
    while size() < n_bytes:
        yield pa.table({"id": np.arange(begin, begin + ROWS), "label": labels, **numbers})
        begin += ROWS


def make_csv(path: Path, n_bytes: int) -> None:
    """Write a table of an id, a label and numbers."""
    with path.open("wb") as file:
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
        file.write(b"id,label,x0,x1,x2\n")
        for part in rows(n_bytes, file.tell):
            pyarrow.csv.write_csv(part, file, options)


def make_parquet(path: Path, n_bytes: int) -> None:
    """Write the same table."""
    parts = rows(n_bytes, lambda: path.stat().st_size if path.exists() else 0)
    first = next(parts)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for part in parts:
            writer.write_table(part)


def make_list(path: Path, n_bytes: int) -> None:
    """Write a list of images."""
    with path.open("wb") as file:
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none", delimiter=" ")
        for part in rows(n_bytes, file.tell):
            names = pc.binary_join_element_wise(part["label"], pc.cast(part["id"], pa.string()), "/")
            pyarrow.csv.write_csv(pa.table({"path": names, "label": part["label"]}), file, options)


def make_records(path: Path, n_bytes: int) -> None:
    """Write records of a label and a payload, the same records over and over again."""
    import tensorflow as tf

    rng, block = np.random.default_rng(0), path.with_suffix(".block")
    with tf.io.TFRecordWriter(str(block)) as writer:
        for label in rng.integers(0, N_CLASSES, RECORDS).tolist():
            feature = {
                "label": tf.train.Feature(int64_list=tf.train.Int64List(value=[label])),
                "image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[rng.bytes(PAYLOAD)])),
            }
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString())
    data = block.read_bytes()
    block.unlink()
    with path.open("wb") as file:
        while file.tell() < n_bytes:
            file.write(data)


def counted(labels: Any) -> dict[Any, int]:
    """Return the counts of the classes of a column, as any library returns one."""
    found = pc.value_counts(labels if isinstance(labels, pa.ChunkedArray) else pa.array(labels))
    return dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))


def csv_by_pyarrow(path: Path) -> Any:
    """Read the column of labels."""
    options = pyarrow.csv.ConvertOptions(include_columns=["label"])
    return pyarrow.csv.read_csv(path, convert_options=options)["label"]


def csv_by_pandas(path: Path) -> Any:
    """Read the column of labels."""
    import pandas as pd

    return pd.read_csv(path, usecols=["label"])["label"]


def parquet_by_pyarrow(path: Path) -> Any:
    """Read the column of labels."""
    return pq.read_table(path, columns=["label"])["label"]


def list_by_pandas(path: Path) -> Any:
    """Read the column of labels."""
    import pandas as pd

    return pd.read_csv(path, sep=" ", header=None, usecols=[1])[1]


def records_by_tensorflow(path: Path) -> Any:
    """Read the feature of labels by tf.data and parse_example."""
    import tensorflow as tf

    features = {"label": tf.io.FixedLenFeature([], tf.int64)}
    batches = tf.data.TFRecordDataset(str(path)).batch(1024)
    parsed = batches.map(lambda batch: tf.io.parse_example(batch, features)["label"], tf.data.AUTOTUNE)
    return np.concatenate([labels.numpy() for labels in parsed])


KINDS = {
    "CSV": Kind(
        ".csv",
        make_csv,
        ("--column", "label"),
        Options(columns=("label",)),
        {"pyarrow": csv_by_pyarrow, "pandas": csv_by_pandas},
    ),
    "Parquet": Kind(
        ".parquet",
        make_parquet,
        ("--column", "label"),
        Options(columns=("label",)),
        {"pyarrow": parquet_by_pyarrow},
    ),
    "list": Kind(".txt", make_list, (), Options(), {"pandas": list_by_pandas}),
    "TFRecord": Kind(
        ".tfrecord",
        make_records,
        ("--feature", "label"),
        Options(columns=("label",)),
        {"tf.data": records_by_tensorflow},
    ),
}


def scan(path: Path, options: Options) -> dict[Any, int]:
    """Read the labels as the first scan of the command line does; return the counts of the classes."""
    labels = LabelColumn("error")
    for chunk in readers.open([path], replace(options, threads=read_threads(None))).chunks():
        labels.add(chunk.labels[0], chunk.where)
    return dict(zip(labels.classes.tolist(), labels.counts.tolist(), strict=True))


def split(kind: Kind, path: Path, out: Path) -> tuple[Run, int]:
    """Split a file by the command line; return what it took, and the number of examples."""
    command = [sys.executable, "-m", "fastsplit", "split", str(path), *kind.options, "--out", str(out)]
    launch = [sys.executable, "-S", "-c", LAUNCH, *command, "--seed", "0", "--sizes", *PARTS]
    # Elsewhere, so that the installed package is run, not the sources in the folder at hand.
    ran = subprocess.run(launch, capture_output=True, text=True, cwd=path.parent)
    if ran.returncode:
        raise RuntimeError(f"{path} was not split:\n{ran.stderr}")
    n = sum(np.load(file, mmap_mode="r").shape[0] for file in out.glob("*.npy"))
    assert n == json.loads((out / "report.json").read_text())["rows"]
    return Run(*map(float, ran.stdout.split())), n


def timed(body: Callable[[], Any]) -> tuple[float, float]:
    """Return the seconds of wall and CPU time, of all threads, that a call takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    body()
    return time.perf_counter() - wall, time.process_time() - cpu


def splits(n_bytes: int, folder: Path) -> str:
    """Split a large file of each kind; return a table."""
    cells = []
    for name, kind in KINDS.items():
        path, out = folder / f"large{kind.suffix}", folder / "out"
        kind.make(path, n_bytes)
        run, n = split(kind, path, out)
        size, allowed = path.stat().st_size, ALLOWED + ALLOWED_PER_EXAMPLE * n
        shutil.rmtree(out)
        path.unlink()
        peak = f"{run.peak / 1e6:,.0f} MB"
        cells.append(
            [
                name,
                f"{size / 1e9:.2f} GB",
                f"{n:,}",
                f"{run.wall:,.1f} s",
                f"{run.cpu:,.1f} s",
                peak if run.peak <= allowed else f"**{peak}**",
                f"{allowed / 1e6:,.0f} MB",
            ]
        )
        print(*cells[-1], sep=" | ", flush=True)
    header = ["", "size", "examples", "wall", "CPU", "peak memory (bold: too much)", "allowed"]
    return table(header, cells)


def scans(n_bytes: int, folder: Path, budget: float) -> str:
    """Scan the labels of a file of each kind, in turns with other readers of the column; return a table."""
    cells = []
    for name, kind in KINDS.items():
        path = folder / f"scanned{kind.suffix}"
        kind.make(path, n_bytes)
        found, gigabytes = scan(path, kind.read), path.stat().st_size / 1e9
        for read in kind.others.values():
            assert counted(read(path)) == found
        bodies = {"fastsplit": partial(scan, path, kind.read)}
        bodies |= {other: partial(read, path) for other, read in kind.others.items()}
        samples = interleaved({key: partial(timed, body) for key, body in bodies.items()}, ROUNDS, budget)
        seconds = {key: [median(column) for column in zip(*pairs, strict=True)] for key, pairs in samples.items()}
        path.unlink()
        for key, (wall, cpu) in seconds.items():
            ratios = [f"{ours / other:.2f}x" for ours, other in zip(seconds["fastsplit"], (wall, cpu), strict=True)]
            cells.append([name, key, f"{wall:.3f} s", f"{cpu:.3f} s", f"{gigabytes / cpu:.2f} GB/s", *ratios])
            print(*cells[-1], sep=" | ", flush=True)
    header = ["", "", "wall", "CPU", "per CPU second", "wall of fastsplit relative to it", "CPU of fastsplit"]
    return table(header, cells)


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print tables of small files and write nothing")
    parser.add_argument("--bytes", type=int, help=f"of each file that is split (default: {BYTES:,})")
    parser.add_argument("--scanned-bytes", type=int, help=f"of each file that is scanned (default: {SCANNED_BYTES:,})")
    parser.add_argument("--folder", type=Path, help="where the files are made (default: a temporary folder)")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    options = parser.parse_args()
    is_whole = len(options.kinds) == len(KINDS)
    for name in set(KINDS) - set(options.kinds):
        del KINDS[name]
    n_bytes = options.bytes or (QUICK_BYTES if options.quick else BYTES)
    n_scanned = options.scanned_bytes or (QUICK_BYTES if options.quick else SCANNED_BYTES)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        of_splits = splits(n_bytes, Path(folder))
        of_scans = scans(n_scanned, Path(folder), QUICK_BUDGET if options.quick else BUDGET)
    tables = f"{of_splits}\n\n{of_scans}\n\n{machine()} pyarrow {pa.__version__}."
    if options.quick or not is_whole:
        print(f"\n{tables}")
        return
    replace_between(BENCH / "RESULTS.md", "files", tables)


if __name__ == "__main__":
    main()
