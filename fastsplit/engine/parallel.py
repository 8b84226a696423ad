"""Threads over ranges: positions are cut into consecutive ranges, one per thread, and each range into blocks."""

from __future__ import annotations

import _thread
import math
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

GRAIN = 1 << 19  # positions worth starting a thread for
BLOCK = 1 << 22  # positions per kernel call; between two calls Ctrl-C is noticed
_PADDING = 16  # int64s: two cache lines, because the hardware prefetches lines in pairs

_STOPPED = RuntimeError("another thread failed")  # what late threads see in place of the error

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


def for_ranges_unchanged(
    parts: list[Range], body: Callable[[int, int, int], int], what: str = "labels", block: int | None = None
) -> None:
    """Call ``body`` as `for_ranges` does; it returns the number of examples (or regions) that slots do not fit.

    The slots were laid out for the examples that an earlier stage counted: if any do not fit, ``what`` changed since.
    """
    if overflow_of(parts, body, block):
        raise changed(what)


def overflow_of(parts: list[Range], body: Callable[[int, int, int], int], block: int | None = None) -> int:
    """Call ``body`` as `for_ranges` does, and return the sum of what it returns: examples without a slot."""
    overflow = [0] * len(parts)

    def add(worker: int, begin: int, end: int) -> None:
        overflow[worker] += body(worker, begin, end)

    for_ranges(parts, add, block)
    return sum(overflow)


def changed(what: str = "labels") -> RuntimeError:
    """Return the error for an array of the caller that was changed while it was read."""
    return RuntimeError(f"{what} changed while they were read")


def for_ranges(parts: list[Range], body: Body, block: int | None = None) -> None:
    """Call ``body(worker, begin, end)`` for consecutive blocks of each range, the ranges in parallel.

    ``worker`` is the number of the range. An exception, Ctrl-C included, ends every range after its current block.
    """
    block = BLOCK if block is None else block
    if len(parts) == 1:
        begin, end = parts[0]
        for at in range(begin, end, block):
            body(0, at, min(at + block, end))
    else:
        _in_parallel(parts, body, block)


def _in_parallel(parts: list[Range], body: Body, block: int) -> None:
    """Let all threads, this one too, claim ranges until none is left.

    So a thread that cannot be started, or that dies before it runs, is no loss: the others do the work.
    """
    # Bare threads and locks: `threading` and `concurrent.futures` take locks in Python code, and an interrupt of the
    # main thread in between would leave such a lock taken for ever. And `threading.Thread.start` waits for its thread.
    claims: list[int | None] = [*[None] * len(parts), *reversed(range(len(parts)))]  # each thread ends at a None
    errors: list[BaseException | None] = [None] * len(parts)  # by thread; to keep one takes no memory
    running = [False] * len(parts)
    locks: list[_thread.LockType] = []  # of the other threads, taken until the thread has left

    def run() -> None:
        for worker in iter(claims.pop, None):
            begin, end = parts[worker]
            for at in range(begin, end, block):
                if errors.count(None) < len(errors):
                    return
                body(worker, at, min(at + block, end))

    def run_other(thread: int, left: _thread.LockType) -> None:
        running[thread] = True
        try:
            run()
        except BaseException as error:
            errors[thread] = error
        finally:
            running[thread] = False
            left.release()

    def start() -> None:
        with suppress(RuntimeError, MemoryError):  # no more threads can be started: fewer do the work
            for thread in range(len(parts) - 1):
                locks.append(_thread.allocate_lock())
                locks[thread].acquire()
                _thread.start_new_thread(run_other, (thread, locks[thread]))

    def wait() -> None:
        # A thread that is not running yet will find no range to claim, or an error: nobody needs to wait for it.
        for thread, left in enumerate(locks):
            while running[thread]:
                left.acquire(timeout=1)  # an interrupt may come when the lock is taken already

    steps = iter((start, run))
    while True:
        try:
            for step in steps:
                step()
            wait()
            break
        except BaseException as error:
            errors[-1] = error
            if True not in running:  # so that waiting ends even if there is no memory to call `wait` again
                break
    # The error of this thread before those of the others, so that Ctrl-C is not lost.
    first = next((error for error in reversed(errors) if error is not None), None)
    if first is not None:
        # An error refers to this frame, and so to the arrays of the call. Without references back, they are freed.
        for thread in range(len(errors)):
            errors[thread] = _STOPPED
        try:
            raise first
        finally:
            del first
