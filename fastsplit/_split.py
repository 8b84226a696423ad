"""plan -> assign -> emit -> order: index arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastsplit import _count, _inputs, _labels, _stages
from fastsplit._plan import Plan, make_plan

if TYPE_CHECKING:
    from fastsplit.report import Report


_LARGEST_INDEX = 2**40  # beyond, indices are ordered through their positions: too few bits of the key are left


class Splits:
    """The index arrays of a split: unpacks like a tuple, indexes by number and by name.

    Attributes
    ----------
    names : tuple of str
        The K splits.
    assignment : ndarray of uint8, shape (N,)
        The number of each example's split; 255 is none.
    plan : Plan
        What makes the same split again, of these or of more examples.

    Examples
    --------
    >>> import fastsplit
    >>> parts = fastsplit.split([0, 1] * 50, {"train": 0.7, "val": 0.2, "test": 0.1}, seed=0)
    >>> train, val, test = parts
    >>> len(train), len(parts["val"]), len(parts[-1])
    (70, 20, 10)
    >>> parts.counts
    array([[35, 10,  5],
           [35, 10,  5]])
    """

    def __init__(self, plan: Plan, assignment: NDArray[Any], arrays: list[NDArray[Any]]) -> None:
        self.plan = plan
        self.assignment = assignment
        self._arrays = tuple(arrays)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the splits."""
        return self.plan.names

    @property
    def classes(self) -> NDArray[Any]:
        """The label values, ascending, shape (C,)."""
        return self.plan.classes

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many examples of each class are in each split, shape (C, K)."""
        return self.plan.counts

    @property
    def seed(self) -> int:
        """The seed that gives this split again, also where none was passed."""
        return self.plan.seed

    def report(self) -> Report:
        """Return the table of this split, which prints itself, and its picture."""
        from fastsplit.report import Report

        return Report(self.plan)

    def __len__(self) -> int:
        return len(self._arrays)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return iter(self._arrays)

    @overload
    def __getitem__(self, key: int | str) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[NDArray[Any], ...]: ...
    def __getitem__(self, key: int | str | slice) -> NDArray[Any] | tuple[NDArray[Any], ...]:
        if isinstance(key, str):
            if key not in self.names:
                raise KeyError(f"{key!r} is not one of the splits {', '.join(self.names)}")
            return self._arrays[self.names.index(key)]
        return self._arrays[key]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __repr__(self) -> str:
        sizes = {name: len(array) for name, array in zip(self.names, self._arrays, strict=True)}
        rest = len(self.assignment) - sum(sizes.values())
        shown = ", ".join(f"{name}: {size}" for name, size in sizes.items()) + (f", in none: {rest}" if rest else "")
        return f"Splits({shown}; {len(self.classes)} classes, seed={self.seed})"


class Groups(NamedTuple):
    """The positions of each class: those of class ``c`` are ``order[offsets[c]:offsets[c + 1]]``, ascending.

    Attributes
    ----------
    classes : ndarray, shape (C,)
        The label values, ascending.
    order : ndarray of intp, shape (N,)
        The positions 0 .. N - 1, class by class.
    offsets : ndarray of int64, shape (C + 1,)
        Where each class begins, and N.
    """

    classes: NDArray[Any]
    order: NDArray[np.intp]
    offsets: NDArray[np.int64]


def split(
    labels: Any,
    sizes: _inputs.SizesLike = (0.8, 0.2),
    *,
    seed: _inputs.Seed = None,
    ids: Any = None,
    shuffle: bool = True,
    min_per_split: int = 0,
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Splits:
    """Split examples so that every class keeps its share, exactly.

    Parameters
    ----------
    labels : array_like, shape (N,)
        The class of each example: integers of any width, sign, byte order and stride, or booleans, read where they lie;
        or strings, pandas categoricals and nullable integers, Arrow arrays and dictionaries.
    sizes : sequence or mapping, default (0.8, 0.2)
        Fractions that sum to at most 1, or whole counts that sum to at most N; a mapping names the splits. Two are
        otherwise called train and test, three train, val and test, more 0, 1, ... The most is 254.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        The same seed gives the same split. None takes fresh entropy, which ``Splits.seed`` tells.
    ids : array_like, shape (N,), optional
        Integers, or strings, that stay with the examples: the split of an example then does not depend on its position,
        and rows that share an id and a class share a split.
    shuffle : bool, default True
        Whether each index array is in an order that is random too; otherwise it is ascending, which is faster.
    min_per_split : int, default 0
        What each split of a size above 0 gets of each class at the least. Where the sizes alone would give less, ideals
        are raised to it, at the cost of the largest splits of the class.
    dtype : dtype_like, default numpy.intp
        The integer type of the index arrays.
    threads : int, optional
        By default as many as this process may run on. The result does not depend on it.

    Returns
    -------
    Splits
        The index arrays, in the order of ``sizes``.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or value, a label is missing, or a class is too small for ``min_per_split``.
    TypeError
        If an argument is of the wrong type.

    Notes
    -----
    Every cell of ``Splits.counts`` is the floor or the ceiling of its ideal, count of the class times size; so is every
    column total. Which of the two is drawn without bias (controlled rounding: Cox 1987; Gandhi et al. 2002), so that
    every example has exactly the asked-for probability of each split. Given the counts, all assignments are equally
    likely: examples are ranked within their class by a keyed hash of their id (permanent random numbers: Ohlsson 1995).

    Examples
    --------
    >>> import numpy as np
    >>> import fastsplit
    >>> labels = np.repeat([3, 1, 2], [10, 100, 1000])
    >>> train, val, test = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    >>> np.bincount(labels[test])
    array([  0,  10, 100,   1])
    """
    read = _labels.read_labels(labels)
    n = len(read.values)
    shares = _inputs.read_sizes(sizes, n)
    numbers = _inputs.read_ids(ids, n)
    least = _inputs.read_min_per_split(min_per_split)
    shuffle = _inputs.read_flag("shuffle", shuffle)
    index_dtype = _inputs.read_dtype(dtype, n)
    workers = _inputs.read_threads(threads)

    plan, assignment = make_plan(read, shares, _inputs.read_seed(seed), numbers, least, workers, assigned=True)
    arrays = index_arrays(assignment, plan.counts.sum(axis=0), index_dtype, shuffle, plan.seed, numbers, workers)
    return Splits(plan, assignment, arrays)


def group(labels: Any, *, threads: int | None = None) -> Groups:
    """Sort positions by class: a stable counting sort.

    Parameters
    ----------
    labels, threads
        As for `split`.

    Returns
    -------
    Groups
        The classes, the positions class by class, and where each class begins.

    Raises
    ------
    ValueError, TypeError
        As for `split`.

    Examples
    --------
    >>> import fastsplit
    >>> classes, order, offsets = fastsplit.group([5, 3, 5, 5])
    >>> classes, order, offsets
    (array([3, 5]), array([1, 0, 2, 3]), array([0, 1, 4]))
    """
    read = _labels.read_labels(labels)
    strata = _count.count(read, _inputs.read_threads(threads))
    order, offsets = _stages.group(strata.lookup, strata.parts, strata.tallies[:, :, 0])
    return Groups(strata.classes, order, offsets)


def shuffle(indices: Any, *, seed: _inputs.Seed, threads: int | None = None) -> NDArray[Any]:
    """Return indices in a random order: sorted by a keyed hash of each, which is the order of `split`.

    Parameters
    ----------
    indices : array_like of int, shape (n,)
        Not modified.
    seed, threads
        As for `split`.

    Returns
    -------
    ndarray, shape (n,)
        The same indices, of the same dtype in native byte order. Their order depends on the seed and on which they are,
        not on the order in which they are given; equal ones end up side by side.

    Raises
    ------
    ValueError, TypeError
        If the indices are not a one-dimensional array of integers.

    Examples
    --------
    >>> import fastsplit
    >>> sorted(fastsplit.shuffle([10, 20, 30, 40], seed=0).tolist())
    [10, 20, 30, 40]
    """
    array = _inputs.read_indices(indices)
    words, workers = _inputs.expand_seed(_inputs.read_seed(seed)).order, _inputs.read_threads(threads)
    low, high = _count.extremes(array, workers)
    if low >= 0 and high < _LARGEST_INDEX:
        return _stages.order_some(array, words, None, max(1, high.bit_length()), workers)
    ids = array.astype(np.int64).view(np.uint64)
    ranks = _stages.order_all(len(array), np.dtype(np.int64), words, ids, workers)
    return np.asarray(array[ranks])


def index_arrays(
    assignment: NDArray[np.uint8],
    sizes: NDArray[np.int64],
    dtype: np.dtype[Any],
    shuffle: bool,
    seed: int,
    ids: NDArray[np.uint64] | None,
    threads: int,
) -> list[NDArray[Any]]:
    """Return the positions of each split, of these sizes, ascending or in random order."""
    if shuffle:
        return _stages.order(assignment, sizes.tolist(), dtype, _inputs.expand_seed(seed).order, ids, threads)
    return _stages.emit(assignment, len(sizes), dtype, threads)
