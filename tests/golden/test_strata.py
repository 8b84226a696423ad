"""Strata stay the same: a split of them is repeated by its seed alone."""

import zlib

import numpy as np
import pytest
from common import both_implementations

SIZES = (0.7, 0.2, 0.1)
N = np.arange(1000)
Y = N * 7919 % 1009 % 50  # with ties
TWO = np.stack([Y, N * 31 % 101], axis=1)
FOUR = np.column_stack([TWO, N % 7, N * 17 % 997])


@both_implementations
def test_a_few_strata(module):
    assert module.strata([1, 0, 1, 1, 0, 2, 1, 1, 0, 1], (0.5, 0.5)).tolist() == [3, 0, 3, 4, 0, 4, 1, 2, 1, 2]


@pytest.mark.parametrize(
    ("y", "options", "checksum"),
    [
        (Y, {"sizes_or_k": SIZES}, 379073831),
        (Y, {"sizes_or_k": 5, "within": N % 3}, 2421443176),
        (Y, {"bins": 20}, 2466168175),
        (TWO, {"sizes_or_k": SIZES}, 2511240262),
        (FOUR, {"sizes_or_k": 5}, 3814973628),
    ],
    ids=["blocks", "within", "bins", "two columns", "four columns"],
)
@both_implementations
def test_many_strata_by_their_checksum(module, y, options, checksum):
    assert zlib.crc32(module.strata(y, **options).astype("<i8").tobytes()) == checksum
