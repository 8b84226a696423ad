"""What scikit-learn's tests say of StratifiedGroupKFold holds of `fastsplit.kfold(groups=)` too, and more closely.

After ``test_stratified_group_kfold_*`` in sklearn/model_selection/tests/test_split.py.
"""

import numpy as np
import pytest
from scipy import stats
from sklearn.model_selection import GroupKFold

import fastsplit

EXACT = {  # labels, groups, and the counts of the classes in every test set
    "trivial": (np.repeat([1, 0], [6, 12]), [1, 2, 3, 4, 5, 6, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], [4, 2]),
    "only approximate by scikit-learn's rule": (
        np.repeat([1, 0], [6, 12]),
        [1, 2, 3, 3, 4, 4, 1, 1, 2, 2, 3, 4, 5, 5, 5, 6, 6, 6],
        [4, 2],
    ),
    "shuffle preserves stratification": (
        np.repeat([0, 1], [12, 6]),
        [1, 1, 3, 3, 3, 4, 5, 5, 5, 5, 7, 7, 2, 2, 6, 6, 8, 8],
        [4, 2],
    ),
    "homogeneous": (np.repeat([0, 1], 6), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], [2, 2]),
    "homogeneous, of two sizes": (np.repeat([0, 1], [9, 3]), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6], [3, 1]),
}


@pytest.mark.parametrize(("labels", "groups", "expected"), EXACT.values(), ids=EXACT)
def test_groups_that_can_be_stratified_exactly_are(labels, groups, expected):
    for seed in range(100):
        for train, test in fastsplit.kfold(labels, 3, groups=groups, seed=seed):
            assert not np.intersect1d(np.array(groups)[train], np.array(groups)[test]).size
            assert np.bincount(labels[test]).tolist() == expected


@pytest.mark.parametrize("chances", [(0.4, 0.6), (0.3, 0.7), (0.2, 0.8), (0.8, 0.2)])
@pytest.mark.parametrize("n_groups", [5, 30, 70])
def test_folds_are_better_stratified_than_those_of_group_kfold(chances, n_groups):
    rng = np.random.RandomState(0)
    labels = rng.choice(2, size=1000, p=chances)
    groups = rng.choice(n_groups, 1000)

    def entropy(folds):
        return np.mean([stats.entropy(np.bincount(labels[test]) / len(test), qk=chances) for _, test in folds])

    folds = fastsplit.kfold(labels, 5, groups=groups, seed=0)
    for train, test in folds:
        assert not np.intersect1d(groups[train], groups[test]).size
    theirs = entropy(GroupKFold(5).split(labels, labels, groups))
    # Five groups make five folds, in whatever order: the same sum but for rounding.
    assert entropy(folds) <= theirs * (1 + 1e-12)
