"""Every group, whatever its size, has exactly the requested probability of every split and fold."""

import numpy as np
import pytest
from common_groups import N_GROUPS, unequal_groups
from sklearn.model_selection import StratifiedGroupKFold

import fastsplit

SEEDS = 4000
LIMIT = 4.5  # of the worst of up to 475 |z|: random splits exceed it in one of 300 choices of the seeds

LABELS, GROUPS = unequal_groups()


def worst_z(found, runs, chances):
    """The worst deviation of the frequencies (groups, splits) in standard errors."""
    chances = np.array(chances)
    return np.abs(found - runs * chances).max(axis=0) / np.sqrt(runs * chances * (1 - chances))


def frequencies(splits_of, n_splits, runs):
    found = np.zeros((N_GROUPS, n_splits))
    for seed in range(runs):
        found[np.arange(N_GROUPS), splits_of(seed)] += 1
    return found


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [(0.7, 0.2, 0.1), (0.85, 0.15), (0.703, 0.297), (0.2,) * 5], ids=str)
def test_every_group_has_the_requested_probabilities(sizes):
    assert len(np.unique(np.bincount(GROUPS))) > 10  # very unequal sizes
    found = frequencies(lambda seed: fastsplit.plan(LABELS, sizes, groups=GROUPS, seed=seed).splits, len(sizes), SEEDS)
    assert worst_z(found, SEEDS, sizes).max() < LIMIT


@pytest.mark.slow
def test_every_group_has_the_same_probability_of_each_fold():
    found = frequencies(lambda seed: fastsplit.kfold(LABELS, 5, groups=GROUPS, seed=seed).plan.splits, 5, SEEDS)
    assert worst_z(found, SEEDS, [0.2] * 5).max() < LIMIT


def test_the_rule_of_scikit_learn_fails_the_test():
    """Its largest groups are in one fixed fold, whatever the seed."""
    _, first = np.unique(GROUPS, return_index=True)

    def folds_of_groups(seed):
        fold_of = np.empty(len(GROUPS), dtype=int)
        splitter = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        for fold, (_, test) in enumerate(splitter.split(LABELS, LABELS, GROUPS)):
            fold_of[test] = fold
        return fold_of[first]

    found = frequencies(folds_of_groups, 5, 100)
    assert worst_z(found, 100, [0.2] * 5).max() > 4 * LIMIT
    assert (found.max(axis=1) == 100).sum() >= 3


def test_closest_fails_the_test():
    """Which is why it is not the default, and why `GroupPlan.fair` is False."""
    sizes = (0.7, 0.2, 0.1)
    found = frequencies(
        lambda seed: fastsplit.plan(LABELS, sizes, groups=GROUPS, seed=seed, balance="closest").splits, 3, 400
    )
    assert worst_z(found, 400, sizes).max() > LIMIT
