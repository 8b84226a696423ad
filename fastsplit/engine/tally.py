"""tally: labels and keys -> what one part of all labels contributes to their plan; some tallies -> that of all parts.

For class c with n examples, the key next to the cut at fraction p is an order statistic: it lies within
``half(n) = reach * sqrt(p (1 - p) / n) + (reach**2 / 2 + 2) / n`` of p, by Bernstein's inequality and the rounding of
quotas. A tally keeps the keys in these bands, and how many keys lie below each. The bands of a sum lie inside those of
its parts, because half(n) falls with n, in float64 too: division and square root are rounded correctly. So a tally
depends on the examples alone, not on how they were parted; and a cut outside its band is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import (
    FOUND,
    TOO_FEW_UNITS,
    BandTable,
    ClassKeys,
    CutBands,
    CutRule,
    CutSearch,
    KeptKeys,
    KeyRows,
    Keys,
    TallySide,
    sort_runs,
    tally_merge,
)
from fastsplit._kernels import tally as tally_range
from fastsplit.engine.classes import Lookup
from fastsplit.engine.cuts import select_cuts
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import for_ranges, for_workers, ranges, worker_zeros
from fastsplit.engine.quotas import quotas
from fastsplit.engine.scan import MAX_KEY, NO_BANDS
from fastsplit.engine.tabulate import united_rows
from fastsplit.inputs.gates import check_class_sizes, check_split_sizes, check_table, check_units
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares

REACH = 7.0  # standard deviations: a cut lies outside its band with a probability of about 1e-11
_WIDER = 64  # a missed band is widened by so many times itself: at most 8 passes reach every key
_MAX_AROUND = 16  # thresholds around all bands: up to here a comparison with all is fast
_MAX_SHARE = 0.5  # of keys between them: with more, comparing every key with the bands of its class is faster
_KEYS_EXPECTED = 8  # labels per key that there is room for at first; more keys let it grow
_BLOCK = 4096  # keys: some blocks, because a kernel stops if the next block might not fit
_LARGEST_EDGE = 2.0**64 - 2048  # the largest float64 below 2**64

Bands = tuple[NDArray[np.uint64], NDArray[np.uint64]]  # the smallest and the largest key of each class and cut


class TallyRequest(NamedTuple):
    """What is to be planned: tallies of other requests do not add up."""

    shares: Shares
    seeds: Seeds
    min_per_split: int
    reach: float


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
        The number of keys below each band.
    starts : ndarray of int64, shape (C + 1,)
        Where the keys of each class begin.
    keys : ndarray of uint64
        The keys in the bands of each class, ascending.
    """

    classes: NDArray[Any]
    counts: NDArray[np.int64]
    low: NDArray[np.uint64]
    high: NDArray[np.uint64]
    below: NDArray[np.int64]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]


class LaidBands(NamedTuple):
    """Bands: ``low`` and ``high`` (C, W), the ``first`` of the overlapping bands of each, and their thresholds."""

    low: NDArray[np.uint64]
    high: NDArray[np.uint64]
    first: NDArray[np.int64]
    rows: BandTable


class Found(NamedTuple):
    """The quotas (C, columns) and the cuts (C, W) of a state, and which classes (C,) miss a key for them."""

    quotas: NDArray[np.int64]
    cuts: NDArray[np.uint64]
    missed: NDArray[np.bool_]


def bands_of(counts: NDArray[np.int64], request: TallyRequest) -> Bands:
    """Return the bands of classes of which all that is known is how many examples of them were seen so far.

    With ``min_per_split`` the cut of a small class is between p and the nearest fraction that keeps the minimum.
    """
    p, n = request.shares.ideal_cuts / 2.0**64, np.maximum(counts, 1).astype(np.float64)[:, None]
    minimum = request.shares.minimum(request.min_per_split)
    before = minimum.cumsum()[:-1]
    first, last = np.minimum(p, 1 - (minimum.sum() - before) / n), np.maximum(p, before / n)
    # Where the minimum moves a cut, its variance is bounded by the largest: the bounds too must fall with n.
    variance = np.where((first == p) & (last == p), p * (1 - p), 0.25)
    half = _half(variance, n, request.reach)
    return _edges(first - half, last + half)


