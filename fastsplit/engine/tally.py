"""tally: labels and keys -> what one part of all labels contributes to their plan; some tallies -> that of all parts.

A tally keeps the keys in the bands of each class, and how many keys lie below each band. The bands of a sum lie inside
those of its parts, because bands narrow as the class grows. So a tally depends on the examples alone, not on how they
were parted; and a cut outside its band is noticed: the passes after that find it by `narrowing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import KeptKeys, KeyRows, Keys, TallySide, sort_runs, tally_merge
from fastsplit._kernels import tally as tally_range
from fastsplit.engine import narrowing
from fastsplit.engine.bands import LaidBands, TallyRequest, bands_of, is_first, most_keys
from fastsplit.engine.classes import Lookup
from fastsplit.engine.layout import laid_out
from fastsplit.engine.narrowing import Bands, Narrowed
from fastsplit.engine.parallel import for_ranges, for_workers, ranges, worker_zeros
from fastsplit.engine.scan import MAX_KEY
from fastsplit.engine.tabulate import united_rows

REACH = 7.0  # standard deviations: a cut lies outside its band with a probability of about 1e-11
_KEYS_EXPECTED = 8  # labels per key that there is room for at first; more keys let it grow
_BLOCK = 4096  # keys: some blocks, because a kernel stops if the next block might not fit
_MIN_SCANNED = 1 << 20  # examples that are put into bins at once
_DROPPED = -1  # keys below the bands of a class that had too many keys in them


class State(NamedTuple):
    """What is known of the examples of C classes with W cuts.

    Attributes
    ----------
    classes : ndarray, shape (C,)
        The label values, ascending.
    counts : ndarray of int64, shape (C,)
        The number of examples of each class.
    low, high : ndarray of uint64, shape (C, W)
        The smallest and the largest key of each band, both ascending in each row.
    below : ndarray of int64, shape (C, W)
        The number of keys below each band; -1 if the class had more keys in bands than are kept, so that it has none.
    starts : ndarray of int64, shape (C + 1,)
        Where the keys of each class begin.
    keys : ndarray of uint64
        The keys in the bands of each class, ascending.
    narrowed : Narrowed or None
        The classes whose cuts are looked for by bins; their bands have no keys.
    """

    classes: NDArray[Any]
    counts: NDArray[np.int64]
    low: NDArray[np.uint64]
    high: NDArray[np.uint64]
    below: NDArray[np.int64]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    narrowed: Narrowed | None = None

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Return all arrays."""
        return (*self[:7], *(() if self.narrowed is None else self.narrowed.arrays()))

    def planned(self) -> tuple[NDArray[Any], ...]:
        """Return the arrays that were known before the labels were tallied, if ``after`` was."""
        return planned_arrays((self.low, self.high), self.narrowed)


def planned_arrays(bands: Bands, narrowed: Narrowed | None) -> tuple[NDArray[Any], ...]:
    """Return what all parts have in common, as arrays."""
    return bands if narrowed is None else (*bands, narrowed.numbers, *narrowed.intervals)


