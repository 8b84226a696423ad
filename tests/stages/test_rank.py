"""rank: positions by value, equal values by the key of the id, equal keys by position."""

import numpy as np
import pytest
from common_stages import SEED, ids_of, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine.rank import rank
from fastsplit.reference.rank import rank as reference_rank

EDGES = [0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 2.0**-1022, 1.7976931348623157e308, -1e308, np.inf, -np.inf]


def assert_equals_the_reference(values, ids=None):
    order = rank(values, SEED, ids)
    assert order.dtype == np.intp
    assert np.array_equal(order, reference_rank(values, SEED, ids))


@given(st.data(), st.lists(st.sampled_from(EDGES) | st.floats(allow_nan=False), max_size=100))
def test_positions_equal_the_reference(data, values):
    assert_equals_the_reference(np.array(values, dtype=np.float64), ids_of(data.draw, len(values)))


@pytest.mark.parametrize("n", [0, 1, 2, 1000, 100_000])
@pytest.mark.parametrize("distinct", [1, 2, 50, 2**62])
@pytest.mark.parametrize("shared", [False, True], ids=["positions", "shared ids"])
def test_ties_of_values_and_ids_equal_the_reference(n, distinct, shared):
    rng = np.random.default_rng(0)
    values = rng.normal(size=n) if distinct == 2**62 else rng.integers(-distinct, distinct, n) / 3
    assert_equals_the_reference(values, rng.integers(0, 5, n).astype(np.uint64) if shared else None)


def test_zeros_of_both_signs_are_equal():
    values = np.array([0.0, -0.0] * 500)
    assert np.array_equal(rank(values, SEED), rank(np.zeros(1000), SEED))


@pytest.mark.parametrize("digit", range(8))
def test_values_that_differ_in_a_single_byte_are_sorted_by_it(digit):
    bits = np.full(1000, 0x3FF0 << 48, dtype=np.uint64)
    bits ^= np.random.default_rng(digit).integers(0, 120 if digit == 7 else 256, 1000).astype(np.uint64) << np.uint64(
        8 * digit
    )
    values = bits.view(np.float64)
    assert_equals_the_reference(np.where(np.isnan(values), 0, values))


@pytest.mark.parametrize("block", [1, 7, 100])
@pytest.mark.parametrize("distinct", [1, 3, 40])
def test_values_sorted_in_many_calls_equal_the_reference(block, distinct, monkeypatch):
    """Runs of equal values begin and end in any call."""
    monkeypatch.setattr(_kernels, "_VALUES_PER_CALL", block)
    rng = np.random.default_rng(0)
    assert_equals_the_reference(rng.integers(0, distinct, 600).astype(np.float64))
    assert_equals_the_reference(rng.integers(0, distinct, 600) / 7, rng.integers(0, 9, 600).astype(np.uint64))


@pytest.mark.parametrize("equal", [1, 2, 127, 128, 129, 130])
def test_runs_of_equal_values_are_sorted_by_key_whatever_their_length(equal):
    values = np.repeat(np.arange(6.0), equal)[np.random.default_rng(equal).permutation(6 * equal)]
    assert_equals_the_reference(values)
    assert_equals_the_reference(values, np.zeros(6 * equal, dtype=np.uint64))


def test_values_need_not_be_contiguous():
    assert_equals_the_reference(np.random.default_rng(0).normal(size=300)[::-3])


@pytest.mark.parametrize(
    ("what", "n_ids", "n_out"), [("len(ids) is 2, expected 3", 2, 3), ("len(out) is 4, expected 3", 3, 4)]
)
def test_arguments_that_do_not_fit_are_refused(what, n_ids, n_out):
    with refused(what):
        _kernels.rank(np.zeros(3), _kernels.Keys(SEED, np.zeros(n_ids, np.uint64)), np.empty(n_out, np.int64))
