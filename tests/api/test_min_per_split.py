"""min_per_split: kept in every class, without touching the totals of the splits."""

from fractions import Fraction

import numpy as np
import pytest
from common import SEEDS, both_implementations, is_floor_or_ceiling
from hypothesis import assume, given
from hypothesis import strategies as st

import fastsplit
from fastsplit import reference


@both_implementations
@pytest.mark.parametrize("sizes", [(94, 10), (0.9, 0.1), {"train": 52, "test": 52}, (90, 10)])
def test_large_classes_give_back_what_small_ones_take(module, sizes):
    labels = np.repeat([0, 1, 2], [100, 2, 2])
    given_sizes = list(sizes.values()) if isinstance(sizes, dict) else sizes
    for seed in range(30):
        parts = module.split(labels, sizes, seed=seed, min_per_split=1)
        for part, size in zip(parts, given_sizes, strict=True):
            assert (
                len(part) == size
                if isinstance(size, int)
                else is_floor_or_ceiling(len(part), 104 * Fraction(str(size)))
            )
        assert parts.counts[1:].tolist() == [[1, 1], [1, 1]]


@pytest.mark.filterwarnings("ignore:integer sizes are counts")
@given(
    st.lists(st.integers(3, 40), min_size=1, max_size=12),
    st.lists(st.integers(0, 60), min_size=1, max_size=3),
    st.integers(1, 3),
    st.booleans(),
    SEEDS,
)
def test_minimum_and_totals_are_kept_or_it_is_an_error(counts, sizes, minimum, as_counts, seed):
    n = sum(counts)
    assume(0 < sum(sizes) <= n)
    labels = np.repeat(np.arange(len(counts)), counts)
    sizes = sizes if as_counts else [Fraction(size, n + 1) for size in sizes]
    try:
        parts = fastsplit.split(labels, sizes, seed=seed, min_per_split=minimum)
    except ValueError as error:
        assert str(error).startswith(f"min_per_split={minimum} with ")
        return
    assert parts.plan == reference.plan(labels, sizes, seed=seed, min_per_split=minimum)
    assert parts.plan.totals.tolist() == counts
    for part, size, column in zip(parts, sizes, parts.counts.T, strict=True):
        assert column.min() >= (minimum if size else 0)
        assert len(part) == size if as_counts else is_floor_or_ceiling(len(part), n * size)


@both_implementations
@pytest.mark.parametrize("sizes", [(100, 4), (0.99, 0.01), (0.9, 0.03, 0.07)])
def test_a_split_too_small_for_all_classes_is_an_error_that_names_its_size(module, sizes):
    labels = np.repeat(np.arange(5), [88, 4, 4, 4, 4])
    with pytest.raises(
        ValueError, match=r"min_per_split=1 with 5 classes needs at least 5 examples in every split; a split"
    ):
        module.split(labels, sizes, seed=0, min_per_split=1)


def test_many_classes_give_back_in_proportion():
    """A thousand small classes take 1,000 examples of the test set; ten classes give 100 each."""
    labels = np.concatenate([np.repeat(np.arange(10), 10_000), np.repeat(np.arange(10, 1010), 2)])
    parts = fastsplit.split(labels, (0.9, 0.1), seed=0, min_per_split=1)
    assert (parts.counts[10:] == 1).all()
    assert np.abs(parts.counts[:10, 1] - 920).max() <= 2


@pytest.mark.parametrize("sizes", [(0.0,), (0.0, 0.0)])
def test_a_minimum_in_empty_splits_alone_is_kept(sizes):
    assert fastsplit.split([0, 1], sizes, min_per_split=2, seed=0).counts.sum() == 0