def count_below(state: State, edges: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many kept keys of each class are below its edges (C, W)."""
    out = np.empty(edges.shape, dtype=np.int64)
    KeyRows(state.starts, state.keys).below(np.ascontiguousarray(edges), out)
    return out


def count_up_to(state: State, edges: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many kept keys of each class are at most its edges (C, W)."""
    is_last = edges == MAX_KEY
    below = count_below(state, edges + ~is_last)
    return np.where(is_last, np.diff(state.starts)[:, None], below)


def is_in_bands(state: State) -> bool:
    """Return whether every key of a state is in a band of its class."""
    if state.low.shape[1] == 0 or len(state.classes) == 0:
        return len(state.keys) == 0
    first = is_first(state.low, state.high)
    last = np.roll(first, -1, axis=1)  # the first band follows the last
    last[:, -1] = True
    inside = count_up_to(state, state.high)[last].sum() - count_below(state, state.low)[first].sum()
    return bool(inside == len(state.keys))


def keys_of(request: TallyRequest, ids: NDArray[np.uint64] | None) -> Keys:
    """Return how the examples of one part get their keys."""
    return Keys(request.seeds.split, ids)


class Collected:
    """The keys in the bands of given classes, of labels that come in any number of parts; they are sorted once."""

    def __init__(self, classes: NDArray[Any], bands: LaidBands) -> None:
        self._classes, self._bands = classes, bands
        self._kept: list[KeptKeys] = []
        self._narrowed = bands.narrowed
        self._is_dropped = np.zeros(len(classes), dtype=bool)

    def add(self, lookup: Lookup, keys: Keys, start: int, threads: int) -> bool:
        """Add labels, of which positions begin at ``start`` if there are no ids; return whether all are of a class."""
        self._collect(lookup, keys, start, (0, lookup.labels.n), threads)
        if self._bands.intervals is not None:
            self._put_in_bins(self._bands.intervals, lookup, keys, start, threads)
        if self._bands.limits is not None:
            self._drop(self._bands.limits)
        return not any(own.cells[-1].any() for own in self._kept)

    def _drop(self, limits: NDArray[np.int64]) -> None:
        """Drop the keys of classes that have, or had, more than is kept."""
        n_kept = sum(own.cells[:-1, 1::2].sum(axis=1) for own in self._kept)
        self._is_dropped |= n_kept > limits
        if (n_kept[self._is_dropped] == 0).all():
            return
        for own in self._kept:
            own.keep(~self._is_dropped[own.kept[1] // own.cells.shape[1]])
            own.cells[:-1][self._is_dropped, 0] += own.cells[:-1][self._is_dropped, 1::2].sum(axis=1)
            own.cells[:-1][self._is_dropped, 1::2] = 0

    def _put_in_bins(self, intervals: LaidBands, lookup: Lookup, keys: Keys, start: int, threads: int) -> None:
        """Add the keys in intervals to the bins: all keys of some examples at once, however many share an interval."""
        n, n_scanned = lookup.labels.n, max(_MIN_SCANNED, 8 * intervals.low.size)
        for begin in range(0, n, n_scanned):
            some = Collected(self._classes, intervals)
            some._collect(lookup, keys, start, (begin, min(begin + n_scanned, n)), threads)
            found = some._state(threads)
            assert self._narrowed is not None
            bins = narrowing.binned(self._narrowed, found.starts, found.keys)
            self._narrowed = narrowing.united([self._narrowed, bins])

    def _collect(self, lookup: Lookup, keys: Keys, start: int, rows: tuple[int, int], threads: int) -> None:
        n, (n_classes, width) = rows[1] - rows[0], self._bands.low.shape
        n_zones = 2 * width + 1
        some = ranges(n, max(1, min(threads, n // (n_classes * n_zones))))
        parts = [(rows[0] + begin, rows[0] + end) for begin, end in some]
        for begin, end in parts[len(self._kept) :]:
            (cells,) = worker_zeros(1, n_classes + 1, n_zones)
            self._kept.append(KeptKeys(cells, (end - begin) // _KEYS_EXPECTED + _BLOCK))
        labels, table, bands, kept = lookup.labels, lookup.table, self._bands.rows, self._kept
        for_ranges(
            parts, lambda worker, begin, end: tally_range(labels, table, bands, keys, start, begin, end, kept[worker])
        )

    def state(self, threads: int) -> State:
        """Return what is known of all labels. Classes without examples are left out."""
        state = self._state(threads)._replace(narrowed=self._narrowed)
        return state if state.counts.all() else _without_classes(state, np.flatnonzero(state.counts))

    def _state(self, threads: int) -> State:
        bands, kept = self._bands, self._kept
        n_classes, width = bands.low.shape
        cells = np.stack([own.cells for own in kept])
        starts, _, cursors = laid_out(cells[:, :-1, 1::2].reshape(len(kept), -1))
        keys = np.empty(int(starts[-1]), dtype=np.uint64)
        cursor_of_cell = np.zeros(cells.shape, dtype=np.int64)
        cursor_of_cell[:, :-1, 1::2] = cursors.reshape(len(kept), n_classes, width)
        for_workers(len(kept), lambda worker: kept[worker].arrange(cursor_of_cell[worker].ravel(), keys))
        for_ranges(
            ranges(n_classes * width, min(threads, len(kept)), grain=1),
            lambda _, begin, end: sort_runs(starts, begin, end, keys),
        )
        by_zone = (cells.sum(axis=0) if len(kept) > 1 else cells[0])[:-1]
        counts = by_zone @ np.ones(2 * width + 1, dtype=np.int64)
        outside = np.take_along_axis(by_zone[:, ::2].cumsum(axis=1), bands.first, axis=1)
        state = State(self._classes, counts, bands.low, bands.high, outside, starts[::width].copy(), keys)
        below = outside + count_below(state, bands.low)
        below[self._is_dropped] = _DROPPED
        return state._replace(below=below)


def tally(
    lookup: Lookup, classes: NDArray[Any], keys: Keys, start: int, bands: LaidBands, threads: int
) -> State | None:
    """Tally labels by the bands of given classes; return None if a label is of no class."""
    collected = Collected(classes, bands)
    return collected.state(threads) if collected.add(lookup, keys, start, threads) else None


def _without_classes(state: State, present: NDArray[np.intp]) -> State:
    """Leave out the classes without examples, and so without keys."""
    starts = state.starts[np.append(present, len(state.classes))]
    fields = {name: array[present] for name, array in zip(state._fields[:5], state[:5], strict=True)}
    rows = np.full(len(state.classes), -1)
    rows[present] = np.arange(len(present))
    return state._replace(**fields, starts=starts, narrowed=state.narrowed and state.narrowed.chosen(rows))


def without_keys(classes: NDArray[Any], counts: NDArray[np.int64], width: int) -> State:
    """Return a state of classes without cuts, or of none."""
    edges = np.zeros((len(classes), width), dtype=np.uint64)
    starts = np.zeros(len(classes) + 1, dtype=np.int64)
    return State(classes, counts, edges, edges, edges.view(np.int64), starts, np.empty(0, dtype=np.uint64))


def merged(states: Sequence[State], request: TallyRequest, *, planned: bool) -> State:
    """Return the state of all examples. If bands were ``planned``, they are the same in all; else they narrow."""
    states = [state for state in states if len(state.classes)] or [states[0]]
    if len(states) == 1:
        return states[0]
    classes, rows = united_rows([state.classes for state in states])
    counts, width, narrowed = np.zeros(len(classes), dtype=np.int64), states[0].low.shape[1], []
    is_dropped = np.zeros(len(classes), dtype=bool)
    low, high = (np.empty((len(classes), width), dtype=np.uint64) for _ in range(2))
    for state, of_class in zip(states, rows, strict=True):
        own = slice(None) if len(state.classes) == len(classes) else np.flatnonzero(of_class >= 0)
        counts[own] += state.counts
        low[own], high[own] = state.low, state.high
        is_dropped[own] |= dropped(state)
        if state.narrowed is not None:
            narrowed.append(state.narrowed.chosen(np.arange(len(classes))[own]))
    if width == 0:
        return without_keys(classes, counts, width)
    if not planned:
        low, high = bands_of(counts, request)
    below, starts = np.zeros(low.shape, dtype=np.int64), np.empty(len(classes) + 1, dtype=np.int64)
    keys = np.empty(sum(len(state.keys) for state in states), dtype=np.uint64)
    sides = [
        TallySide(KeyRows(state.starts, state.keys), of_class, state.below, state.low)
        for state, of_class in zip(states, rows, strict=True)
    ]
    size = tally_merge(sides, (low, high), below, starts, keys)
    keys = keys if size == len(keys) else keys[:size].copy()
    state = State(classes, counts, low, high, below, starts, keys, narrowing.united(narrowed))
    if not planned:
        return state
    is_dropped |= np.diff(starts) > most_keys((low, high), request.reach)
    return _without_keys_of(state, is_dropped) if is_dropped.any() else state


def dropped(state: State) -> NDArray[np.bool_]:
    """Return the classes (C,) that had more keys in their bands than are kept."""
    return np.asarray((state.below[:, :1] == _DROPPED).any(axis=1))


def _without_keys_of(state: State, is_dropped: NDArray[np.bool_]) -> State:
    """Drop the keys of classes with too many."""
    sizes = np.diff(state.starts)
    keys = state.keys[np.repeat(~is_dropped, sizes)]
    starts = np.append(0, np.where(is_dropped, 0, sizes).cumsum())
    return state._replace(below=np.where(is_dropped[:, None], _DROPPED, state.below), starts=starts, keys=keys)
