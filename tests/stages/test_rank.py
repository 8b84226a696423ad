"""rank: positions by value, equal values by the key of the id, equal keys by position."""

import numpy as np
import pytest
from common import THREADS
from common_stages import SEED, ids_of, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine.rank import rank
from fastsplit.reference.rank import rank as reference_rank

EDGES = [0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324, 2.0**-1022, 1.7976931348623157e308, -1e308, np.inf, -np.inf]


def assert_equals_the_reference(values, ids=None, threads=1):
    order = rank(values, SEED, ids, threads)
    assert order.dtype == np.intp
    assert np.array_equal(order, reference_rank(values, SEED, ids))


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), st.lists(st.sampled_from(EDGES) | st.floats(allow_nan=False), max_size=100), st.sampled_from(THREADS))
def test_positions_equal_the_reference(data, values, threads):
    assert_equals_the_reference(np.array(values, dtype=np.float64), ids_of(data.draw, len(values)), threads)


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
def test_values_sorted_in_many_calls_equal_the_reference(block, monkeypatch):
    monkeypatch.setattr(_kernels, "_VALUES_PER_CALL", block)
    assert_equals_the_reference(np.random.default_rng(0).normal(size=300).round(1))


@pytest.mark.parametrize(
    ("what", "order"),
    [
        ("len(order) is 2, expected 3", [0, 1]),
        ("order[1] is 3, of 3 values", [0, 3, 1]),
        ("order[2] is -1, of 3 values", [0, 1, -1]),
    ],
)
def test_orders_that_do_not_fit_are_refused(what, order):
    with refused(what):
        _kernels.rank(np.zeros(3), np.array(order, dtype=np.int64))
