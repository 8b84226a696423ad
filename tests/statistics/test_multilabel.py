"""Every example of several labels has exactly the requested probability of each split; a biased variant is found."""

import numpy as np
import pytest
from common_multilabel import topics

import fastsplit

RUNS = 4000
LARGEST = 4.5  # of |z|: of 3,000 examples and splits, one would be beyond by chance for one in 50 choices of the seeds


def largest_z(assignments, shares):
    """Return the largest |z| of how often an example is in a split, over all examples and splits."""
    found, runs = 0, 0
    for assignment in assignments:
        found = found + (assignment[:, None] == np.arange(len(shares)))
        runs += 1
    p = np.array(shares)
    return np.abs((found - runs * p) / np.sqrt(runs * p * (1 - p))).max()


def labels(n):
    """Rows of labels that nearly all weigh differently, so that none is drawn in another's place; some have none."""
    matrix = topics(n, 40, 5)
    matrix[:5] = False
    matrix[5:8] = True
    return matrix


@pytest.mark.parametrize("sizes", [(0.7, 0.2, 0.1), (0.85, 0.15), (0.5, 0.25)])
def test_every_example_has_the_requested_probability_of_each_split(sizes):
    matrix = labels(211)  # of which 70 % is no whole number
    splits = (fastsplit.split_multilabel(matrix, sizes, seed=seed).assignment for seed in range(RUNS))
    assert largest_z(splits, sizes) < LARGEST


def test_every_example_has_the_requested_probability_if_sizes_are_counts():
    matrix = labels(1003)
    splits = (fastsplit.split_multilabel(matrix, (700, 303), seed=seed).assignment for seed in range(RUNS))
    assert largest_z(splits, (700 / 1003, 303 / 1003)) < LARGEST


@pytest.mark.parametrize("n", [23, 212])
def test_every_example_has_the_same_probability_of_each_fold(n):
    matrix = labels(n)
    folds = (fastsplit.kfold_multilabel(matrix, 5, seed=seed).assignment for seed in range(RUNS))
    assert largest_z(folds, [0.2] * 5) < LARGEST


def test_a_variant_that_keeps_one_example_where_it_was_for_one_seed_in_ten_is_found():
    matrix = labels(40)

    def biased(seed):
        assignment = fastsplit.kfold_multilabel(matrix, 5, seed=seed).assignment
        if seed % 10 == 0:
            assignment[6] = 0
        return assignment

    assert largest_z(map(biased, range(RUNS)), [0.2] * 5) > LARGEST
