"""emit: assignment -> ascending positions of each split."""

import numpy as np
import pytest

from contenders import SIZES
from fastsplit.engine.emit import emit
from fastsplit.reference.emit import emit as reference_emit


@pytest.mark.parametrize("dtype", [np.uint32, np.int64])
def test_emit(benchmark, n, dtype):
    assignment = np.random.default_rng(0).choice(len(SIZES), n, p=SIZES).astype(np.uint8)
    benchmark.group = f"emit {np.dtype(dtype).name}"
    arrays = benchmark(emit, assignment, len(SIZES), np.dtype(dtype), 1)
    expected = reference_emit(assignment, len(SIZES), np.dtype(dtype))
    for array, other in zip(arrays, expected, strict=True):
        assert array.dtype == dtype
        assert np.array_equal(array, other)
