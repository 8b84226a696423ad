"""StratifiedKFold and RepeatedStratifiedKFold: scikit-learn's folds, from labels that are read once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import takewhile
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastsplit.model_selection._sklearn import (
    BaseCrossValidator,
    _RepeatedSplits,
    check_random_state,
    model_selection,
)
from fastsplit.model_selection.strata import Strata, target_strata, warn_of_continuous

Pair: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp]]


_CHECKS = 4  # frames from `warn_of_small_classes` up to scikit-learn's checks: filters by module see scikit-learn warn
_STEPS = ("_iter_test_masks", "_iter_test_indices", "_make_test_folds", "_find_best_fold")  # of scikit-learn's k-folds


class FoldPairs(BaseCrossValidator):
    """The last step of a k-fold splitter: from the fold of each example to pairs of index arrays.

    As a base class after one of scikit-learn's it comes between the checks of scikit-learn's k-fold splitters and
    ``BaseCrossValidator.split``, in place of which it makes the pairs.
    """

    _left_to_scikit_learn = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Let scikit-learn make the folds of a subclass that replaces one of its steps: `_folds` takes none of them."""
        super().__init_subclass__(**options)
        theirs = takewhile(lambda base: base.__module__.partition(".")[0] != "fastsplit", cls.__mro__)
        cls._left_to_scikit_learn = any(step in vars(base) for base in theirs for step in _STEPS)

    def _folds(self, y: Any, groups: Any) -> NDArray[Any] | None:
        """Return the fold in which each example is tested; None if scikit-learn is to make the folds, or the error."""
        raise NotImplementedError

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Pair]:  # noqa: N803 - scikit-learn's
        """Yield the (train, test) pairs of data that scikit-learn has checked."""
        folds = None if self._left_to_scikit_learn else self._folds(y, groups)
        if folds is None:
            yield from super().split(X, y, groups)
            return
        for fold in range(self.n_splits):
            is_test = folds == fold
            yield np.flatnonzero(~is_test), np.flatnonzero(is_test)


class StratifiedKFold(model_selection.StratifiedKFold, FoldPairs):
    """The StratifiedKFold of scikit-learn, with the same folds, in time O(N + C k) instead of O(N (C + k) + N log N).

    Parameters, attributes and methods are those of ``sklearn.model_selection.StratifiedKFold``, which is its base
    class. The index arrays, errors and warnings are the same, and a ``RandomState`` is left in the same state.

    Examples
    --------
    >>> from fastsplit.model_selection import StratifiedKFold
    >>> for train, test in StratifiedKFold(3).split([[0]] * 6, [0, 1, 0, 1, 0, 1]):
    ...     print(train, test)
    [2 3 4 5] [0 1]
    [0 1 4 5] [2 3]
    [0 1 2 3] [4 5]
    """

    def _folds(self, y: Any, groups: Any) -> NDArray[Any] | None:
        rng = check_random_state(self.random_state)
        strata = self._strata(y)
        if strata is None or self.n_splits > strata.counts.max():
            return None
        warn_of_continuous(y, strata)
        warn_of_small_classes(strata, self.n_splits)
        return dealt(strata, self.n_splits, rng if self.shuffle else None)

    def _strata(self, y: Any) -> Strata | None:
        return target_strata(y)


class _Repeats(_RepeatedSplits):
    """The last step of a repeated splitter, as `FoldPairs` is of a k-fold splitter."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Pair]:  # noqa: N803 - scikit-learn's
        """Yield the (train, test) pairs of all repeats; the labels are grouped for the first repeat only."""
        rng = check_random_state(self.random_state)
        read: list[Strata | None] = []

        def once(y: Any) -> Strata | None:
            if not read:
                read.append(target_strata(y))
            return read[0]

        for _ in range(self.n_repeats):
            cv = self.cv(random_state=rng, shuffle=True, **self.cvargs)
            cv._strata = once
            yield from cv.split(X, y, groups)


class RepeatedStratifiedKFold(model_selection.RepeatedStratifiedKFold, _Repeats):
    """The RepeatedStratifiedKFold of scikit-learn, with the same folds; labels are grouped once for all repeats.

    Parameters, attributes and methods are those of ``sklearn.model_selection.RepeatedStratifiedKFold``, which is its
    base class. The index arrays, errors and warnings are the same, and a ``RandomState`` is left in the same state.

    Examples
    --------
    >>> from fastsplit.model_selection import RepeatedStratifiedKFold
    >>> cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=0)
    >>> [test.tolist() for _, test in cv.split([[0]] * 4, [0, 0, 1, 1])]
    [[1, 2], [0, 3], [0, 3], [1, 2], [0, 2], [1, 3]]
    """

    def __init__(self, *, n_splits: int = 5, n_repeats: int = 10, random_state: Any = None) -> None:
        super().__init__(n_splits=n_splits, n_repeats=n_repeats, random_state=random_state)
        self.cv = StratifiedKFold


def warn_of_small_classes(strata: Strata, k: int) -> None:
    """Warn in scikit-learn's words if a class has fewer examples than there are folds."""
    least = strata.counts.min()
    if k > least:
        warnings.warn(
            f"The least populated class in y has only {least} members, which is less than n_splits={k}.",
            UserWarning,
            stacklevel=_CHECKS,
        )


def dealt(strata: Strata, k: int, rng: np.random.RandomState | None) -> NDArray[Any]:
    """Return the fold of each example, as scikit-learn's rule has it.

    Sorted by class, in the order in which the classes first appear, example number ``i`` counts for fold ``i % k``.
    Each class has as many examples in each fold as count for it: the first of the class in fold 0, and so on, or
    shuffled by ``rng``.
    """
    order, offsets = strata
    counts = strata.counts
    appearance = np.argsort(order[offsets[:-1]])
    ends = counts[appearance].cumsum()[:, None]
    starts = ends - counts[appearance, None]
    fold = np.arange(k)
    quotas = np.empty((len(counts), k), dtype=np.intp)
    quotas[appearance] = (ends - fold + k - 1) // k - (starts - fold + k - 1) // k  # numbers of fold % k in a range
    small = np.min_scalar_type(k - 1)
    numbers = fold if rng is not None else fold.astype(small)  # NumPy shuffles intp faster than any other type
    by_class = np.tile(numbers, len(counts)).repeat(quotas.reshape(-1))
    if rng is not None:
        spans = strata.spans
        for c in appearance.tolist():
            begin, end = spans[c]
            rng.shuffle(by_class[begin:end])
    folds = np.empty(len(order), dtype=small)
    folds[order] = by_class
    return folds