def planned_bands(state: State | None, counts: NDArray[np.int64], request: TallyRequest) -> Bands:
    """Return the bands of all classes, whose counts are known: around the ranks of the cuts.

    If a ``state`` missed a cut, the bands of that class are its own, widened to where the cut is.
    """
    if state is None and request.min_per_split == 0:
        return bands_of(counts, request)
    table = _quotas(counts, request)
    if state is not None:
        return _widened(state, table, find(state, request, 1).missed)
    n = np.maximum(counts, 1).astype(np.float64)[:, None]
    p = table.cumsum(axis=1)[:, :-1] / n
    half = _half(p * (1 - p), n, request.reach)
    return _edges(p - half, p + half)


def _half(variance: NDArray[np.float64], n: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    return reach * np.sqrt(variance / n) + (reach * reach / 2 + 2) / n


def _edges(begin: NDArray[np.float64], end: NDArray[np.float64]) -> Bands:
    """Return bands between fractions. No key is 0; the largest is part of the last band."""
    low = np.clip(begin * 2.0**64, 1, _LARGEST_EDGE).astype(np.uint64)
    high = np.clip(end * 2.0**64, 0, _LARGEST_EDGE).astype(np.uint64)
    high[end >= 1] = MAX_KEY
    return np.maximum.accumulate(low, axis=1), np.maximum.accumulate(high, axis=1)


def _widened(state: State, table: NDArray[np.int64], missed: NDArray[np.bool_]) -> Bands:
    """Widen the bands of missed classes to the side where the cut is; to both if it is inside, but units need more."""
    low, high = state.low.copy(), state.high.copy()
    ranks = table.cumsum(axis=1)[:, :-1]
    inside = _count_up_to(state, high) - _count_below(state, low)
    down = ranks <= state.below
    up = ranks >= state.below + inside
    both = ~down & ~up
    wider = _WIDER * (high.astype(np.float64) - low + 1)
    down, up = (down | both) & missed[:, None], (up | both) & missed[:, None]
    low = np.where(down, np.clip(low - wider, 1, _LARGEST_EDGE).astype(np.uint64), low)
    raised = high + wider
    high = np.where(up, np.minimum(raised, _LARGEST_EDGE).astype(np.uint64), high)
    high[up & (raised >= _LARGEST_EDGE)] = MAX_KEY
    low = np.minimum.accumulate(low[:, ::-1], axis=1)[:, ::-1]
    return np.ascontiguousarray(low), np.maximum.accumulate(high, axis=1)


def _count_below(state: State, edges: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many kept keys of each class are below its edges (C, W)."""
    out = np.empty(edges.shape, dtype=np.int64)
    KeyRows(state.starts, state.keys).below(np.ascontiguousarray(edges), out)
    return out


def _count_up_to(state: State, edges: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return how many kept keys of each class are at most its edges (C, W)."""
    is_last = edges == MAX_KEY
    below = _count_below(state, edges + ~is_last)
    return np.where(is_last, np.diff(state.starts)[:, None], below)


def is_in_bands(state: State) -> bool:
    """Return whether every key of a state is in a band of its class."""
    if state.low.shape[1] == 0 or len(state.classes) == 0:
        return len(state.keys) == 0
    first = _is_first(state.low, state.high)
    last = np.roll(first, -1, axis=1)  # the first band follows the last
    last[:, -1] = True
    inside = _count_up_to(state, state.high)[last].sum() - _count_below(state, state.low)[first].sum()
    return bool(inside == len(state.keys))


def _is_first(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which bands do not overlap the band before."""
    first = np.ones(low.shape, dtype=bool)
    first[:, 1:] = low[:, 1:] > high[:, :-1]
    return first


def thresholds(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return two thresholds per band (C, 2 W): overlapping bands become one, followed by empty ones."""
    first, top = _is_first(low, high), high.copy()
    for j in range(low.shape[1] - 2, -1, -1):
        top[:, j] = np.where(first[:, j + 1], top[:, j], top[:, j + 1])
    table = np.empty((low.shape[0], 2 * low.shape[1]), dtype=np.uint64)
    table[:, ::2] = np.where(first, low - np.uint64(1), top)
    table[:, 1::2] = top
    return table


def keys_of(request: TallyRequest, ids: NDArray[np.uint64] | None) -> Keys:
    """Return how the examples of one part get their keys."""
    return Keys(request.seeds.split, ids)


def band_table(bands: Bands) -> LaidBands:
    """Return bands as the kernel takes them."""
    low, high = bands
    table = thresholds(low, high)
    first = np.maximum.accumulate(np.where(_is_first(low, high), np.arange(low.shape[1]), 0), axis=1)
    (around,) = thresholds(low.min(axis=0)[None], high.max(axis=0)[None])
    share = float(((around[1::2] - around[::2]) / 2.0**64).sum())
    is_narrow = share <= _MAX_SHARE and len(around) <= _MAX_AROUND
    # The last row is for labels of no class, which are refused.
    rows = BandTable(np.vstack([table, table[-1:]]), CutBands(around) if is_narrow else NO_BANDS)
    return LaidBands(low, high, first, rows)


class Collected:
    """The keys in the bands of given classes, of labels that come in any number of parts; they are sorted once."""

    def __init__(self, classes: NDArray[Any], bands: LaidBands) -> None:
        self._classes, self._bands = classes, bands
        self._kept: list[KeptKeys] = []

    def add(self, lookup: Lookup, keys: Keys, start: int, threads: int) -> bool:
        """Add labels, of which positions begin at ``start`` if there are no ids; return whether all are of a class."""
        n, (n_classes, width) = lookup.labels.n, self._bands.low.shape
        n_zones = 2 * width + 1
        parts = ranges(n, max(1, min(threads, n // (n_classes * n_zones))))
        for begin, end in parts[len(self._kept) :]:
            (cells,) = worker_zeros(1, n_classes + 1, n_zones)
            self._kept.append(KeptKeys(cells, (end - begin) // _KEYS_EXPECTED + _BLOCK))
        labels, table, rows, kept = lookup.labels, lookup.table, self._bands.rows, self._kept
        for_ranges(
            parts, lambda worker, begin, end: tally_range(labels, table, rows, keys, start, begin, end, kept[worker])
        )
        return not any(own.cells[-1].any() for own in kept)

    def state(self, threads: int) -> State:
        """Return what is known of all labels. Classes without examples are left out."""
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
        state = state._replace(below=outside + _count_below(state, bands.low))
        return state if counts.all() else _without_classes(state, np.flatnonzero(counts))


def tally(
    lookup: Lookup, classes: NDArray[Any], keys: Keys, start: int, bands: LaidBands, threads: int
) -> State | None:
    """Tally labels by the bands of given classes; return None if a label is of no class."""
    collected = Collected(classes, bands)
    return collected.state(threads) if collected.add(lookup, keys, start, threads) else None


def expected_nbytes(counts: NDArray[np.int64], bands: LaidBands) -> int:
    """Return about how many bytes the state of so many examples takes: keys are uniform."""
    table = thresholds(bands.low, bands.high)
    shares = ((table[:, 1::2] - table[:, ::2]) / 2.0**64).sum(axis=1)
    return int(8 * (shares @ counts + 3 * (table.size // 2) + 3 * len(counts)))


def _without_classes(state: State, present: NDArray[np.intp]) -> State:
    """Leave out the classes without examples, and so without keys."""
    starts = state.starts[np.append(present, len(state.classes))]
    fields = {name: array[present] for name, array in zip(state._fields[:5], state[:5], strict=True)}
    return state._replace(**fields, starts=starts)


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
    counts, width = np.zeros(len(classes), dtype=np.int64), states[0].low.shape[1]
    low, high = (np.empty((len(classes), width), dtype=np.uint64) for _ in range(2))
    for state, of_class in zip(states, rows, strict=True):
        known = of_class >= 0
        own = of_class[known]
        counts[known] += state.counts[own]
        low[known], high[known] = state.low[own], state.high[own]
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
    return State(classes, counts, low, high, below, starts, keys if size == len(keys) else keys[:size].copy())


def _quotas(counts: NDArray[np.int64], request: TallyRequest) -> NDArray[np.int64]:
    shares, seeds, minimum, _ = request
    return quotas(counts, shares.numerators, shares.denominator, len(shares), minimum, seeds.rounding)


def check(classes: NDArray[Any], counts: NDArray[np.int64], request: TallyRequest) -> None:
    """Refuse classes that cannot be planned, as the scan of all labels would."""
    shares, _, minimum, _ = request
    check_class_sizes(classes, counts, shares.n_nonempty, minimum)
    check_split_sizes(int(counts.sum()), len(classes), shares, minimum)
    check_table(len(classes), len(shares.numerators))


def find(state: State, request: TallyRequest, threads: int) -> Found:
    """Find the quotas and cuts of all classes: those of the engine's `cuts`, from the keys near the cuts alone.

    Classes whose bands are one run of keys are searched as one band; only so can units be moved to keep a minimum.
    """
    check(state.classes, state.counts, request)
    n_classes, width = state.low.shape
    table, cuts = _quotas(state.counts, request), np.empty((n_classes, width), dtype=np.uint64)
    missed = np.zeros(n_classes, dtype=bool)
    if n_classes == 0 or width == 0:
        return Found(table, cuts, missed)
    is_one = ~_is_first(state.low, state.high)[:, 1:].any(axis=1)
    too_few = np.zeros(n_classes, dtype=bool)
    rule = CutRule(request.shares.ideal_cuts, request.shares.minimum(request.min_per_split), request.seeds.rounding)
    for chosen, n_bands in ((np.flatnonzero(is_one), 1), (np.flatnonzero(~is_one), width)):
        if len(chosen) == 0:
            continue
        own_quotas, own_cuts = table[chosen], cuts[chosen]
        status = np.empty(len(chosen), dtype=np.uint8)
        known = _class_keys(state, chosen, n_bands)
        band_of_cut = np.arange(width) if n_bands == width else np.zeros(width, dtype=np.int64)
        search = CutSearch(rule, band_of_cut, own_quotas, own_cuts, status)
        select_cuts(known, search, len(chosen), len(state.keys), threads)
        table[chosen], cuts[chosen] = own_quotas, own_cuts
        too_few[chosen] = status == TOO_FEW_UNITS
        missed[chosen] = (status != FOUND) & (status != TOO_FEW_UNITS)
    check_units(state.classes[too_few])
    return Found(table, cuts, missed)


def _class_keys(state: State, chosen: NDArray[np.intp], n_bands: int) -> ClassKeys:
    """Return the kept keys of some classes, band by band, or all as one band."""
    begin, end = state.starts[:-1][chosen, None], state.starts[1:][chosen, None]
    below = state.below[chosen, :1]
    edges = np.array([0, MAX_KEY], dtype=np.uint64)  # only a hint where to look first
    if n_bands > 1:
        end = begin + _count_up_to(state, state.high)[chosen]
        begin = begin + _count_below(state, state.low)[chosen]
        below = state.below[chosen]
        edges = np.column_stack([state.low[chosen].min(axis=0), state.high[chosen].max(axis=0)]).ravel()
    sizes = (end - begin).ravel()
    starts = np.append(0, sizes.cumsum())
    keys = state.keys
    if not np.array_equal(begin.ravel(), starts[:-1]) or starts[-1] != len(
        keys
    ):  # bands overlap, or classes are left out
        keys = keys[np.repeat(begin.ravel() - starts[:-1], sizes) + np.arange(starts[-1])]
    return ClassKeys(chosen, state.counts[chosen], np.ascontiguousarray(below), starts, keys, edges, are_sorted=True)
