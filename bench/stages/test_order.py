"""order: assignment -> shuffled positions of each split."""

import numpy as np
import pytest

from contenders import SIZES
from fastsplit.engine.order import order
from fastsplit.engine.seeds import expand_seed
from fastsplit.reference.order import order as reference_order


@pytest.mark.parametrize("with_ids", [False, True], ids=["positions", "ids"])
@pytest.mark.parametrize("dtype", [np.uint32, np.int64])
def test_order(benchmark, n, dtype, with_ids):
    rng, seed = np.random.default_rng(0), expand_seed(0).order
    assignment = rng.choice(len(SIZES), n, p=SIZES).astype(np.uint8)
    ids = rng.integers(0, 2**64, n, dtype=np.uint64) if with_ids else None
    benchmark.group = f"order {np.dtype(dtype).name}, {'ids' if with_ids else 'positions'}"
    arrays = benchmark(order, assignment, len(SIZES), np.dtype(dtype), seed, ids, 1)
    for split, array in enumerate(arrays):
        assert array.dtype == dtype
        assert np.array_equal(array, reference_order(np.flatnonzero(assignment == split), seed, ids))
