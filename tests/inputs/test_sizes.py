"""Sizes: fractions and counts are read as the exact shares that were meant; all others are refused."""

import math
import re
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from common import both_implementations

import fastsplit
from fastsplit.inputs.sizes import read_sizes

ACCEPTED = "sizes must be a sequence of fractions or counts, such as (0.8, 0.2), or a mapping of names to them"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((0.7, 0.2, 0.1), "7/10 1/5 1/10"),
        ((0.1 * 3, 0.7), "3/10 7/10"),
        ((1 - 0.9, 0.9), "1/10 9/10"),
        ((1 / 3, 1 / 3, 1 / 3), "1/3 1/3 1/3"),
        ((2 / 3, 1 / 3), "2/3 1/3"),
        ((1 / 7, 6 / 7), "1/7 6/7"),
        ((np.float32(0.7), np.float32(0.3)), "7/10 3/10"),
        ((np.float32(1) / 3, np.float32(2) / 3), "1/3 2/3"),
        ((0.123456789, 0.5), "123456789/1000000000 1/2"),
        ((0.333, 0.333), "333/1000 333/1000"),
        ((Decimal("0.1"), Fraction(1, 3)), "1/10 1/3"),
        ((1, 0.0), "1 0"),
        (np.array([0.5, 0.25]), "1/2 1/4"),
        ((1e-9, 1 - 1e-9), "1/1000000000 999999999/1000000000"),
        (np.array([0.7, 0.2, 0.1], dtype=np.float32), "7/10 1/5 1/10"),
        (np.array([0.7, 0.2, 0.1], dtype=np.float16), "7/10 1/5 1/10"),
        (np.array([0.7, 0.2, 0.1], dtype=np.longdouble), "7/10 1/5 1/10"),
        (np.array([0.7, 0.2, 0.1], dtype=np.float32).tolist(), "7/10 1/5 1/10"),
        (np.array([0.7, 0.2, 0.1], dtype=np.float32).astype(float), "7/10 1/5 1/10"),
        (pd.Series([0.7, 0.2, 0.1], dtype=np.float32), "7/10 1/5 1/10"),
        (np.array([1, 2], dtype=np.float32) / np.float32(3), "1/3 2/3"),
        (np.float32([0.7, 0.2]).tolist(), "7/10 1/5"),
        # Binary fractions that somebody means are not taken for numbers of less precision.
        ((57 / 256, 199 / 256), "57/256 199/256"),
        ((57 / 256, 0.5), "57/256 1/2"),
        ((12345 / 65536, 0.25), "12345/65536 1/4"),
        ((0.5, 0.499), "1/2 499/1000"),
        ((0.7, 0.299999), "7/10 299999/1000000"),
        ((np.float32(0.7), np.float32(0.299)), "7/10 299/1000"),
        # What floating-point arithmetic leaves of 0, of either sign
        ((0.8, 0.2, 1 - 0.8 - 0.2), "4/5 1/5 0"),
        ((0.7, 0.3, 0.1 + 0.2 - 0.3), "7/10 3/10 0"),
        ((-1e-17,), "0"),
        (np.float32([0.8, 0.2, -3e-8]), "4/5 1/5 0"),
        (np.float32([0.8, 0.2, 2.0**-25]), "4/5 1/5 0"),
        # None is what the others leave
        ((None,), "1"),
        ((0.3, None), "3/10 7/10"),
        ((None, 0.3, 0.7), "0 3/10 7/10"),
        ((0.1 * 3, None, 0.2), "3/10 1/2 1/5"),
        ((30, None), "3/10 7/10"),
        ((None, 1), "99/100 1/100"),
        ((100, None), "1 0"),
        (np.array([0.25, None]), "1/4 3/4"),
        ({"test": 10, "train": None}, "1/10 9/10"),
    ],
    ids=repr,
)
def test_fractions_are_read_as_they_were_meant(sizes, expected):
    assert read_sizes(sizes, 100).shares == tuple(Fraction(size) for size in expected.split())


def test_fractions_that_no_ratio_fits_sum_to_1_all_the_same():
    rng = np.random.default_rng(0)
    for splits in (2, 3, 10, 254):
        for _ in range(20):
            sizes = rng.dirichlet(np.ones(splits))
            shares = read_sizes(sizes, 100).shares
            assert sum(shares) == 1
            assert math.lcm(*(share.denominator for share in shares)) <= 2**53
            assert max(abs(share - Fraction(size)) for share, size in zip(shares, sizes, strict=True)) < 2**-43


