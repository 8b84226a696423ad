"""Chunks: a few steps of an epoch, for which Python is called once; nothing here knows TensorFlow but its threads."""

from __future__ import annotations

import atexit
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.tfdata._epochs import Epochs

_LEAVING = 0.05  # seconds that a thread may need from the end of a call until it has left the interpreter


class Calls:
    """What threads of TensorFlow have Python do.

    When the interpreter ends it keeps the threads that are inside, and who waits for them waits for ever. So those are
    waited for before, and those that come later end their pipeline.
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
        """Wait until no thread is inside, and let none in."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._running)
            self._changed.wait(_LEAVING)


CALLS = Calls()


class Chunks:
    """The chunks of all epochs, by number; counts the iterations, each of which begins with the next epoch.

    Each epoch has ``count`` of them. The first is empty, so that what a checkpoint holds is never an iteration of which
    nothing was read, which would begin anew.
    """

    def __init__(self, epochs: Epochs, shard: int, length: int, start: tuple[int, int]) -> None:
        self._epochs = epochs
        self._shard = shard
        self._length = length  # in steps
        self._start = start
        self._next = start[0]
        self._lock = threading.Lock()
        steps = epochs.steps
        self._full = -(-steps.full // length)
        self.count = 1 + self._full + (steps.count - steps.full)

    def begin(self, _: Any) -> np.int64:
        """Return the first chunk of the next iteration."""
        with CALLS, self._lock:
            epoch = self._next
            self._next += 1
        return np.int64(epoch * self.count)

    def ids(self, number: int) -> NDArray[np.int64]:
        """Return the ids of the batches of a chunk, [steps, batch], and have the next epoch drawn."""
        epoch, chunk = number // self.count, number % self.count - 1
        with self._lock:
            self._next = max(self._next, epoch + 1)  # where an iterator was restored
        steps = self._epochs.steps
        first = chunk * self._length if chunk < self._full else steps.full
        last = min(first + self._length, steps.full) if chunk < self._full else steps.count
        if epoch == self._start[0]:
            first = max(first, self._start[1])
        if chunk < 0 or first >= last:
            return np.empty((0, steps.size), dtype=np.int64)
        ids = steps.batches(self._epochs.ids(epoch), self._shard, first, last)
        if is_last := last == steps.count:
            ids = ids.copy()  # so that nothing holds on to this epoch
        self._epochs.draw_ahead(epoch + 1, is_last=is_last)
        return ids
