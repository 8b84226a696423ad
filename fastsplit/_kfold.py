"""kfold: a split into folds, and for each its two index arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastsplit import _inputs, _labels, _stages
from fastsplit._plan import Plan, make_plan
from fastsplit._split import index_arrays


class KFold:
    """The folds of a cross-validation: iterates over (train, test) pairs of index arrays, made one at a time.

    Attributes
    ----------
    assignment : ndarray of uint8 (of uint16 above 255 folds), shape (N,)
        The fold in which each example is tested.
    plan : Plan
        The split into folds.
    """

    def __init__(
        self,
        plan: Plan,
        assignment: NDArray[Any],
        ids: NDArray[np.uint64] | None,
        shuffle: bool,
        dtype: np.dtype[Any],
        threads: int,
    ) -> None:
        self.plan = plan
        self.assignment = assignment
        self._ids = ids
        self._shuffle = shuffle
        self._dtype = dtype
        self._threads = threads

    @property
    def seed(self) -> int:
        """The seed that gives these folds again, also where none was passed."""
        return self.plan.seed

    def __len__(self) -> int:
        return len(self.plan.names)

    def __iter__(self) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        ordered, assignment = None, self.assignment
        if self._shuffle:  # once for all folds: what is left out of an order does not change that of the rest
            seed = _inputs.expand_seed(self.seed).order
            ordered = _stages.order_all(len(assignment), self._dtype, seed, self._ids, self._threads)
            assignment = _stages.gather(assignment, ordered, self._threads)
        for fold in range(len(self)):
            trained = (assignment != fold).view(np.uint8)
            test, train = _stages.emit(trained, 2, self._dtype, self._threads, ordered)
            yield train, test

    @overload
    def __getitem__(self, fold: int) -> tuple[NDArray[Any], NDArray[Any]]: ...
    @overload
    def __getitem__(self, fold: slice) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]: ...
    def __getitem__(
        self, fold: int | slice
    ) -> tuple[NDArray[Any], NDArray[Any]] | tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
        numbers = range(len(self))[fold]
        if isinstance(numbers, range):
            return tuple(self[number] for number in numbers)
        trained = (self.assignment != numbers).view(np.uint8)
        tested = int(self.plan.counts[:, numbers].sum())
        sizes = np.array([tested, len(trained) - tested])
        test, train = index_arrays(trained, sizes, self._dtype, self._shuffle, self.seed, self._ids, self._threads)
        return train, test

    def __repr__(self) -> str:
        return f"KFold({len(self)} folds of {len(self.assignment)} examples, seed={self.seed})"


def kfold(
    labels: Any,
    k: int = 5,
    *,
    seed: _inputs.Seed = None,
    ids: Any = None,
    shuffle: bool = True,
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> KFold:
    """Split examples into folds in which every class keeps its share, exactly.

    Parameters
    ----------
    labels, seed, ids, dtype, threads
        As for `split`.
    k : int, default 5
        How many folds, from 2 to 32768. Folds are empty where there are more of them than examples.
    shuffle : bool, default True
        Whether the index arrays are in an order that is random too; otherwise they are ascending, which is faster. The
        folds are random either way.

    Returns
    -------
    KFold
        Iterates over k pairs (train, test) of index arrays. Each pair is made when it is asked for; one byte an example
        (two above 255 folds) is held.

    Raises
    ------
    ValueError, TypeError
        As for `split`.

    Examples
    --------
    >>> import fastsplit
    >>> labels = [0] * 10 + [1] * 20
    >>> for train, test in fastsplit.kfold(labels, 5, seed=0):
    ...     print(len(train), len(test))
    24 6
    24 6
    24 6
    24 6
    24 6
    """
    read = _labels.read_labels(labels)
    n = len(read.values)
    folds = _inputs.read_folds(k)
    numbers = _inputs.read_ids(ids, n)
    shuffle = _inputs.read_flag("shuffle", shuffle)
    index_dtype = _inputs.read_dtype(dtype, n)
    workers = _inputs.read_threads(threads)

    plan, assignment = make_plan(read, folds, _inputs.read_seed(seed), numbers, 0, workers, assigned=True)
    return KFold(plan, assignment, numbers, shuffle, index_dtype, workers)
