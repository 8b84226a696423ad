"""Pipelines of small and large rows beside the empty one that yields the same shapes: `python bench/shapes.py`.

Writes microseconds per step to RESULTS.md, of wall time and of CPU time: of the empty pipeline, of fastsplit's, and of
taking the same rows alone, by one thread, without TensorFlow, into as much memory as a pipeline has in use. A pipeline
has to do both. So where it is slower than the empty one, the last column tells whether taking rows is the reason.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import chain
from statistics import median
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from fastsplit import tfdata
from fastsplit.tfdata.sources import Source
from machine import BENCH, machine
from measure import interleaved
from render import replace_between, table

TOTAL, QUICK_TOTAL = 200_000_000, 2_000_000  # bytes of the rows of a case
MOST_ROWS = 300_000
ROWS = {"4 B": (np.float32, ()), "128 B": (np.float32, (32,)), "3 kB": (np.uint8, (32, 32, 3))}
LARGE = {"150 kB": (np.uint8, (224, 224, 3))}
BATCHES = (32, 64, 256)
ROUNDS, QUICK_ROUNDS = 5, 2
SECONDS, QUICK_SECONDS = 0.3, 0.01  # of a sample, at least
MOST_SINGLE_ROWS = 20_000  # rows of a pipeline without batches
CHUNKS = 4  # two are prefetched, one is being made, one is in use
SHARE = 5  # of the rows, one in five is for validation


class Case(NamedTuple):
    """Source, batch size and options of a pipeline; ``validated`` if another pipeline is read after each epoch."""

    title: str
    columns: tuple[tuple[Any, tuple[int, ...]], ...]
    batch: int | None
    transform: Callable[..., Any] | None = None
    validated: bool = False


def scaled(rows: Any, labels: Any) -> Any:
    """Return images as floats from 0 to 1."""
    return tf.cast(rows, tf.float32) / 255.0, labels


def cases() -> list[Case]:
    """Return all cases."""
    label = (np.int64, ())
    small, image = ROWS["3 kB"], LARGE["150 kB"]
    plain = [
        Case(f"rows of {name}, batch {batch}", (row, label), batch)
        for name, row in {**ROWS, **LARGE}.items()
        for batch in BATCHES
    ]
    return [
        *plain,
        *(Case(f"three columns of 128 B, batch {batch}", (*3 * (ROWS["128 B"],), label), batch) for batch in (32, 64)),
        *(Case(f"rows of 3 kB, transform, batch {batch}", (small, label), batch, scaled) for batch in (32, 64)),
        Case("rows of 150 kB, transform, batch 32", (image, label), 32, scaled),
        Case("rows of 128 B, batch_size=None", (ROWS["128 B"], label), None),
        Case("rows of 3 kB, batch_size=None", (small, label), None),
        *(
            Case(f"rows of 128 B, validation, batch {batch}", (ROWS["128 B"], label), batch, None, True)
            for batch in (32, 64)
        ),
    ]


def make_source(case: Case, total: int) -> Source:
    """Return columns of random numbers, in memory."""
    rng = np.random.default_rng(0)
    sizes = [int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize for dtype, shape in case.columns]
    least = 2 * (case.batch or 1) * SHARE**case.validated  # two batches of each pipeline
    n = max(least, min(total // sum(sizes), MOST_ROWS if case.batch else MOST_SINGLE_ROWS))
    columns = [
        rng.integers(0, 255, (n, *shape), dtype=np.uint8).astype(dtype, copy=False) for dtype, shape in case.columns
    ]
    return Source(tuple(columns), "tensor")


class Contenders(NamedTuple):
    """What is iterated in each epoch, the indices of the examples, and the number of steps."""

    ours: list[Any]
    empty: list[Any]
    indices: list[Any]
    steps: int


def contenders(case: Case, source: Source) -> Contenders:
    """Make the pipelines of a case, and empty ones of the same elements."""
    indices = [np.arange(source.n)]
    if case.validated:
        indices = [np.arange(source.n // SHARE, source.n), np.arange(source.n // SHARE)]
    options = {"batch_size": case.batch, "transform": case.transform, "drop_remainder": case.batch is not None}
    ours = [tfdata.dataset(source, part, shuffle=number == 0, seed=0, **options) for number, part in enumerate(indices)]
    raw = [tfdata.dataset(source, part, batch_size=case.batch) for part in indices]
    lengths = [int(pipeline.cardinality()) for pipeline in ours]
    empty = [tf.data.Dataset.from_tensors(next(iter(one))).repeat(n) for one, n in zip(raw, lengths, strict=True)]
    if case.transform is not None:
        empty = [one.map(case.transform, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2) for one in empty]
    for mine, other in zip(ours, empty, strict=True):
        check(mine, other)
    return Contenders(ours, empty, indices, sum(lengths))


def check(ours: Any, empty: Any) -> None:
    """Assert that both yield equally many elements of one shape."""
    assert int(ours.cardinality()) == int(empty.cardinality())
    shapes = [[leaf.shape for leaf in tf.nest.flatten(next(iter(one)))] for one in (ours, empty)]
    assert shapes[0] == shapes[1]


def iterate(pipelines: list[Any]) -> None:
    """Iterate over an epoch of each, as a training loop does."""
    for _ in chain.from_iterable(pipelines):
        pass


def take(source: Source, parts: list[Any], size: int) -> None:
    """Take the rows of an epoch in a random order, chunk by chunk; as many are in memory as in a pipeline."""
    kept: deque[Any] = deque(maxlen=CHUNKS)
    for part in parts:
        order = np.random.default_rng(0).permutation(part)
        for begin in range(0, len(order), size):
            kept.append(source.take(order[begin : begin + size]))


def seconds_per_call(body: Callable[[], None], least: float) -> tuple[float, float]:
    """Return the wall time and the CPU time of a call, made again and again for some time."""
    calls, start, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < start + least:
        body()
        calls += 1
    return (time.perf_counter() - start) / calls, (time.process_time() - cpu) / calls


def measured(case: Case, total: int, rounds: int, least: float) -> list[str]:
    """Measure a case; return the cells of its row."""
    source = make_source(case, total)
    found = contenders(case, source)
    size = max(case.batch or 1, (1 << 22) // source.row_nbytes)  # as the pipeline takes rows: in chunks of 4 MB
    bodies = {
        "empty": partial(iterate, found.empty),
        "ours": partial(iterate, found.ours),
        "alone": partial(take, source, found.indices, size),
    }
    for body in bodies.values():
        body()
    samples = interleaved({name: partial(seconds_per_call, body, least) for name, body in bodies.items()}, rounds)
    wall, cpu = (
        {name: median(pair[clock] for pair in pairs) / found.steps * 1e6 for name, pairs in samples.items()}
        for clock in range(2)
    )
    cells = [case.title, f"{wall['empty']:.3g}", f"{wall['ours']:.3g}", f"{wall['empty'] / wall['ours']:.2f}"]
    cells += [f"{cpu[name]:.3g}" for name in ("empty", "alone", "ours")]
    cells.append(f"{(cpu['empty'] + cpu['alone']) / cpu['ours']:.2f}")
    print(*cells, sep=" | ", flush=True)
    return cells


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print a table of small sources and write nothing")
    quick = parser.parse_args().quick
    settings = (QUICK_TOTAL, QUICK_ROUNDS, QUICK_SECONDS) if quick else (TOTAL, ROUNDS, SECONDS)
    cells = [measured(case, *settings) for case in cases()]
    header = [
        "µs per step",
        "empty",
        "fastsplit",
        "of empty",
        "empty, CPU",
        "rows alone, CPU",
        "fastsplit, CPU",
        "of both",
    ]
    text = f"{table(header, cells)}\n\nTensorFlow {tf.__version__}; {machine()}"
    if quick:
        print(f"\n{text}")
    else:
        replace_between(BENCH / "RESULTS.md", "shapes", text)


if __name__ == "__main__":
    main()
