"""rank: values -> their positions in ascending order."""

import numpy as np
import pytest

from fastsplit.engine.rank import rank
from fastsplit.engine.seeds import expand_seed
from fastsplit.reference.rank import rank as reference_rank


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 1.0])
@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
def test_rank(benchmark, ties, share, n):
    rng, seed = np.random.default_rng(0), expand_seed(0).split
    values = rng.integers(0, 100, int(n * share)).astype(np.float64) if ties else rng.lognormal(size=int(n * share))
    benchmark.group = f"rank {len(values):,} values"
    assert np.array_equal(benchmark(rank, values, seed), reference_rank(values, seed))


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 1.0])
def test_numpy_lexsort(benchmark, share, n):
    """Ties are broken by random numbers, which it is given."""
    rng = np.random.default_rng(0)
    values = rng.lognormal(size=int(n * share))
    benchmark.group = f"rank {len(values):,} values"
    benchmark(np.lexsort, (rng.random(len(values)), values))
