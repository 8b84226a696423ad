"""Buckets of words by their leading key bits: how they are laid out, filled, and sorted where they lie.

Keys are uniform, so every bucket of distinct ids gets about equally many words. It has slots for the mean and five
standard deviations, and nothing is counted before. If a bucket overflows all the same, all are counted first.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Ordering
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import Range, for_ranges, for_ranges_unchanged, overflow_of, worker_zeros

_DEVIATIONS = 5  # standard deviations, which one bucket of 3.5 million exceeds
_MAX_SLACK = 1 / 14  # of the words: with it an order takes 8.6 bytes per position


class Filled(NamedTuple):
    """Buckets filled with words, B being their number.

    Attributes
    ----------
    words : list of ndarray of uint64
        The words of each split: its buckets, with gaps between them if they were not counted.
    begins, ends : ndarray of int64, shape (runs, B)
        The words of a bucket: ``begins[r, b]`` to ``ends[r, b]`` of the words of its split, for each run.
    sums : ndarray of int64, shape (B + 1,)
        The number of words in all buckets before each, and in all.
    strides : ndarray of int64, shape (K,)
        For each split the distance of its buckets; 0 if they were counted, and so have no gaps.
    """

    words: list[NDArray[np.uint64]]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    sums: NDArray[np.int64]
    strides: NDArray[np.int64]


class Turns(NamedTuple):
    """Who sorts which buckets to where.

    Attributes
    ----------
    turns : list of ndarray of int64
        The buckets that each worker sorts, in this order.
    places : ndarray of int64, shape (B,)
        Where each sorted bucket begins in the array of its split.
    pieces : list of list of (int, int)
        The ranges of each split's array that are filled then: one per worker that sorts some of it.
    """

    turns: list[NDArray[np.int64]]
    places: NDArray[np.int64]
    pieces: list[list[Range]]


def fill(ordering: Ordering, sizes: NDArray[np.int64], parts: list[Range]) -> Filled | None:
    """Fill buckets without counting; sizes (parts, K) are the positions of each split in each part.

    Returns None if a bucket overflows, or if so few words are in a bucket and a part that slots would take much memory.
    """
    n_buckets = np.diff(ordering.edges)
    means = sizes / n_buckets
    capacities = np.ceil(means + _DEVIATIONS * np.sqrt(means * (1 - 1 / n_buckets))).astype(np.int64)
    strides = capacities.sum(axis=0)
    lengths = strides * n_buckets
    if lengths.sum() > sizes.sum() * (1 + _MAX_SLACK):
        return None
    number = np.arange(ordering.n_buckets) - np.repeat(ordering.edges[:-1], n_buckets)
    before = np.repeat(capacities.cumsum(axis=0) - capacities, n_buckets, axis=1)
    begins = number * np.repeat(strides, n_buckets) + before
    limits = begins + np.repeat(capacities, n_buckets, axis=1)
    cursors = worker_zeros(*begins.shape)
    cursors[:] = begins
    words = [np.empty(length, dtype=np.uint64) for length in lengths.tolist()]
    overflow = overflow_of(
        parts, lambda worker, begin, end: ordering.scatter(begin, end, cursors[worker], limits[worker], words)
    )
    if overflow:
        return None
    ends = np.ascontiguousarray(cursors)
    sums = np.append(0, (ends - begins).sum(axis=0).cumsum())
    return Filled(words, begins, ends, sums, strides)


def fill_counted(ordering: Ordering, parts: list[Range]) -> Filled:
    """Fill buckets whose words are counted first."""
    counts = worker_zeros(len(parts), ordering.n_buckets)
    for_ranges(parts, lambda worker, begin, end: ordering.count(begin, end, counts[worker]))
    sums, limits, cursors = laid_out(counts)
    n_buckets = np.diff(ordering.edges)
    edges = sums[ordering.edges]
    base = np.repeat(edges[:-1], n_buckets)  # cursors and limits count from the beginning of their split
    limits -= base
    cursors -= base
    words = [np.empty(end - begin, dtype=np.uint64) for begin, end in pairwise(edges.tolist())]
    for_ranges_unchanged(
        parts,
        lambda worker, begin, end: ordering.scatter(begin, end, cursors[worker], limits[worker], words),
        "indices",
    )
    begins, ends = sums[:-1] - base, sums[1:] - base
    return Filled(words, begins[None], ends[None], sums, np.zeros(len(words), dtype=np.int64))


def turns_of(filled: Filled, edges: list[int], workers: int, *, in_place: bool) -> Turns:
    """Return equal turns; if ``in_place``, sorted buckets lie where words lay, never where words are yet to be read.

    Without gaps each bucket stays where it is. Else it is shorter than its slots: of the workers on one split, the
    first half goes from its last bucket down, and writes each right before the one it sorted before; the second half
    goes up. So the two pieces in the middle meet, and two workers leave no gap.
    """
    sums, n_buckets = filled.sums.tolist(), len(filled.sums) - 1
    shares = [sums[-1] * worker // workers for worker in range(1, workers)]
    bounds = [0, *np.searchsorted(filled.sums[:-1], shares).tolist(), n_buckets]
    turns: list[list[NDArray[np.int64]]] = [[] for _ in range(workers)]
    places, pieces = np.empty(n_buckets, dtype=np.int64), []
    for first, last, stride in zip(edges[:-1], edges[1:], filled.strides.tolist(), strict=True):
        shared = [(w, max(first, bounds[w]), min(last, bounds[w + 1])) for w in range(workers)]
        shared = [share for share in shared if share[1] < share[2]]
        of_split = []
        for i, (worker, low, high) in enumerate(shared):
            length, before = sums[high] - sums[low], filled.sums[low:high] - sums[low]
            down = in_place and stride > 0 and i < len(shared) // 2
            if down:
                begin = (high - first) * stride - length
            else:
                begin = (low - first) * stride if in_place and stride > 0 else sums[low] - sums[first]
            places[low:high] = begin + before
            turns[worker].append(np.arange(low, high)[:: -1 if down else 1])
            of_split.append((begin, begin + length))
        pieces.append(of_split)
    return Turns([np.concatenate(of) if of else np.empty(0, np.int64) for of in turns], places, pieces)


def joined(array: NDArray[Any], pieces: list[Range]) -> NDArray[Any]:
    """Move the pieces of an array next to the one in the middle, and return them as one."""
    middle = len(pieces) // 2
    begin, end = pieces[middle]
    for low, high in pieces[middle + 1 :]:
        if low > end:
            array[end : end + high - low] = array[low:high]
        end += high - low
    for low, high in reversed(pieces[:middle]):
        if high < begin:
            array[begin - (high - low) : begin] = array[low:high]
        begin -= high - low
    return array[begin:end]
