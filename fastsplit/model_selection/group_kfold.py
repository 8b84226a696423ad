"""StratifiedGroupKFold: scikit-learn's greedy rule over a table of the classes in each group."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.groups import count_groups, greedy_folds
from fastsplit.model_selection._sklearn import (
    SHUFFLES_GROUPS_WITH_THEIR_ROWS,
    check_random_state,
    model_selection,
)
from fastsplit.model_selection.kfold import FoldPairs, warn_of_small_classes
from fastsplit.model_selection.strata import Strata, strata_of, target_strata, warn_of_continuous


class StratifiedGroupKFold(model_selection.StratifiedGroupKFold, FoldPairs):
    """The StratifiedGroupKFold of scikit-learn, with the same folds.

    Parameters, attributes and methods are those of ``sklearn.model_selection.StratifiedGroupKFold``, which is its base
    class. The index arrays, errors and warnings are the same, and a ``RandomState`` is left in the same state.

    Examples
    --------
    >>> from fastsplit.model_selection import StratifiedGroupKFold
    >>> y, groups = [0, 0, 0, 0, 1, 1], [1, 1, 2, 2, 3, 4]
    >>> for train, test in StratifiedGroupKFold(2).split([[0]] * 6, y, groups):
    ...     print(train, test)
    [2 3 5] [0 1 4]
    [0 1 4] [2 3 5]
    """

    def _folds(self, y: Any, groups: Any) -> NDArray[Any] | None:
        rng = check_random_state(self.random_state)
        y = np.asarray(y)
        strata = target_strata(y)
        if strata is None or self.n_splits > strata.counts.max():
            return None
        grouped = _strata_of_groups(groups)
        if grouped is None:
            return None
        n_groups, n_classes = len(grouped.offsets) - 1, len(strata.offsets) - 1
        if self.n_splits > n_groups:
            return None
        warn_of_continuous(y, strata)
        warn_of_small_classes(strata, self.n_splits)

        member = grouped.codes
        table = count_groups(member, strata.codes, n_groups, n_classes)
        shuffled = np.arange(n_groups)
        if self.shuffle:
            rng.shuffle(shuffled)
            table = table[shuffled]
        spread = np.std(table.astype(np.float64), axis=1)
        chosen = greedy_folds(table, strata.counts, self.n_splits, np.argsort(-spread, kind="stable"))
        fold_of = np.empty_like(chosen)
        fold_of[shuffled if SHUFFLES_GROUPS_WITH_THEIR_ROWS else slice(None)] = chosen
        return fold_of[member]


def _strata_of_groups(groups: Any) -> Strata | None:
    """Group the examples by their groups; None if scikit-learn's `numpy.unique` may see other groups, or none."""
    try:
        values = np.asanyarray(groups)
        if type(values) is not np.ndarray or values.ndim != 1:  # a masked array hides some
            return None
        return strata_of(values)
    except Exception:  # of objects that have no order, or any other: scikit-learn raises it, after its warnings
        return None
