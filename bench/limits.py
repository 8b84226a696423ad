"""What bounds the time of a split: the cost of memory, the gain of a second thread, and each stage.

``python bench/limits.py`` prints for each operation the bytes that it must move, and its time beside that of the bytes.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from statistics import median
from typing import Any

import numpy as np

import fastsplit
from cases import CASES, LARGE
from contenders import SIZES, Array
from fastsplit.engine import pipeline
from machine import machine
from measure import interleaved, measure
from memory import touch_memory
from moved import FRESH, READ, WRITTEN
from render import of_limit, table

OPERATIONS = [  # titles of cases
    *(f"split,{order} {classes} classes" for order in (" ascending,", "") for classes in ("10", "1,000")),
    *("kfold(5), all ten arrays", "plan, 1,000 classes", "assign, 1,000 classes"),
]
_QUICK_SCALE = 0.01
ROUNDS = 9
THREADS = (1, 2)
STAGES = ("scan", "quotas", "cuts", "assign", "assign_candidates", "order", "emit")  # as the pipeline calls them
_IN_CACHE = 1 << 11  # doubles: 16 KiB, in the first-level cache
_REPEATS = 100_000  # of their sum: tens of milliseconds in which no thread waits for the interpreter's lock


def _seconds_in_threads(threads: int, body: Callable[[int], Any]) -> float:
    """Return the seconds until all threads have done their part."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(abs, range(threads)))
        start = time.perf_counter()
        list(pool.map(body, range(threads)))
        return time.perf_counter() - start


def memory_costs(n: int) -> dict[str, dict[int, float]]:
    """Return seconds per 8 bytes written to fresh pages, written again, read, and copied, by the number of threads."""
    source = np.ones(n)

    def costs(threads: int) -> dict[str, float]:
        parts, sources = np.array_split(np.empty(n), threads), np.array_split(source, threads)
        bodies: dict[str, Callable[[int], Any]] = {
            FRESH: lambda worker: parts[worker].fill(1),
            WRITTEN: lambda worker: parts[worker].fill(2),
            READ: lambda worker: parts[worker].max(),
            "copied": lambda worker: np.copyto(parts[worker], sources[worker]),
        }
        return {what: _seconds_in_threads(threads, body) / n for what, body in bodies.items()}

    return _medians({threads: partial(costs, threads) for threads in THREADS})


def arithmetic_gains() -> list[float]:
    """Return how many times the arithmetic of one thread two threads do, ascending: sums of numbers in the cache."""
    repeated = np.broadcast_to(np.linspace(0, 1, _IN_CACHE), (_REPEATS, _IN_CACHE))
    body = partial(_seconds_in_threads, body=lambda worker: repeated.sum())
    samples = interleaved({threads: partial(body, threads) for threads in THREADS}, ROUNDS)
    return sorted(2 * one / two for one, two in zip(samples[1], samples[2], strict=True))


@contextmanager
def _timed_stages() -> Iterator[dict[str, float]]:
    """Add up the seconds of each stage while the context lasts."""
    seconds: dict[str, float] = defaultdict(float)

    def timed(name: str, stage: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            try:
                return stage(*args, **options)
            finally:
                seconds[name] += time.perf_counter() - start

        return call

    originals = {name: getattr(pipeline, name) for name in STAGES}
    for name, stage in originals.items():
        setattr(pipeline, name, timed(name, stage))
    try:
        yield seconds
    finally:
        for name, stage in originals.items():
            setattr(pipeline, name, stage)


def stage_costs(labels: Array, order: str) -> dict[str, dict[int, float]]:
    """Return the seconds per label of each stage of a split, by the number of threads."""

    def costs(threads: int) -> dict[str, float]:
        with _timed_stages() as seconds:
            start = time.perf_counter()
            fastsplit.split(labels, SIZES, seed=0, order=order, threads=threads)
            seconds["all"] = time.perf_counter() - start
        return {name: spent / len(labels) for name, spent in seconds.items()}

    return _medians({threads: partial(costs, threads) for threads in THREADS})


def _medians(samplers: dict[int, Callable[[], dict[str, float]]]) -> dict[str, dict[int, float]]:
    samples = interleaved(samplers, ROUNDS)
    names = dict.fromkeys(name for sample in samples[THREADS[0]] for name in sample)
    return {name: {t: median(sample[name] for sample in samples[t]) for t in samples} for name in names}


def costs_of_threads(costs: dict[str, dict[int, float]]) -> dict[str, float]:
    """Return the memory costs of as many threads as fastsplit uses by itself."""
    return {what: seconds[max(THREADS)] for what, seconds in costs.items()}


def rendered_costs(costs: dict[str, dict[int, float]]) -> str:
    """Lay out the memory costs."""
    rows = [[what, *(f"{ns[threads] * 1e9:.2f}" for threads in THREADS)] for what, ns in costs.items()]
    return table(["8 bytes", *(f"ns, {n} thread{'s' * (n > 1)}" for n in THREADS)], rows)


def operations(scale: float, costs: dict[str, float]) -> str:
    """Measure each operation with fastsplit alone; return a table of bytes, limits and times."""
    rows = []
    for case in CASES:
        if case.title not in OPERATIONS or case.moved is None:
            continue
        alone = replace(case, contenders={"fastsplit": case.contenders["fastsplit"]})
        row = measure(alone, scale, budget=1 if scale < 1 else 5, checked=False)
        limit = case.moved.seconds(costs) * 1e9
        rows.append([case.title, str(case.moved), f"{limit:.2f}", f"{row.ns_per_label:.2f}", of_limit(row, costs)])
    return table(["", "bytes per label", "limit, ns per label", "fastsplit", "of the limit"], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="of small arrays, which a cache holds: to check the script"
    )
    quick = parser.parse_args().quick
    scale = _QUICK_SCALE if quick else 1
    if not quick:
        touch_memory()
    costs = memory_costs(round(LARGE * scale))
    print(f"{rendered_costs(costs)}\n\n{operations(scale, costs_of_threads(costs))}\n\n{machine()}")


if __name__ == "__main__":
    main()
