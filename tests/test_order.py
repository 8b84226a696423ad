"""order: sorting by key is shuffling."""

import numpy as np
import pytest
from common import THREADS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fastsplit
from fastsplit import reference
from fastsplit.engine import order as stages

TYPES = [f"{order}{kind}{width}" for kind in "iu" for width in (1, 2, 4, 8) for order in "<>"]


@given(hnp.arrays(st.sampled_from(TYPES), st.integers(0, 300)), st.integers(0, 2**64), st.sampled_from(THREADS))
@pytest.mark.usefixtures("small_ranges")
def test_equals_the_reference(indices, seed, threads):
    before = indices.copy()
    shuffled = fastsplit.shuffle(indices, seed=seed, threads=threads)
    assert np.array_equal(indices, before)
    assert shuffled.dtype == indices.dtype.newbyteorder("=")
    assert np.array_equal(np.sort(shuffled), np.sort(indices))
    assert np.array_equal(shuffled, reference.shuffle(indices, seed=seed))


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("n", [1, 2, 1023, 1024, 65_536, 300_000])
def test_sizes_around_those_of_the_buckets(n, threads):
    indices = np.arange(n, dtype=np.int32) - n // 2
    assert np.array_equal(fastsplit.shuffle(indices, seed=n, threads=threads), reference.shuffle(indices, seed=n))


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("distinct", [1, 3, 1000])
def test_equal_keys_are_ordered_by_position(distinct):
    """Also where so many are equal that a bucket holds all of them."""
    rng = np.random.default_rng(0)
    positions = rng.permutation(50_000)
    ids = rng.integers(0, distinct, 50_000).astype(np.uint64)
    seed = np.array([1, 2], dtype=np.uint64)
    for threads in THREADS:
        got = stages.order_some(positions, seed, ids, 16, threads)
        assert np.array_equal(got, reference.order(positions, seed, ids))


@pytest.mark.parametrize("width", [17, 40, 50, 62])
def test_words_that_hold_few_bits_of_the_key(width):
    """The wider the positions, the more often the rest of the key must tell."""
    positions = np.random.default_rng(0).permutation(100_000)
    seed = np.array([1, 2], dtype=np.uint64)
    for ids in (None, np.arange(100_000, dtype=np.uint64)[::-1] // np.uint64(3)):
        got = stages.order_some(positions, seed, ids, width, 2)
        assert np.array_equal(got, reference.order(positions, seed, ids))


def test_the_order_depends_on_the_indices_alone():
    indices = np.arange(1000)
    shuffled = fastsplit.shuffle(indices, seed=1)
    assert np.array_equal(fastsplit.shuffle(indices[::-1], seed=1), shuffled)
    assert np.array_equal(fastsplit.shuffle(indices[100:], seed=1), shuffled[shuffled >= 100])
    assert not np.array_equal(fastsplit.shuffle(indices, seed=2), shuffled)


def test_lists():
    assert fastsplit.shuffle([], seed=0).dtype == np.intp
    assert sorted(fastsplit.shuffle([3, 1, 1, -2], seed=0).tolist()) == [-2, 1, 1, 3]
