"""What the docstring of `fastsplit.strata` promises, in exact integers."""

from fractions import Fraction
from math import lcm

import numpy as np
import pytest
from common import is_floor_or_ceiling
from hypothesis import given
from hypothesis import strategies as st

import fastsplit

SIZES = (Fraction(7, 10), Fraction(2, 10), Fraction(1, 10))


@st.composite
def sizes_of_blocks(draw):
    """Shares, with the rest of which the common denominator is at most 64."""
    q = draw(st.integers(1, 64))
    edges = sorted(draw(st.lists(st.integers(0, q), min_size=1, max_size=4)))
    parts = np.diff([0, *edges]).tolist()
    return [Fraction(part, q) for part in parts]


@st.composite
def values(draw, max_size=400):
    n, distinct = draw(st.integers(1, max_size)), draw(st.sampled_from([1, 2, 10, 2**40]))
    return np.random.default_rng(draw(st.integers(0, 99))).integers(0, distinct, n)


def denominator_of(sizes):
    return lcm(*(size.denominator for size in (*sizes, 1 - sum(sizes))))


def assert_every_prefix_is_within_the_bound(y, codes, assignment, sizes):
    """Of the i smallest values, split k has p i examples, give or take q p (1 - p)."""
    q = denominator_of(sizes)
    in_order = assignment[np.lexsort((codes, y))]
    i = np.arange(1, len(y) + 1)
    for k, size in enumerate(sizes):
        numerator = int(size * q)
        excess = np.cumsum(in_order == k) * q - i * numerator  # in units of 1 / q
        assert np.abs(excess).max(initial=0) <= numerator * (q - numerator)


@given(values(), sizes_of_blocks(), st.integers(0, 2**64))
def test_every_prefix_has_its_share_within_the_bound(y, sizes, seed):
    codes = fastsplit.strata(y, sizes)
    assignment = fastsplit.split(codes, sizes, seed=seed).assignment
    assert_every_prefix_is_within_the_bound(y, codes, assignment, sizes)


@given(values(), sizes_of_blocks(), st.integers(1, 5), st.integers(0, 2**64))
def test_every_prefix_of_every_class_has_its_share_within_the_bound(y, sizes, n_classes, seed):
    within = np.random.default_rng(seed % 100).integers(0, n_classes, len(y))
    codes = fastsplit.strata(y, sizes, within=within)
    assignment = fastsplit.split(codes, sizes, seed=seed).assignment
    for c in np.unique(within):
        of_class = within == c
        assert_every_prefix_is_within_the_bound(y[of_class], codes[of_class], assignment[of_class], sizes)


@given(values(), st.integers(2, 100), st.integers(0, 2**64))
def test_every_prefix_has_less_than_one_example_more_or_fewer_in_a_fold(y, k, seed):
    k = min(k, len(y))
    if k < 2:
        return
    codes = fastsplit.strata(y, k)
    assignment = fastsplit.kfold(codes, k, seed=seed).assignment
    in_order = assignment[np.lexsort((codes, y))]
    i = np.arange(1, len(y) + 1)
    for fold in range(k):
        assert np.abs(np.cumsum(in_order == fold) * k - i).max() <= k - 1


@pytest.mark.parametrize("n", [1000, 1009, 100_000, 1_000_000])
def test_large_data_are_within_the_bound(n):
    y = np.random.default_rng(0).lognormal(0, 1.5, n)
    codes = fastsplit.strata(y, SIZES)
    parts = fastsplit.split(codes, SIZES, seed=0)
    assert_every_prefix_is_within_the_bound(y, codes, parts.assignment, SIZES)
    for part, size in zip(parts, SIZES, strict=True):
        assert is_floor_or_ceiling(len(part), n * size)


def test_the_bound_is_reached():
    """It is the least one that holds: 2.1 examples for 70 %."""
    y = np.arange(100_000)
    assignment = fastsplit.split(fastsplit.strata(y, SIZES), SIZES, seed=0).assignment
    excess = np.cumsum(assignment == 0) * 10 - 7 * (y + 1)
    assert excess.max() == 21
    assert excess.min() == -21


@given(values(), sizes_of_blocks(), st.integers(0, 2**64))
def test_the_distribution_functions_differ_by_what_the_bound_allows(y, sizes, seed):
    """The distance of Kolmogorov and Smirnov, times the sizes: |n * X_i - i * n_k| <= n * bound, or n * (bound + 1)."""
    n, q = len(y), denominator_of(sizes)
    parts = fastsplit.split(fastsplit.strata(y, sizes), sizes, seed=seed)
    at = np.unique(y)
    below = np.searchsorted(np.sort(y), at, side="right")
    for part, size in zip(parts, sizes, strict=True):
        distance = np.abs(n * np.searchsorted(np.sort(y[part]), at, side="right") - below * len(part)).max()
        bound = q * size * (1 - size)
        assert distance <= n * bound if n % q == 0 else distance < n * (bound + 1)


@given(values(), sizes_of_blocks(), st.integers(0, 2**64))
def test_the_sizes_of_the_splits_are_floors_or_ceilings(y, sizes, seed):
    for part, size in zip(fastsplit.split(fastsplit.strata(y, sizes), sizes, seed=seed), sizes, strict=True):
        assert is_floor_or_ceiling(len(part), len(y) * size)


@st.composite
def odd_sizes(draw):
    """Shares whose common denominator is above 64."""
    parts = draw(st.lists(st.integers(1, 1000), min_size=2, max_size=6))
    rest = draw(st.sampled_from([0, 1, 500]))
    sizes = [Fraction(part, sum(parts) + rest) for part in parts]
    return sizes if denominator_of(sizes) > 64 else [Fraction(33, 80), Fraction(47, 80)]


@given(values(max_size=3000), odd_sizes(), st.integers(0, 2**64))
def test_with_odd_shares_every_prefix_is_within_a_wider_bound(y, sizes, seed):
    """It follows from the way of `split`: its rounding of ascending classes keeps sums up to any class within K - 1."""
    codes = fastsplit.strata(y, sizes)
    assignment = fastsplit.split(codes, sizes, seed=seed).assignment
    in_order = assignment[np.lexsort((codes, y))]
    i = np.arange(1, len(y) + 1)
    n_columns = len(sizes) + (sum(sizes) < 1)
    for k, size in enumerate(sizes):
        excess = np.abs(np.cumsum(in_order == k) * size.denominator - i * size.numerator).max()
        assert excess < (40 * size * (1 - size) + n_columns) * size.denominator
