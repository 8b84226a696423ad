"""What bounds the time of a split: the cost of memory, the gain of a second thread, and each stage."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

import numpy as np

import fastsplit
from contenders import SIZES, Array
from fastsplit.engine import pipeline
from measure import interleaved

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
    """Return seconds per 8 bytes written to fresh pages, written again, and read, by the number of threads."""

    def costs(threads: int) -> dict[str, float]:
        parts = np.array_split(np.empty(n), threads)
        bodies: dict[str, Callable[[int], Any]] = {
            "written to fresh pages": lambda worker: parts[worker].fill(1),
            "written again": lambda worker: parts[worker].fill(2),
            "read": lambda worker: parts[worker].max(),
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
