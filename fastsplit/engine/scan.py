"""scan: labels and keys -> classes, counts by class and zone, candidates, and the split of every other example.

The cut of a class is near the fraction that the sizes ask for: within a few standard deviations of an order
statistic. So one band of keys per cut holds that cut of (nearly) every class, and an example outside all bands has its
split before any cut is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Assignment, ClassTable, CutBands, Keys, LabelView, Zoned
from fastsplit._kernels import scan as scan_range
from fastsplit.engine.classes import (
    Lookup,
    Window,
    distinct,
    encoded,
    exact_window,
    from_int64,
    guessed_window,
    is_dense,
)
from fastsplit.engine.parallel import Range, changed, for_ranges, ranges, worker_zeros
from fastsplit.inputs.labels import Labels

MIN_BANDED = 1 << 16  # examples: with fewer, keys are cheap to compare with the cuts of their class
_CELLS_IN_CACHE = 1 << 16  # cells that a worker counts in: 512 KB, half of a usual L2 cache
_MAX_SHARE = 0.5  # of keys in bands: with more candidates, a second pass over all examples is cheaper
_MISSES = 1000  # one scan in about that many has a cut outside its band, which costs a second pass
_SPARE = 1.1  # capacity for candidates per expected candidate; more let the capacity grow
_BLOCK = 4096  # candidates: some blocks, because a kernel stops if the next block might not fit
_LARGEST_THRESHOLD = 2.0**64 - 2048  # the largest float64 below 2**64

MAX_KEY = 2**64 - 1
NO_BANDS = CutBands(np.empty(0, dtype=np.uint64))
NO_CUTS = np.empty(0, dtype=np.uint64)
NO_KEYS = Keys(np.zeros(2, dtype=np.uint64), None)
NO_OUTPUT = Assignment(np.empty(0, dtype=np.uint8))


@dataclass(frozen=True)
class Strata:
    """The classes of an array of labels, and what the scan counted of each.

    Attributes
    ----------
    lookup : Lookup
        How examples find their class.
    parts : list of (int, int)
        The ranges that were counted separately.
    classes : ndarray, shape (C,)
        The label values, ascending.
    counts : ndarray of int64, shape (C,)
        The number of examples of each class.
    bands : CutBands
        The cut bands, or none: then there is one zone.
    cells : ndarray of int64, shape (ranges, C, zones)
        The number of examples by range, class and zone.
    class_rows : ndarray of intp, shape (C,)
        The row of each class in the own cells of each range, which have a row per label value.
    zoned : list of Zoned
        The candidates of each range, if there are bands.
    """

    lookup: Lookup
    parts: list[Range]
    classes: NDArray[Any]
    counts: NDArray[np.int64]
    bands: CutBands
    cells: NDArray[np.int64]
    class_rows: NDArray[np.intp]
    zoned: list[Zoned]


def scan(
    labels: Labels,
    threads: int,
    keys: Keys = NO_KEYS,
    ideal_cuts: NDArray[np.uint64] = NO_CUTS,
    out: Assignment = NO_OUTPUT,
) -> Strata:
    """Find the classes, ascending, and count their examples.

    If there are cuts to find and classes look large enough to gain by it, also count their keys by zone, keep the
    candidates, and write the split of every other example to ``out``, all in the same pass.
    """
    values = labels.values
    parts = ranges(len(values), threads)
    window = guessed_window(values)
    if is_dense(window.span, len(values)):
        strata = _scan_window(labels, parts, window, keys, ideal_cuts, out)
        if strata is not None:
            return strata
    window = exact_window(values, parts)
    if is_dense(window.span, len(values)):
        strata = _scan_window(labels, parts, window, keys, ideal_cuts, out)
    else:
        strata = _scan_encoded(labels, parts, keys, ideal_cuts, out)
    if strata is None:
        raise changed()
    return strata


def _scan_encoded(
    labels: Labels, parts: list[Range], keys: Keys, ideal_cuts: NDArray[np.uint64], out: Assignment
) -> Strata | None:
    """Scan labels too far apart for a table: by their numbers among the distinct labels."""
    known = distinct(labels.values, parts)
    classes = from_int64(known, labels.values.dtype)
    if labels.names is not None:
        classes = labels.names[classes]
    codes = Labels(encoded(labels.values, known, parts))
    strata = _scan_window(codes, parts, Window(0, len(known)), keys, ideal_cuts, out)
    return strata and replace(strata, classes=classes[strata.classes])


def _scan_window(
    labels: Labels, parts: list[Range], window: Window, keys: Keys, ideal_cuts: NDArray[np.uint64], out: Assignment
) -> Strata | None:
    """Scan labels within a window; return None if there are others."""
    values, n, (low, span) = labels.values, len(labels.values), window
    if span > _CELLS_IN_CACHE:  # each range fills a table of its own: a large table must pay for itself
        parts = ranges(n, max(1, min(len(parts), n // span)))
    bands, share = cut_bands(ideal_cuts, n, span)
    cells = worker_zeros(len(parts), span + 1, len(bands) + 1)
    capacities = [int((end - begin) * share * _SPARE) + _BLOCK if len(bands) else 0 for begin, end in parts]
    zoned = [Zoned(low, table, capacity) for table, capacity in zip(cells, capacities, strict=True)]
    view = LabelView(values)
    for_ranges(parts, lambda worker, begin, end: scan_range(view, keys, bands, begin, end, zoned[worker], out))
    if cells[:, -1].any():
        return None

    by_label = cells.sum(axis=(0, 2))[:-1]
    rows = np.flatnonzero(by_label)
    class_of = np.full(span + 1, len(rows), dtype=np.int32)
    class_of[rows] = np.arange(len(rows), dtype=np.int32)
    classes = from_int64(rows + low, values.dtype)
    if labels.names is not None:
        classes = labels.names[classes]
    lookup = Lookup(view, ClassTable(low, class_of, len(rows)))
    found = zoned if len(bands) else []  # without bands their tables, of a row per label value, are of no more use
    return Strata(lookup, parts, classes, by_label[rows], bands, cells[:, rows], rows, found)


def cut_bands(ideal_cuts: NDArray[np.uint64], n: int, span: int) -> tuple[CutBands, float]:
    """Return the cut bands for n examples of ``span`` label values, and the share of keys in them; or no bands.

    The key at fraction p of m keys has the standard deviation sqrt(p (1 - p) / m). A class of average size has
    m = n / span examples; 1 / m is added to the variance, because the cut may be anywhere between two keys. A band
    reaches as many standard deviations as to be missed, by the Gaussian tail 2 exp(-deviations**2 / 2), less than once
    in _MISSES / 2 scans for all cuts of all classes together. Classes smaller than the average may be missed: they get
    a second pass.
    """
    if n < MIN_BANDED or not 0 < 2 * len(ideal_cuts) * span <= _CELLS_IN_CACHE:
        return NO_BANDS, 0.0
    deviations = math.sqrt(2 * math.log(_MISSES * span * len(ideal_cuts)))
    fraction, mean_size = ideal_cuts / 2.0**64, n / span
    half = deviations * np.sqrt((fraction * (1 - fraction) + 1 / mean_size) / mean_size)
    bands, share = merged_bands(fraction - half, fraction + half)
    return (bands, share) if share <= _MAX_SHARE else (NO_BANDS, 0.0)


def merged_bands(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[CutBands, float]:
    """Return bands between ascending fractions, and their share of all keys.

    Overlapping bands become one, followed by empty ones.
    """
    low, high = np.clip(low, 0, 1), np.clip(np.maximum.accumulate(high), 0, 1)
    is_first = np.append(True, low[1:] > high[:-1])
    begins = np.flatnonzero(is_first)
    ends = np.append(begins[1:], len(low)) - 1
    top = high[ends][np.cumsum(is_first) - 1]
    bottom = np.where(is_first, low, top)
    edges = np.column_stack([bottom, top]).ravel()
    thresholds = np.minimum(edges * 2.0**64, _LARGEST_THRESHOLD).astype(np.uint64)
    thresholds[edges >= 1] = MAX_KEY
    return CutBands(thresholds), float((top - bottom).sum())
