"""count: labels -> classes and how many examples each has, and how many keys lie about each cut."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastsplit._kernels as _kernels
from fastsplit.engine.parallel import Range, apart, for_ranges, ranges
from fastsplit.inputs.labels import Labels

CHANGED = "{} changed while they were read"
MANY = 1 << 16  # examples for which bands pay
_END = 2**64 - 1
_SAMPLE = 1 << 14  # labels from which the extent of all is guessed
_TALLIES_IN_CACHE = 1 << 16  # entries of a table that is counted in, for it to stay in the second-level cache


class Lookup(NamedTuple):
    """How labels find their class: ``table[ordered label - low]``; the last entry serves labels outside the table."""

    values: NDArray[Any]
    low: int
    table: NDArray[np.int32]


class Candidates(NamedTuple):
    """The keys that one range has in the bands, for each the entry of the tally that counted it, and its position."""

    keys: NDArray[np.uint64]
    entries: NDArray[np.uint32]
    positions: NDArray[np.int64]
    size: int

    def enlarged(self, size: int) -> Candidates:
        """Return the same with more room."""
        keys, entries, positions = (np.append(array, np.empty(size, dtype=array.dtype)) for array in self[:3])
        return Candidates(keys, entries, positions, self.size)


_NO_CANDIDATES = Candidates(np.empty(0, np.uint64), np.empty(0, np.uint32), np.empty(0, np.int64), 0)


@dataclass(frozen=True)
class Strata:
    """The classes of an array of labels, and what was counted of them.

    ``tallies`` [ranges, classes, places] are for the ranges that were counted apart; there is one place without
    ``bands``. ``spots`` are the rows of the classes in the tables that the candidates' entries refer to.
    """

    lookup: Lookup
    parts: list[Range]
    classes: NDArray[Any]
    counts: NDArray[np.int64]
    bands: NDArray[np.uint64]
    tallies: NDArray[np.int64]
    spots: NDArray[np.intp]
    candidates: list[Candidates]


def _is_dense(span: int, n: int) -> bool:
    """Tell whether a table over ``span`` values is cheaper than to hash ``n`` labels."""
    return span <= 4096 + 2 * n and span < 2**31


def _ordered(classes: NDArray[Any]) -> NDArray[np.int64]:
    """Integers -> int64 of the same order, as the kernels read them: uint64 is shifted down by 2**63."""
    if classes.dtype == np.uint64:
        return (classes ^ np.uint64(2**63)).view(np.int64)
    return classes.astype(np.int64)


def _unordered(ordered: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Undo ``_ordered``."""
    if dtype.kind == "u" and dtype.itemsize == 8:
        return ordered.view(np.uint64) ^ np.uint64(2**63)
    return ordered.astype(dtype.newbyteorder("="))


def count(labels: Labels, threads: int, keyed: Keyed | None = None) -> Strata:
    """Find the classes, ascending, and how many examples each has.

    Where it is told how examples are keyed, and classes look large enough to gain by it, count their keys below, in and
    above a band around each cut in the same pass.
    """
    parts = ranges(len(labels.values), threads)
    low, span = _guess(labels.values)
    if _is_dense(span, len(labels.values)):
        strata = _count_within(labels, parts, low, span, keyed)
        if strata is not None:
            return strata
    low, span = _extent(labels.values, parts)
    if _is_dense(span, len(labels.values)):
        strata = _count_within(labels, parts, low, span, keyed)
    else:
        ordered = _distinct(labels.values, parts)
        values = _unordered(ordered, labels.values.dtype)
        if labels.names is not None:
            values = labels.names[values]
        codes = Labels(_encoded(labels.values, ordered, parts).values)
        strata = _count_within(codes, parts, 0, len(ordered), keyed)
        strata = strata and replace(strata, classes=values[strata.classes])
    if strata is None:
        raise RuntimeError(CHANGED.format("labels"))
    return strata


