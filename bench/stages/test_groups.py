"""groups: samples of groups and classes -> folds by the greedy rule."""

import numpy as np
import pytest

from fastsplit.engine.groups import count_groups, greedy_folds
from fastsplit.reference.groups import greedy_folds as reference_folds

PER_GROUP = 10  # samples
MOST_CHECKED = 300  # groups, because the reference takes milliseconds for each


@pytest.mark.parametrize("k", [5, 50])
@pytest.mark.parametrize("classes", [2, 10, 100])
def test_groups(benchmark, classes, k, n):
    rng = np.random.default_rng(0)
    n_groups = n // (5 * PER_GROUP)
    group_of = rng.integers(0, n_groups, n_groups * PER_GROUP)
    counts = count_groups(group_of, rng.integers(0, classes, len(group_of)), n_groups, classes)
    totals, order = counts.sum(axis=0), np.argsort(-np.std(counts, axis=1), kind="stable")
    benchmark.group = f"groups, {k} folds"
    folds = benchmark(greedy_folds, counts, totals, k, order)
    first = order[:MOST_CHECKED]  # whose folds do not depend on the groups after them
    expected = reference_folds(counts[first], totals, k, np.arange(len(first)))
    assert np.array_equal(folds[first], expected)
