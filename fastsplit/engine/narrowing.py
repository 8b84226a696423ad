"""narrowing: the cuts of classes that missed one -> where these cuts are, in memory that no ids can exceed.

Each pass puts the keys of an interval around the cut into 4,096 bins of equal width, and keeps of each bin its size,
its smallest and its largest key. The bin that holds the cut is the interval of the next pass. So 6 passes find every
cut, also if all keys are near each other or equal: after ``64 / 12`` passes a bin is one number wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import ClassKeys, unit_end
from fastsplit.engine.scan import MAX_KEY

_BITS = 12  # of the number of bins
_BYTES_PER_BIN = 24
_FOUND = (1, 0)  # low and high of an interval without keys: the cut is found

Bands = tuple[NDArray[np.uint64], NDArray[np.uint64]]


class Intervals(NamedTuple):
    """Where the W cuts of M classes are, as far as the passes before found out. Those of a class are equal or disjoint.

    Attributes
    ----------
    low, high : ndarray of uint64, shape (M, W)
        The smallest and the largest key of the interval around each cut; 1 and 0 if the cut is found.
    below, inside : ndarray of int64, shape (M, W)
        The number of keys below the interval and in it; if the cut is found, its rank and 0.
    before, after : ndarray of uint64, shape (M, W)
        The keys next to the interval, or to the cut; 0 if there is none.
    """

    low: NDArray[np.uint64]
    high: NDArray[np.uint64]
    below: NDArray[np.int64]
    inside: NDArray[np.int64]
    before: NDArray[np.uint64]
    after: NDArray[np.uint64]


class Bins(NamedTuple):
    """Of each bin that has keys, the ``smallest`` and the ``largest``, and how many there are; ascending by class."""

    smallest: NDArray[np.uint64]
    largest: NDArray[np.uint64]
    sizes: NDArray[np.int64]

    def part(self, begin: int, end: int) -> Bins:
        """Return some consecutive bins."""
        return Bins._make(array[begin:end] for array in self)


class Narrowed(NamedTuple):
    """What is known of M classes by bins.

    Attributes
    ----------
    numbers : ndarray of int64, shape (M,)
        The rows of the classes among all classes, ascending.
    intervals : Intervals
        The same for all parts.
    starts : ndarray of int64, shape (M + 1,)
        Where the bins of each class begin.
    bins : Bins
        Those of the intervals of each class that are open.
    """

    numbers: NDArray[np.int64]
    intervals: Intervals
    starts: NDArray[np.int64]
    bins: Bins

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Return all arrays."""
        return (self.numbers, *self.intervals, self.starts, *self.bins)

    def of_class(self, m: int) -> Bins:
        """Return the bins of class number m of M."""
        return self.bins.part(self.starts[m], self.starts[m + 1])

    def most_bytes(self) -> int:
        """Return how many bytes the bins of the intervals take at most."""
        return _BYTES_PER_BIN * int(np.minimum(self.intervals.inside, 1 << _BITS).sum())

    def found(self) -> NDArray[np.bool_]:
        """Return which classes (M,) have no open interval."""
        return np.asarray((self.intervals.low > self.intervals.high).all(axis=1))

    def chosen(self, rows: NDArray[np.int64]) -> Narrowed | None:
        """Return the classes c of which ``rows[c]`` is not -1, and is their new number; None if there are none."""
        new = rows[self.numbers]
        kept = np.flatnonzero(new >= 0)
        intervals = Intervals._make(array[kept] for array in self.intervals)
        return _with_bins(new[kept], intervals, [self.of_class(m) for m in kept.tolist()])


def begun(numbers: NDArray[np.int64], counts: NDArray[np.int64], width: int) -> Narrowed | None:
    """Return classes of which nothing is known but how many examples they have."""
    shape = (len(numbers), width)
    low, high = np.full(shape, 1, dtype=np.uint64), np.full(shape, MAX_KEY, dtype=np.uint64)
    inside, none = np.tile(counts[:, None], width), np.zeros(shape, dtype=np.uint64)
    intervals = Intervals(low, high, np.zeros(shape, dtype=np.int64), inside, none, none)
    return _with_bins(numbers, intervals, [_no_bins()] * len(numbers))


