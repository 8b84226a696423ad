"""Splits of strata are as random as splits of classes; their means are close to the mean of the whole."""

import numpy as np
import pytest
import uniformity
from scipy import stats
from uniformity import FLOOR

import fastsplit

SIZES = (0.7, 0.2, 0.1)
RUNS = 20_000


def split_strata(labels, seed, sizes):
    """Return the split of each of as many examples as labels, with values that are partly equal."""
    y = np.arange(len(labels)) // 3
    return fastsplit.split(fastsplit.strata(y, sizes), sizes, seed=seed).assignment


def split_systematically(labels, seed, sizes):
    """Return the split of every tenth example from a random start: exact in every block, but blocks are alike."""
    start = np.random.default_rng(seed).integers(10)
    return np.repeat([0, 1, 2], [7, 2, 1])[(np.arange(len(labels)) + start) % 10]


def of_two_blocks(assign, runs):
    """The places of the one example of the third split in two blocks of ten are independent and equally likely."""
    labels, found = np.zeros(20), np.zeros((10, 10), dtype=int)
    codes = fastsplit.strata(np.arange(20) // 3, SIZES)
    for seed in range(runs):
        assignment = assign(labels, seed, SIZES)
        first, second = (np.flatnonzero(assignment[codes == code] == 2)[0] for code in (0, 1))
        found[first, second] += 1
    return stats.chisquare(found.ravel()).pvalue


@pytest.mark.parametrize("n", [1, 7, 20, 33])
def test_every_example_has_the_requested_probabilities(n):
    assert uniformity.of_each_example(split_strata, [n], RUNS) > FLOOR


def test_blocks_are_independent():
    assert of_two_blocks(split_strata, RUNS) > FLOOR
    assert of_two_blocks(split_systematically, RUNS) < FLOOR


def relative_spread(y, codes, runs):
    """Return the root mean square deviation of the test mean of each column from the mean, relative to random."""
    n_test = len(y) // 10
    means = [y[fastsplit.split(codes, SIZES, seed=seed)[2]].mean(axis=0) for seed in range(runs)]
    of_random = y.std(axis=0) * np.sqrt(1 / n_test - 1 / len(y))
    return np.sqrt(np.square(means - y.mean(axis=0)).mean(axis=0)) / of_random


def test_the_mean_of_a_split_is_much_closer_than_that_of_a_random_split():
    """For a normal target of 1,000 the ratio is 0.06; for four quantile bins 0.38."""
    y = np.random.default_rng(0).normal(size=1000)
    assert 0.8 < relative_spread(y, np.zeros(1000, dtype=int), 300) < 1.2
    assert relative_spread(y, fastsplit.strata(y, bins=4), 300) > 0.3
    assert relative_spread(y, fastsplit.strata(y, SIZES), 300) < 0.1


@pytest.mark.parametrize(("d", "most"), [(2, 0.06), (3, 0.25), (4, 0.45)])
def test_the_means_of_several_covariates_are_closer_than_those_of_a_random_split(d, most):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(10_000, d)) @ rng.normal(size=(d, d))  # correlated
    assert relative_spread(y, fastsplit.strata(y, SIZES), 100).max() < most
