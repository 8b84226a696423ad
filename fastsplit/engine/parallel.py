"""Positions cut into ranges and blocks, which several threads work through."""

from __future__ import annotations

import _thread
import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

GRAIN = 1 << 19  # positions that are worth starting a thread for
BLOCK = 1 << 22  # positions a kernel works on before it looks for Ctrl-C
_APART = 16  # int64s: two cache lines

Range = tuple[int, int]
Body = Callable[[int, int, int], object]


def ranges(n: int, threads: int, grain: int | None = None) -> list[Range]:
    """Cut 0 .. n - 1 into consecutive ranges of at least ``grain``, one for each thread that is worth starting."""
    workers = max(1, min(threads, n // (GRAIN if grain is None else grain)))
    edges = [n * worker // workers for worker in range(workers + 1)]
    return list(pairwise(edges))


def apart(workers: int, *shape: int) -> NDArray[np.int64]:
    """Return zeros [workers, *shape] of which no two workers share a cache line, nor two that are fetched together."""
    rows, width = shape[0], math.prod(shape[1:])
    return np.zeros((workers, rows + -(-_APART // width), *shape[1:]), dtype=np.int64)[:, :rows]


def for_ranges(parts: list[Range], body: Body, block: int | None = None) -> None:
    """Call ``body(worker, first, last)`` for consecutive blocks of each range, the ranges in parallel.

    An exception, Ctrl-C included, ends every range after the block that it is at.
    """
    block = BLOCK if block is None else block
    if len(parts) == 1:
        begin, end = parts[0]
        for first in range(begin, end, block):
            body(0, first, min(first + block, end))
        return
    # Bare threads and locks: those of `threading` and `concurrent.futures` take locks in Python code, which may stay
    # locked where the main thread is interrupted, so that all wait for ever.
    failures: list[BaseException] = []
    finished: list[int] = []

    def run(worker: int) -> None:
        begin, end = parts[worker]
        for first in range(begin, end, block):
            if failures:
                return
            body(worker, first, min(first + block, end))

    def run_other(worker: int, done: _thread.LockType) -> None:
        try:
            run(worker)
        except BaseException as error:
            failures.append(error)
        finally:
            finished.append(worker)
            done.release()

    others: list[tuple[int, _thread.LockType]] = []
    try:
        for worker in range(1, len(parts)):
            done = _thread.allocate_lock()
            done.acquire()
            _thread.start_new_thread(run_other, (worker, done))
            others.append((worker, done))
        run(0)
    except BaseException as error:
        failures.append(error)
    for worker, done in others:
        while worker not in finished:
            try:
                done.acquire(timeout=1)
            except KeyboardInterrupt as error:
                failures.append(error)
    if failures:
        raise failures[0]
