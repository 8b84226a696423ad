"""cuts: quotas and keys -> the numbers between two keys at which the splits of each class part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import (
    FOUND,
    OUTSIDE_BAND,
    TOO_FEW_UNITS,
    ClassKeys,
    ClassTable,
    CutRule,
    CutSearch,
    Keys,
    Slots,
    arrange,
    collect,
    select,
)
from fastsplit.engine import parallel
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import changed, for_ranges, for_ranges_unchanged, for_workers, ranges
from fastsplit.engine.regions import collected_by_region
from fastsplit.engine.scan import MAX_KEY, Strata
from fastsplit.inputs.gates import check_units


def cuts(strata: Strata, quotas: NDArray[np.int64], keys: Keys, rule: CutRule) -> NDArray[np.uint64]:
    """Find the cuts that give the quotas: a table (classes + 1, columns - 1); its last row is for labels of no class.

    Where rows share an id, which no cut can part, ``quotas`` become those that the cuts give. Neither table is copied:
    with many classes and splits they are the largest arrays of all.
    """
    n_classes, width = quotas.shape[0], quotas.shape[1] - 1
    table = np.empty((n_classes + 1, width), dtype=np.uint64)
    table[-1] = rule.ideal_cuts
    if n_classes == 0 or width == 0:
        return table
    class_cuts, outside = table[:-1], np.arange(n_classes)
    if len(strata.bands):
        outside = _cuts_in_bands(strata, quotas, rule, class_cuts)
    if len(outside):
        _cuts_of_classes(strata, outside, quotas, keys, rule, class_cuts)
    return table


def band_of_cut(strata: Strata) -> NDArray[np.int64]:
    """Return the band of each cut: merged bands are followed by empty ones."""
    begin, end = strata.bands.thresholds[::2], strata.bands.thresholds[1::2]
    return np.maximum.accumulate(np.where(end > begin, np.arange(len(begin)), 0))


def _cuts_in_bands(
    strata: Strata, quotas: NDArray[np.int64], rule: CutRule, out: NDArray[np.uint64]
) -> NDArray[np.intp]:
    """Write the cuts and quotas of the classes whose cuts are in their bands; return the other classes."""
    by_zone = strata.cells.sum(axis=0)
    below = np.ascontiguousarray(by_zone[:, :-1].cumsum(axis=1)[:, ::2])
    inside = strata.cells[:, :, 1::2]
    starts, _, cursors = laid_out(inside.reshape(len(strata.parts), -1))
    keys = np.empty(int(starts[-1]), dtype=np.uint64)
    cursor_of_cell = np.zeros((len(strata.parts), *strata.zoned[0].cells.shape), dtype=np.int64)
    cursor_of_cell[:, strata.class_rows, 1::2] = cursors.reshape(inside.shape)
    for_workers(len(strata.parts), lambda worker: arrange(strata.zoned[worker], cursor_of_cell[worker].ravel(), keys))
    numbers, status = np.arange(len(quotas)), np.empty(len(quotas), dtype=np.uint8)
    known = ClassKeys(numbers, strata.counts, below, starts, keys, strata.bands.thresholds)
    search = CutSearch(rule, band_of_cut(strata), quotas, out, status)
    select_cuts(known, search, len(quotas), len(keys), len(strata.parts))
    return np.flatnonzero(status != FOUND)


def _cuts_of_classes(
    strata: Strata,
    chosen: NDArray[np.intp],
    quotas: NDArray[np.int64],
    keys: Keys,
    rule: CutRule,
    out: NDArray[np.uint64],
) -> None:
    """Write the cuts and quotas of the chosen classes, from all of their keys."""
    is_all = len(chosen) == len(quotas)
    picked = slice(None) if is_all else chosen
    by_region = collected_by_region(strata, keys) if is_all else None
    starts, collected = by_region or _collected(strata, chosen, keys)
    whole_range = np.array([0, MAX_KEY], dtype=np.uint64)  # one band, of all keys
    below, status = np.zeros((len(chosen), 1), dtype=np.int64), np.empty(len(chosen), dtype=np.uint8)
    own_quotas, own_cuts = quotas[picked], out[picked]
    known = ClassKeys(chosen, strata.counts[picked], below, starts, collected, whole_range)
    search = CutSearch(rule, np.zeros(out.shape[1], dtype=np.int64), own_quotas, own_cuts, status)
    select_cuts(known, search, len(chosen), len(collected), len(strata.parts))
    if (status == OUTSIDE_BAND).any():
        raise changed()
    check_units(strata.classes[chosen[status == TOO_FEW_UNITS]])
    if not is_all:
        quotas[picked], out[picked] = own_quotas, own_cuts


def _collected(strata: Strata, chosen: NDArray[np.intp], keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return where the keys of each chosen class begin, and the keys."""
    lookup, n_classes = strata.lookup, len(strata.classes)
    is_all = len(chosen) == n_classes
    starts, limits, cursors = laid_out(strata.cells.sum(axis=2)[:, slice(None) if is_all else chosen])
    collected = np.empty(int(starts[-1]), dtype=np.uint64)
    table = lookup.table
    if not is_all:
        number = np.full(n_classes + 1, len(chosen), dtype=np.int32)
        number[chosen] = np.arange(len(chosen), dtype=np.int32)
        table = ClassTable(table.low, number[table.class_of], len(chosen))
    slots = [Slots(cursor, limit, len(collected)) for cursor, limit in zip(cursors, limits, strict=True)]
    for_ranges_unchanged(
        strata.parts,
        lambda worker, begin, end: collect(lookup.labels, table, keys, begin, end, slots[worker], collected),
    )
    if (cursors != limits).any():  # some slots were not used
        raise changed()
    return starts, collected


def select_cuts(known: ClassKeys, search: CutSearch, n_classes: int, n_keys: int, threads: int) -> None:
    """Find the cuts of all classes from their keys, and their status."""
    for_ranges(
        ranges(n_classes, threads, grain=1),
        lambda _, begin, end: select(known, search, begin, end),
        block=max(1, parallel.BLOCK * n_classes // max(n_keys, 1)),
    )
