"""deal: norms and folds of units, equal to the twin to the bit."""

from fractions import Fraction

import numpy as np
import pytest
from common_stages import SEED, on_every_cpu, refused
from common_units import FOLDS, KINDS, assert_same_bits, made_units, near_ties, unit_tables
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels, memory
from fastsplit.engine.deal import deal, in_lanes, weigh
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.units import STAGES, UnitRequest, split_units
from fastsplit.inputs.sizes import Shares
from fastsplit.reference.deal import deal as reference_deal
from fastsplit.reference.deal import weigh as reference_weigh


def dealt(deal, units, order, weights, n_folds, capacity, given_table=None):
    table = np.zeros((len(weights), n_folds)) if given_table is None else given_table.copy()
    folds = np.full(len(units.sizes), -7, dtype=np.int32)
    deal(units, order, weights, SEED, table, capacity, folds)
    return table, folds


def assert_equals_the_reference(*arguments):
    table, folds = dealt(deal, *arguments)
    expected_table, expected = dealt(reference_deal, *arguments)
    assert_same_bits(folds, expected)
    assert_same_bits(table, expected_table)


@on_every_cpu
@given(unit_tables())
def test_norms_equal_the_reference(cpu, use_cpu, made):
    use_cpu(cpu)
    assert_same_bits(weigh(*made), reference_weigh(*made))


@on_every_cpu
@given(unit_tables(), st.sampled_from(FOLDS), st.integers(0, 99), st.integers(1, 60), st.booleans())
def test_folds_equal_the_reference(cpu, use_cpu, made, n_folds, seed, n_dealt, full):
    """Any units in any order, in folds that are just large enough or never full."""
    use_cpu(cpu)
    units, weights = made
    order = np.random.default_rng(seed).permutation(len(units.sizes))[:n_dealt]
    capacity = -(-len(order) // n_folds) if full else len(order)
    assert_equals_the_reference(units, order, weights, n_folds, capacity)


@on_every_cpu
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_folds", FOLDS)
def test_folds_of_500_units_equal_the_reference(kind, n_folds, cpu, use_cpu):
    use_cpu(cpu)
    units, weights = made_units(kind, n_folds, 500, 30)
    order = np.argsort(-weigh(units, weights), kind="stable")
    assert_equals_the_reference(units, order, weights, n_folds, 500)


@on_every_cpu
def test_units_are_added_to_what_folds_have_already(cpu, use_cpu):
    use_cpu(cpu)
    units, weights = made_units(KINDS[0], 0, 50, 6)
    given_table = np.random.default_rng(0).normal(0, 20, (7, 9))
    assert_equals_the_reference(units, np.arange(50), weights, 9, 50, given_table)


@on_every_cpu
@pytest.mark.parametrize("n_folds", [2, 5, 8, 17])
def test_the_last_bit_of_a_sum_decides_between_folds(n_folds, cpu, use_cpu):
    use_cpu(cpu)
    for seed in range(20):
        units, weights, given_table = near_ties(seed, 3 * n_folds, n_folds)
        assert_equals_the_reference(units, np.arange(3 * n_folds), weights, n_folds, 3 * n_folds, given_table)


@pytest.mark.parametrize("steps", [1, 1000])
def test_units_dealt_in_many_calls_equal_the_reference(steps, monkeypatch):
    monkeypatch.setattr(_kernels, "_STEPS_OF_UNITS", steps)
    units, weights = made_units(KINDS[0], 0, 300, 6)
    assert_same_bits(weigh(units, weights), reference_weigh(units, weights))
    assert_equals_the_reference(units, np.arange(300)[::-1], weights, 5, 60)


def test_a_table_in_lanes_is_filled_up_with_zeros():
    table = np.arange(1.0, 28.0).reshape(3, 9)
    assert np.array_equal(in_lanes(table), np.hstack([table, np.zeros((3, 7))]))


def test_tables_larger_than_the_free_memory_are_an_error(monkeypatch):
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "free_memory", lambda: 100)
    units = made_units(KINDS[0], 0, 50, 6)[0]
    request = UnitRequest(Shares([Fraction(1, 5)] * 5), expand_seed(0), False, False)
    with pytest.raises(MemoryError, match=r"^the table of 6 classes and 5 folds takes 0\.0 GB, more than the free"):
        split_units(units, np.ones(6, dtype=np.int64), request, STAGES)


