"""hilbert: points -> their places along the Hilbert curve."""

import numpy as np
import pytest

from fastsplit.engine.hilbert import hilbert
from fastsplit.reference.hilbert import hilbert as reference_hilbert


@pytest.mark.parametrize(("axes", "bits"), [(2, 16), (3, 16), (4, 15)], ids=["2 axes", "3 axes", "4 axes"])
def test_hilbert(benchmark, axes, bits, n):
    coordinates = np.random.default_rng(0).integers(0, 2**bits, (axes, n)).astype(np.uint16)
    benchmark.group = f"hilbert, {axes} axes"
    places = benchmark(hilbert, coordinates, bits, 1)
    assert np.array_equal(places, reference_hilbert(coordinates, bits))