def _count_within(labels: Labels, parts: list[Range], low: int, span: int, keyed: Keyed | None) -> Strata | None:
    """Count labels from ``low`` to ``low + span - 1``; return None if there are others."""
    if span > _TALLIES_IN_CACHE:  # tables that large are better filled by few
        parts = ranges(len(labels.values), max(1, min(len(parts), len(labels.values) // span)))
    tables, bands, candidates = _tally(labels.values, low, span, parts, keyed)
    if tables[:, -1].any():
        return None
    by_label = tables.sum(axis=(0, 2))[:-1]
    spots = np.flatnonzero(by_label)
    classes = _unordered(spots + low, labels.values.dtype)
    table = np.full(span + 1, len(spots), dtype=np.int32)
    table[spots] = np.arange(len(spots), dtype=np.int32)
    lookup = Lookup(labels.values, low, table)
    if labels.names is not None:
        classes = labels.names[classes]
    return Strata(lookup, parts, classes, by_label[spots], bands, tables[:, spots], spots, candidates)


def _guess(values: NDArray[Any]) -> tuple[int, int]:
    """Guess the least label and the span of the labels, from a sample where there are many."""
    n = len(values)
    if n == 0:
        return 0, 0
    sample = values[:: max(1, n // _SAMPLE)]
    low, high = _kernels.span(sample, 0, len(sample))
    span = high - low + 1
    if len(sample) == n or not _is_dense(span, n):
        return low, span
    margin = 16 + span // 64  # the extremes of a sample fall a little short
    least, most = _limits(values.dtype)
    low, high = max(least, low - margin), min(most, low + span - 1 + margin)
    return low, high - low + 1


def _limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    """Return the least and the largest ordered label of a type."""
    if dtype.kind == "b":
        return 0, 1
    info, shift = np.iinfo(dtype), 2**63 if dtype.kind == "u" and dtype.itemsize == 8 else 0
    return int(info.min) - shift, int(info.max) - shift


def extremes(values: NDArray[Any], threads: int) -> tuple[int, int]:
    """Find the least and the largest of integers; 0 and 0 where there are none."""
    if len(values) == 0:
        return 0, 0
    low, span = _extent(values, ranges(len(values), threads))
    shift = 2**63 if values.dtype == np.uint64 else 0
    return low + shift, low + shift + span - 1


def _extent(values: NDArray[Any], parts: list[Range]) -> tuple[int, int]:
    """Find the least ordered label, and the span of the labels."""
    extremes: list[Range] = []
    for_ranges(parts, lambda _, first, last: extremes.append(_kernels.span(values, first, last)))
    low = min(least for least, _ in extremes)
    return low, max(most for _, most in extremes) - low + 1


class Keyed(NamedTuple):
    """How examples are keyed, the fractions at which their classes are to be cut, and where their splits are wanted.

    ``assignment`` is empty where they are not. Split number ``none`` is written as the largest of its dtype.
    """

    seed: NDArray[np.uint64]
    ids: NDArray[np.uint64] | None
    ideals: NDArray[np.uint64]
    none: int
    assignment: NDArray[Any]


def _tally(
    values: NDArray[Any], low: int, span: int, parts: list[Range], keyed: Keyed | None
) -> tuple[NDArray[np.int64], NDArray[np.uint64], list[Candidates]]:
    """Count labels, and keys by their place among bands, in each range: [ranges, span + 1, places]."""
    n = len(values)
    bands, seed, ids, share = np.empty(0, dtype=np.uint64), np.zeros(2, dtype=np.uint64), None, 0.0
    none, assignment = -1, np.empty(0, dtype=np.uint8)
    if keyed is not None and n >= MANY and 0 < 2 * len(keyed.ideals) * span <= _TALLIES_IN_CACHE:
        seed, ids, none, assignment = keyed.seed, keyed.ids, keyed.none, keyed.assignment
        spread = math.sqrt(2 * math.log(1000 * span * len(keyed.ideals)))
        center = keyed.ideals / 2.0**64
        half = spread * np.sqrt((center * (1 - center) + span / n) * span / n)
        bands, share = merged_bands(center - half, center + half)
        if share > 0.5:
            bands = np.empty(0, dtype=np.uint64)
    tables = apart(len(parts), span + 1, len(bands) + 1)
    rooms = [int((last - first) * share * 1.1) + 4096 if len(bands) else 0 for first, last in parts]
    candidates = [_NO_CANDIDATES.enlarged(room) if room else _NO_CANDIDATES for room in rooms]

    def add(worker: int, first: int, last: int) -> None:
        while True:
            found, table = candidates[worker], tables[worker]
            first, size = _kernels.count(values, low, bands, seed, ids, first, last, table, *found, none, assignment)
            candidates[worker] = found._replace(size=size)
            if first == last:
                return
            candidates[worker] = candidates[worker].enlarged(max(size, rooms[worker]))

    for_ranges(parts, add)
    return tables, bands, candidates


def merged_bands(low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[NDArray[np.uint64], float]:
    """Lay bands between fractions; those that overlap become one, followed by empty ones. Also return their share."""
    low, high = np.clip(low, 0, 1), np.clip(np.maximum.accumulate(high), 0, 1)
    apart = np.append(True, low[1:] > high[:-1])
    begins = np.flatnonzero(apart)
    ends = np.append(begins[1:], len(low)) - 1
    top = high[ends][np.cumsum(apart) - 1]
    bottom = np.where(apart, low, top)
    edges = np.column_stack([bottom, top]).ravel()
    thresholds = np.minimum(edges * 2.0**64, 2.0**64 - 2048).astype(np.uint64)
    thresholds[edges >= 1] = _END
    return thresholds, float((top - bottom).sum())


def locate(labels: Labels, classes: NDArray[Any], threads: int) -> tuple[Lookup, list[Range]]:
    """Find how labels look up their class among given ones; a label of no class has the class ``len(classes)``."""
    values, n = labels.values, len(labels.values)
    parts = ranges(n, threads)
    if labels.names is not None:
        code = {name: c for c, name in enumerate(classes.tolist())}
        table = [code.get(name, len(classes)) for name in labels.names.tolist()]
        return Lookup(values, 0, np.array([*table, len(classes)], dtype=np.int32)), parts
    if len(classes) == 0:
        return Lookup(values, 0, np.zeros(1, dtype=np.int32)), parts
    signs_differ = (classes.dtype == np.uint64) != (values.dtype.kind == "u" and values.dtype.itemsize == 8)
    known = np.arange(len(classes), dtype=np.int32)
    if signs_differ:  # compare as the labels are read: classes that their type cannot hold match none of them
        if classes.dtype == np.uint64:
            known = known[classes <= np.uint64(2**63 - 1)]
            ordered = classes[known].astype(np.int64)
        else:
            known = known[classes >= 0]
            ordered = _ordered(classes[known].astype(np.uint64))
    else:
        ordered = _ordered(classes)
    if len(ordered) == 0:
        return Lookup(values, 0, np.full(1, len(classes), dtype=np.int32)), parts
    low = int(ordered[0])
    span = int(ordered[-1]) - low + 1
    if _is_dense(span, max(n, len(ordered))):
        dense = np.full(span + 1, len(classes), dtype=np.int32)
        dense[ordered - low] = known
        return Lookup(values, low, dense), parts
    lookup = _encoded(values, ordered, parts)
    return lookup._replace(table=np.append(known, np.int32(len(classes)))), parts


def _distinct(values: NDArray[Any], parts: list[Range]) -> NDArray[np.int64]:
    """Return the distinct labels, ordered and ascending."""
    indexes = [_empty_index(1 << 10) for _ in parts]

    def add(worker: int, first: int, last: int) -> None:
        slots, found, size = indexes[worker]
        while True:
            first, size = _kernels.distinct(values, first, last, slots, found, size)
            if first == last:
                break
            known = found
            slots, found, _ = _empty_index(2 * len(known))
            _kernels.distinct(known, 0, size, slots, found, 0)
        indexes[worker] = slots, found, size

    for_ranges(parts, add)
    return np.unique(np.concatenate([found[:size] for _, found, size in indexes]))


def _empty_index(capacity: int) -> tuple[NDArray[np.int32], NDArray[np.int64], int]:
    slots = np.full(1 << (2 * capacity - 1).bit_length(), -1, dtype=np.int32)
    return slots, np.empty(capacity, dtype=np.int64), 0


def _encoded(values: NDArray[Any], ordered: NDArray[np.int64], parts: list[Range]) -> Lookup:
    """Encode labels as their position among some distinct ones; those that are not there, as one past the last."""
    slots, found, _ = _empty_index(len(ordered))
    _kernels.distinct(ordered, 0, len(ordered), slots, found, 0)
    codes = np.empty(len(values), dtype=np.int32)
    for_ranges(parts, lambda _, first, last: _kernels.encode(values, first, last, slots, found, len(ordered), codes))
    return Lookup(codes, 0, np.arange(len(ordered) + 1, dtype=np.int32))
