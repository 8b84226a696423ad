"""split: labels -> index arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastsplit.engine import pipeline
from fastsplit.engine.hashing import hashed
from fastsplit.engine.seeds import expand_seed
from fastsplit.group_plans import GroupPlan, planned
from fastsplit.inputs.gates import warn_of_empty_splits
from fastsplit.inputs.ids import check_groups_alone, read_groups, read_ids
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import read_balance, read_dtype, read_min_per_split, read_order, read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import read_sizes
from fastsplit.planned import P_co, Planned
from fastsplit.plans import Plan
from fastsplit.text import printable
from fastsplit.typing import Balance, Order, SeedLike, SizesLike


class Splits(Planned[P_co]):
    """The index arrays of a split: unpacks like a tuple, indexed by number or by name.

    Attributes
    ----------
    names : tuple of str
        The K splits.
    assignment : ndarray of uint8, shape (N,)
        The number of each example's split; 255 means no split.

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

    def __init__(
        self,
        plan: P_co | Callable[[], P_co],
        assignment: NDArray[Any],
        arrays: list[NDArray[Any]],
    ) -> None:
        super().__init__(plan)
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
        """The number of examples of each class in each split, shape (C, K)."""
        return self.plan.counts

    @property
    def class_weight(self) -> dict[Any, float]:
        """Weights with which all classes of the first split count the same: n / (C * n_c), scikit-learn's "balanced".

        Only the C classes that the split has examples of have one. Keras takes them as ``Model.fit(class_weight=)`` if
        labels are 0, 1, ..., scikit-learn's estimators as ``class_weight=``.
        """
        counts = self.counts[:, 0]
        classes, counts = self.classes[counts > 0], counts[counts > 0]
        return dict(zip(classes.tolist(), (counts.sum() / (len(counts) * counts)).tolist(), strict=True))

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
                raise KeyError(f"{key!r} is not one of the splits {printable(', '.join(self.names))}")
            return self._arrays[self.names.index(key)]
        return self._arrays[key]

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __repr__(self) -> str:
        sizes = [len(array) for array in self._arrays]
        rest = len(self.assignment) - sum(sizes)
        shown = ", ".join(f"{printable(name)}: {size}" for name, size in zip(self.names, sizes, strict=True))
        shown += f", in none: {rest}" if rest else ""
        return f"Splits({shown}; {len(self.classes)} classes, seed={self.seed})"


