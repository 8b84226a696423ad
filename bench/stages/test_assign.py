"""assign: cuts -> the split of each candidate, or of every example."""

import numpy as np
import pytest

from fastsplit.engine.assign import assign, assign_candidates, with_unseen
from fastsplit.reference.assign import assign as reference_assign
from fastsplit.reference.scan import scan as reference_scan


def expected(prepared):
    _, codes, _ = reference_scan(prepared.labels)
    return reference_assign(codes, prepared.keys_in_numpy, prepared.cuts, prepared.shares.rest_column)


def test_assign_candidates(benchmark, prepared):
    if not len(prepared.strata.bands):
        pytest.skip("classes are too small for bands at this number of labels")
    benchmark.group = "assign candidates"
    assert benchmark(assign_candidates, prepared.strata, prepared.cuts, prepared.assignment)
    assert np.array_equal(prepared.assignment.array, expected(prepared))


def test_assign(benchmark, prepared):
    out, table = prepared.new_assignment(), with_unseen(prepared.cuts, prepared.shares.ideal_cuts)
    benchmark.group = "assign"
    benchmark(assign, prepared.strata.lookup, prepared.strata.parts, table, prepared.keys, out)
    assert np.array_equal(out.array, expected(prepared))
