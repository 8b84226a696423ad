"""polish: moves and swaps of units, equal to the twin to the bit."""

import numpy as np
import pytest
from common_stages import SEED, on_every_cpu, refused
from common_units import FOLDS, KINDS, assert_same_bits, made_units, near_ties, unit_tables, units_of
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels
from fastsplit.engine.polish import polish
from fastsplit.reference.polish import polish as reference_polish


def table_of(units, fold_of, order, n_rows, n_folds):
    """Return what the folds have of each class and of the sizes."""
    table = np.zeros((n_rows, n_folds))
    for unit in order.tolist():
        entries = slice(units.starts[unit], units.starts[unit + 1])
        table[units.classes[entries], fold_of[unit]] += units.counts[entries]
        table[-1, fold_of[unit]] += units.sizes[unit]
    return table


def assert_equals_the_reference(units, weights, order, folds, table, rounds, moves):
    """Return the folds of both."""
    results = []
    for polished in (polish, reference_polish):
        cells, fold_of = table.copy(), folds.copy()
        polished(units, order, weights, SEED, cells, rounds, moves, fold_of)
        results.append((cells, fold_of))
    (cells, fold_of), (expected_cells, expected) = results
    assert_same_bits(fold_of, expected)
    assert_same_bits(cells, expected_cells)
    return fold_of


def random_folds(rng, units, n_folds):
    return rng.integers(0, n_folds, len(units.sizes)).astype(np.int32)


@on_every_cpu
@given(unit_tables(), st.sampled_from(FOLDS), st.integers(0, 99), st.integers(1, 60), st.booleans())
def test_folds_equal_the_reference(cpu, use_cpu, made, n_folds, seed, n_polished, moves):
    """Some units only, in any order; the folds of the others stay."""
    use_cpu(cpu)
    (units, weights), rng = made, np.random.default_rng(seed)
    order = rng.permutation(len(units.sizes))[:n_polished]
    folds = random_folds(rng, units, n_folds)
    table = table_of(units, folds, order, len(weights), n_folds)
    assert_equals_the_reference(units, weights, order, folds, table, 3, moves)


@on_every_cpu
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_folds", [2, 5, 8, 17])
@pytest.mark.parametrize("moves", [False, True])
def test_folds_of_100_units_equal_the_reference(kind, n_folds, moves, cpu, use_cpu):
    use_cpu(cpu)
    units, weights = made_units(kind, n_folds, 100, 9)
    order, folds = np.arange(100)[::-1], random_folds(np.random.default_rng(n_folds), units, n_folds)
    table = table_of(units, folds, order, len(weights), n_folds)
    assert_equals_the_reference(units, weights, order, folds, table, 6, moves)


@on_every_cpu
def test_what_is_far_from_a_target_is_polished_like_a_table(cpu, use_cpu):
    use_cpu(cpu)
    units, weights = made_units(KINDS[0], 0, 100, 6)
    rng = np.random.default_rng(0)
    folds = random_folds(rng, units, 3)
    table = table_of(units, folds, np.arange(100), 7, 3) - rng.normal(50, 50, (7, 3))
    assert_equals_the_reference(units, weights, np.arange(100), folds, table, 20, True)


@on_every_cpu
@pytest.mark.parametrize("moves", [False, True])
def test_the_last_bit_of_a_sum_decides_between_folds(moves, cpu, use_cpu):
    use_cpu(cpu)
    for seed in range(20):
        units, weights, table = near_ties(seed, 12, 5)
        folds = random_folds(np.random.default_rng(seed), units, 5)
        assert_equals_the_reference(units, weights, np.arange(12), folds, table, 2, moves)


@on_every_cpu
@pytest.mark.parametrize("seed", [85, 112, 217, 2444, 2842, 3302])
def test_the_order_of_a_sum_decides_between_swaps(seed, cpu, use_cpu):
    """Whole numbers weighted by 0.1: swaps are often equally good, and these seeds tell each other order of the sum."""
    use_cpu(cpu)
    rng = np.random.default_rng(seed)
    units = units_of(rng.integers(0, 4, (12, 4)), np.arange(12), np.zeros(12, dtype=np.int64))
    folds = random_folds(rng, units, 2)
    table = np.vstack([rng.integers(0, 9, (4, 2)), np.zeros((1, 2))]).astype(np.float64)
    assert_equals_the_reference(units, np.full(5, 0.1), np.arange(12), folds, table, 2, False)


@pytest.mark.parametrize("spare", [1, 64])
@pytest.mark.parametrize("n_folds", [2, 3, 9])
def test_folds_that_many_units_move_to_grow(n_folds, spare, monkeypatch):
    """All units begin in the last fold."""
    monkeypatch.setattr(_kernels, "_SPARE_MEMBERS", spare)
    units, weights = made_units(KINDS[0], 0, 400, 6)
    folds = np.full(400, n_folds - 1, dtype=np.int32)
    table = table_of(units, folds, np.arange(400), 7, n_folds)
    fold_of = assert_equals_the_reference(units, weights, np.arange(400), folds, table, 2, True)
    assert np.bincount(fold_of).min() > 30


@pytest.mark.parametrize("steps", [1, 3000])
def test_units_polished_in_many_calls_equal_the_reference(steps, monkeypatch):
    monkeypatch.setattr(_kernels, "_STEPS_OF_UNITS", steps)
    units, weights = made_units(KINDS[0], 0, 150, 6)
    folds = random_folds(np.random.default_rng(0), units, 5)
    table = table_of(units, folds, np.arange(150), 7, 5)
    assert_equals_the_reference(units, weights, np.arange(150), folds, table, 5, True)


def test_no_round_changes_nothing():
    units, weights = made_units(KINDS[0], 0, 50, 6)
    folds = random_folds(np.random.default_rng(0), units, 5)
    table = table_of(units, folds, np.arange(50), 7, 5)
    assert np.array_equal(assert_equals_the_reference(units, weights, np.arange(50), folds, table, 0, True), folds)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("len(folds) is 3, expected 4", {"cells": np.zeros((3, 8)), "weights": np.ones(3)}),
        ("an order that has others than the 4 units", {"order": np.array([0, 4])}),
        ("len(fold_of) is 3, expected 4", {"fold_of": np.zeros(3, np.int32)}),
        ("len(seed) is 3, expected 2", {"seed": np.zeros(3, np.uint64)}),
        ("folds from 0 to 2 of 2", {"fold_of": np.array([0, 1, 2, 0], np.int32)}),
        ("folds from -1 to 1 of 2", {"fold_of": np.array([0, 1, -1, 0], np.int32)}),
    ],
)
def test_arguments_that_do_not_fit_are_refused(what, changed):
    units, _ = made_units(KINDS[2], 0, 4, 3)
    of = {"cells": np.zeros((4, 8)), "weights": np.ones(4), "order": np.arange(4), "seed": SEED}
    of |= {"fold_of": np.zeros(4, np.int32)} | changed
    with refused(what):
        table = _kernels.FoldTable(of["cells"], of["weights"], 2)
        _kernels.polish(_kernels.UnitTable(*units, 3), table, of["order"], of["seed"], 1, True, of["fold_of"])
    assert not of["cells"].any()
