"""split_multilabel and kfold_multilabel: several labels per example -> index arrays and folds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastsplit.engine import pipeline
from fastsplit.engine.assign import narrowed
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.table import Units, table_of_matrix
from fastsplit.engine.units import MAX_MICRO_FOLDS, STAGES, Stages, UnitRequest, counts_in, split_units
from fastsplit.folds import Folds
from fastsplit.inputs.gates import warn_of_empty_folds
from fastsplit.inputs.multilabel import LabelSets, check_memory, not_binary, read_multilabel
from fastsplit.inputs.options import read_balance, read_dtype, read_order, read_threads
from fastsplit.inputs.seeds import Seeds, read_seed
from fastsplit.inputs.sizes import Shares, read_folds, read_sizes
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.splits import Splits
from fastsplit.typing import Balance, Order, SeedLike, SizesLike


class Dealt(NamedTuple):
    """Examples as units, and the split of each; the last class of the units is that of examples without labels."""

    units: Units
    totals: NDArray[np.int64]
    columns: NDArray[np.int64]


def split_multilabel(
    Y: Any,  # noqa: N803 - scikit-learn's name of a matrix of labels
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    balance: Balance = "fair",
    order: Order = "shuffled",
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Splits[MultilabelPlan]:
    """Split examples of several labels: every label keeps its share as closely as possible, and sizes are exact.

    Parameters
    ----------
    Y : array_like, sparse matrix or sequence, shape (N, L) or (N,)
        A matrix of 0 and 1 of any dtype of booleans, integers or floats: an array, a list of lists, a DataFrame, or a
        sparse matrix of SciPy in any format. Or a list with the labels of each example: lists, tuples or sets of
        strings or of integers. A label that a row repeats counts once. Examples without labels are allowed, and so are
        columns without examples. See Notes for how the two kinds of lists are told apart.
    sizes, seed, order, dtype, threads
        As for `split`.
    balance : {"fair", "closest"}, default "fair"
        "fair" gives every example exactly the requested probability of each split. "closest" then swaps examples
        between the splits: labels come closer to their shares, but probabilities drift.

    Returns
    -------
    Splits
        The index arrays, in the order of ``sizes``. ``classes`` has the numbers of the columns, or the labels,
        ascending, and ``counts`` (L, K) the number of examples with each label in each split.
        ``plan.unlabeled`` (K,) has the number of examples without labels.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or value, or it is unclear whether a list is a matrix.
    TypeError
        If an argument is of the wrong type.

    See Also
    --------
    split : one label per example.
    kfold_multilabel : folds.

    Notes
    -----
    The size of every split is the floor or the ceiling of N times the share, and counts are met exactly. Every example
    has exactly the requested probability of each split: examples are dealt to exchangeable micro-folds, rare labels
    first, each to the micro-fold that has the fewest of its labels, and only then does a random permutation say which
    split a micro-fold belongs to. Examples without labels are balanced as if they had a label of their own.

    A list is a matrix if its rows are of one length and have only 0 and 1. It has the labels of each example if a row
    is a set, if labels are strings, or if rows are of different lengths. Rows of one length with other integers may be
    either, as may rows of a single 0 or 1, so these are an error: pass sets, or an array.

    Examples
    --------
    >>> import numpy as np
    >>> import fastsplit
    >>> Y = np.array([[1, 0, 1], [1, 1, 0]] * 50)
    >>> parts = fastsplit.split_multilabel(Y, (0.7, 0.2, 0.1), seed=0)
    >>> parts.counts
    array([[70, 20, 10],
           [35, 10,  5],
           [35, 10,  5]])
    >>> parts = fastsplit.split_multilabel([["cat", "dog"], ["cat"], [], ["dog"]] * 25, seed=0)
    >>> parts.classes, parts.counts.tolist(), parts.plan.unlabeled
    (array(['cat', 'dog'], dtype=object), [[40, 10], [40, 10]], array([20,  5]))
    """
    workers = read_threads(threads)
    read = label_sets(Y, workers)
    n = len(read.starts) - 1
    names, shares = read_sizes(sizes, n, "examples")
    closest, shuffled = read_balance(balance) == "closest", read_order(order)
    index_dtype, number = read_dtype(dtype, n), read_seed(seed)
    seeds = expand_seed(number)

    made = dealt(read, shares, seeds, closest)
    assignment = narrowed(made.columns, shares)
    arrangement = pipeline.Arrangement(index_dtype, shuffled, seeds.order, None, workers)
    in_splits = np.bincount(made.columns, minlength=len(shares.numerators))[None, : len(shares)]
    arrays = pipeline.index_arrays(assignment, in_splits, arrangement)
    return Splits(plan_later(names, shares, number, read.labels, made), assignment, arrays)


def kfold_multilabel(
    Y: Any,  # noqa: N803 - scikit-learn's name
    k: int = 5,
    *,
    seed: SeedLike = None,
    order: Order = "shuffled",
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Folds[MultilabelPlan]:
    """Split examples of several labels into folds in which every label keeps its share, as closely as possible.

    Parameters
    ----------
    Y, seed, order, dtype, threads
        As for `split_multilabel`.
    k : int, default 5
        The number of folds, from 2 to 32768, and at most N.

    Returns
    -------
    Folds
        Iterates over k pairs (train, test) of index arrays, as those of `kfold`.

    Raises
    ------
    ValueError, TypeError
        As for `split_multilabel`; ValueError also if k is above the number of examples.

    Warns
    -----
    UserWarning
        If k is above the number of examples of the most frequent label: every label is then absent from some folds.

    Notes
    -----
    The sizes of two folds differ by at most one, and every example has the same probability of each fold.

    Examples
    --------
    >>> import fastsplit
    >>> folds = fastsplit.kfold_multilabel([["cat", "dog"], ["cat"], []] * 10, 5, seed=0)
    >>> [len(test) for train, test in folds]
    [6, 6, 6, 6, 6]
    >>> folds.plan.counts
    array([[4, 4, 4, 4, 4],
           [2, 2, 2, 2, 2]])
    """
    workers = read_threads(threads)
    read = label_sets(Y, workers)
    n = len(read.starts) - 1
    names, shares = read_folds(k, n, "examples")
    shuffled, index_dtype, number = read_order(order), read_dtype(dtype, n), read_seed(seed)
    seeds = expand_seed(number)

    made = dealt(read, shares, seeds, closest=False)
    warn_of_empty_folds(k, made.totals[: len(read.labels)], np.bincount(made.columns, minlength=k))
    arrangement = pipeline.Arrangement(index_dtype, shuffled, seeds.order, None, workers)
    plan = plan_later(names, shares, number, read.labels, made)
    return Folds(len(shares), plan, narrowed(made.columns, shares), arrangement)


def label_sets(given: Any, threads: int, what: str = "Y") -> LabelSets:
    """Read several labels per example; a matrix must have only 0 and 1. Errors call it ``what``."""
    read = read_multilabel(given, what)
    if isinstance(read, LabelSets):
        return read
    starts, classes, other = table_of_matrix(read, threads)
    if other >= 0:
        raise not_binary(read, other, what)
    return LabelSets(starts, classes, np.arange(read.shape[1]))


def dealt(read: LabelSets, shares: Shares, seeds: Seeds, closest: bool, stages: Stages = STAGES) -> Dealt:
    """Split examples; the class of those without labels comes after the labels, with a total of 0 if there are none."""
    starts, classes, labels = read
    n_columns = max(len(shares.numerators), min(shares.denominator, MAX_MICRO_FOLDS))
    check_memory(read, n_columns)
    empty = starts[1:] == starts[:-1]
    if empty.any():
        classes = np.insert(classes, starts[:-1][empty], np.int32(len(labels)))
        starts = starts + np.concatenate([[0], empty.cumsum()])
    n = len(starts) - 1
    one = np.ones(max(len(classes), n), dtype=np.int64)
    units = Units(starts, classes, one[: len(classes)], one[:n], np.arange(n, dtype=np.uint64))
    totals = np.bincount(classes, minlength=len(labels) + 1)
    return Dealt(units, totals, split_units(units, totals, UnitRequest(shares, seeds, True, closest), stages))


def plan_later(
    names: tuple[str, ...], shares: Shares, seed: int, labels: NDArray[Any], made: Dealt
) -> Callable[[], MultilabelPlan]:
    """Return what makes the plan when it is asked for: to count takes as long as to deal."""
    return partial(_plan_of, names, shares, seed, labels, made)


def _plan_of(names: tuple[str, ...], shares: Shares, seed: int, labels: NDArray[Any], made: Dealt) -> MultilabelPlan:
    """Count the examples with each label in each split."""
    units, totals, columns = made
    n_columns = len(shares.numerators)
    counts = counts_in(columns, units, (len(totals), n_columns))[:, : len(shares)]
    sizes = np.bincount(columns, minlength=n_columns)[: len(shares)]
    return MultilabelPlan(names, shares, seed, labels, totals[:-1], counts[:-1], sizes, counts[-1], len(columns))
