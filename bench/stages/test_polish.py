"""polish: units in folds -> the same units in folds that are closer to each other."""

import numpy as np
import pytest

from fastsplit.engine.deal import deal, weigh
from fastsplit.engine.polish import polish
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.table import Units, table
from fastsplit.engine.units import weights_of
from fastsplit.reference.polish import polish as reference_polish

PER_GROUP = 10  # examples
ROUNDS = 2
MOST_CHECKED = 1000  # units, because the reference takes a fifth of a millisecond for each


def dealt_units(n, n_classes, folds):
    """Return groups of examples of random classes, their weights, their order, and the folds they were dealt to."""
    rng, n_groups = np.random.default_rng(0), n // PER_GROUP
    unit_of = rng.integers(0, n_groups, n, dtype=np.int32)
    class_of = rng.integers(0, n_classes, n, dtype=np.int32)
    entries = table(unit_of, class_of, n_groups, n_classes)
    sizes = np.bincount(unit_of, minlength=n_groups).astype(np.int64)
    units = Units(*entries, sizes, np.arange(n_groups, dtype=np.uint64))
    weights = weights_of(np.bincount(class_of, minlength=n_classes), n, even=False)
    order = np.argsort(-weigh(units, weights), kind="stable")
    cells, fold_of = np.zeros((n_classes + 1, folds)), np.empty(n_groups, dtype=np.int32)
    deal(units, order, weights, expand_seed(0).rounding, cells, n_groups, fold_of)
    return units, weights, order, cells, fold_of


@pytest.mark.parametrize("folds", [5, 50])
@pytest.mark.parametrize("classes", [10, 100])
def test_polish(benchmark, classes, folds, n):
    seed = expand_seed(0).rounding

    def polished(polish, units, weights, order, cells, fold_of):
        cells, fold_of = cells.copy(), fold_of.copy()
        polish(units, order, weights, seed, cells, ROUNDS, True, fold_of)
        return fold_of

    benchmark.group = f"polish, {folds} folds"
    benchmark(polished, polish, *dealt_units(n // 10, classes, folds))
    few = dealt_units(min(n, MOST_CHECKED * PER_GROUP), classes, folds)
    assert np.array_equal(polished(polish, *few), polished(reference_polish, *few))
