"""The splitters of iterative-stratification, for examples of several labels: made of units, with exact sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from fastsplit.inputs.multilabel import LabelSets
from fastsplit.inputs.options import read_threads
from fastsplit.model_selection._sklearn import (
    BaseShuffleSplit,
    _BaseKFold,
    _RepeatedSplits,
    _validate_shuffle_split,
    check_random_state,
)
from fastsplit.model_selection.kfold import FoldPairs, Pair
from fastsplit.model_selection.seeds import drawn_seed
from fastsplit.multilabel import kfold_multilabel, label_sets, split_multilabel

_TEST_SIZE = 0.1  # by default, as in scikit-learn and in iterative-stratification
_DEFAULT = "default"  # iterative-stratification's word for it


class MultilabelStratifiedKFold(_BaseKFold, FoldPairs):
    """Folds of examples of several labels, with the signature of iterative-stratification.

    The folds are those of `fastsplit.kfold_multilabel`: their sizes differ by at most one, which those of
    iterative-stratification do not promise.

    Parameters
    ----------
    n_splits : int, default 3
        The number of folds.
    shuffle : bool, default False
        Whether ``random_state`` may be given, as in scikit-learn. The folds are random either way.
    random_state : int, RandomState or None, default None
        The seed. None draws one from ``numpy.random``.

    See Also
    --------
    fastsplit.kfold_multilabel : the same folds as a function.

    Examples
    --------
    >>> from fastsplit.model_selection import MultilabelStratifiedKFold
    >>> y = [[0, 0], [0, 0], [0, 1], [0, 1], [1, 1], [1, 1], [1, 0], [1, 0]]
    >>> cv = MultilabelStratifiedKFold(n_splits=2, shuffle=True, random_state=0)
    >>> for train, test in cv.split([[0]] * 8, y):
    ...     print(len(train), sum(y[i][0] for i in test), sum(y[i][1] for i in test))
    4 2 2
    4 2 2
    """

    def __init__(self, n_splits: int = 3, *, shuffle: bool = False, random_state: Any = None) -> None:
        super().__init__(n_splits=n_splits, shuffle=shuffle, random_state=random_state)

    def _folds(self, y: Any, groups: Any) -> NDArray[Any]:
        return kfold_multilabel(_read(y), self.n_splits, seed=drawn_seed(self.random_state)).assignment


class RepeatedMultilabelStratifiedKFold(_RepeatedSplits):
    """MultilabelStratifiedKFold several times, with the signature of iterative-stratification.

    Parameters
    ----------
    n_splits : int, default 5
        The number of folds.
    n_repeats : int, default 10
        How many times folds are made.
    random_state : int, RandomState or None, default None
        The seed. None draws one from ``numpy.random``.

    Examples
    --------
    >>> from fastsplit.model_selection import RepeatedMultilabelStratifiedKFold
    >>> y = [[0, 0], [0, 0], [0, 1], [0, 1], [1, 1], [1, 1], [1, 0], [1, 0]]
    >>> cv = RepeatedMultilabelStratifiedKFold(n_splits=2, n_repeats=3, random_state=0)
    >>> [len(test) for _, test in cv.split([[0]] * 8, y)]
    [4, 4, 4, 4, 4, 4]
    """

    def __init__(self, n_splits: int = 5, *, n_repeats: int = 10, random_state: Any = None) -> None:
        super().__init__(MultilabelStratifiedKFold, n_repeats=n_repeats, random_state=random_state, n_splits=n_splits)


class MultilabelStratifiedShuffleSplit(BaseShuffleSplit):
    """Independent splits of examples of several labels, with the signature of iterative-stratification.

    Each split is one of `fastsplit.split_multilabel`: both sides have exactly the sizes that scikit-learn's
    ``ShuffleSplit`` gives them. If these are fewer than all examples, the others are on no side.

    Parameters
    ----------
    n_splits : int, default 10
        The number of splits.
    test_size, train_size : float or int, optional
        The fraction or the number of examples on each side; by default, also if ``test_size`` is "default", a tenth is
        tested.
    random_state : int, RandomState or None, default None
        The seed. None draws one from ``numpy.random``.

    See Also
    --------
    fastsplit.split_multilabel : one split, of any number of sides.

    Examples
    --------
    >>> from fastsplit.model_selection import MultilabelStratifiedShuffleSplit
    >>> y = [[0, 0], [0, 0], [0, 1], [0, 1], [1, 1], [1, 1], [1, 0], [1, 0]]
    >>> cv = MultilabelStratifiedShuffleSplit(n_splits=3, test_size=0.25, random_state=0)
    >>> [(len(train), len(test)) for train, test in cv.split([[0]] * 8, y)]
    [(6, 2), (6, 2), (6, 2)]
    """

    def __init__(
        self, n_splits: int = 10, *, test_size: Any = _DEFAULT, train_size: Any = None, random_state: Any = None
    ) -> None:
        super().__init__(n_splits, test_size=test_size, train_size=train_size, random_state=random_state)

    def _iter_indices(self, X: Any, y: Any, groups: Any = None) -> Iterator[Pair]:  # noqa: N803 - scikit-learn's
        test_size = None if isinstance(self.test_size, str) and self.test_size == _DEFAULT else self.test_size
        n = X.shape[0] if hasattr(X, "shape") else len(X)
        n_train, n_test = map(int, _validate_shuffle_split(n, test_size, self.train_size, _TEST_SIZE))
        rng, read = check_random_state(self.random_state), _read(y)
        for _ in range(self.n_splits):
            train, test = split_multilabel(read, [n_train, n_test], seed=drawn_seed(rng), order="ascending")
            yield train, test


def _read(y: Any) -> LabelSets:
    """Read the labels once for all splits, under scikit-learn's name."""
    return label_sets(y, read_threads(None), "y")
