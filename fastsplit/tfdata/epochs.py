"""Epochs: which examples each epoch has, in which order, and how they fall into batches. Does not use TensorFlow."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.gather import gather
from fastsplit.engine.group import group_codes
from fastsplit.engine.order import order_all
from fastsplit.engine.quotas import quotas
from fastsplit.grouping import group
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import read_threads

SAMPLINGS = ("uniform", "stratified", "balanced")
_INT64 = np.dtype(np.int64)
_N_KEPT = 3  # epochs kept if they are small: with two, two iterators in different epochs would evict each other's
_SMALL = 1 << 21  # indices: three epochs of 8 bytes per index then take at most 48 MB
_N_WORDS = 10  # 64-bit words of randomness per epoch: two for each of the five seeds in `_drawn`

# Draws epochs in the background. Nobody waits for a task that has not begun: at interpreter exit an executor finishes
# running tasks and refuses new ones, and its thread may be unable to start.
DRAWING = ThreadPoolExecutor(1, thread_name_prefix="fastsplit epochs")


@dataclass(frozen=True)
class Steps:
    """How the n examples of an epoch fall into steps: in each step, a batch of ``size`` examples per shard.

    If the last step is not full, the shards share its examples evenly.
    """

    n: int
    size: int
    shards: int
    drop_remainder: bool

    @property
    def n_full(self) -> int:
        """The number of full steps."""
        return self.n // (self.size * self.shards)

    @property
    def remainder(self) -> list[int]:
        """The batch sizes of the step that is not full, one per shard; empty if all steps are full."""
        left = self.n % (self.size * self.shards)
        edges = [left * shard // self.shards for shard in range(self.shards + 1)]
        return [end - begin for begin, end in pairwise(edges)] if left else []

    @property
    def count(self) -> int:
        """The number of steps per epoch, the same on every shard."""
        return self.n_full + bool(self.remainder and not self.drop_remainder)

    def batches(self, indices: NDArray[np.int64], shard: int, begin: int, end: int) -> NDArray[np.int64]:
        """Return the batches of the steps [begin, end), shape (steps, batch): full steps, or the one that is not."""
        n_in_full = self.n_full * self.shards * self.size
        if begin < self.n_full:
            return indices[:n_in_full].reshape(self.n_full, self.shards, self.size)[begin:end, shard]
        first = n_in_full + sum(self.remainder[:shard])
        return indices[first : first + self.remainder[shard]][None]


class Epochs:
    """The indices of each epoch, a pure function of (seed, epoch).

    The epoch drawn last is kept; if epochs are small, so are the two before it.

    Parameters
    ----------
    indices : ndarray of int64, shape (n,)
        The examples of the pipeline: positions in the source.
    steps : Steps
        How they fall into batches.
    shuffle, reshuffle : bool
        Whether epochs are shuffled, and whether each epoch has a new order.
    seed : int
        Of all epochs.
    sampling : {"uniform", "stratified", "balanced"}
        As for `fastsplit.tfdata.dataset`.
    labels : array_like, optional
        The class of each example of the source, for ``sampling``.
    """

    def __init__(
        self,
        indices: NDArray[np.int64],
        steps: Steps,
        *,
        shuffle: bool,
        seed: int,
        reshuffle: bool,
        sampling: str = "uniform",
        labels: Any = None,
    ) -> None:
        self._indices = indices
        self.steps = steps
        self._shuffle = shuffle
        self._seed = seed
        self._reshuffle = reshuffle
        self._sampling = sampling
        self._threads = read_threads(None)
        self._lock = threading.Lock()
        self._kept: dict[int, Future[NDArray[np.int64]]] = {}
        if sampling != "uniform":
            by_class = group(read_labels(labels).values[indices])
            self._sizes = np.diff(by_class.offsets)
            classes = np.arange(len(self._sizes), dtype=np.min_scalar_type(len(self._sizes)))
            self._class_of = np.empty(len(indices), dtype=classes.dtype)
            self._class_of[by_class.order] = np.repeat(classes, self._sizes)

    def indices(self, epoch: int) -> NDArray[np.int64]:
        """Return the indices of an epoch, ordered by step and, within a step, by shard."""
        if not self._shuffle:
            return self._indices
        epoch = epoch if self._reshuffle else 0
        try:
            future, is_begun = self._taken(epoch)
            if not is_begun:
                try:
                    future.set_result(self._drawn(epoch))
                except BaseException as error:
                    future.set_exception(error)
            return future.result()
        except BaseException:
            with self._lock:  # forget the failure: the next call draws again
                self._kept.pop(epoch, None)
            raise

    def draw_ahead(self, epoch: int, *, is_last: bool) -> None:
        """Begin to draw an epoch in the background; a large one only if the last batch before it was taken."""
        if self._shuffle and self._reshuffle and (is_last or self._n_kept > 1):
            with self._lock, suppress(RuntimeError, MemoryError):  # no thread can be started now: `indices` will draw
                if epoch not in self._kept:
                    self._keep(epoch, DRAWING.submit(self._drawn, epoch))

    @property
    def _n_kept(self) -> int:
        return _N_KEPT if len(self._indices) <= _SMALL else 1

    def _taken(self, epoch: int) -> tuple[Future[NDArray[np.int64]], bool]:
        """Return the future of an epoch, and whether a thread draws it or has drawn it; if not, the caller must.

        A thread that has not begun may never do so: it may have died, or be left behind in the parent of this process.
        """
        with self._lock:
            future = self._kept.get(epoch)
            if future is not None and not future.cancel():
                return future, True
            self._kept.pop(epoch, None)
            future = Future()
            future.set_running_or_notify_cancel()
            self._keep(epoch, future)
            return future, False

    def _keep(self, epoch: int, future: Future[NDArray[np.int64]]) -> None:
        while len(self._kept) >= self._n_kept:
            del self._kept[next(iter(self._kept))]
        self._kept[epoch] = future

    def _drawn(self, epoch: int) -> NDArray[np.int64]:
        state = np.random.SeedSequence(self._seed, spawn_key=(epoch,)).generate_state(_N_WORDS, np.uint64)
        examples, classes, batches, rounding, within = state.astype(np.uint64).reshape(-1, 2)
        order = self._shuffled(len(self._indices), examples)
        if self._sampling != "uniform":
            members, sizes = self._by_class(order, self._shuffled(len(self._sizes), classes))
            if self._sampling == "balanced":
                order = self._in_turn(members, sizes)
            else:
                order = self._in_proportion(members, sizes, batches, rounding, within)
        return self._gather(self._indices, order, out=order)

    def _gather(
        self, rows: NDArray[Any], positions: NDArray[Any], out: NDArray[np.int64] | None = None
    ) -> NDArray[Any]:
        return gather(rows, positions, self._threads, out=out)

    def _shuffled(self, n: int, seed: NDArray[np.uint64]) -> NDArray[np.int64]:
        return order_all(n, _INT64, seed, None, self._threads)

    def _by_class(
        self, order: NDArray[np.int64], classes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Sort examples by class, stably, the classes in the given order; return the size of each class too."""
        sizes = self._sizes[classes]
        rank = np.empty(len(classes), dtype=np.int32)
        rank[classes] = np.arange(len(classes), dtype=np.int32)
        by_class = group_codes(self._gather(self._class_of, order), rank, sizes)
        return self._gather(order, by_class, out=by_class), sizes

    def _in_proportion(
        self,
        members: NDArray[np.int64],
        sizes: NDArray[np.int64],
        batches: NDArray[np.uint64],
        rounding: NDArray[np.uint64],
        within: NDArray[np.uint64],
    ) -> NDArray[np.int64]:
        """Deal members, sorted by class, to the batches, so that each batch gets its share of every class.

        The k-th member goes to batch k modulo the number of batches b: of m consecutive members, each batch gets
        floor(m / b) or ceil(m / b). The examples of a last step that is not full are taken out first, by rounded
        quotas as in a split. Within a batch the classes are mixed by one permutation for all batches of an epoch.
        """
        steps, n = self.steps, len(members)
        last, n_batches = steps.remainder, steps.n_full * steps.shards
        remainder = np.empty(0, dtype=np.int64)
        if last:
            columns = np.array([*last, n - sum(last)], dtype=np.int64)
            table = quotas(sizes, columns, n, len(columns), 0, rounding)[:, :-1]
            per_class, begins = table.sum(axis=1), np.cumsum(sizes) - sizes
            taken = np.arange(sum(last)) + np.repeat(begins - np.cumsum(per_class) + per_class, per_class)
            column = np.repeat(np.tile(np.arange(len(last)), len(sizes)), table.ravel())
            remainder = members[taken[np.argsort(column, kind="stable")]]
            members = np.delete(members, taken)
        dealt, mixed = np.empty(n, dtype=np.int64), self._shuffled(steps.size, within)
        full = dealt[: steps.size * n_batches]
        np.add(self._shuffled(n_batches, batches)[:, None], mixed * n_batches, out=full.reshape(n_batches, steps.size))
        self._gather(members, full, out=full)
        dealt[len(full) :] = remainder
        return dealt

    def _in_turn(self, members: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw from members, sorted by class: one of each class in turn, again and again."""
        n, n_turns = len(members), -(-len(members) // max(len(sizes), 1))
        positions = np.arange(n_turns)[:, None] % sizes
        positions += np.cumsum(sizes) - sizes
        drawn = positions.ravel()[:n]
        return self._gather(members, drawn, out=drawn)
