"""StratifiedGroupShuffleSplit: `fastsplit.split` by groups, as a splitter of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

from fastsplit.model_selection._sklearn import (
    BaseShuffleSplit,
    GroupsConsumerMixin,
    _validate_shuffle_split,
    check_random_state,
)
from fastsplit.model_selection.kfold import Pair
from fastsplit.model_selection.seeds import drawn_seed
from fastsplit.splits import split


class StratifiedGroupShuffleSplit(GroupsConsumerMixin, BaseShuffleSplit):
    """Random splits that keep groups whole and classes in proportion; scikit-learn has none.

    Every split is one of `fastsplit.split`, with a seed that ``random_state`` draws. Whole groups are in the training
    or in the test set, or in neither. Every group, whatever its size, has exactly the requested probability of being
    tested; sizes count examples, and they and the share of each class are as close as groups allow.

    Parameters
    ----------
    n_splits : int, default 10
        The number of splits.
    test_size, train_size : float or int, optional
        The fraction or the number of examples on each side; one that is None is what the other leaves. By default a
        tenth is tested.
    random_state : int, RandomState or None, optional
        As in scikit-learn: with an integer, every call of ``split`` gives the same splits.

    Examples
    --------
    >>> from fastsplit.model_selection import StratifiedGroupShuffleSplit
    >>> cv = StratifiedGroupShuffleSplit(2, test_size=0.5, random_state=2)
    >>> y, groups = [0, 0, 1, 1, 0, 0, 1, 1], [1, 1, 1, 1, 2, 2, 2, 2]
    >>> for train, test in cv.split([[0]] * 8, y, groups):
    ...     print(sorted(train.tolist()), sorted(test.tolist()))
    [0, 1, 2, 3] [4, 5, 6, 7]
    [4, 5, 6, 7] [0, 1, 2, 3]
    """

    def __init__(
        self,
        n_splits: int = 10,
        *,
        test_size: float | None = None,
        train_size: float | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(n_splits, test_size=test_size, train_size=train_size, random_state=random_state)

    def _iter_indices(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Pair]:  # noqa: N803 - scikit-learn's
        for name, given in (("y", y), ("groups", groups)):
            if given is None:
                raise ValueError(f"The '{name}' parameter should not be None.")
        sizes = self._sizes(len(y))
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            train, test = split(y, sizes, groups=groups, seed=drawn_seed(rng))
            yield train, test

    def _sizes(self, n: int) -> list[Any]:
        """Return the sizes of the training and the test set of n examples: fractions if they were given as such."""
        n_train, n_test = _validate_shuffle_split(n, self.test_size, self.train_size, self._default_test_size)
        given = [self.train_size, self.test_size]
        if given == [None, None]:
            return [None, self._default_test_size]
        kinds = {isinstance(size, Integral) for size in given if size is not None}
        return given if len(kinds) == 1 else [n_train, n_test]
