"""The stages of a split, each over all positions: its kernel is called for ranges of them, by several threads."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastsplit._kernels as _kernels
from fastsplit._inputs import Labels

GRAIN = 1 << 16  # positions that are worth a thread of their own
BLOCK = 1 << 22  # positions a kernel works on before it looks for Ctrl-C
_BITS_OF_BUCKET = 16  # words that are sorted in the second-level cache
_BITS_OF_ORDER = 13  # buckets at the most: the writes to more of them would miss that cache

Range = tuple[int, int]
Body = Callable[[int, int, int], object]


def ranges(n: int, threads: int, grain: int | None = None) -> list[Range]:
    """Cut 0 .. n - 1 into consecutive ranges of at least ``grain``, one for each thread that is worth starting."""
    workers = max(1, min(threads, n // (GRAIN if grain is None else grain)))
    edges = [n * worker // workers for worker in range(workers + 1)]
    return list(pairwise(edges))


def for_ranges(parts: list[Range], body: Body, block: int | None = None) -> None:
    """Call ``body(worker, first, last)`` for consecutive blocks of each range, the ranges in parallel.

    An exception, Ctrl-C included, ends every range after the block that it is at.
    """
    block = BLOCK if block is None else block
    stop = threading.Event()

    def run(worker: int) -> None:
        begin, end = parts[worker]
        for first in range(begin, end, block):
            if stop.is_set():
                return
            body(worker, first, min(first + block, end))

    if len(parts) == 1:
        run(0)
        return
    pool = ThreadPoolExecutor(len(parts) - 1, thread_name_prefix="fastsplit")
    try:
        others = [pool.submit(run, worker) for worker in range(1, len(parts))]
        run(0)
        for other in others:
            other.result()
    finally:
        stop.set()
        pool.shutdown()


class Lookup(NamedTuple):
    """How labels find their class: ``table[ordered label - low]``; the last entry serves labels outside the table."""

    values: NDArray[Any]
    low: int
    table: NDArray[np.int32]


@dataclass(frozen=True)
class Strata:
    """The classes of an array of labels. ``counts_by_range`` has the counts of each range that was counted apart."""

    lookup: Lookup
    parts: list[Range]
    classes: NDArray[Any]
    counts: NDArray[np.int64]
    counts_by_range: NDArray[np.int64]


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


def count(labels: Labels, threads: int) -> Strata:
    """Find the classes, ascending, and how many examples each has."""
    values, n = labels.values, len(labels.values)
    parts = ranges(n, threads)
    low, span = 0, 0
    if n:
        extremes: list[Range] = []
        for_ranges(parts, lambda _, first, last: extremes.append(_kernels.span(values, first, last)))
        low = min(least for least, _ in extremes)
        span = max(most for _, most in extremes) - low + 1
    if not _is_dense(span, n):
        ordered = _distinct(values, parts)
        lookup = _encoded(values, ordered, parts)
        span = len(ordered)
    else:
        ordered = None
        lookup = Lookup(values, low, np.empty(0, dtype=np.int32))
    if span > GRAIN:  # tables that large are better filled by few
        parts = ranges(n, max(1, min(threads, n // span)))
    tables = np.zeros((len(parts), span + 1), dtype=np.int64)
    for_ranges(
        parts, lambda worker, first, last: _kernels.count(lookup.values, lookup.low, first, last, tables[worker])
    )
    if ordered is None:
        present = np.flatnonzero(tables[:, :-1].any(axis=0))
        classes = _unordered(present + low, values.dtype)
        table = np.full(span + 1, len(present), dtype=np.int32)
        table[present] = np.arange(len(present), dtype=np.int32)
        lookup = lookup._replace(table=table)
        tables = tables[:, present] if len(present) < span else tables[:, :-1]
    else:
        classes, tables = _unordered(ordered, values.dtype), tables[:, :-1]
    tables = np.ascontiguousarray(tables)
    if labels.names is not None:
        classes = labels.names[classes]
    counts = tables.sum(axis=0)
    _check_unchanged(n - int(counts.sum()))
    return Strata(lookup, parts, classes, counts, tables)


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


def quotas(
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    q: int,
    splits: int,
    min_per_split: int,
    seed: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Round ``counts * sizes / q`` to an integer table [classes, columns] with exact margins, without bias."""
    table = np.empty((len(counts), len(sizes)), dtype=np.int64)
    _kernels.quotas(counts, sizes, q, splits, min_per_split, seed, table)
    return table


