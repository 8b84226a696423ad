"""group: labels -> positions, class by class."""

import numpy as np

from fastsplit.engine.group import group
from fastsplit.engine.scan import scan
from fastsplit.reference.group import group as reference_group
from fastsplit.reference.scan import scan as reference_scan


def test_group(benchmark, prepared):
    strata = scan(prepared.labels, 1)
    benchmark.group = "group"
    positions, offsets = benchmark(group, strata.lookup, strata.parts, strata.cells[:, :, 0])
    classes, codes, counts = reference_scan(prepared.labels)
    assert np.array_equal(positions, reference_group(codes, len(classes)))
    assert np.array_equal(offsets, np.append(0, counts.cumsum()))
