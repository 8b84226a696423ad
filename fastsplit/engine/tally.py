"""tally: labels and keys -> what one part of all labels contributes to their plan; two tallies -> that of both parts.

For class c with n examples, the key next to the cut at fraction p is an order statistic: it lies within
``half(n) = reach * sqrt(p (1 - p) / n) + (reach**2 / 2 + 2) / n`` of p, by Bernstein's inequality and the rounding of
quotas. A tally keeps the keys in these bands, and how many keys lie below each. The bands of a sum lie inside those of
its parts, because half(n) falls with n, in float64 too: division and square root are rounded correctly. So a tally
depends on the examples alone, not on how they were parted; and a cut outside its band is noticed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import (
    FOUND,
    TOO_FEW_UNITS,
    ClassKeys,
    CutRule,
    CutSearch,
    KeptKeys,
    KeyRows,
    Keys,
    TallySide,
    sort_rows,
    tally_merge,
)
from fastsplit._kernels import tally as tally_range
from fastsplit.engine.assign import cut_table
from fastsplit.engine.cuts import select_cuts
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import changed, for_ranges, for_workers, ranges, worker_zeros
from fastsplit.engine.quotas import quotas
from fastsplit.engine.scan import MAX_KEY, Strata
from fastsplit.engine.tabulate import united
from fastsplit.inputs.gates import check_class_sizes, check_split_sizes, check_table, check_units
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares

REACH = 7.0  # standard deviations: a cut lies outside its band with a probability of about 1e-11
_WIDER = 64  # a missed band is widened by so many times itself: at most 8 passes reach every key
_SPARE = 1.1  # capacity per expected key; more let the capacity grow
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


def tally(strata: Strata, keys: Keys, start: int, bands: Bands, threads: int) -> State:
    """Tally the labels that a scan counted by the bands of their classes; without ids, positions begin at ``start``."""
    low, high = bands
    n_classes, width = low.shape
    if n_classes == 0 or width == 0:
        return _without_keys(strata.classes, strata.counts, width)
    table = thresholds(low, high)
    n, n_zones = strata.lookup.labels.n, 2 * width + 1
    parts = ranges(n, max(1, min(threads, n // (n_classes * n_zones))))
    cells = worker_zeros(len(parts), n_classes + 1, n_zones)
    share = float((strata.counts @ ((table[:, 1::2] - table[:, ::2]) / 2.0**64)).sum()) / n
    kept = [
        KeptKeys(part, int((end - begin) * min(share * _SPARE, 1)) + _BLOCK)
        for part, (begin, end) in zip(cells, parts, strict=True)
    ]
    rows = cut_table(np.vstack([table, table[-1:]]), n)  # the last row is for labels of no class: there are none
    lookup = strata.lookup
    for_ranges(
        parts,
        lambda worker, begin, end: tally_range(
            lookup.labels, lookup.table, rows, keys, start, begin, end, kept[worker]
        ),
    )
    by_zone = cells.sum(axis=0)
    if by_zone[-1].any() or (by_zone[:-1].sum(axis=1) != strata.counts).any():
        raise changed()
    starts, _, cursors = laid_out(cells[:, :-1, 1::2].sum(axis=2))
    sorted_keys = np.empty(int(starts[-1]), dtype=np.uint64)
    for_workers(len(parts), lambda worker: kept[worker].arrange(cursors[worker], sorted_keys))
    for_ranges(ranges(n_classes, len(parts), grain=1), lambda _, begin, end: sort_rows(starts, begin, end, sorted_keys))
    first = np.maximum.accumulate(np.where(_is_first(low, high), np.arange(width), 0), axis=1)
    outside = np.take_along_axis(by_zone[:-1, ::2].cumsum(axis=1), first, axis=1)
    state = State(strata.classes, strata.counts, low, high, outside, starts, sorted_keys)
    return state._replace(below=outside + _count_below(state, low))


def _without_keys(classes: NDArray[Any], counts: NDArray[np.int64], width: int) -> State:
    edges = np.zeros((len(classes), width), dtype=np.uint64)
    starts = np.zeros(len(classes) + 1, dtype=np.int64)
    return State(classes, counts, edges, edges, edges.view(np.int64), starts, np.empty(0, dtype=np.uint64))


def empty(width: int) -> State:
    """Return the state of no examples."""
    return _without_keys(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), width)


def merged(a: State, b: State, request: TallyRequest, *, planned: bool) -> State:
    """Return the state of the examples of both. If bands were ``planned``, both have the same; else they narrow."""
    if len(a.classes) == 0 or len(b.classes) == 0:
        return b if len(a.classes) == 0 else a
    classes, rows = united_rows(a.classes, b.classes)
    counts = np.zeros(len(classes), dtype=np.int64)
    for side, of_class in zip((a, b), rows, strict=True):
        known = of_class >= 0
        counts[known] += side.counts[of_class[known]]
    width = a.low.shape[1]
    if width == 0:
        return _without_keys(classes, counts, width)
    if planned:
        low, high = (
            np.where((rows[0] >= 0)[:, None], x[rows[0]], y[rows[1]]) for x, y in zip(a[2:4], b[2:4], strict=True)
        )
    else:
        low, high = bands_of(counts, request)
    below, starts = np.zeros(low.shape, dtype=np.int64), np.empty(len(classes) + 1, dtype=np.int64)
    keys = np.empty(len(a.keys) + len(b.keys), dtype=np.uint64)
    sides = [TallySide(KeyRows(s.starts, s.keys), r, s.below, s.low) for s, r in zip((a, b), rows, strict=True)]
    size = tally_merge(sides[0], sides[1], (low, high), below, starts, keys)
    return State(classes, counts, low, high, below, starts, keys if size == len(keys) else keys[:size].copy())


def united_rows(a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], list[NDArray[np.int64]]]:
    """Return the classes of both, ascending, and the row of each in a and in b, or -1."""
    if a.dtype == b.dtype and np.array_equal(a, b):
        return a, [np.arange(len(a)), np.arange(len(a))]
    classes, rows = united(a, b), []
    for side in (a, b):
        row = np.full(len(classes), -1, dtype=np.int64)
        row[np.searchsorted(classes, side.astype(classes.dtype))] = np.arange(len(side))
        rows.append(row)
    return classes, rows


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
    is_one = ~_is_first(state.low, state.high)[:, 1:].any(axis=1) | (np.diff(state.starts) == state.counts)
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
    """Return copies of the kept keys of some classes, band by band, or all as one band."""
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
    positions = np.repeat(begin.ravel() - starts[:-1], sizes) + np.arange(starts[-1])
    keys = state.keys[positions]
    return ClassKeys(chosen, state.counts[chosen], np.ascontiguousarray(below), starts, keys, edges)
