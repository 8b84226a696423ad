"""Sizes: fractions and counts are read as the exact shares that were meant; all others are refused."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from common import both_implementations

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
    ],
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
        ((0.5, "x"), TypeError, "sizes must be numbers, got str 'x'"),
        ((True, False), TypeError, "sizes must be numbers, got bool True"),
        ((0.5, math.nan), ValueError, "sizes must be finite and not negative, got nan"),
        ((0.5, math.inf), ValueError, "sizes must be finite and not negative, got inf"),
        ((0.5, -0.1), ValueError, "sizes must be finite and not negative, got -0.1"),
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
        module.kfold([0, 1], k)
