"""tallied cuts: the tally of all parts -> the cuts of each class, or what the next pass has to look for."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import FOUND, TOO_FEW_UNITS, ClassKeys, CutRule, CutSearch
from fastsplit.engine import narrowing
from fastsplit.engine.bands import FEW, TallyRequest, bands_of, edges, half_widths, is_first
from fastsplit.engine.cuts import select_cuts
from fastsplit.engine.narrowing import Bands, Narrowed
from fastsplit.engine.quotas import quotas
from fastsplit.engine.scan import MAX_KEY
from fastsplit.engine.tally import State, count_below, count_up_to, dropped
from fastsplit.inputs.gates import check_class_sizes, check_split_sizes, check_table, check_units


class Found(NamedTuple):
    """The quotas (C, columns) and the cuts (C, W) of a state, and which classes (C,) miss a key for them.

    ``narrowed`` is what bins tell of the cuts that are looked for.
    """

    quotas: NDArray[np.int64]
    cuts: NDArray[np.uint64]
    missed: NDArray[np.bool_]
    narrowed: Narrowed | None


def planned_bands(counts: NDArray[np.int64], request: TallyRequest) -> Bands:
    """Return the bands of all classes, whose counts are known: around the ranks of the cuts."""
    if request.min_per_split == 0:
        return bands_of(counts, request)
    n = np.maximum(counts, 1).astype(np.float64)[:, None]
    p = _quotas(counts, request).cumsum(axis=1)[:, :-1] / n
    half = half_widths(p * (1 - p), n, request.reach)
    return edges(p - half, p + half)


def next_bands(state: State, found: Found, ideals: NDArray[np.uint64]) -> tuple[Bands, Narrowed | None]:
    """Return the bands of all classes for the next pass, and the classes to be put into bins: those that missed a cut.

    Bins do not tell how to move units to keep a minimum: if all cuts were found so, but the class is missed for that,
    all of its keys are kept.
    """
    low, high = state.low.copy(), state.high.copy()
    known = np.full(len(state.classes), -1)
    all_found = np.zeros(len(state.classes), dtype=bool)
    if found.narrowed is not None:
        known[found.narrowed.numbers] = found.narrowed.numbers
        all_found[found.narrowed.numbers] = found.narrowed.found()
    whole = found.missed & (all_found | (state.counts <= FEW))
    low[whole], high[whole] = 1, MAX_KEY
    begun = np.flatnonzero(found.missed & ~whole & (known < 0))
    low[begun], high[begun] = narrowing.no_bands(len(begun), ideals)
    known[whole] = -1
    kept = found.narrowed and found.narrowed.chosen(known)
    return (low, high), narrowing.united([kept, narrowing.begun(begun, state.counts[begun], low.shape[1])])


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
        return Found(table, cuts, missed, None)
    rule = CutRule(request.shares.ideal_cuts, request.shares.minimum(request.min_per_split), request.seeds.rounding)
    too_few = np.zeros(n_classes, dtype=bool)

    def search(chosen: NDArray[np.intp], known: ClassKeys, band_of_cut: NDArray[np.int64]) -> None:
        own_quotas, own_cuts, status = table[chosen], cuts[chosen], np.empty(len(chosen), dtype=np.uint8)
        of_classes = CutSearch(rule, band_of_cut, own_quotas, own_cuts, status)
        select_cuts(known, of_classes, len(chosen), len(state.keys), threads)
        table[chosen], cuts[chosen] = own_quotas, own_cuts
        too_few[chosen] = status == TOO_FEW_UNITS
        missed[chosen] = (status != FOUND) & (status != TOO_FEW_UNITS)

    is_one = ~is_first(state.low, state.high)[:, 1:].any(axis=1)
    by_keys, each, one = ~dropped(state), np.arange(width), np.zeros(width, dtype=np.int64)
    missed |= ~by_keys
    narrowed = state.narrowed
    if narrowed is not None:
        by_keys[narrowed.numbers], missed[narrowed.numbers] = False, True
        ranks = table[narrowed.numbers].cumsum(axis=1)[:, :-1]
        narrowed = narrowing.narrower(narrowed, ranks, request.seeds.rounding)
        done, quotas_of_done, known = narrowing.keys_at_cuts(narrowed, state.counts)
        if known is not None:
            table[done] = quotas_of_done
            search(done, known, each)
    for chosen, n_bands in ((np.flatnonzero(is_one & by_keys), 1), (np.flatnonzero(~is_one & by_keys), width)):
        if len(chosen):
            search(chosen, _class_keys(state, chosen, n_bands), each if n_bands == width else one)
    check_units(state.classes[too_few])
    return Found(table, cuts, missed, narrowed)


def _class_keys(state: State, chosen: NDArray[np.intp], n_bands: int) -> ClassKeys:
    """Return the kept keys of some classes, band by band, or all as one band."""
    begin, end = state.starts[:-1][chosen, None], state.starts[1:][chosen, None]
    below = state.below[chosen, :1]
    around = np.array([0, MAX_KEY], dtype=np.uint64)  # only a hint where to look first
    if n_bands > 1:
        end = begin + count_up_to(state, state.high)[chosen]
        begin = begin + count_below(state, state.low)[chosen]
        below = state.below[chosen]
        around = np.column_stack([state.low[chosen].min(axis=0), state.high[chosen].max(axis=0)]).ravel()
    sizes = (end - begin).ravel()
    starts = np.append(0, sizes.cumsum())
    keys = state.keys
    if not (np.array_equal(begin.ravel(), starts[:-1]) and starts[-1] == len(keys)):  # not in this order, or not all
        keys = keys[np.repeat(begin.ravel() - starts[:-1], sizes) + np.arange(starts[-1])]
    return ClassKeys(chosen, state.counts[chosen], np.ascontiguousarray(below), starts, keys, around, are_sorted=True)