def arguments(**changed):
    units, _ = made_units(KINDS[2], 0, 4, 3)
    given = {"units": units, "cells": np.zeros((4, 8)), "weights": np.ones(4), "n_folds": 5}
    return {**given, "order": np.arange(4), "seed": SEED, "capacity": 1, "fold_of": np.full(4, -1, np.int32), **changed}


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("0 folds in 8 columns", {"n_folds": 0}),
        ("9 folds in 8 columns", {"n_folds": 9}),
        ("8 folds in 16 columns", {"n_folds": 8, "cells": np.zeros((4, 16))}),
        ("len(weights) is 3, expected 4", {"weights": np.ones(3)}),
        ("len(folds) is 3, expected 4", {"cells": np.zeros((3, 8)), "weights": np.ones(3)}),
        ("an order that has others than the 4 units", {"order": np.array([0, 4])}),
        ("an order that has others than the 4 units", {"order": np.array([-1, 0])}),
        ("len(fold_of) is 3, expected 4", {"fold_of": np.full(3, -1, np.int32)}),
        ("len(seed) is 1, expected 2", {"seed": SEED[:1]}),
        ("4 units in 5 folds of 0", {"capacity": 0}),
        ("4 units in 3 folds of 1", {"n_folds": 3}),
        ("4 units in 3 folds of -1", {"n_folds": 3, "capacity": -1}),
    ],
)
def test_arguments_that_do_not_fit_are_refused(what, changed):
    of = arguments(**changed)
    with refused(what):
        table = _kernels.FoldTable(of["cells"], of["weights"], of["n_folds"])
        units = _kernels.UnitTable(*of["units"], 3)
        _kernels.deal(units, table, of["order"], of["seed"], of["capacity"], of["fold_of"])
    assert (of["fold_of"] == -1).all()
    assert not of["cells"].any()


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("len(starts) is 4, expected 5", {"starts": np.array([0, 1, 2, 3])}),
        ("len(counts) is 2, expected 3", {"counts": np.ones(2, np.int64)}),
        ("len(ids) is 5, expected 4", {"ids": np.zeros(5, np.uint64)}),
        ("starts from 1 to 3 of 3 entries", {"starts": np.array([1, 1, 2, 3, 3])}),
        ("starts from 0 to 4 of 3 entries", {"starts": np.array([0, 1, 2, 3, 4])}),
        ("starts that are not ascending", {"starts": np.array([0, 2, 1, 3, 3])}),
        ("starts that are not ascending, or classes outside 0:2", {"classes": np.array([0, 2, 0], np.int32)}),
        ("starts that are not ascending, or classes outside 0:2", {"classes": np.array([0, -1, 0], np.int32)}),
    ],
)
def test_units_that_do_not_fit_are_refused(what, changed):
    units = {"starts": np.array([0, 1, 2, 3, 3]), "classes": np.array([0, 1, 0], np.int32)}
    units |= {"counts": np.ones(3, np.int64), "sizes": np.ones(4, np.int64), "ids": np.zeros(4, np.uint64)}
    with refused(what):
        _kernels.UnitTable(*(units | changed).values(), 2)


@pytest.mark.parametrize(
    ("what", "weights", "norms"),
    [("len(weights) is 3, expected 4", 3, 4), ("len(norms) is 5, expected 4", 4, 5)],
)
def test_norms_of_another_number_are_refused(what, weights, norms):
    with refused(what):
        _kernels.weigh(_kernels.UnitTable(*arguments()["units"], 3), np.ones(weights), np.ones(norms))
