"""Which ids an epoch has, in which order, and which of them make a batch; nothing here knows TensorFlow."""

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
_HELD = 3  # epochs of few ids that are held: two iterators at a time do not drive out each other's
_FEW = 1 << 21  # ids at the most, for all to take 48 MB

# Draws in the background. When the interpreter ends, this finishes what it began and takes no more: a thread of
# TensorFlow that waited for one that never starts would never end.
DRAWING = ThreadPoolExecutor(1, thread_name_prefix="fastsplit epochs")


@dataclass(frozen=True)
class Steps:
    """How the n examples of an epoch fall into steps: a batch of ``size`` on each of ``shards``.

    In the last step, which may not be full, the shards share what is left evenly.
    """

    n: int
    size: int
    shards: int
    drop_remainder: bool

    @property
    def full(self) -> int:
        """How many steps are full."""
        return self.n // (self.size * self.shards)

    @property
    def rest(self) -> list[int]:
        """The batches of the step that is not full, or none."""
        left = self.n % (self.size * self.shards)
        edges = [left * shard // self.shards for shard in range(self.shards + 1)]
        return [end - begin for begin, end in pairwise(edges)] if left else []

    @property
    def count(self) -> int:
        """How many steps an epoch has, the same on every shard."""
        return self.full + bool(self.rest and not self.drop_remainder)

    def batches(self, ids: NDArray[np.int64], shard: int, first: int, last: int) -> NDArray[np.int64]:
        """Return the batches of the steps [first, last), which are all full or the one that is not."""
        if first < self.full:
            return ids[: self.full * self.shards * self.size].reshape(self.full, self.shards, self.size)[
                first:last, shard
            ]
        begin = self.full * self.shards * self.size + sum(self.rest[:shard])
        return ids[begin : begin + self.rest[shard]][None]


class Epochs:
    """The ids of each epoch, a pure function of (seed, epoch).

    The latest that was drawn is kept; where they are few, the two before it too.
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
            values = read_labels(labels).values
            by_class = group(values[indices])
            self._sizes = np.diff(by_class.offsets)
            numbers = np.arange(len(self._sizes), dtype=np.min_scalar_type(len(self._sizes)))
            self._class_of = np.empty(len(indices), dtype=numbers.dtype)
            self._class_of[by_class.order] = np.repeat(numbers, self._sizes)

    def ids(self, epoch: int) -> NDArray[np.int64]:
        """Return the ids of an epoch: step by step and, within a step, shard by shard."""
        if not self._shuffle:
            return self._indices
        epoch = epoch if self._reshuffle else 0
        try:
            return self._begun(epoch).result()
        except BaseException:  # so that it can be drawn anew
            with self._lock:
                self._kept.pop(epoch, None)
            raise

    def draw_ahead(self, epoch: int, *, is_last: bool) -> None:
        """Begin to draw the ids of an epoch; many not until the last of the epoch before it were taken."""
        if self._shuffle and self._reshuffle and (is_last or self._held > 1):
            with suppress(RuntimeError):  # no thread can be started: they are drawn when they are needed
                self._begun(epoch)

    @property
    def _held(self) -> int:
        return _HELD if len(self._indices) <= _FEW else 1

    def _begun(self, epoch: int) -> Future[NDArray[np.int64]]:
        """Return where the ids of an epoch will be, and begin to draw them unless that was done."""
        with self._lock:
            if epoch not in self._kept:
                while len(self._kept) >= self._held:
                    del self._kept[next(iter(self._kept))]
                self._kept[epoch] = DRAWING.submit(self._drawn, epoch)
            return self._kept[epoch]

    def _drawn(self, epoch: int) -> NDArray[np.int64]:
        state = np.random.SeedSequence(self._seed, spawn_key=(epoch,)).generate_state(10, np.uint64)
        drawn, classes, batches, rounding, within = state.astype(np.uint64).reshape(5, 2)
        order = self._shuffled(len(self._indices), drawn)
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

    def _shuffled(self, n: int, words: NDArray[np.uint64]) -> NDArray[np.int64]:
        return order_all(n, _INT64, words, None, self._threads)

    def _by_class(
        self, order: NDArray[np.int64], classes: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Put examples class by class, classes as given, the examples of each in their order; return the sizes too."""
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
        """Deal members that lie class by class to the batches, so that each gets its share of every class.

        The k-th member goes to batch k modulo the number of batches: of m members in a row, each of b batches gets the
        floor or the ceiling of m / b. What the last step has is taken out first, as a split would. Within a batch the
        classes are mixed, in the same way for all batches of an epoch.
        """
        steps, n = self.steps, len(members)
        last, full = steps.rest, steps.full * steps.shards
        rest = np.empty(0, dtype=np.int64)
        if last:
            columns = np.array([*last, n - sum(last)], dtype=np.int64)
            taken = quotas(sizes, columns, n, len(columns), 0, rounding)[:, :-1]
            of_class, begin = taken.sum(axis=1), np.cumsum(sizes) - sizes
            places = np.arange(sum(last)) + np.repeat(begin - np.cumsum(of_class) + of_class, of_class)
            column = np.repeat(np.tile(np.arange(len(last)), len(sizes)), taken.ravel())
            rest = members[places[np.argsort(column, kind="stable")]]
            members = np.delete(members, places)
        dealt, mixed = np.empty(n, dtype=np.int64), self._shuffled(steps.size, within)
        whole = dealt[: steps.size * full]
        np.add(self._shuffled(full, batches)[:, None], mixed * full, out=whole.reshape(full, steps.size))
        self._gather(members, whole, out=whole)
        dealt[len(whole) :] = rest
        return dealt

    def _in_turn(self, members: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw from members that lie class by class: one of each class in turn, over and over again."""
        n, turns = len(members), -(-len(members) // max(len(sizes), 1))
        places = np.arange(turns)[:, None] % sizes
        places += np.cumsum(sizes) - sizes
        drawn = places.ravel()[:n]
        return self._gather(members, drawn, out=drawn)
