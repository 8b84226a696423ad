"""order: positions sorted by the key of their id; equal keys by position."""

import numpy as np
import pytest
from common import THREADS

from fastsplit import reference
from fastsplit.engine.order import order_some

SEED = np.array([1, 2], dtype=np.uint64)


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("distinct", [1, 3, 1000])
def test_equal_keys_are_ordered_by_position(distinct, threads):
    """Also if so many are equal that one bucket holds all of them."""
    rng = np.random.default_rng(0)
    positions = rng.permutation(50_000)
    ids = rng.integers(0, distinct, 50_000).astype(np.uint64)
    ordered = order_some(positions, SEED, ids, 16, threads)
    assert np.array_equal(ordered, reference.order(positions, SEED, ids))


@pytest.mark.parametrize("width", [17, 40, 50, 62])
@pytest.mark.parametrize("ids", [None, np.arange(100_000, dtype=np.uint64)[::-1] // np.uint64(3)], ids=["none", "ids"])
def test_packed_words_that_hold_few_bits_of_the_key_are_ordered_by_all_of_them(width, ids):
    """The wider the positions, the more often the bits of the key beside them are equal."""
    positions = np.random.default_rng(0).permutation(100_000)
    ordered = order_some(positions, SEED, ids, width, 2)
    assert np.array_equal(ordered, reference.order(positions, SEED, ids))
