"""StratifiedShuffleSplit and train_test_split: scikit-learn's draws, from labels that are read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from inspect import signature
from types import FunctionType
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from fastsplit.model_selection._sklearn import (
    _approximate_mode,
    _validate_shuffle_split,
    check_random_state,
    model_selection,
    validate_params,
)
from fastsplit.model_selection.kfold import Pair
from fastsplit.model_selection.strata import Strata, strata_of

Function = TypeVar("Function", bound=Callable[..., Any])


class StratifiedShuffleSplit(model_selection.StratifiedShuffleSplit):
    """The StratifiedShuffleSplit of scikit-learn, with the same splits; labels are grouped once, without sorting them.

    Parameters, attributes and methods are those of ``sklearn.model_selection.StratifiedShuffleSplit``, which is its
    base class. The index arrays, errors and warnings are the same, and a ``RandomState`` is left in the same state.

    Examples
    --------
    >>> from fastsplit.model_selection import StratifiedShuffleSplit
    >>> cv = StratifiedShuffleSplit(2, test_size=0.5, random_state=0)
    >>> for train, test in cv.split([[0]] * 4, [0, 0, 1, 1]):
    ...     print(train, test)
    [1 2] [3 0]
    [0 2] [1 3]
    """

    def _iter_indices(self, X: Any, y: Any, groups: Any = None) -> Iterator[Pair]:  # noqa: N803 - scikit-learn's
        if type(y) is not np.ndarray or X is None:
            yield from super()._iter_indices(X, y, groups)  # other array libraries, and errors
            return
        n_train, n_test = _validate_shuffle_split(len(y), self.test_size, self.train_size, self._default_test_size)
        strata = strata_of(_row_names(y) if y.ndim == 2 else y)
        counts = strata.counts
        if counts.min() < 2 or min(n_train, n_test) < len(counts):
            yield from super()._iter_indices(X, y, groups)  # raises
            return
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            yield _drawn(strata, counts, n_train, n_test, rng)


def _drawn(strata: Strata, counts: NDArray[np.int64], n_train: int, n_test: int, rng: np.random.RandomState) -> Pair:
    """Draw one split, with the numbers that scikit-learn draws, in its order."""
    in_train = _approximate_mode(counts, n_train, rng)
    in_test = _approximate_mode(counts - in_train, n_test, rng)
    order = strata.order.copy()
    for begin, end in strata.spans:
        rng.shuffle(order[begin:end])
    begins = strata.offsets[:-1]
    middles = begins + in_train
    train = _joined(order, begins, middles)
    test = _joined(order, middles, middles + in_test)
    rng.shuffle(train)
    rng.shuffle(test)
    return train, test


def _joined(order: NDArray[np.intp], begins: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.intp]:
    return np.concatenate([order[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)])


def _row_names(y: NDArray[Any]) -> NDArray[Any]:
    """Return each row as a string, as scikit-learn writes and sorts them; equal rows are written once."""
    rows, inverse = y, None
    if y.dtype.kind not in "OT":  # whose bits are addresses
        bits = np.ascontiguousarray(y).view(np.dtype((np.void, y.dtype.itemsize * y.shape[1]))).reshape(-1)
        _, first, inverse = np.unique(bits, return_index=True, return_inverse=True)
        rows = y[first]
    names = np.array([" ".join(row.astype("str")) for row in rows])
    return names if inverse is None else names[inverse]


def _finding_ours(theirs: Any) -> Any:
    """Return a copy of scikit-learn's ``train_test_split`` that finds the class above under its name."""
    inner = theirs.__wrapped__
    found = {**inner.__globals__, "StratifiedShuffleSplit": StratifiedShuffleSplit}
    copy = FunctionType(inner.__code__, found, inner.__name__, inner.__defaults__, inner.__closure__)
    copy.__kwdefaults__ = inner.__kwdefaults__
    return copy


def _validated(function: Function) -> Function:
    """Let scikit-learn check the arguments, as those of its own ``train_test_split``."""
    constraints = model_selection.train_test_split._skl_parameter_constraints
    vars(function)["__signature__"] = signature(function)  # which scikit-learn reads at every call
    return cast("Function", validate_params(constraints, prefer_skip_nested_validation=True)(function))


_train_test_split = _finding_ours(model_selection.train_test_split)


@_validated
def train_test_split(
    *arrays: Any,
    test_size: float | None = None,
    train_size: float | None = None,
    random_state: Any = None,
    shuffle: bool = True,
    stratify: Any = None,
) -> list[Any]:
    """Split arrays in two, exactly as the train_test_split of scikit-learn does.

    Parameters
    ----------
    *arrays : sequence of array_like, shape (N, ...)
        Lists, arrays, data frames, sparse matrices, tables: whatever scikit-learn slices.
    test_size, train_size : float or int, optional
        The fraction or the number of examples on each side; by default a quarter is tested.
    random_state : int, RandomState or None, optional
        As in scikit-learn.
    shuffle : bool, default True
        False cuts the examples in two where they stand, without strata.
    stratify : array_like, shape (N,) or (N, n_labels), optional
        The labels, of which each side has its share.

    Returns
    -------
    list
        The training and the test part of each array, of the same kinds as scikit-learn's.

    Raises
    ------
    ValueError, TypeError
        As scikit-learn's, with the same text.

    Examples
    --------
    >>> from fastsplit.model_selection import train_test_split
    >>> train_test_split(list("abcdef"), test_size=2, random_state=0, stratify=[0, 1, 0, 1, 0, 1])
    [['e', 'f', 'c', 'b'], ['a', 'd']]
    """
    split: list[Any] = _train_test_split(
        *arrays,
        test_size=test_size,
        train_size=train_size,
        random_state=random_state,
        shuffle=shuffle,
        stratify=stratify,
    )
    return split
