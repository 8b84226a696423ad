"""quotas: controlled rounding with exact margins, without bias."""

import math
from fractions import Fraction

import numpy as np
import pytest
from common import ideals, is_floor_or_ceiling, size_lists
from common_stages import SEED, refused
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from uniformity import FLOOR

from fastsplit import _kernels, reference
from fastsplit.engine.quotas import quotas
from fastsplit.engine.seeds import expand_seed

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


@pytest.mark.parametrize(
    "weights", [[2**62 - 2, 1], [1, 2**62 - 2], [2**61, 2**61 - 1], [2**62 - 1, 0], [1, 3, 4, 4], [3]]
)
def test_the_largest_counts_and_denominators_are_divided_exactly(weights):
    """Floors are products with shares rounded down, and one more where these lack a little of a whole number.

    A third of three is one, beside fractional cells: as a part of all of the denominator it would cost a draw.
    """
    counts = np.array([0, 1, 3, 1, 7, 6, 2**40 - 1, 2**40, 3 * 2**38, 2**62, 2**63 - 1])
    arguments = counts, np.array(weights), sum(weights), len(weights), 0, SEED
    assert np.array_equal(quotas(*arguments), reference.quotas(*arguments))


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
def test_every_split_gets_the_minimum_and_the_margins_stay(counts, sizes, minimum, seed):
    n_nonempty = sum(size > 0 for size in sizes)
    counts = [n for n in counts if n >= minimum * n_nonempty]
    smallest = min(size for size in sizes if size)
    counts.append(math.ceil((len(counts) + 1) * minimum / smallest))  # one class large enough to give back
    table, expected = tables(counts, sizes, seed, minimum)
    assert np.array_equal(table, expected)
    assert table.sum(axis=1).tolist() == counts
    for column, size in zip(table.T, sizes, strict=False):
        assert column.min() >= (minimum if size else 0)
        assert is_floor_or_ceiling(int(column.sum()), sum(counts) * size)


def test_a_minimum_that_does_not_fit_is_refused():
    for counts, sizes in [([1, 90], [1, 1]), ([5, 5, 5], [1, 9])]:
        with refused("a class or a split is too small for min_per_split=2"):
            quotas(np.array(counts), np.array(sizes), sum(sizes), 2, 2, SEED)


def test_missing_examples_are_taken_from_the_largest_split():
    sizes = [Fraction(8, 10), Fraction(1, 10), Fraction(1, 10)]
    for seed in range(50):
        table = rounded(quotas, [5, 95], sizes, seed, 1)
        assert table.tolist() == [[3, 1, 1], [77, 9, 9]]


def test_of_equally_large_splits_the_first_gives_what_another_lacks():
    sizes = [Fraction(1, 10), Fraction(4, 10), Fraction(4, 10), Fraction(1, 10)]
    for seed in range(20):
        table, expected = tables([5, 5, 90], sizes, seed, 1)
        assert np.array_equal(table, expected)
        assert table.tolist() == [[1, 1, 2, 1], [1, 1, 2, 1], [8, 38, 36, 8]]


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


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("denominator 0, 2 of 2 columns", {"q": 0}),
        ("denominator 4611686018427387904, 2 of 2 columns", {"q": 2**62}),
        ("denominator 4, 0 of 2 columns", {"n_splits": 0}),
        ("denominator 4, 3 of 2 columns", {"n_splits": 3}),
        ("len(out) is 2, expected 3", {"out": np.zeros((2, 2), dtype=np.int64)}),
        ("len(out[0]) is 3, expected 2", {"out": np.zeros((3, 3), dtype=np.int64)}),
        ("len(seed) is 1, expected 2", {"seed": SEED[:1]}),
    ],
)
def test_arguments_that_do_not_fit_are_refused(what, changed):
    counts, sizes, out = np.full(3, 7), np.array([1, 3]), np.zeros((3, 2), dtype=np.int64)
    arguments = {"counts": counts, "sizes": sizes, "q": 4, "n_splits": 2, "min_per_split": 0, "seed": SEED, "out": out}
    with refused(what):
        _kernels.quotas(**arguments | changed)
    assert not out.any()


@pytest.mark.parametrize("n_columns", [1, 2, 300])
def test_no_class_has_no_quota(n_columns):
    assert quotas(np.empty(0, np.int64), np.ones(n_columns, np.int64), n_columns, n_columns, 0, SEED).shape == (
        0,
        n_columns,
    )


def test_the_cells_of_a_call_go_on_where_the_last_block_ended():
    """A block of classes between two looks for Ctrl-C ends after 2**20 cells."""
    counts = np.random.default_rng(0).integers(0, 4, 4200)
    sizes = np.random.default_rng(1).integers(1, 5, 256)
    table = quotas(counts, sizes, int(sizes.sum()), 256, 0, SEED)
    assert np.array_equal(table.sum(axis=1), counts)
    totals = [Fraction(int(counts.sum() * size), int(sizes.sum())) for size in sizes]
    assert all(
        is_floor_or_ceiling(total, ideal) for total, ideal in zip(table.sum(axis=0).tolist(), totals, strict=True)
    )
