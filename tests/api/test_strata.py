"""strata: blocks of neighbours in sorted values, the same as the reference's, for split and kfold."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from common import THREADS, both_implementations, size_lists
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import reference
from fastsplit.engine import parallel
from fastsplit.engine.strata import _SEED, STAGES

SIZES = (0.7, 0.2, 0.1)


def targets(d=None, max_size=300):
    """Return a strategy for values with ties or without, of d columns."""

    def make(n, distinct, seed):
        rng = np.random.default_rng(seed)
        shape = n if d is None else (n, d)
        return rng.normal(size=shape) if distinct is None else rng.integers(-distinct, distinct + 1, shape)

    return st.builds(make, st.integers(0, max_size), st.sampled_from([None, 0, 1, 10, 2**62]), st.integers(0, 99))


def is_ascending(codes, values):
    """Return whether strata are intervals of the values: of two examples, the smaller is not in a later stratum."""
    return (np.diff(values[np.lexsort((values, codes))]) >= 0).all()


@given(targets(), size_lists())
def test_a_stratum_is_a_block_of_as_many_neighbours_as_the_denominator(y, sizes):
    codes = fastsplit.strata(y, sizes)
    denominator = np.lcm.reduce([Fraction(size).denominator for size in (*sizes, 1 - sum(sizes))])
    counts = np.bincount(codes)
    q = denominator if denominator <= 64 else 40
    assert (counts[:-1] == q).all()
    assert len(counts) == -(-len(y) // q)
    assert is_ascending(codes, y)


@given(targets(), size_lists(), st.sampled_from([None, "few", "bins"]), st.integers(0, 9))
def test_one_column_equals_the_reference(y, sizes, how, seed):
    assert_equals_the_reference(y, sizes, how, seed)


@given(st.integers(2, 4).flatmap(targets), size_lists(), st.sampled_from([None, "few", "bins"]), st.integers(0, 9))
def test_several_columns_equal_the_reference(y, sizes, how, seed):
    assert_equals_the_reference(y, sizes, how, seed)


def assert_equals_the_reference(y, sizes, how, seed):
    options = {"within": np.random.default_rng(seed).integers(0, 4, len(y))} if how else {}
    if how == "bins" and len(y) >= 2:
        codes, expected = (
            module.strata(y, bins=2 + seed % (len(y) - 1), **options) for module in (fastsplit, reference)
        )
    else:
        codes, expected = (module.strata(y, sizes, **options) for module in (fastsplit, reference))
    assert codes.dtype == expected.dtype == np.int64
    assert np.array_equal(codes, expected)
    assert np.array_equal(np.unique(codes), np.arange(codes.max(initial=-1) + 1))


@pytest.mark.parametrize("n", [1000, 200_000])
def test_many_examples_equal_the_reference_on_any_number_of_threads(n, monkeypatch):
    monkeypatch.setattr(parallel, "GRAIN", 300)
    rng = np.random.default_rng(0)
    y, within = rng.lognormal(size=(n, 2)), rng.integers(0, 3, n)
    expected = reference.strata(y[:, 0], SIZES, within=within), reference.strata(y, SIZES)
    for threads in THREADS:
        assert np.array_equal(fastsplit.strata(y[:, 0], SIZES, within=within, threads=threads), expected[0])
        assert np.array_equal(fastsplit.strata(y, SIZES, threads=threads), expected[1])


@pytest.mark.parametrize(
    ("sizes_or_k", "q"),
    [
        ((0.8, 0.2), 5),
        (SIZES, 10),
        ((0.7, 0.2), 10),  # a tenth is in no split
        ({"train": 0.5, "test": None}, 2),
        ((1.0,), 1),
        ((Fraction(1, 64), Fraction(63, 64)), 64),
        ((Fraction(1, 65), Fraction(64, 65)), 40),
        ((0.123, 0.877), 40),
        ((700, 200, 100), 10),  # of 1,000
        ((750, 250), 4),
        ((701, 299), 40),
        (5, 5),
        (np.int8(5), 5),
        (100, 100),
        (np.array(SIZES), 10),
    ],
)
@both_implementations
def test_the_size_of_blocks(module, sizes_or_k, q):
    counts = np.bincount(module.strata(np.arange(1000), sizes_or_k))
    assert (counts[:-1] == q).all()
    assert 0 < counts[-1] <= q


@both_implementations
def test_by_default_blocks_suit_the_default_sizes_of_split(module):
    y = np.random.default_rng(0).normal(size=103)
    assert np.array_equal(module.strata(y), module.strata(y, (0.8, 0.2)))
    assert np.bincount(module.strata(y)).tolist() == [5] * 20 + [3]


@both_implementations
def test_strata_are_numbered_in_ascending_order(module):
    assert module.strata([30, 10, 40, 20], (0.5, 0.5)).tolist() == [1, 0, 1, 0]
    assert module.strata(-np.arange(6), 3).tolist() == [1, 1, 1, 0, 0, 0]


@both_implementations
def test_strata_inside_classes_are_numbered_class_by_class(module):
    codes = module.strata([4, 3, 2, 1, 1, 2, 3], (0.5, 0.5), within=["b", "b", "b", "a", "a", "a", "a"])
    assert codes.tolist() == [3, 2, 2, 0, 0, 1, 1]


@given(targets(), size_lists(), st.integers(1, 5))
def test_no_stratum_has_two_classes_and_all_but_one_per_class_are_full(y, sizes, n_classes):
    within = np.random.default_rng(len(y)).integers(0, n_classes, len(y))
    codes = fastsplit.strata(y, sizes, within=within)
    assert len(np.unique(np.stack([codes, within]), axis=1).T) == len(np.unique(codes))
    for c in np.unique(within):
        alone = codes[within == c]
        assert is_ascending(alone, y[within == c])
        counts = np.bincount(alone - alone.min())
        assert len(set(counts[:-1])) <= 1
        assert (counts[-1:] <= counts[:1]).all()


@both_implementations
def test_equal_values_are_in_an_order_that_is_always_the_same_and_not_that_of_their_positions(module):
    codes = module.strata(np.zeros(1000), SIZES)
    assert np.array_equal(codes, module.strata(np.ones(1000), SIZES))
    order = STAGES.rank(np.zeros(1000), _SEED)
    assert np.array_equal(codes[order], np.arange(1000) // 10)
    assert abs(np.corrcoef(codes, np.arange(1000))[0, 1]) < 0.1


@both_implementations
def test_negative_zero_is_zero(module):
    zeros = np.array([0.0, -0.0] * 50)
    assert np.array_equal(module.strata(zeros, SIZES), module.strata(np.zeros(100), SIZES))


@given(targets(), st.integers(2, 30))
def test_bins_have_about_equally_many_examples_and_keep_equal_values_together(y, bins):
    if bins > len(y):
        return
    codes = fastsplit.strata(y, bins=bins)
    assert len(np.unique(np.stack([codes.astype(float), y]), axis=1).T) == len(np.unique(y))
    assert is_ascending(codes, y)
    if len(np.unique(y)) == len(y):
        assert set(np.bincount(codes)) <= {len(y) // bins, -(-len(y) // bins)}
        assert codes.max() == bins - 1


@both_implementations
def test_bins_inside_classes(module):
    y, within = np.arange(12), [0] * 8 + [1] * 4
    assert module.strata(y, bins=2, within=within).tolist() == [0] * 4 + [1] * 4 + [2] * 2 + [3] * 2
    few = module.strata([5, 1, 2, 3], bins=3, within=["a", "b", "b", "b"])  # a class may have fewer examples than bins
    assert few.tolist() == [0, 1, 2, 3]


@both_implementations
def test_equal_values_of_two_classes_are_in_two_bins(module):
    assert module.strata([5, 5, 5, 5], bins=2, within=[0, 0, 1, 1]).tolist() == [0, 0, 1, 1]


@both_implementations
def test_a_large_tie_fills_several_bins_and_leaves_those_out(module):
    y = [0] * 70 + list(range(1, 31))
    codes = module.strata(y, bins=10)
    assert np.bincount(codes).tolist() == [70, 10, 10, 10]


def test_neighbours_along_the_curve_are_neighbours_in_every_column():
    """Blocks of ten points in the plane are no wider, in the mean, than squares of ten points; those of a curve that
    cannot tell near points apart are."""
    n = 100_000
    y = np.random.default_rng(0).random((n, 2))
    blocks = pd.DataFrame(y).groupby(fastsplit.strata(y, SIZES))
    assert (blocks.max() - blocks.min()).to_numpy().mean() < np.sqrt(10 / n)


def test_columns_matter_by_their_ranks_not_by_their_scale():
    y = np.random.default_rng(0).normal(size=(1000, 3))
    codes = fastsplit.strata(y, SIZES)
    assert np.array_equal(fastsplit.strata(np.exp(5 * y) * [1, 1e6, 1e-6], SIZES), codes)


def test_equal_rows_are_neighbours():
    y = np.random.default_rng(0).integers(0, 3, (900, 4))
    codes = fastsplit.strata(y, 5)
    of_row = np.unique(y, axis=0, return_inverse=True)[1].ravel()
    counts = np.bincount(of_row)
    for row, count in enumerate(counts):  # n neighbours touch at most ceil(n / q) + 1 blocks
        assert len(np.unique(codes[of_row == row])) <= -(-count // 5) + 1


def test_it_reads_without_changing_anything():
    y = np.random.default_rng(0).normal(size=(100, 2))
    before = y.copy()
    y.flags.writeable = False
    fastsplit.strata(y, SIZES)
    fastsplit.strata(y[:, 0], SIZES)
    assert np.array_equal(y, before)