def united(parts: Sequence[Narrowed | None]) -> Narrowed | None:
    """Return the sum of parts, which have the same intervals of the classes that they share."""
    known = [part for part in parts if part is not None]
    if len(known) < 2:
        return known[0] if known else None
    numbers = np.unique(np.concatenate([part.numbers for part in known]))
    width = known[0].intervals.low.shape[1]
    intervals = Intervals._make(np.empty((len(numbers), width), dtype=array.dtype) for array in known[0].intervals)
    bins: list[list[Bins]] = [[_no_bins()] for _ in numbers]
    for part in known:
        rows = np.searchsorted(numbers, part.numbers)
        for array, own in zip(intervals, part.intervals, strict=True):
            array[rows] = own
        for m, row in enumerate(rows.tolist()):
            bins[row].append(part.of_class(m))
    return _with_bins(numbers, intervals, [_in_bins(own, *_open(intervals, m)) for m, own in enumerate(bins)])


def binned(planned: Narrowed, starts: NDArray[np.int64], keys: NDArray[np.uint64]) -> Narrowed | None:
    """Return the bins of keys in the intervals; those of class c are ``keys[starts[c]:starts[c + 1]]``, ascending."""
    bins = []
    for m, c in enumerate(planned.numbers.tolist()):
        own = keys[starts[c] : starts[c + 1]]
        bins.append(_in_bins([Bins(own, own, np.ones(len(own), dtype=np.int64))], *_open(planned.intervals, m)))
    return _with_bins(planned.numbers, planned.intervals, bins)


def bands(planned: Narrowed, n_classes: int, ideals: NDArray[np.uint64]) -> Bands:
    """Return the open intervals as bands of all classes (n_classes, W), ascending; others have no key."""
    low, high = no_bands(n_classes, ideals)
    for m, c in enumerate(planned.numbers.tolist()):
        begin, end = _open(planned.intervals, m)
        if len(begin):
            low[c], high[c] = begin[-1], end[-1]  # beyond the open intervals, the last again
            low[c, : len(begin)], high[c, : len(end)] = begin, end
    return low, high


def no_bands(n_classes: int, ideals: NDArray[np.uint64]) -> Bands:
    """Return bands without keys, at the ideal cuts."""
    low = np.tile(np.maximum(ideals, np.uint64(1)), (n_classes, 1))
    return low, low - np.uint64(1)


def narrower(narrowed: Narrowed, ranks: NDArray[np.int64], seed: NDArray[np.uint64]) -> Narrowed:
    """Return what is known of the cuts at ``ranks`` (M, W) after a pass, without bins: the intervals of the next."""
    intervals = Intervals._make(array.copy() for array in narrowed.intervals)
    for m, j in np.argwhere(intervals.low <= intervals.high).tolist():
        old = Intervals._make(array[m, j] for array in narrowed.intervals)
        new = _narrower(old, narrowed.of_class(m), int(ranks[m, j]), seed, int(narrowed.numbers[m]))
        for array, value in zip(intervals, new, strict=True):
            array[m, j] = value
    return narrowed._replace(intervals=intervals, starts=np.zeros_like(narrowed.starts), bins=_no_bins())


def _narrower(old: Intervals, bins: Bins, rank: int, seed: NDArray[np.uint64], number: int) -> tuple[int, ...]:
    """Return the fields of the interval of one cut after a pass."""
    begin, end = (int(np.searchsorted(bins.smallest, *edge)) for edge in ((old.low, "left"), (old.high, "right")))
    smallest, largest, sizes = bins.part(begin, end)
    if sizes.sum() != old.inside:
        raise ValueError("ids changed since they were tallied: an interval of keys has another number of examples")
    edges = int(old.below) + np.append(0, sizes.cumsum())
    # The largest keys before each edge, and the smallest after each.
    before, after = np.append(old.before, largest), np.append(smallest, old.after)
    i = int(np.searchsorted(edges, rank, "right")) - 1
    low, high = int(edges[i]), int(edges[min(i + 1, len(sizes))])
    if low < rank:
        if smallest[i] < largest[i]:
            return (int(smallest[i]), int(largest[i]), low, int(sizes[i]), int(before[i]), int(after[i + 1]))
        rank = unit_end(seed, number, int(smallest[i]), low, rank, high)
        i += rank == high
    return (*_FOUND, rank, 0, int(before[i]), int(after[i]))


