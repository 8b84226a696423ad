"""kfold: labels -> folds, and for each fold its two index arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastsplit.engine import pipeline
from fastsplit.engine.hashing import hashed
from fastsplit.engine.seeds import expand_seed
from fastsplit.group_plans import GroupPlan, planned
from fastsplit.inputs.gates import check_groups_for_folds, warn_of_empty_folds, warn_of_reordered
from fastsplit.inputs.ids import check_groups_alone, read_groups, read_ids
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import read_dtype, read_order, read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import read_folds
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.planned import P_co, Planned
from fastsplit.plans import Plan
from fastsplit.typing import Order, SeedLike

Pair: TypeAlias = tuple[NDArray[Any], NDArray[Any]]

# For each kind of plan: what folds of other data are made of, by which function, and the splitter that makes them.
_REMADE: dict[type, tuple[str, str, str]] = {
    Plan: ("labels", "kfold", "StratifiedKFold"),
    GroupPlan: ("labels and groups", "kfold", "StratifiedGroupKFold"),
    MultilabelPlan: ("labels", "kfold_multilabel", "MultilabelStratifiedKFold"),
}


class Folds(Planned[P_co]):
    """The folds of a cross-validation: iterates over (train, test) pairs of index arrays, made one at a time.

    scikit-learn takes an instance as ``cv=``.

    Attributes
    ----------
    assignment : ndarray of uint8 (uint16 above 255 folds), shape (N,)
        The fold in which each example is tested.

    Examples
    --------
    >>> import fastsplit
    >>> folds = fastsplit.kfold([0, 1] * 6, 3, seed=0, order="ascending")
    >>> train, test = folds[0]
    >>> len(folds), len(train), len(test)
    (3, 8, 4)
    """

    def __init__(
        self,
        k: int,
        plan: P_co | Callable[[], P_co],
        assignment: NDArray[Any],
        arrangement: pipeline.Arrangement,
    ) -> None:
        self._k = k
        super().__init__(plan)
        self.assignment = assignment
        self._arrangement = arrangement

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[Pair]:  # noqa: N803 - scikit-learn's
        """Iterate over the (train, test) pairs, as scikit-learn's splitters do.

        Parameters
        ----------
        X, y, groups : array_like with N rows, optional
            They are only checked: the folds were made from the labels and groups passed to `kfold`.

        Returns
        -------
        iterator of (ndarray, ndarray)
            The index arrays of the training and the test set of each fold.

        Raises
        ------
        ValueError
            If X, y or groups have another number of rows than the labels, or folds were made by groups and a row has
            another group now.

        Warns
        -----
        UserWarning
            If y are the labels in another order.
        """
        for name, data in (("X", X), ("y", y), ("groups", groups)):
            if data is not None and (n := _n_rows(data)) != len(self.assignment):
                data_of, function, splitter = _REMADE[type(self.plan)]
                raise ValueError(
                    f"{name} must have {len(self.assignment)} rows, as many as the labels these folds were made from, "
                    f"got {n}; make folds of the {data_of} of this data with fastsplit.{function}, or pass "
                    f"fastsplit.model_selection.{splitter} as cv, for nested cross-validation too"
                )
        if groups is not None and isinstance(self.plan, GroupPlan):
            labels = np.resize(self.plan.classes[:1], len(self.assignment))  # any: the groups alone decide
            moved = np.flatnonzero(self.plan.assign(labels, groups) != self.assignment)
            if len(moved):
                raise ValueError(
                    f"groups must be those that these folds were made from, in the same order: {len(moved)} rows have "
                    f"others, the first at position {moved[0]}; make folds again after rows are sorted or shuffled"
                )
        if y is not None and not isinstance(self.plan, MultilabelPlan):
            warn_of_reordered(self.plan.classes, self.plan.counts, self.assignment, y)
        return iter(self)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:  # noqa: N803 - scikit-learn's
        """Return the number of folds; the arguments are ignored, as by scikit-learn's splitters."""
        return len(self)

    def __len__(self) -> int:
        return self._k

    def __iter__(self) -> Iterator[Pair]:
        return pipeline.fold_pairs(self.assignment, len(self), self._arrangement)

    @overload
    def __getitem__(self, fold: int) -> Pair: ...
    @overload
    def __getitem__(self, fold: slice) -> tuple[Pair, ...]: ...
    def __getitem__(self, fold: int | slice) -> Pair | tuple[Pair, ...]:
        numbers = range(len(self))[fold]
        if isinstance(numbers, range):
            return tuple(self[number] for number in numbers)
        return pipeline.fold_pair(self.assignment, numbers, self._arrangement)

    def __repr__(self) -> str:
        return f"Folds({len(self)} folds of {len(self.assignment)} examples, seed={self.seed})"


def kfold(
    labels: ArrayLike,
    k: int = 5,
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    order: Order = "shuffled",
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Folds[Plan | GroupPlan]:
    """Split examples into folds in which every class keeps its share, exactly.

    Parameters
    ----------
    labels, seed, ids, groups, dtype, threads
        As for `split`.
    k : int, default 5
        The number of folds, from 2 to 32768, and at most N, or the number of groups.
    order : {"shuffled", "ascending"}, default "shuffled"
        The order of each index array: random, or ascending, which is faster. The folds are random either way.

    Returns
    -------
    Folds
        Iterates over k pairs (train, test) of index arrays. Each pair is made when it is asked for; one byte per
        example (two above 255 folds) is kept. An iteration in random order holds up to 9 bytes per example more, so
        that all examples are ordered once; a pair by number is ordered by itself.

    Raises
    ------
    ValueError, TypeError
        As for `split`; ValueError also if k is above the number of examples or of groups.

    Warns
    -----
    UserWarning
        If k is above the number of examples of the largest class: every class is then absent from some folds.

    Notes
    -----
    The notes of `split` hold for folds too. With groups, every group is tested in one fold, in each with the same
    probability, and the classes and sizes of folds are as close as groups allow.

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
    read = read_labels(labels)
    n = len(read.values)
    names, shares = read_folds(k, n)
    given_ids = read_ids(ids, n)
    shuffled = read_order(order)
    index_dtype = read_dtype(dtype, n)
    workers = read_threads(threads)
    number = read_seed(seed)
    seeds = expand_seed(number)
    numbers = hashed(given_ids, workers)

    request = pipeline.Request(read, shares, seeds, numbers, 0, workers)
    if groups is not None:
        check_groups_alone(groups, ids, "fair")
        made, assignment = planned(names, number, request, read_groups(groups, n), "fair")
        check_groups_for_folds(k, len(made.groups))
        by_position = pipeline.Arrangement(index_dtype, shuffled, seeds.order, None, workers)
        return Folds(len(shares), made, assignment, by_position)
    result = pipeline.run(request, assigned=True)
    if numbers is not None or n < len(shares) * len(result.totals):  # else a class has k examples, and so every fold
        warn_of_empty_folds(k, result.totals, result.quotas.sum(axis=0))
    plan = partial(Plan.of, names, shares, number, given_ids.kind if given_ids else None, result)
    return Folds(
        len(shares), plan, result.assignment, pipeline.Arrangement(index_dtype, shuffled, seeds.order, numbers, workers)
    )


def _n_rows(data: Any) -> int:
    """Return the number of rows of an array, a sparse matrix, a table or a list."""
    shape = getattr(data, "shape", None)
    return int(shape[0]) if shape else len(np.asarray(data) if not hasattr(data, "__len__") else data)
