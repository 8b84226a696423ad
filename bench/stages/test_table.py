"""table: rows of units, or a matrix of zeros and ones -> how many examples of each class every unit has."""

import numpy as np
import pytest

from fastsplit.engine.table import table, table_of_matrix, tabulate
from fastsplit.inputs.labels import Labels
from fastsplit.reference import table as reference

PER_GROUP = 10  # examples


@pytest.mark.parametrize("classes", [10, 1000])
def test_table(benchmark, classes, n):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, n // PER_GROUP, n, dtype=np.int32), rng.integers(0, classes, n, dtype=np.int32)
    benchmark.group = "table"
    entries = benchmark(table, *rows, n // PER_GROUP, classes)
    for array, expected in zip(entries, reference.table(*rows, n // PER_GROUP, classes), strict=True):
        assert np.array_equal(array, expected)


@pytest.mark.parametrize("far_apart", [False, True], ids=["dense groups", "groups far apart"])
def test_tabulate(benchmark, far_apart, n):
    rng, n_groups = np.random.default_rng(0), n // PER_GROUP
    pool = rng.integers(0, 2**64, n_groups, dtype=np.uint64) if far_apart else np.arange(n_groups, dtype=np.uint64)
    labels, groups = Labels(rng.integers(0, 100, n)), pool[rng.integers(0, n_groups, n)]
    benchmark.group = "table of labels and groups"
    tabled, expected = benchmark(tabulate, labels, groups, 1), reference.tabulate(labels, groups)
    assert np.array_equal(tabled.unit_of, expected.unit_of)
    for array, of_reference in zip(tabled.units, expected.units, strict=True):
        assert np.array_equal(array, of_reference)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_table_of_matrix(benchmark, dtype, n):
    matrix = (np.random.default_rng(0).random((n // 10, 100)) < 0.05).astype(dtype)
    benchmark.group = "table of a matrix"
    entries, expected = benchmark(table_of_matrix, matrix), reference.table_of_matrix(matrix)
    assert np.array_equal(entries[0], expected[0])
    assert np.array_equal(entries[1], expected[1])
