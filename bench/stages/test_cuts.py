"""cuts: cells and quotas -> the cuts of each class."""

import numpy as np

from fastsplit.engine.cuts import cuts
from fastsplit.reference.cuts import cuts as reference_cuts
from fastsplit.reference.scan import scan as reference_scan


def test_cuts(benchmark, prepared):
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