def split(
    labels: ArrayLike,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    balance: Balance = "fair",
    order: Order = "shuffled",
    min_per_split: int = 0,
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Splits[Plan | GroupPlan]:
    """Split examples so that every class keeps its share, exactly.

    Parameters
    ----------
    labels : array_like, shape (N,)
        The class of each example: integers of any width, sign, byte order and stride, or booleans, read without a copy;
        or strings, UTF-8 bytes, pandas categoricals and nullable integers, Arrow arrays and dictionaries, and what has
        ``__arrow_c_stream__`` or ``__arrow_c_array__``. Floats that are all whole are read as int64 classes.
    sizes : sequence or mapping, default (0.8, 0.2)
        Fractions that sum to at most 1, or integer counts that sum to at most N. One may be None: its split gets what
        the others leave. Fractions are read as they were meant, 0.1 * 3 as 3/10, and sum to 1 if they do so within the
        precision that they were computed in, which may be that of float32. A mapping names the splits; otherwise two
        are called train and test, three train, val and test, and any other number 0, 1, ... At most 254 splits.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        The same seed gives the same split. None takes fresh entropy, and ``Splits.seed`` is the seed that was used.
    ids : array_like, shape (N,), optional
        Integers or strings that identify the examples. The split of an example then depends on its id, not on its
        position, and rows that share an id and a class stay together: they are one unit (see Notes).
    groups : array_like, shape (N,), optional
        Integers or strings, in every form that ids have. The examples of a group stay together, whatever their classes
        (see Notes). Not with ids.
    balance : {"fair", "closest"}, default "fair"
        How groups are balanced: with exact probabilities, or closer, if groups are few, with probabilities that drift.
    order : {"shuffled", "ascending"}, default "shuffled"
        The order of each index array: random, or ascending, which is faster. The split itself is random either way.
    min_per_split : int, default 0
        Minimum number of examples of each class in each non-empty split. If proportional allocation gives fewer, the
        missing examples are taken from the class's largest splits, and larger classes give them back: the sizes of the
        splits stay, unless rows share ids. With groups nothing is moved: a split that has fewer is an error.
    dtype : dtype_like, default numpy.intp
        The integer type of the index arrays.
    threads : int, optional
        By default one per CPU that this process may run on. The result does not depend on it.

    Returns
    -------
    Splits
        The index arrays, in the order of ``sizes``.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or value, a label is missing, or a class, a split or the number of units of a
        class is too small for ``min_per_split``.
    TypeError
        If an argument is of the wrong type.

    Notes
    -----
    Every cell of ``Splits.counts`` is the floor or the ceiling of its ideal, the count of the class times the size, and
    so is every column total. The rounding is random and unbiased (controlled rounding: Cox 1987; Gandhi et al. 2002):
    every example has exactly the requested probability of each split. Given the counts, all assignments are equally
    likely: examples are ranked within their class by a keyed hash of their id (permanent random numbers: Ohlsson 1995).

    Rows that share a class and an id cannot be parted. If a count would part such a unit, the whole unit goes to one
    side, drawn with the probability that keeps the expected count. Every unit then has exactly the requested
    probability of each split if the units of its class are of one size. Counts of a class deviate by less than one unit
    per cut, totals over C classes by about sqrt(C) units.

    Groups are dealt, the largest first, to equal micro-folds, each to the one that has the least of its classes; then
    groups move and swap as long as micro-folds come closer. Splits are micro-folds drawn at random: 70/20/10 are 7, 2
    and 1 of 10. So every group, whatever its size, has exactly the requested probability of each split, and the sum of
    squared deviations is, in expectation, at most that of a random assignment. Counts deviate more than without groups:
    ``Splits.report`` says how much. ``balance="closest"`` then moves groups between the splits themselves, and large
    groups go to small splits less often than requested.

    Examples
    --------
    >>> import numpy as np
    >>> import fastsplit
    >>> labels = np.repeat([3, 1, 2], [10, 100, 1000])
    >>> train, val, test = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    >>> np.bincount(labels[test])
    array([  0,  10, 100,   1])
    """
    read = read_labels(labels)
    n = len(read.values)
    names, shares = read_sizes(sizes, n)
    given_ids = read_ids(ids, n)
    minimum, balance = read_min_per_split(min_per_split), read_balance(balance)
    shuffled = read_order(order)
    index_dtype = read_dtype(dtype, n)
    workers = read_threads(threads)
    number = read_seed(seed)
    seeds = expand_seed(number)
    numbers = hashed(given_ids, workers)

    request = pipeline.Request(read, shares, seeds, numbers, minimum, workers)
    if groups is not None or balance != "fair":
        check_groups_alone(groups, ids, balance)
        made, assignment = planned(names, number, request, read_groups(groups, n), balance)
        warn_of_empty_splits(names, shares, made.splits)
        by_position = pipeline.Arrangement(index_dtype, shuffled, seeds.order, None, workers)
        return Splits(made, assignment, pipeline.index_arrays(assignment, made.counts, by_position))
    result = pipeline.run(request, assigned=True)
    arrangement = pipeline.Arrangement(index_dtype, shuffled, seeds.order, numbers, workers)
    arrays = pipeline.index_arrays(result.assignment, result.quotas, arrangement)
    plan = partial(Plan.of, names, shares, number, given_ids.kind if given_ids else None, result)
    return Splits(plan, result.assignment, arrays)
