"""order: positions -> those of each split in a random order, that of the keys of their ids."""

from __future__ import annotations

from math import isqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Keys, Ordering, count_splits
from fastsplit.engine import parallel
from fastsplit.engine.buckets import fill, fill_counted, joined, turns_of
from fastsplit.engine.parallel import Range, for_ranges, ranges, worker_zeros

_BITS_OF_BUCKET = 14  # 2**14 words, for three threads and more half as many each: of fewer, more slots stay empty
_MAX_BITS_OF_BUCKET = 16  # 2**16 words, 512 KB: more would leave the L2 cache while they are sorted
_MANY = 1 << 11  # buckets: filling more takes longer than sorting larger ones
_MAX_BITS = 13  # 2**13 buckets of a split: the open lines of more would not stay in the L2 cache
_SAMPLE = 4  # ids per square root of all: if all are on two rows, eight are expected twice among as many


class Ways(NamedTuple):
    """How an order was made.

    Attributes
    ----------
    counted : bool
        Whether the words of each bucket were counted first.
    spilled : int
        The number of words that had no slot in their bucket.
    by_networks, by_digits, overflowed, tied : int
        The number of buckets sorted by networks; by digits, because there are no networks for them; by digits, because
        a group of the networks overflowed; by digits, because words were tied in all the key bits they hold.
    """

    counted: bool
    spilled: int
    by_networks: int
    by_digits: int
    overflowed: int
    tied: int


def order(
    assignment: NDArray[np.uint8],
    n_splits: int,
    dtype: np.dtype[Any],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
    threads: int,
) -> list[NDArray[Any]]:
    """Return the positions of each split, sorted by (key of the id, position)."""
    n = len(assignment)
    parts = ranges(n, threads)
    sizes = worker_zeros(len(parts), n_splits)
    for_ranges(parts, lambda worker, begin, end: count_splits(assignment, begin, end, sizes[worker]))
    ordering = Ordering(None, assignment, n, Keys(seed, ids), _bits_of_position(n), bits_of_buckets(sizes))
    return ordered(ordering, sizes, parts, dtype, counting=repeats(ids))[0]


def order_all(
    n: int, dtype: np.dtype[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, threads: int
) -> NDArray[Any]:
    """Return the positions 0 .. n - 1 sorted by (key of the id, position)."""
    parts = ranges(n, threads)
    sizes = _sizes(parts)
    ordering = Ordering(None, None, n, Keys(seed, ids), _bits_of_position(n), bits_of_buckets(sizes))
    return ordered(ordering, sizes, parts, dtype, counting=repeats(ids))[0][0]


def order_some(
    positions: NDArray[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, width: int, threads: int
) -> NDArray[Any]:
    """Return positions, all below ``2**width``, sorted by (key of the id, position)."""
    parts = ranges(len(positions), threads)
    sizes = _sizes(parts)
    ordering = Ordering(positions, None, len(positions), Keys(seed, ids), width, bits_of_buckets(sizes))
    counting = repeats(positions) or repeats(ids)
    return ordered(ordering, sizes, parts, positions.dtype, counting=counting)[0][0]


def order_folds(
    folds: NDArray[Any], k: int, seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, threads: int
) -> tuple[NDArray[np.uint64], int]:
    """Return the positions 0 .. n - 1 in order, each above its fold in one word, and the number of bits of folds."""
    n, fold_bits = len(folds), (k - 1).bit_length()
    parts = ranges(n, threads)
    sizes = _sizes(parts)
    bits, width = bits_of_buckets(sizes), _bits_of_position(n)
    ordering = Ordering(None, None, n, Keys(seed, ids), width, bits, folds, fold_bits)
    return ordered(ordering, sizes, parts, np.dtype(np.uint64), counting=repeats(ids))[0][0], fold_bits


def ordered(
    ordering: Ordering, sizes: NDArray[np.int64], parts: list[Range], dtype: np.dtype[Any], *, counting: bool
) -> tuple[list[NDArray[Any]], Ways]:
    """Return the positions of each split in order, and how they were sorted.

    Parameters
    ----------
    ordering : Ordering
        The positions, of which parts (begin, end) are scattered in parallel.
    sizes : ndarray, shape (parts, K)
        The positions of each split in each part.
    counting : bool
        Whether to count the words of each bucket first, as if a bucket overflowed.
    """
    in_place = dtype.itemsize == np.uint64().itemsize
    filled = None if counting else fill(ordering, sizes, parts)
    who = None if filled is None else turns_of(filled, ordering.edges, len(parts), in_place=in_place)
    counted = filled is None or who is None
    if filled is None or who is None:
        filled = None  # frees its words
        filled = fill_counted(ordering, parts)
        who = turns_of(filled, ordering.edges, len(parts), in_place=in_place)
        assert who is not None  # nothing was spilled
    words, begins, ends, sums, _, spilled = filled
    turns, places, pieces = who
    lengths = np.diff(sums[ordering.edges]).tolist()
    out = [of.view(dtype) if in_place else np.empty(n, dtype) for of, n in zip(words, lengths, strict=True)]
    by = worker_zeros(len(parts), 4)

    def sort(worker: int, begin: int, end: int) -> None:
        by[worker] += ordering.sort(turns[worker][begin:end], begins, ends, places, words, out)

    block = max(1, parallel.BLOCK * ordering.n_buckets // max(ordering.n, 1))
    for_ranges([(0, len(of_worker)) for of_worker in turns], sort, block)
    arrays = [joined(array, of_split) for array, of_split in zip(out, pieces, strict=True)]
    return arrays, Ways(counted, spilled, *by.sum(axis=0).tolist())


def _sizes(parts: list[Range]) -> NDArray[np.int64]:
    """Return the sizes (parts, 1) of a single split."""
    return np.array([[end - begin] for begin, end in parts], dtype=np.int64)


def bits_of_buckets(sizes: NDArray[np.int64]) -> list[int]:
    """Return the number of leading key bits by which the buckets of each split are chosen."""
    totals, words = sizes.sum(axis=0), _BITS_OF_BUCKET
    n, threads = int(totals.sum()), len(sizes)
    while words < _MAX_BITS_OF_BUCKET and (n >> words > _MANY or threads << _BITS_OF_BUCKET > 2 << words):
        words += 1
    return [min(_MAX_BITS, (size >> words).bit_length()) for size in totals.tolist()]


def _bits_of_position(n: int) -> int:
    return max(1, n.bit_length())


def repeats(numbers: NDArray[Any] | None) -> bool:
    """Return whether numbers repeat in a sample that is large enough to tell if most of them do, or one often does."""
    if numbers is None:
        return False
    n = len(numbers)
    at = np.unique(np.random.default_rng(0).integers(max(n, 1), size=min(n, _SAMPLE * isqrt(n))))
    return len(np.unique(numbers[at])) < len(at)
