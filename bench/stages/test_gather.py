"""gather: rows and positions -> the rows at these positions, against NumPy."""

import numpy as np
import pytest

from fastsplit.engine.gather import gather

COLUMNS = 32
CONTENDERS = {
    "fastsplit": lambda rows, positions: gather(rows, positions, 1),
    "NumPy": lambda rows, positions: np.take(rows, positions, axis=0),
}


@pytest.mark.parametrize("shape", [(), (COLUMNS,)], ids=["scalars", "rows"])
@pytest.mark.parametrize("contender", CONTENDERS)
def test_gather(benchmark, n, contender, shape):
    rows = np.random.default_rng(0).random((n, *shape), dtype=np.float32)
    positions = np.random.default_rng(1).permutation(n)
    benchmark.group = f"gather, shape {shape}"
    found = benchmark(CONTENDERS[contender], rows, positions)
    assert np.array_equal(found, rows[positions])
