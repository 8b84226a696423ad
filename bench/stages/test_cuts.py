"""cuts: cells and quotas -> the cuts of each class."""

import numpy as np
import pytest

from fastsplit.engine.cuts import cuts
from fastsplit.reference.cuts import cuts as reference_cuts
from fastsplit.reference.scan import scan as reference_scan


@pytest.mark.parametrize("prepared", [10, 1000, 20_000], indirect=True, ids=lambda classes: f"{classes} classes")
def test_cuts(benchmark, prepared):
    """In bands if classes are few, else from all keys, collected by region."""
    quotas, ideal_cuts = prepared.quotas, prepared.shares.ideal_cuts
    benchmark.group = "cuts"
    table = benchmark(cuts, prepared.strata, quotas, prepared.keys, prepared.rule)
    classes, codes, _ = reference_scan(prepared.labels)
    minimum, seed = prepared.shares.minimum(0), prepared.seeds.rounding
    expected, expected_quotas = reference_cuts(
        codes, prepared.keys_in_numpy, quotas, ideal_cuts, minimum, seed, classes
    )
    assert np.array_equal(table[:-1], expected)
    assert np.array_equal(quotas, expected_quotas)