def cuts(
    strata: Strata,
    quotas: NDArray[np.int64],
    ideals: NDArray[np.uint64],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
) -> NDArray[np.uint64]:
    """Find the cuts [classes, columns - 1] that give the quotas.

    Where one id on several rows keeps the quotas from being met, ``quotas`` is changed to what the cuts give.
    """
    classes, width = quotas.shape[0], quotas.shape[1] - 1
    n = len(strata.lookup.values)
    result = np.empty((classes, width), dtype=np.uint64)
    if classes == 0 or width == 0:
        return result
    spread = math.sqrt(2 * math.log(1000 * classes * width))
    while True:
        wanted = quotas.copy()
        missed = _cuts_from_windows(strata, wanted, ideals, seed, ids, spread, result)
        if not missed:
            quotas[:] = wanted
            return result
        _check_unchanged(0 if spread < n + 64 else missed)
        spread *= 8


def _cuts_from_windows(
    strata: Strata,
    quotas: NDArray[np.int64],
    ideals: NDArray[np.uint64],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
    spread: float,
    out: NDArray[np.uint64],
) -> int:
    """Write the cuts of all classes whose windows hold them to ``out``; return for how many classes they do not."""
    lookup, parts = strata.lookup, strata.parts
    (classes, columns), n = quotas.shape, len(lookup.values)
    width = columns - 1
    capacity = 1 + min(classes, n // (64 * columns))
    rows, ends = np.empty(classes, dtype=np.int32), np.empty((capacity, 2 * width), dtype=np.uint64)
    used = _kernels.windows(quotas, spread, rows, ends)
    ends = ends[:used]

    place: NDArray[Any] = np.empty(n, dtype=np.uint8 if 2 * width < 256 else np.uint16)
    tallies = np.zeros((len(parts), used, 2 * width + 1), dtype=np.int64)
    row_of_label = np.append(rows, np.int32(0))[lookup.table]
    for_ranges(
        parts,
        lambda worker, first, last: _kernels.assign(
            lookup.values, lookup.low, row_of_label, ends, seed, ids, -1, first, last, place, tallies[worker]
        ),
    )

    inside = np.where(rows == 0, strata.counts_by_range, tallies[:, :, 1::2].sum(axis=2)[:, rows])
    starts, limits, cursors = _layout(inside)
    keys = np.empty(int(starts[-1]), dtype=np.uint64)
    lost = np.zeros(len(parts), dtype=np.int64)

    def collect(worker: int, first: int, last: int) -> None:
        lost[worker] += _kernels.collect(
            lookup.values, lookup.low, lookup.table, seed, ids, place, first, last,
            cursors[worker], limits[worker], keys,
        )  # fmt: skip

    for_ranges(parts, collect)
    _check_unchanged(int(lost.sum()) + int((cursors != limits).sum()))

    tally = tallies.sum(axis=0)
    missed: list[int] = []
    for_ranges(
        ranges(classes, len(parts), grain=1),
        lambda _, first, last: missed.append(
            _kernels.select(first, last, strata.counts, quotas, keys, starts, rows, ends, tally, ideals, out)
        ),
        block=max(1, BLOCK * classes // max(n, 1)),
    )
    return sum(missed)


def assign(
    lookup: Lookup,
    parts: list[Range],
    cuts: NDArray[np.uint64],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
    none: int,
) -> NDArray[Any]:
    """Return the split of each example; ``cuts`` has a last row for labels of no class."""
    dtype = np.uint8 if cuts.shape[1] < 255 else np.uint16
    result: NDArray[Any] = np.empty(len(lookup.values), dtype=dtype)
    for_ranges(
        parts,
        lambda _, first, last: _kernels.assign(
            lookup.values, lookup.low, lookup.table, cuts, seed, ids, none, first, last, result, None
        ),
    )
    return result


def emit(assignment: NDArray[np.uint8], splits: int, dtype: np.dtype[Any], threads: int) -> list[NDArray[Any]]:
    """Return the ascending positions of each split."""
    parts = ranges(len(assignment), threads)
    tallies = np.zeros((len(parts), 256), dtype=np.int64)
    for_ranges(parts, lambda worker, first, last: _kernels.tally(assignment, first, last, tallies[worker]))
    cursors = tallies.cumsum(axis=0) - tallies
    out = [np.empty(size, dtype=dtype) for size in tallies.sum(axis=0)[:splits].tolist()]
    for_ranges(parts, lambda worker, first, last: _kernels.emit(assignment, first, last, out, cursors[worker]))
    return out


def order(
    positions: NDArray[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, width: int, threads: int
) -> NDArray[Any]:
    """Return positions, all below ``2**width``, sorted by (key of the id, position)."""
    n = len(positions)
    parts = ranges(n, threads)
    bits = min(_BITS_OF_ORDER, max(0, (n >> _BITS_OF_BUCKET).bit_length()))
    counts = np.zeros((len(parts), 1 << bits), dtype=np.int64)
    for_ranges(
        parts,
        lambda worker, first, last: _kernels.order_count(positions, seed, ids, width, first, last, counts[worker]),
    )
    starts, limits, cursors = _layout(counts)
    words = np.empty(n, dtype=np.uint64)
    lost = np.zeros(len(parts), dtype=np.int64)

    def scatter(worker: int, first: int, last: int) -> None:
        lost[worker] += _kernels.order_scatter(
            positions, seed, ids, width, first, last, cursors[worker], limits[worker], words
        )

    for_ranges(parts, scatter)
    _check_unchanged(int(lost.sum()), "indices")
    result = words.view(positions.dtype) if positions.itemsize == 8 else np.empty_like(positions)
    for_ranges(
        ranges(1 << bits, len(parts), grain=1),
        lambda _, first, last: _kernels.order_sort(words, seed, ids, width, bits, starts[first : last + 1], result),
        block=max(1, (BLOCK << bits) // max(n, 1)),
    )
    return result


def group(strata: Strata) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the positions of all examples, class by class, ascending within each, and where each class begins."""
    lookup, counts = strata.lookup, strata.counts_by_range
    offsets, limits, cursors = _layout(counts)
    result = np.empty(len(lookup.values), dtype=np.int64)
    lost = np.zeros(len(strata.parts), dtype=np.int64)

    def scatter(worker: int, first: int, last: int) -> None:
        lost[worker] += _kernels.group(
            lookup.values, lookup.low, lookup.table, first, last, cursors[worker], limits[worker], result
        )

    for_ranges(strata.parts, scatter)
    _check_unchanged(int(lost.sum()))
    return result.astype(np.intp, copy=False), offsets


def _layout(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Lay out buckets, and in each the parts of the ranges, by counts [ranges, buckets].

    Returns where each bucket starts (and the end), where the part of each range ends in it, and where that starts.
    """
    starts = np.concatenate([[0], counts.sum(axis=0).cumsum()])
    limits = starts[:-1] + counts.cumsum(axis=0)
    return starts, limits, limits - counts


def _check_unchanged(lost: int, what: str = "labels") -> None:
    if lost:
        raise RuntimeError(f"{what} changed while they were read")