def keys_at_cuts(
    narrowed: Narrowed, counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], ClassKeys | None]:
    """Return the classes of which all cuts are found, their quotas, and the keys on both sides of each cut."""
    done = narrowed.found()
    numbers, ranks = narrowed.numbers[done], narrowed.intervals.below[done]
    n = counts[numbers]
    quotas = np.diff(ranks, axis=1, prepend=0, append=n[:, None])
    if len(numbers) == 0:
        return numbers, quotas, None
    sides = np.stack([narrowed.intervals.before[done], narrowed.intervals.after[done]], axis=2)
    starts = np.append(0, (sides > 0).sum(axis=2).ravel().cumsum())
    below = ranks - (sides[:, :, 0] > 0)
    edges = np.tile(np.array([0, MAX_KEY], dtype=np.uint64), ranks.shape[1])  # only a hint where to look first
    return numbers, quotas, ClassKeys(numbers, n, below, starts, sides[sides > 0], edges, are_sorted=True)


def check(narrowed: Narrowed, n_classes: int) -> None:
    """Refuse what no tally could have found."""
    numbers, intervals, starts, bins = narrowed
    (low, high, below, inside, _, _), found = intervals, np.array(_FOUND, dtype=np.uint64)[:, None, None]
    if (numbers[:-1] >= numbers[1:]).any() or numbers.min() < 0 or numbers.max() >= n_classes:
        raise ValueError("its classes with bins are not ascending classes")
    if starts[0] != 0 or (starts[:-1] > starts[1:]).any() or starts[-1] != len(bins.sizes):
        raise ValueError("its bins do not fit its classes")
    if (low < 1).any() or ((low > high) & (np.stack([low, high]) != found)).any():
        raise ValueError("its intervals are not ascending")
    if min(below.min(), inside.min()) < 0 or (bins.sizes < 1).any() or (bins.smallest > bins.largest).any():
        raise ValueError("its bins are not ascending")
    for m in range(len(numbers)):
        (smallest, largest, _), (begin, end) = narrowed.of_class(m), _open(intervals, m)
        if (begin[1:] <= end[:-1]).any() or len(begin) < len(np.unique(high[m][low[m] <= high[m]])):
            raise ValueError("its intervals overlap")
        if (len(begin) == 0 and len(smallest)) or (smallest < begin[:1]).any() or (largest > end[-1:]).any():
            raise ValueError("its bins are not in its intervals")
        places = _places(smallest, begin, end) if len(smallest) else np.empty((2, 0))
        is_new = (places[:, 1:] != places[:, :-1]).any(axis=0)
        if (smallest[1:] <= smallest[:-1]).any() or not is_new.all():
            raise ValueError("its bins are not ascending")
        if len(smallest) and (places != _places(largest, begin, end)).any():
            raise ValueError("its bins are not in its intervals")


def _open(intervals: Intervals, m: int) -> Bands:
    """Return the smallest and the largest keys of the distinct open intervals of a class, ascending."""
    is_open = intervals.low[m] <= intervals.high[m]
    begin, at = np.unique(intervals.low[m][is_open], return_index=True)
    return begin, intervals.high[m][is_open][at]


def _in_bins(parts: list[Bins], begin: NDArray[np.uint64], end: NDArray[np.uint64]) -> Bins:
    """Unite the bins of parts that are one bin of the same interval, from ``begin`` to ``end``."""
    smallest, largest, sizes = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if len(sizes) == 0:
        return _no_bins()
    order = np.argsort(smallest, kind="stable")
    smallest, largest, sizes = smallest[order], largest[order], sizes[order]
    places = _places(smallest, begin, end)
    first = np.flatnonzero(np.append(True, (places[:, 1:] != places[:, :-1]).any(axis=0)))
    return Bins(smallest[first], np.maximum.reduceat(largest, first), np.add.reduceat(sizes, first))


def _places(keys: NDArray[np.uint64], begin: NDArray[np.uint64], end: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the number of the interval of each key, and that of its bin there: (2, n)."""
    shifts = [max(0, width.bit_length() - _BITS) for width in (end - begin).tolist()]
    at = np.searchsorted(begin, keys, "right") - 1
    return np.stack([at.astype(np.uint64), (keys - begin[at]) >> np.array(shifts, dtype=np.uint64)[at]])


def _with_bins(numbers: NDArray[np.int64], intervals: Intervals, bins: Sequence[Bins]) -> Narrowed | None:
    if len(numbers) == 0:
        return None
    starts = np.append(0, np.cumsum([len(own.sizes) for own in bins])).astype(np.int64)
    return Narrowed(numbers, intervals, starts, Bins(*(np.concatenate(arrays) for arrays in zip(*bins, strict=True))))


def _no_bins() -> Bins:
    none = np.empty(0, dtype=np.uint64)
    return Bins(none, none, none.view(np.int64))
