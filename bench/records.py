"""The labels of TFRecord files, and their records in random order, against tf.data: `python bench/records.py`.

Writes CPU time and speed to RESULTS.md. Files are in the system's cache; labels and records are checked before anything
is timed. Every checksum is computed by all contenders.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from contenders import Array
from fastsplit import tfdata
from fastsplit.readers.records import RecordSource
from fastsplit.readers.source import Options
from machine import BENCH, machine
from measure import interleaved
from model_selection import amount, cpu_seconds_of, speed
from render import replace_between, table

SIZES = (200, 2_000, 10_000, 100_000)  # bytes per record
TOTAL, QUICK_TOTAL = 200_000_000, 2_000_000  # bytes of all records
MOST_RECORDS = 200_000  # because TensorFlow takes 25 us to parse one
N_FILES = 4
ROUNDS, QUICK_ROUNDS = 5, 2
BATCH = 256
FEATURES = {"label": tf.io.FixedLenFeature([], tf.int64)}
N_CLASSES = 1000


def feature(**values: Any) -> Any:
    """Return a feature of TensorFlow."""
    kinds = {"int64_list": tf.train.Int64List, "bytes_list": tf.train.BytesList}
    return tf.train.Feature(**{kind: kinds[kind](value=[value]) for kind, value in values.items()})


def make_files(folder: Path, size: int, total: int) -> tuple[list[Path], Array]:
    """Write records as of images: a label, a name, height, width and the bytes; return the files and the labels."""
    rng, n = np.random.default_rng(0), max(N_FILES, min(total // size, MOST_RECORDS))
    labels, paths = rng.integers(0, N_CLASSES, n), []
    for number, part in enumerate(np.array_split(np.arange(n), N_FILES)):
        paths.append(folder / f"{size}-{number}.tfrecord")
        with tf.io.TFRecordWriter(str(paths[-1])) as file:
            for i in part.tolist():
                features = {
                    "height": feature(int64_list=224),
                    "image": feature(bytes_list=rng.bytes(max(1, size - 120))),
                    "label": feature(int64_list=int(labels[i])),
                    "name": feature(bytes_list=f"image {i:08}".encode()),
                    "width": feature(int64_list=224),
                }
                example = tf.train.Example(features=tf.train.Features(feature=features))
                file.write(example.SerializeToString(deterministic=True))
    return paths, labels


def ours(paths: list[Path]) -> Array:
    """Return the labels, scanned by one thread."""
    chunks = RecordSource(paths, Options(columns=("label",))).chunks()
    return np.concatenate([chunk.labels[0] for chunk in chunks])


def one_by_one(paths: list[Path]) -> Array:
    """Return the labels by tf.io.parse_single_example."""
    dataset = tf.data.TFRecordDataset(list(map(str, paths)))
    labels = dataset.map(lambda one: tf.io.parse_single_example(one, FEATURES)["label"])
    return np.concatenate(list(labels.batch(BATCH).as_numpy_iterator()))


def batched(paths: list[Path]) -> Array:
    """Return the labels by tf.io.parse_example of batches."""
    dataset = tf.data.TFRecordDataset(list(map(str, paths))).batch(BATCH)
    labels = dataset.map(lambda batch: tf.io.parse_example(batch, FEATURES)["label"])
    return np.concatenate(list(labels.as_numpy_iterator()))


SCANS: dict[str, Callable[[list[Path]], Array]] = {
    "fastsplit": ours,
    "parse_single_example": one_by_one,
    "batches, parse_example": batched,
}


def scanned(files: dict[int, tuple[list[Path], Array]], rounds: int) -> str:
    """Measure scans of the labels; return a table."""
    cells = []
    for size, (paths, labels) in files.items():
        for scan in SCANS.values():
            assert np.array_equal(scan(paths), labels)
        seconds = medians({name: partial(scan, paths) for name, scan in SCANS.items()}, rounds)
        nbytes, base = sum(path.stat().st_size for path in paths), seconds["fastsplit"]
        others = [f"{amount(s)}, {speed(s, base)}" for name, s in seconds.items() if name != "fastsplit"]
        rate = f"{nbytes / base / 1e9:.1f} GB/s, {base / len(labels) * 1e9:,.0f} ns per record"
        cells.append([f"{size:,}", f"{len(labels):,}", amount(base), rate, *others])
        print(*cells[-1], sep=" | ", flush=True)
    return table(["bytes per record", "records", "fastsplit", "", *list(SCANS)[1:]], cells)


def in_random_order(paths: list[Path], n: int) -> Any:
    """Return all records through fastsplit.tfdata.records, shuffled."""
    return tfdata.records(paths, np.arange(n), batch_size=BATCH, shuffle=True, seed=0)


def in_order(paths: list[Path], n: int) -> Any:
    """Return all records through tf.data, as they come."""
    return tf.data.TFRecordDataset(list(map(str, paths))).batch(BATCH)


def through_a_buffer(paths: list[Path], n: int) -> Any:
    """Return all records through tf.data with a tenth of them in its shuffle buffer."""
    return tf.data.TFRecordDataset(list(map(str, paths))).shuffle(max(1, n // 10), seed=0).batch(BATCH)


def read_once(paths: list[Path], n: int) -> int:
    """Make the pipeline of fastsplit and read all records through it, whose files are mapped for the first time."""
    return total(in_random_order(paths, n))


def total(batches: Any) -> int:
    """Return the number of bytes of all records."""
    return int(
        batches.reduce(np.int64(0), lambda n, batch: n + tf.reduce_sum(tf.cast(tf.strings.length(batch), tf.int64)))
    )


READS: dict[str, Callable[[list[Path], int], Any]] = {
    "records, shuffled": in_random_order,
    "TFRecordDataset, in order": in_order,
    "TFRecordDataset, shuffle(n / 10)": through_a_buffer,
}


def read(files: dict[int, tuple[list[Path], Array]], rounds: int) -> str:
    """Measure pipelines of serialized examples; return a table."""
    cells = []
    for size, (paths, labels) in files.items():
        n = len(labels)
        pipelines = {name: make(paths, n) for name, make in READS.items()}
        assert len(set(map(total, pipelines.values()))) == 1
        opening = {f"open {name}": partial(make, paths, n) for name, make in READS.items()}
        epochs = {name: partial(total, pipeline) for name, pipeline in pipelines.items()}
        seconds = medians({**epochs, **opening, "once": partial(read_once, paths, n)}, rounds)
        base, open_base = seconds["records, shuffled"], seconds["open records, shuffled"]
        others = [f"{amount(seconds[name] / n)}, {speed(seconds[name], base)}" for name in list(READS)[1:]]
        opened = [amount(open_base), amount(seconds["open TFRecordDataset, in order"])]
        cells.append([f"{size:,}", f"{n:,}", amount(base / n), *others, amount(seconds["once"] / n), *opened])
        print(*cells[-1], sep=" | ", flush=True)
    header = [
        "bytes per record",
        "records",
        *READS,
        "records, opened and read once",
        "to open records",
        "TFRecordDataset",
    ]
    return table(header, cells)


def medians(bodies: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Return the median CPU time of each body, all run in turns."""
    samplers = {name: partial(cpu_seconds_of, body, 1) for name, body in bodies.items()}
    return {name: float(np.median(samples)) for name, samples in interleaved(samplers, rounds).items()}


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print tables of small files and write nothing")
    quick = parser.parse_args().quick
    rounds = QUICK_ROUNDS if quick else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        files = {size: make_files(Path(folder), size, QUICK_TOTAL if quick else TOTAL) for size in SIZES}
        tables = f"{scanned(files, rounds)}\n\n{read(files, rounds)}"
    environment = f"TensorFlow {version('tensorflow')}; {machine()}"
    if quick:
        print(f"\n{tables}\n\n{environment}")
    else:
        replace_between(BENCH / "RESULTS.md", "records", f"{tables}\n\n{environment}")


if __name__ == "__main__":
    main()