@pytest.mark.parametrize("convert", [np.asarray, np.ndarray.tolist, tuple, lambda w: w.astype(float)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_over_their_sum_leave_no_rest(dtype, convert):
    rng = np.random.default_rng(0)
    for _ in range(2000):
        weights = rng.random(rng.integers(2, 21)).astype(dtype)
        weights /= weights.sum()
        shares = read_sizes(convert(weights), 100).shares
        assert sum(shares) == 1
        assert min(shares) >= 0
        np.testing.assert_allclose(np.array(shares, dtype=float), weights, rtol=8 * np.finfo(dtype).eps, atol=1e-15)


@pytest.mark.parametrize("convert", [np.asarray, np.ndarray.tolist])
def test_weights_over_their_sum_leave_no_rest_in_half_precision(convert):
    rng, warned = np.random.default_rng(0), 0
    for _ in range(2000):
        weights = rng.random(rng.integers(2, 21)).astype(np.float16)
        weights /= weights.sum()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            shares = read_sizes(convert(weights), 100).shares
        warned += len(caught)
        assert sum(shares) == 1
        np.testing.assert_allclose(np.array(shares, dtype=float), weights, rtol=0.01, atol=2.0**-10)
    assert (warned > 0) == (convert is np.ndarray.tolist)


def test_sizes_that_only_seem_to_be_of_half_precision_warn_each_time():
    for _ in range(2):
        with pytest.warns(
            UserWarning, match="sizes sum to 0.999023 and seem to be rounded to half precision"
        ) as caught:
            fastsplit.split([0] * 10, (768 / 1024, 255 / 1024), seed=0)
        assert caught[0].filename == __file__


@pytest.mark.parametrize("sizes", [{"test": 10, "train": None}, {"test": 0.1, "train": None}])
@both_implementations
def test_none_is_what_the_others_leave(module, sizes):
    parts = module.split([0, 1] * 50, sizes, seed=0)
    assert parts.counts.tolist() == [[5, 45], [5, 45]]
    assert parts.names == ("test", "train")


def test_a_size_of_nothing_but_rounding_gets_no_minimum():
    parts = fastsplit.split([0] * 10, (*np.float32([0.8, 0.2]), np.float32(2.0**-25)), seed=0, min_per_split=2)
    assert parts.counts.tolist() == [[8, 2, 0]]


def test_numbers_of_which_the_ratio_would_fill_the_memory():
    assert read_sizes((Decimal("1e-10000000"), 0.5), 10).shares == (0, Fraction(1, 2))


@pytest.mark.parametrize(
    ("sizes", "kind", "message"),
    [
        (0.8, TypeError, f"{ACCEPTED}, got float 0.8"),
        ("0.8", TypeError, f"{ACCEPTED}, got str '0.8'"),
        (np.array(0.5), TypeError, f"{ACCEPTED}, got ndarray array(0.5)"),
        ((), ValueError, "sizes must describe 1 to 254 splits, got 0"),
        ([0] * 255, ValueError, "sizes must describe 1 to 254 splits, got 255"),
        ({1: 0.5}, TypeError, "sizes must be named by strings, got the name 1"),
        ((0.5, "x"), TypeError, "sizes must be numbers, or None for what the others leave, got str 'x'"),
        ((True, False), TypeError, "sizes must be numbers, or None for what the others leave, got bool True"),
        ((0.5, math.nan), ValueError, "sizes must be finite and not negative, got nan"),
        ((0.5, math.inf), ValueError, "sizes must be finite and not negative, got inf"),
        ((0.5, -0.1), ValueError, "sizes must be finite and not negative, got -0.1"),
        ((0.5, -1e-9), ValueError, "sizes must be finite and not negative, got -1e-09"),
        ((5, -1), ValueError, "sizes must be finite and not negative, got -1"),
        (
            {"a": None, "b": 0.1, "c": None},
            ValueError,
            "sizes must have at most one None, for what the others leave, got 2 of them",
        ),
        ((5, None), ValueError, "sizes given as counts must sum to at most the number of labels, 4, got 5"),
        ((0.7, 0.4, None), ValueError, "sizes given as fractions must sum to at most 1, got 0.7 + 0.4 = 1.1"),
        (np.float32([0.7, 0.3001]), ValueError, "got 0.7 + 0.3001 = 1.0001; give counts as integers"),
        (
            (0.8, 0.3),
            ValueError,
            "sizes given as fractions must sum to at most 1, got 0.8 + 0.3 = 1.1; give counts as integers",
        ),
        ((0.7, 0.2, 0.10000001), ValueError, "got 0.7 + 0.2 + 0.10000001 = 1.00000001; give counts as integers"),
        (
            (3, 2),
            ValueError,
            "sizes given as counts must sum to at most the number of labels, 4, got 5; give fractions as floats, such "
            "as 1.0",
        ),
    ],
    ids=repr,
)
@both_implementations
def test_other_sizes_are_refused(module, sizes, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        module.split([0, 1, 0, 1], sizes, seed=0)


@pytest.mark.parametrize(
    ("k", "kind", "message"),
    [
        (1, ValueError, "k must be from 2 to 32768, got 1"),
        (2**15 + 1, ValueError, "k must be from 2 to 32768, got 32769"),
        ("5", TypeError, "k must be an integer, got str '5'"),
    ],
)
@both_implementations
def test_other_numbers_of_folds_are_refused(module, k, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        module.kfold(range(100_000), k)


@pytest.mark.parametrize("ids", [None, "abc"], ids=["positions", "ids"])
@pytest.mark.parametrize("k", [4, 300])
@both_implementations
def test_more_folds_than_labels_are_refused(module, k, ids):
    with pytest.raises(ValueError, match=f"k must be at most the number of labels, 3, got {k}: some folds would be "):
        module.kfold([0, 1, 1], k, ids=ids and list(ids))


@both_implementations
@pytest.mark.parametrize("sizes", [(80, 20), {"train": 70, "val": 20, "test": 10}])
def test_counts_that_look_like_percentages_are_warned_of(module, sizes):
    with pytest.warns(UserWarning, match=r"takes 100 of 1000 examples; for percentages pass fractions, such as 0\.8$"):
        parts = module.split([0] * 1000, sizes, seed=0)
    assert sum(map(len, parts)) == 100
    assert sum(map(len, module.split([0] * 100, sizes, seed=0))) == 100
