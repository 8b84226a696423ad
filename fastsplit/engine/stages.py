"""The stages of a split after `count`, each over all positions: its kernel is called for ranges, by several threads."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastsplit._kernels as _kernels
from fastsplit.engine import parallel as _ranges
from fastsplit.engine import scan as _count
from fastsplit.engine.parallel import Range, apart, for_ranges, ranges
from fastsplit.engine.scan import CHANGED, Keyed, Lookup, Strata, merged_bands

_FEW_BANDS = 8  # for which comparing with thresholds is faster than with the cuts of a class
_BITS_OF_BUCKET = 16  # words that are sorted in the second-level cache
_END = 2**64 - 1
_BITS_OF_ORDER = 13  # buckets at the most: the writes to more of them would miss that cache

_kernels.use_cpu(os.environ.get("FASTSPLIT_CPU") or _kernels.CPUS[-1])


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


def cuts(strata: Strata, quotas: NDArray[np.int64], keyed: Keyed) -> NDArray[np.uint64]:
    """Find the cuts [classes, columns - 1] that give the quotas.

    Where one id on several rows keeps the quotas from being met, ``quotas`` is changed to what the cuts give.
    """
    classes, width = quotas.shape[0], quotas.shape[1] - 1
    result = np.empty((classes, width), dtype=np.uint64)
    if classes == 0 or width == 0:
        return result
    missed = np.arange(classes)
    if len(strata.bands):
        missed = _cuts_in_bands(strata, quotas, keyed, result)
    if len(missed):
        _cuts_of_whole_classes(strata, missed, quotas, keyed, result)
    return result


def _cuts_in_bands(
    strata: Strata, quotas: NDArray[np.int64], keyed: Keyed, out: NDArray[np.uint64]
) -> NDArray[np.intp]:
    """Write the cuts and quotas of the classes whose bands hold their cuts; return the other classes."""
    tally = strata.tallies.sum(axis=0)
    below, inside = tally[:, :-1].cumsum(axis=1)[:, ::2], strata.tallies[:, :, 1::2]
    starts, _, cursors = _layout(inside.reshape(len(strata.parts), -1))
    keys = np.empty(int(starts[-1]), dtype=np.uint64)
    places, span = tally.shape[1], len(strata.lookup.table)
    by_entry = np.zeros((len(strata.parts), span, places), dtype=np.int64)
    by_entry[:, strata.spots, 1::2] = cursors.reshape(inside.shape)
    by_entry = by_entry.reshape(len(strata.parts), -1)

    def arrange(worker: int, first: int, last: int) -> None:
        found = strata.candidates[worker]
        _kernels.arrange(found.keys, found.entries, 0, found.size, by_entry[worker], keys)

    for_ranges([(worker, worker + 1) for worker in range(len(strata.parts))], arrange)
    table = quotas.copy()
    below, band = np.ascontiguousarray(below), _band_of_cut(strata)
    missed = _select(strata.counts, table, band, strata.bands, keys, starts, below, keyed, out, strata.parts)
    found = np.flatnonzero(missed == 0)
    quotas[found] = table[found]
    return np.flatnonzero(missed)


def _band_of_cut(strata: Strata) -> NDArray[np.int64]:
    nonempty = strata.bands[1::2] > strata.bands[::2]
    return np.maximum.accumulate(np.where(nonempty, np.arange(len(nonempty)), 0))


def _cuts_of_whole_classes(
    strata: Strata, chosen: NDArray[np.intp], quotas: NDArray[np.int64], keyed: Keyed, out: NDArray[np.uint64]
) -> None:
    """Write the cuts and quotas of the chosen classes, from all of their keys."""
    lookup, parts = strata.lookup, strata.parts
    whole = slice(None) if len(chosen) == len(quotas) else chosen
    starts, limits, cursors = _layout(strata.tallies.sum(axis=2)[:, whole])
    keys = np.empty(int(starts[-1]), dtype=np.uint64)
    table = lookup.table
    if len(chosen) < len(quotas):
        number = np.full(len(quotas) + 1, len(chosen), dtype=np.int32)
        number[chosen] = np.arange(len(chosen), dtype=np.int32)
        table = number[table]
    lost = np.zeros(len(parts), dtype=np.int64)

    def collect(worker: int, first: int, last: int) -> None:
        lost[worker] += _kernels.collect(
            lookup.values, lookup.low, table, keyed.seed, keyed.ids, first, last, cursors[worker], limits[worker], keys
        )

    for_ranges(parts, collect)
    _check_unchanged(int(lost.sum()) + int((cursors != limits).sum()))
    band = np.zeros(out.shape[1], dtype=np.int64)
    below = np.zeros((len(chosen), 1), dtype=np.int64)
    counts, own, result = strata.counts[whole], quotas[whole], out[whole]
    edges = np.array([0, _END], dtype=np.uint64)
    missed = _select(counts, own, band, edges, keys, starts, below, keyed, result, parts)
    _check_unchanged(int(missed.sum()))
    quotas[whole], out[whole] = own, result


def _select(
    counts: NDArray[np.int64],
    quotas: NDArray[np.int64],
    band: NDArray[np.int64],
    edges: NDArray[np.uint64],
    keys: NDArray[np.uint64],
    starts: NDArray[np.int64],
    below: NDArray[np.int64],
    keyed: Keyed,
    out: NDArray[np.uint64],
    parts: list[Range],
) -> NDArray[np.uint8]:
    classes = len(counts)
    missed = np.empty(classes, dtype=np.uint8)
    for_ranges(
        ranges(classes, len(parts), grain=1),
        lambda _, first, last: _kernels.select(
            first, last, counts, quotas, band, edges, keys, starts, below, keyed.ideals, out, missed
        ),
        block=max(1, _ranges.BLOCK * classes // max(len(keys), 1)),
    )
    return missed


def amend(strata: Strata, cuts: NDArray[np.uint64], keyed: Keyed) -> bool:
    """Complete the assignment `count` began, by the candidates; return False if these cuts are not in their bands."""
    low, high = strata.bands[::2], strata.bands[1::2]
    if len(low) == 0 or (cuts < low[_band_of_cut(strata)]).any() or (cuts > high).any():
        return False
    rows = np.repeat(strata.lookup.table, len(strata.bands) + 1)

    def amend(worker: int, first: int, last: int) -> None:
        _kernels.amend(*strata.candidates[worker], rows, cuts, keyed.none, keyed.assignment)

    for_ranges([(worker, worker + 1) for worker in range(len(strata.candidates))], amend)
    return True


def split_dtype(cuts: int) -> type[np.uint8 | np.uint16]:
    """Return the dtype of an assignment."""
    return np.uint8 if cuts < 255 else np.uint16


def assign(
    lookup: Lookup,
    parts: list[Range],
    cuts: NDArray[np.uint64],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
    none: int,
) -> NDArray[Any]:
    """Return the split of each example; ``cuts`` has a last row for labels of no class."""
    result: NDArray[Any] = np.empty(len(lookup.values), dtype=split_dtype(cuts.shape[1]))
    bands = np.empty(0, dtype=np.uint64)
    if 0 < cuts.shape[1] <= _FEW_BANDS and len(result) >= _count.MANY:
        ends = cuts.min(axis=0) / 2.0**64 - 1e-9, cuts.max(axis=0) / 2.0**64 + 1e-9
        merged, share = merged_bands(*ends)
        bands = merged if share < 0.25 else bands
    for_ranges(
        parts,
        lambda _, first, last: _kernels.assign(
            lookup.values, lookup.low, lookup.table, cuts, bands, seed, ids, none, first, last, result
        ),
    )
    return result


def emit(
    assignment: NDArray[np.uint8],
    splits: int,
    dtype: np.dtype[Any],
    threads: int,
    order: NDArray[Any] | None = None,
) -> list[NDArray[Any]]:
    """Return the positions of each split: ascending, or those of ``order``, whose splits ``assignment`` then tells."""
    parts = ranges(len(assignment), threads)
    tallies = apart(len(parts), splits)
    for_ranges(parts, lambda worker, first, last: _kernels.tally(assignment, first, last, tallies[worker]))
    cursors = apart(*tallies.shape)
    np.subtract(tallies.cumsum(axis=0), tallies, out=cursors)
    out = [np.empty(size, dtype=dtype) for size in tallies.sum(axis=0).tolist()]
    for_ranges(parts, lambda worker, first, last: _kernels.emit(assignment, order, first, last, out, cursors[worker]))
    return out


def order(
    assignment: NDArray[np.uint8],
    sizes: list[int],
    dtype: np.dtype[Any],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
    threads: int,
) -> list[NDArray[Any]]:
    """Return the positions of each split, of about the given sizes, sorted by (key of the id, position)."""
    return _order(None, assignment, sizes, ranges(len(assignment), threads), dtype, seed, ids, _width(len(assignment)))


def order_all(
    n: int, dtype: np.dtype[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, threads: int
) -> NDArray[Any]:
    """Return the positions 0 .. n - 1, sorted by (key of the id, position)."""
    return _order(None, None, [n], ranges(n, threads), dtype, seed, ids, _width(n))[0]


def order_some(
    positions: NDArray[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, width: int, threads: int
) -> NDArray[Any]:
    """Return positions, all below ``2**width``, sorted by (key of the id, position)."""
    parts = ranges(len(positions), threads)
    return _order(positions, None, [len(positions)], parts, positions.dtype, seed, ids, width)[0]


def _order(
    positions: NDArray[Any] | None,
    assignment: NDArray[np.uint8] | None,
    sizes: list[int],
    parts: list[Range],
    dtype: np.dtype[Any],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
    width: int,
) -> list[NDArray[Any]]:
    bits = [min(_BITS_OF_ORDER, (size >> _BITS_OF_BUCKET).bit_length()) for size in sizes]
    ordering = _kernels.Ordering(positions, assignment, n := parts[-1][1], seed, ids, width, bits)
    counts = apart(len(parts), ordering.size)
    for_ranges(parts, lambda worker, first, last: ordering.count(first, last, counts[worker]))
    starts, limits, cursors = _layout(counts)
    edges = starts[ordering.edges].tolist()
    if len(edges) > 2:
        base = np.repeat(edges[:-1], [1 << b for b in bits])
        limits -= base
        cursors -= base
    words = [np.empty(end - begin, dtype=np.uint64) for begin, end in pairwise(edges)]
    lost = np.zeros(len(parts), dtype=np.int64)

    def scatter(worker: int, first: int, last: int) -> None:
        lost[worker] += ordering.scatter(first, last, cursors[worker], limits[worker], words)

    for_ranges(parts, scatter)
    _check_unchanged(int(lost.sum()), "indices")
    out = [of_split.view(dtype) if dtype.itemsize == 8 else np.empty(len(of_split), dtype) for of_split in words]
    for_ranges(
        ranges(ordering.size, len(parts), grain=1),
        lambda _, first, last: ordering.sort(first, last, starts, words, out),
        block=max(1, _ranges.BLOCK * ordering.size // max(n, 1)),
    )
    return out


def _width(n: int) -> int:
    """Return the bits of a position below n."""
    return max(1, n.bit_length())


def gather(rows: NDArray[Any], positions: NDArray[Any], threads: int, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return ``rows[positions]``, in ``out``, which may be ``positions``; every position must be one of a row."""
    if out is None:
        out = np.empty((len(positions), *rows.shape[1:]), dtype=rows.dtype)
    parts = ranges(len(positions), threads)
    lost = np.zeros(len(parts), dtype=np.int64)

    def copy(worker: int, first: int, last: int) -> None:
        lost[worker] += last - _kernels.gather(rows, positions, first, last, out)

    for_ranges(parts, copy)
    _check_unchanged(int(lost.sum()), "indices")
    return out


