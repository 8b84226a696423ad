"""Chunks: the steps of an epoch for which Python is called once. Of TensorFlow, this file knows only its threads."""

from __future__ import annotations

import atexit
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.tfdata.epochs import Epochs

_LEAVING = 0.05  # seconds: a thread that has left `Calls` needs microseconds to leave the interpreter too


class Calls:
    """Guards the calls from TensorFlow's threads into Python.

    When the interpreter exits, such a thread would block forever in the GIL and deadlock TensorFlow's shutdown. So
    `close` waits for the running calls, and later calls end their pipeline.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._closed = False
        atexit.register(self.close)

    def __enter__(self) -> None:
        with self._changed:
            if self._closed:
                raise StopIteration
            self._running += 1

    def __exit__(self, *_: Any) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Wait until no call is running, and refuse later calls."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._running)
            self._changed.wait(_LEAVING)


CALLS = Calls()


class Chunks:
    """The chunks of all epochs, numbered throughout; counts the iterations, each of which begins the next epoch.

    Each epoch has ``count`` chunks. The first is empty: without it, a checkpoint of an iterator that has yielded
    nothing yet would hold no chunk number, and the restored iterator would begin another epoch.

    Parameters
    ----------
    epochs : Epochs
        The order of the examples.
    shard : int
        The number of the shard whose batches are yielded.
    length : int
        Steps per chunk.
    start : (int, int)
        The epoch of the first iteration, and the steps of this epoch to leave out.
    """

    def __init__(self, epochs: Epochs, shard: int, length: int, start: tuple[int, int]) -> None:
        self._epochs = epochs
        self._shard = shard
        self._length = length
        self._start = start
        self._next_epoch = start[0]
        self._lock = threading.Lock()
        steps = epochs.steps
        self._n_full = -(-steps.n_full // length)
        self.count = 1 + self._n_full + (steps.count - steps.n_full)

    def begin(self, _: Any) -> np.int64:
        """Begin an iteration; return the number of its first chunk."""
        with CALLS, self._lock:
            epoch = self._next_epoch
            self._next_epoch += 1
        return np.int64(epoch * self.count)

    def indices(self, number: int) -> NDArray[np.int64]:
        """Return the indices of a chunk, shape (steps, batch), and have the next epoch drawn in the background."""
        epoch, begin, end = self._steps(number)
        self._count(epoch)
        steps = self._epochs.steps
        if begin >= end:
            return np.empty((0, steps.size), dtype=np.int64)
        indices = steps.batches(self._epochs.indices(epoch), self._shard, begin, end)
        if is_last := end == steps.count:
            indices = indices.copy()  # a view would keep all indices of this epoch in memory
        self._epochs.draw_ahead(epoch + 1, is_last=is_last)
        return indices

    def numbers(self, number: int, n: int) -> NDArray[np.int64]:
        """Return the running numbers of the n examples of a chunk: those of epoch e begin at e * n_per_epoch."""
        epoch, begin, _ = self._steps(number)
        first = epoch * self.n_per_epoch + begin * self._epochs.steps.size
        return np.arange(first, first + n)

    def missing(self, last: int, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the indices of the examples whose running numbers an iteration has left out.

        ``last`` is the number before, and ``numbers`` are those that came then, ascending: at the beginning of the
        iteration, there is no last number (it is negative); at its end, there are no numbers.
        """
        per_epoch, known = self.n_per_epoch, [*([last] if last >= 0 else []), *numbers[:1].tolist()]
        if not per_epoch:
            return np.empty(0, dtype=np.int64)
        epoch = known[0] // per_epoch if known else self._next_epoch - 1  # not a single example came
        self._count(epoch)
        begin = last + 1
        if last < 0:
            begin = epoch * per_epoch + (self._start[1] * self._epochs.steps.size if epoch == self._start[0] else 0)
        end = int(numbers[-1]) + 1 if len(numbers) else (epoch + 1) * per_epoch
        missing = np.setdiff1d(np.arange(begin, end), numbers, assume_unique=True) - epoch * per_epoch
        steps = self._epochs.steps
        indices = self._epochs.indices(epoch) if len(missing) else np.empty(0, dtype=np.int64)
        batches = [steps.batches(indices, self._shard, step, step + 1).ravel() for step in missing // steps.size]
        places = (missing % steps.size).tolist()
        return np.array([batch[place] for batch, place in zip(batches, places, strict=True)], dtype=np.int64)

    @property
    def n_per_epoch(self) -> int:
        """The number of examples of an epoch on this shard."""
        steps = self._epochs.steps
        return steps.n_full * steps.size + (steps.remainder[self._shard] if steps.count > steps.n_full else 0)

    def _count(self, epoch: int) -> None:
        """Have the next iteration begin a later epoch: a restored iterator did not call `begin` for this one."""
        with self._lock:
            self._next_epoch = max(self._next_epoch, epoch + 1)

    def _steps(self, number: int) -> tuple[int, int, int]:
        """Return the epoch and the steps [begin, end) of a chunk: none, full ones, or the last if it is not full."""
        epoch, chunk = number // self.count, number % self.count - 1
        steps = self._epochs.steps
        if chunk >= self._n_full:
            begin, end = steps.n_full, steps.count
        else:
            begin, end = max(chunk, 0) * self._length, min((chunk + 1) * self._length, steps.n_full)
        return epoch, max(begin, self._start[1]) if epoch == self._start[0] else begin, end
