"""shuffle: the same indices in an order that depends on the seed and the indices alone."""

import numpy as np
import pytest
from common import THREADS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fastsplit
from fastsplit import reference

TYPES = [f"{order}{kind}{width}" for kind in "iu" for width in (1, 2, 4, 8) for order in "<>"]


@given(hnp.arrays(st.sampled_from(TYPES), st.integers(0, 300)), st.integers(0, 2**64), st.sampled_from(THREADS))
@pytest.mark.usefixtures("small_ranges")
def test_shuffles_as_the_reference_and_leaves_the_argument_alone(indices, seed, threads):
    before = indices.copy()
    shuffled = fastsplit.shuffle(indices, seed=seed, threads=threads)
    assert np.array_equal(indices, before)
    assert shuffled.dtype == indices.dtype.newbyteorder("=")
    assert np.array_equal(np.sort(shuffled), np.sort(indices))
    assert np.array_equal(shuffled, reference.shuffle(indices, seed=seed))


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("n", [1, 2, 1023, 1024, 65_536, 300_000])
def test_sizes_around_the_size_of_a_bucket_equal_the_reference(n, threads):
    indices = np.arange(n, dtype=np.int32) - n // 2
    assert np.array_equal(fastsplit.shuffle(indices, seed=n, threads=threads), reference.shuffle(indices, seed=n))


def test_the_order_depends_on_the_indices_alone():
    indices = np.arange(1000)
    shuffled = fastsplit.shuffle(indices, seed=1)
    assert np.array_equal(fastsplit.shuffle(indices[::-1], seed=1), shuffled)
    assert np.array_equal(fastsplit.shuffle(indices[100:], seed=1), shuffled[shuffled >= 100])
    assert not np.array_equal(fastsplit.shuffle(indices, seed=2), shuffled)


def test_lists_are_read_as_index_arrays():
    assert fastsplit.shuffle([], seed=0).dtype == np.intp
    assert sorted(fastsplit.shuffle([3, 1, 1, -2], seed=0).tolist()) == [-2, 1, 1, 3]


@pytest.mark.parametrize("width", [2, 4, 8])
def test_indices_may_be_unaligned(width):
    shifted = np.frombuffer(b"x" + np.arange(1000, dtype=f"i{width}").tobytes(), dtype=np.uint8)[1:].view(f"i{width}")
    assert not shifted.flags.aligned
    assert np.array_equal(fastsplit.shuffle(shifted, seed=1), fastsplit.shuffle(shifted.copy(), seed=1))