def group(lookup: Lookup, parts: list[Range], counts: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the positions of all examples, class by class, ascending within each, and where each class begins.

    ``counts`` [ranges, classes] are how many of each class each range has.
    """
    offsets, limits, cursors = _layout(counts)
    result = np.empty(len(lookup.values), dtype=np.int64)
    lost = np.zeros(len(parts), dtype=np.int64)

    def scatter(worker: int, first: int, last: int) -> None:
        lost[worker] += _kernels.group(
            lookup.values, lookup.low, lookup.table, first, last, cursors[worker], limits[worker], result
        )

    for_ranges(parts, scatter)
    _check_unchanged(int(lost.sum()))
    return result.astype(np.intp, copy=False), offsets


def _layout(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Lay out buckets, and in each the parts of the ranges, by counts [ranges, buckets].

    Returns where each bucket starts (and the end), where the part of each range ends in it, and where that starts.
    """
    starts = np.zeros(counts.shape[1] + 1, dtype=np.int64)
    if len(counts) == 1:
        counts[0].cumsum(out=starts[1:])
        return starts, starts[None, 1:].copy(), starts[None, :-1].copy()
    counts.sum(axis=0).cumsum(out=starts[1:])
    limits = np.ascontiguousarray(starts[:-1] + counts.cumsum(axis=0))
    cursors = apart(*counts.shape)
    np.subtract(limits, counts, out=cursors)
    return starts, limits, cursors


def _check_unchanged(lost: int, what: str = "labels") -> None:
    if lost:
        raise RuntimeError(CHANGED.format(what))
