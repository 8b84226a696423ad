"""deal: units -> folds that have about equally many examples of each class."""

import numpy as np
import pytest

from fastsplit.engine.deal import deal, weigh
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.table import Units, table
from fastsplit.engine.units import weights_of
from fastsplit.reference.deal import deal as reference_deal

PER_GROUP = 10  # examples
MOST_CHECKED = 2000  # units, because the reference takes some ten microseconds for each


def units_of(n, n_classes):
    """Return groups of examples of random classes, their weights and their order."""
    rng, n_groups = np.random.default_rng(0), n // PER_GROUP
    unit_of = rng.integers(0, n_groups, n, dtype=np.int32)
    class_of = rng.integers(0, n_classes, n, dtype=np.int32)
    entries = table(unit_of, class_of, n_groups, n_classes)
    sizes = np.bincount(unit_of, minlength=n_groups).astype(np.int64)
    units = Units(*entries, sizes, np.arange(n_groups, dtype=np.uint64))
    weights = weights_of(np.bincount(class_of, minlength=n_classes), n, even=False)
    return units, weights, np.argsort(-weigh(units, weights), kind="stable")


@pytest.mark.parametrize("folds", [5, 50])
@pytest.mark.parametrize("classes", [10, 1000])
def test_deal(benchmark, classes, folds, n):
    units, weights, order = units_of(n, classes)
    seed, fold_of = expand_seed(0).rounding, np.empty(len(order), dtype=np.int32)
    benchmark.group = f"deal, {folds} folds"
    benchmark(lambda: deal(units, order, weights, seed, np.zeros((classes + 1, folds)), len(order), fold_of))
    first, expected = order[:MOST_CHECKED], np.empty_like(fold_of)  # whose folds do not depend on the units after them
    reference_deal(units, first, weights, seed, np.zeros((classes + 1, folds)), len(order), expected)
    assert np.array_equal(fold_of[first], expected[first])
