"""Buckets of words by their leading key bits: how they are laid out, filled, and sorted where they lie.

Keys are uniform, so every bucket of distinct ids gets about equally many words. It has slots for the mean and three
standard deviations, so nothing is counted before; the few words for which that is too little are spilled. If too many
are, the words of each bucket are counted first.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Ordering
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import Range, for_ranges, for_ranges_unchanged, worker_zeros

_DEVIATIONS = 3  # standard deviations, which one bucket of 740 exceeds, and then by a third of a deviation
_MAX_SLACK = 1 / 14  # of the words: with it an order takes 8.6 bytes per position
_SPILL = 4096  # words that each thread may spill; of 10**9 positions, two threads spill about 1300 each


class Filled(NamedTuple):
    """Buckets filled with words, B being their number.

    Attributes
    ----------
    words : list of ndarray of uint64
        The words of each split: its buckets, with gaps between them if they were not counted, and what they spilled.
    begins, ends : ndarray of int64, shape (runs, B)
        The words of a bucket: ``begins[r, b]`` to ``ends[r, b]`` of the words of its split, for each run: one of each
        thread, and if words were spilled one of these.
    sums : ndarray of int64, shape (B + 1,)
        The number of words in all buckets before each, and in all.
    strides : ndarray of int64, shape (K,)
        For each split the distance of its buckets; 0 if they were counted, and so have no gaps.
    spilled : int
        How many words were spilled.
    """

    words: list[NDArray[np.uint64]]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    sums: NDArray[np.int64]
    strides: NDArray[np.int64]
    spilled: int


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
    ends_of_slots = strides * n_buckets
    if ends_of_slots.sum() > sizes.sum() * (1 + _MAX_SLACK):
        return None
    number = np.arange(ordering.n_buckets) - np.repeat(ordering.edges[:-1], n_buckets)
    before = np.repeat(capacities.cumsum(axis=0) - capacities, n_buckets, axis=1)
    begins = number * np.repeat(strides, n_buckets) + before
    limits = begins + np.repeat(capacities, n_buckets, axis=1)
    cursors = worker_zeros(*begins.shape)
    cursors[:] = begins
    # Behind the slots there is room for all that may be spilled: memory that is not used unless it is.
    words = [np.empty(end + _SPILL * len(parts), dtype=np.uint64) for end in ends_of_slots.tolist()]
    spilled, spilled_from = np.empty((len(parts), _SPILL), np.uint64), np.empty((len(parts), _SPILL), np.int64)
    n_spilled = [0] * len(parts)

    def scatter(worker: int, begin: int, end: int) -> None:
        room = slice(min(n_spilled[worker], _SPILL), None)
        n_spilled[worker] += ordering.scatter(
            begin, end, cursors[worker], limits[worker], words, spilled[worker, room], spilled_from[worker, room]
        )

    for_ranges(parts, scatter)
    if max(n_spilled) > _SPILL:
        return None
    runs = [begins, cursors]
    if any(n_spilled):
        taken = np.arange(_SPILL) < np.array(n_spilled)[:, None]
        extra = _spilled_runs(spilled[taken], spilled_from[taken], ordering.edges, ends_of_slots.tolist(), words)
        runs = [np.concatenate([run, of[None]]) for run, of in zip(runs, extra, strict=True)]
    begins, ends = map(np.ascontiguousarray, runs)
    sums = np.append(0, (ends - begins).sum(axis=0).cumsum())
    return Filled(words, begins, ends, sums, strides, sum(n_spilled))


def _spilled_runs(
    spilled: NDArray[np.uint64],
    spilled_from: NDArray[np.int64],
    edges: list[int],
    ends_of_slots: list[int],
    words: list[NDArray[np.uint64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Write spilled words behind the slots of their split, bucket by bucket; return where those of each lie."""
    by_bucket = np.argsort(spilled_from, kind="stable")
    bounds = np.searchsorted(spilled_from[by_bucket], np.arange(edges[-1] + 1))
    begins, ends = bounds[:-1].copy(), bounds[1:].copy()
    for of_split, at, first, last in zip(words, ends_of_slots, edges[:-1], edges[1:], strict=True):
        chosen = by_bucket[bounds[first] : bounds[last]]
        of_split[at : at + len(chosen)] = spilled[chosen]
        begins[first:last] += at - bounds[first]
        ends[first:last] += at - bounds[first]
    return begins, ends


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
    return Filled(words, begins[None], ends[None], sums, np.zeros(len(words), dtype=np.int64), 0)


def turns_of(filled: Filled, edges: list[int], workers: int, *, in_place: bool) -> Turns | None:
    """Return equal turns; if ``in_place``, sorted buckets lie where words lay, never where words are yet to be read.

    Without gaps each bucket stays where it is. Else it is shorter than its slots: of the workers on one split, the
    first half goes from its last bucket down, and writes each right before the one it sorted before; the second half
    goes up. So the two pieces in the middle meet, and two workers leave no gap. Returns None if the first buckets
    spilled so many words that later ones would be written over.
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
            length, before = sums[high] - sums[low], filled.sums[low : high + 1] - sums[low]
            down = in_place and stride > 0 and i < len(shared) // 2
            if down:
                begin = (high - first) * stride - length
            else:
                begin = (low - first) * stride if in_place and stride > 0 else sums[low] - sums[first]
            places[low:high] = begin + before[:-1]
            if in_place and stride > 0:
                slots = (np.arange(low, high + 1) - first) * stride
                if (places[low:high] < slots[:-1]).any() if down else (begin + before[1:] > slots[1:]).any():
                    return None
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
