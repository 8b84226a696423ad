"""quotas: counts of classes -> counts of classes in splits."""

import numpy as np
import pytest

from contenders import SIZES
from fastsplit.engine.quotas import quotas
from fastsplit.engine.seeds import expand_seed
from fastsplit.inputs.sizes import read_sizes
from fastsplit.reference.quotas import quotas as reference_quotas


@pytest.mark.parametrize("min_per_split", [0, 1])
@pytest.mark.parametrize("classes", [10, 1000, 27_000])
def test_quotas(benchmark, classes, min_per_split):
    counts = np.random.default_rng(0).integers(len(SIZES), 100, classes)
    shares = read_sizes(SIZES, int(counts.sum())).shares
    seed = expand_seed(0).rounding
    arguments = counts, shares.numerators, shares.denominator, len(SIZES), min_per_split, seed
    benchmark.group = f"quotas, at least {min_per_split} per split"
    table = benchmark(quotas, *arguments)
    assert np.array_equal(table, reference_quotas(*arguments))
