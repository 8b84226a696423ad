"""Regions of classes: the keys of very many classes are collected in two steps, which stay in cache.

A word per example goes to a region of neighbouring classes first; then, region by region, the keys go to their classes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import PLACE_BITS, Keys, Slots
from fastsplit._kernels import Regions as RegionsOfClasses
from fastsplit.engine import parallel
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import changed, for_ranges_unchanged, ranges
from fastsplit.engine.scan import Strata

MIN_CLASSES = 1 << 13  # with fewer, the open lines of all classes stay in the L2 cache
_WORDS = 1 << 15  # per region, 256 KB, and as much for their keys: they fit the L2 cache
_MAX_REGIONS = 1 << 11  # about; the open lines of more would not stay in the cache
_STEPS = 13  # bits: a table of 2**13 numbers of regions stays in the L1 cache
_LARGEST = 1 << 27  # words of a region: more would keep Ctrl-C waiting for half a second
_MOST_COPIED = 1 << 17  # words of a region: if there are more, they are arranged in place, slower but without memory


def regions_of(strata: Strata, starts: NDArray[np.int64]) -> RegionsOfClasses:
    """Cut the classes into regions of about equal size; larger ones have a class that is as large.

    ``starts`` (C + 1,) says where the keys of each class begin.
    """
    table, rows, n = strata.lookup.table, strata.class_rows, int(starts[-1])
    span = len(table.class_of) - 1
    shift = min(PLACE_BITS, max(0, span.bit_length() - _STEPS))
    steps = np.arange(0, span + 1, 1 << shift)
    classes = np.searchsorted(rows, steps)
    numbers = starts[classes] // max(_WORDS, n // _MAX_REGIONS)
    is_first = np.append(True, (numbers[1:] > numbers[:-1]) | (np.diff(steps >> PLACE_BITS) > 0))
    edges, first = np.append(steps[is_first], span + 1), np.append(classes[is_first], len(rows))
    return RegionsOfClasses(table.low, shift, edges, first, rows, starts)


def collected_by_region(strata: Strata, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.uint64]] | None:
    """Return where the keys of each class begin (C + 1,), and the keys.

    Returns None if one step is better: for few classes, for the keys of ids, which would be fetched from all over
    memory, and for a class that is larger than a kernel should work on at once.
    """
    if keys.n != -1 or len(strata.classes) < MIN_CLASSES:
        return None
    ends = np.zeros((len(strata.parts), len(strata.classes) + 1), dtype=np.int64)
    strata.cells.sum(axis=2).cumsum(axis=1, out=ends[:, 1:])
    starts = ends[0] if len(ends) == 1 else ends.sum(axis=0)
    regions = regions_of(strata, starts)
    if np.diff(starts[regions.classes]).max() > _LARGEST:
        return None
    _, limits, cursors = laid_out(np.diff(ends[:, regions.classes], axis=1))
    words = np.empty(int(starts[-1]), dtype=np.uint64)
    slots = [Slots(cursor, limit, len(words)) for cursor, limit in zip(cursors, limits, strict=True)]
    labels = strata.lookup.labels
    for_ranges_unchanged(
        strata.parts, lambda worker, begin, end: regions.collect(labels, begin, end, slots[worker], words)
    )
    if (cursors != limits).any():  # some slots have no word
        raise changed()
    most_copied = max(_MOST_COPIED, 4 * len(words) // _MAX_REGIONS)
    for_ranges_unchanged(
        ranges(regions.n, len(strata.parts), grain=1),
        lambda _, begin, end: regions.arrange(keys, begin, end, words, most_copied),
        block=max(1, parallel.BLOCK * regions.n // len(words)),
    )
    return starts, words
