"""scan: labels and keys -> classes, cells, and the split of nearly every example."""

import numpy as np
import pytest

from fastsplit.engine.scan import scan
from fastsplit.reference.scan import scan as reference_scan


@pytest.mark.parametrize("with_keys", [False, True], ids=["labels", "labels and keys"])
def test_scan(benchmark, prepared, with_keys):
    keyed = (prepared.keys, prepared.shares.ideal_cuts, prepared.new_assignment()) if with_keys else ()
    benchmark.group = f"scan {'labels and keys' if with_keys else 'labels'}"
    strata = benchmark(scan, prepared.labels, 1, *keyed)
    classes, _, counts = reference_scan(prepared.labels)
    assert np.array_equal(strata.classes, classes)
    assert np.array_equal(strata.counts, counts)
