"""What the machine itself allows: the cost of memory, what a second thread adds, and where the time of a split goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import Any

import numpy as np
from contenders import SIZES
from numpy.typing import NDArray

import fastsplit
from fastsplit import _count as _counting
from fastsplit import _kernels, _stages

ROUNDS = 9


def _in_threads(threads: int, body: Callable[[int], Any]) -> float:
    """Return the seconds that so many threads take, each with its part of the work."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(abs, range(threads)))
        start = time.perf_counter()
        list(pool.map(body, range(threads)))
        return time.perf_counter() - start


def memory_costs(n: int) -> dict[str, dict[int, float]]:
    """Return seconds for each 8 bytes read, written to fresh pages, and written again, by the number of threads."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(ROUNDS):
        for threads in (1, 2):
            array = np.empty(n, dtype=np.int64)
            parts = np.array_split(array, threads)
            for what, body in (
                ("written to fresh pages", lambda i, parts=parts: parts[i].fill(1)),
                ("written again", lambda i, parts=parts: parts[i].fill(2)),
                ("read", lambda i, parts=parts: parts[i].max()),
            ):
                found[what][threads].append(_in_threads(threads, body) / n)
    return {what: {threads: median(s) for threads, s in times.items()} for what, times in found.items()}


def arithmetic_gains() -> list[float]:
    """Return how many times as much arithmetic two threads do as one, round by round: keys of ids in the cache."""
    seed, ids = np.arange(2, dtype=np.uint64), np.arange(1 << 14, dtype=np.uint64)
    outs = [np.empty_like(ids), np.empty_like(ids)]

    def body(worker: int) -> None:
        for _ in range(2000):
            _kernels.keys(seed, ids, outs[worker])

    return sorted(2 * _in_threads(1, body) / _in_threads(2, body) for _ in range(ROUNDS))


@contextmanager
def _timed_stages() -> Iterator[dict[str, float]]:
    """Add up the seconds of each stage while the context lasts."""
    seconds: dict[str, float] = defaultdict(float)
    stages = [
        (_counting, "count"),
        *((_stages, name) for name in ("quotas", "cuts", "amend", "assign", "emit", "order")),
    ]
    originals = [(module, name, getattr(module, name)) for module, name in stages]

    def timed(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            start = time.perf_counter()
            result = original(*args, **options)
            seconds[name] += time.perf_counter() - start
            return result

        return call

    for module, name, original in originals:
        setattr(module, name, timed(name, original))
    try:
        yield seconds
    finally:
        for module, name, original in originals:
            setattr(module, name, original)


def stages(labels: NDArray[Any], *, shuffle: bool) -> dict[str, dict[int, float]]:
    """Return the median seconds a label of each stage of a split, by the number of threads."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(ROUNDS):
        for threads in (1, 2):
            with _timed_stages() as seconds:
                start = time.perf_counter()
                fastsplit.split(labels, SIZES, seed=0, shuffle=shuffle, threads=threads)
                seconds["all"] = time.perf_counter() - start
            for name, spent in seconds.items():
                found[name][threads].append(spent / len(labels))
    return {name: {threads: median(s) for threads, s in times.items()} for name, times in found.items()}


def report(n: int, labels: dict[str, NDArray[Any]]) -> str:
    """Measure all of it and return Markdown."""
    gains = arithmetic_gains()
    lines = [
        "Two threads of arithmetic alone (keys of ids in the cache) did "
        f"{gains[0]:.2f} to {gains[-1]:.2f} times as much as one, {median(gains):.2f} in the median:",
        "that is what the machine gave to two, and no kernel can gain more.",
        "",
        "| 8 bytes | ns, 1 thread | ns, 2 threads |",
        "|---|---|---|",
    ]
    lines += [f"| {what} | {ns[1] * 1e9:.2f} | {ns[2] * 1e9:.2f} |" for what, ns in memory_costs(n).items()]
    lines += ["", "| stage, ns a label with 1 / 2 threads | ascending | shuffled |", "|---|---|---|"]
    for title, array in labels.items():
        columns = [stages(array, shuffle=shuffle) for shuffle in (False, True)]
        for name in dict.fromkeys([*columns[0], *columns[1]]):
            cells = [f"{c[name][1] * 1e9:.2f} / {c[name][2] * 1e9:.2f}" if name in c else "" for c in columns]
            lines.append(f"| {name}, {title} | {' | '.join(cells)} |")
    return "\n".join(lines)
