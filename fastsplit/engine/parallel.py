"""Threads over ranges: positions are cut into consecutive ranges, one per thread, and each range into blocks."""

from __future__ import annotations

import _thread
import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

GRAIN = 1 << 19  # positions worth starting a thread for
BLOCK = 1 << 22  # positions per kernel call; between two calls Ctrl-C is noticed
_PADDING = 16  # int64s: two cache lines, because the hardware prefetches lines in pairs

Range = tuple[int, int]
Body = Callable[[int, int, int], object]


def ranges(n: int, threads: int, grain: int | None = None) -> list[Range]:
    """Cut 0 .. n - 1 into consecutive ranges of at least ``grain``, one per thread worth starting."""
    workers = max(1, min(threads, n // (GRAIN if grain is None else grain)))
    edges = [n * worker // workers for worker in range(workers + 1)]
    return list(pairwise(edges))


def worker_zeros(workers: int, *shape: int) -> NDArray[np.int64]:
    """Return zeros of shape (workers, *shape), padded so that no two workers write to neighbouring cache lines."""
    rows, width = shape[0], math.prod(shape[1:])
    return np.zeros((workers, rows + -(-_PADDING // width), *shape[1:]), dtype=np.int64)[:, :rows]


def for_workers(workers: int, body: Callable[[int], object]) -> None:
    """Call ``body(worker)`` for each worker, in parallel."""
    for_ranges([(worker, worker + 1) for worker in range(workers)], lambda worker, begin, end: body(worker))


def for_ranges_unchanged(parts: list[Range], body: Callable[[int, int, int], int], what: str = "labels") -> None:
    """Call ``body`` as `for_ranges` does; it returns the number of examples without a slot.

    The slots were laid out for the examples that an earlier stage counted: if any has none, ``what`` changed since.
    """
    overflow = [0] * len(parts)

    def add(worker: int, begin: int, end: int) -> None:
        overflow[worker] += body(worker, begin, end)

    for_ranges(parts, add)
    if any(overflow):
        raise changed(what)


def changed(what: str = "labels") -> RuntimeError:
    """Return the error for an array of the caller that was changed while it was read."""
    return RuntimeError(f"{what} changed while they were read")


def for_ranges(parts: list[Range], body: Body, block: int | None = None) -> None:
    """Call ``body(worker, begin, end)`` for consecutive blocks of each range, the ranges in parallel.

    An exception, Ctrl-C included, ends every range after its current block.
    """
    block = BLOCK if block is None else block
    if len(parts) == 1:
        begin, end = parts[0]
        for at in range(begin, end, block):
            body(0, at, min(at + block, end))
        return
    # Bare threads and locks: `threading` and `concurrent.futures` take locks in Python code, and an interrupt of the
    # main thread in between would leave such a lock taken for ever.
    failures: list[BaseException] = []
    finished: list[int] = []

    def run(worker: int) -> None:
        begin, end = parts[worker]
        for at in range(begin, end, block):
            if failures:
                return
            body(worker, at, min(at + block, end))

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
