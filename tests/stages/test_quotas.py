"""quotas: controlled rounding with exact margins, without bias."""

import math
from fractions import Fraction

import numpy as np
import pytest
from common import ideals, is_floor_or_ceiling, size_lists
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from uniformity import FLOOR

from fastsplit import reference
from fastsplit.engine.quotas import quotas
from fastsplit.inputs.seeds import expand_seed

RUNS = 20_000


def rounded(quotas, counts, sizes, seed, min_per_split=0):
    """Return the table of one implementation, with the rest column if the sizes sum to less than 1."""
    columns = [*sizes, 1 - sum(sizes)] if sum(sizes) < 1 else [*sizes]
    denominator = math.lcm(*(size.denominator for size in columns))
    numerators = np.array([int(size * denominator) for size in columns], dtype=np.int64)
    counts = np.array(counts, dtype=np.int64)
    return quotas(counts, numerators, denominator, len(sizes), min_per_split, expand_seed(seed).rounding)


def tables(*arguments):
    """Return the table of the kernel and that of the reference."""
    return rounded(quotas, *arguments), rounded(reference.quotas, *arguments)


@given(st.lists(st.integers(0, 60) | st.integers(0, 2**40), max_size=60), size_lists(12), st.integers(0, 2**64))
def test_cells_and_totals_are_floors_or_ceilings(counts, sizes, seed):
    table, expected = tables(counts, sizes, seed)
    assert np.array_equal(table, expected)
    assert table.sum(axis=1).tolist() == counts
    columns = [*sizes, 1 - sum(sizes)][: table.shape[1]]
    for cells, exact in zip(table.tolist(), ideals(counts, columns), strict=True):
        assert all(is_floor_or_ceiling(cell, ideal) for cell, ideal in zip(cells, exact, strict=True))
    for total, size in zip(table.sum(axis=0).tolist(), columns, strict=True):
        assert is_floor_or_ceiling(total, sum(counts) * size)


@given(
    st.lists(st.integers(0, 2**40), max_size=12),
    st.lists(st.integers(0, 2**50), min_size=2, max_size=5).filter(any),
    st.integers(0, 2**64),
)
def test_shares_with_large_denominators_are_rounded_exactly(counts, weights, seed):
    sizes = [Fraction(weight, sum(weights)) for weight in weights]
    table, expected = tables(counts, sizes, seed)
    assert np.array_equal(table, expected)
    for cells, exact in zip(table.tolist(), ideals(counts, sizes), strict=True):
        assert all(is_floor_or_ceiling(cell, ideal) for cell, ideal in zip(cells, exact, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("classes", "splits"), [(300, 254), (2000, 30), (20_000, 3)])
def test_many_classes_and_splits_equal_the_reference(classes, splits):
    rng = np.random.default_rng(splits)
    counts = rng.integers(0, 1000, classes)
    weights = rng.integers(1, 10_000, splits)
    table, expected = tables(counts, [Fraction(int(w), int(weights.sum())) for w in weights], 7)
    assert np.array_equal(table, expected)


@given(
    st.lists(st.integers(0, 30) | st.integers(10**6, 10**7), max_size=20),
    size_lists(6).filter(any),
    st.integers(1, 4) | st.integers(10**5, 10**6),
    st.integers(0, 100),
)
def test_no_split_gets_fewer_than_the_minimum(counts, sizes, least, seed):
    taking = sum(size > 0 for size in sizes)
    counts = [n for n in counts if n >= least * taking]
    table, expected = tables(counts, sizes, seed, least)
    assert np.array_equal(table, expected)
    assert table.sum(axis=1).tolist() == counts
    for cells, exact in zip(table.tolist(), ideals(counts, sizes), strict=True):
        for cell, ideal in zip(cells[: len(sizes)], exact, strict=True):
            assert cell >= (least if ideal else 0)
        if all(ideal >= least or not ideal for ideal in exact):
            assert all(is_floor_or_ceiling(cell, ideal) for cell, ideal in zip(cells, exact, strict=False))


def test_missing_examples_are_taken_from_the_largest_split():
    sizes = [Fraction(8, 10), Fraction(1, 10), Fraction(1, 10)]
    for seed in range(50):
        assert rounded(quotas, [5, 9], sizes, seed, 1).tolist()[0] == [3, 1, 1]
        assert rounded(quotas, [5, 9], sizes, seed, 1).tolist()[1] == [7, 1, 1]


def unbiased(quotas, counts, sizes):
    """Return the least p-value of all cells: each is rounded up with the probability that its ideal demands."""
    total = sum(rounded(quotas, counts, sizes, seed) for seed in range(RUNS))
    least = 1.0
    for cells, exact in zip(total.tolist(), ideals(counts, sizes), strict=True):
        for cell, ideal in zip(cells[: len(sizes)], exact, strict=True):
            floor = ideal.numerator // ideal.denominator
            least = min(least, stats.binomtest(cell - floor * RUNS, RUNS, float(ideal - floor)).pvalue)
    return least


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("counts", "sizes"),
    [([1], "1/2 1/2"), ([1, 1, 1], "7/10 2/10 1/10"), ([3, 5, 7, 2], "1/3 1/4 1/5"), ([1] * 6, "1/6 1/6 1/6 1/6 1/3")],
)
def test_rounding_is_unbiased(counts, sizes):
    assert unbiased(quotas, counts, [Fraction(size) for size in sizes.split()]) > FLOOR


@pytest.mark.statistical
def test_a_rounding_that_repeats_itself_for_one_seed_in_twenty_is_seen():
    repeated = expand_seed(0).rounding
    chosen = iter(range(RUNS))

    def biased(*arguments):
        return quotas(*arguments[:-1], arguments[-1] if next(chosen) % 20 else repeated)

    assert unbiased(biased, [1, 1, 1], [Fraction(7, 10), Fraction(2, 10), Fraction(1, 10)]) < FLOOR
