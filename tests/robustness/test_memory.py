"""Memory: arrays that are not aligned, results that need much room, and more examples than 32 bits count."""

import numpy as np
import pytest
from common import assert_same_splits

import fastsplit


@pytest.mark.parametrize("width", [2, 4, 8])
def test_labels_and_ids_may_be_unaligned(width):
    shifted = np.frombuffer(b"x" + np.arange(1000, dtype=f"i{width}").tobytes(), dtype=np.uint8)[1:].view(f"i{width}")
    assert not shifted.flags.aligned
    expected = fastsplit.split(np.arange(1000) % 10, seed=1, ids=np.arange(1000))
    assert_same_splits(fastsplit.split(np.arange(1000) % 10, seed=1, ids=shifted), expected)
    assert np.array_equal(fastsplit.group(shifted).order, np.arange(1000))


def test_one_id_on_many_rows_whose_key_is_in_a_band():
    """All examples are candidates: many more than there is room for at first."""
    n = 400_000
    ids = np.full(n, 178_347)  # with seed 0 its key lies at the middle of all keys, where the cut is
    got = fastsplit.split(np.zeros(n, np.uint8), (0.5, 0.5), seed=0, ids=ids, order="ascending", threads=1)
    assert sorted(map(len, got)) == [0, n]


@pytest.mark.huge
def test_more_than_2_to_the_32_examples_are_split_exactly():
    n = 2**32 + 1000
    labels = np.zeros(n, dtype=np.uint8)
    labels[1::3] = 1
    labels[-1] = 2
    plan = fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)
    assignment = plan.assign(labels)
    assert plan.counts.sum() == n
    for c in range(3):
        found = [np.count_nonzero((labels == c) & (assignment == split)) for split in range(3)]
        assert found == plan.counts[c].tolist()
        assert np.abs(found - sum(found) * np.array([0.7, 0.2, 0.1])).max() < 1
    assert assignment[-1] == plan.assign(labels[-1:], ids=[n - 1])[0]
