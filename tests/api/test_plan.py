"""Plan: assigns as split does, moves no earlier example, and is a value: read-only, equal and hashed by its fields."""

import copy
import dataclasses
import functools
import json
import math
import pickle
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import label_arrays, size_lists
from common_labels import STRING_FORMS
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from uniformity import FLOOR, chances

import fastsplit
from fastsplit import reference
from fastsplit.engine.seeds import expand_seed

pytestmark = pytest.mark.usefixtures("either_way")


@given(label_arrays(), size_lists(), st.integers(0, 2**64))
def test_assign_gives_the_split_that_was_planned(labels, sizes, seed):
    plan = fastsplit.plan(labels, sizes, seed=seed, threads=2)
    parts = fastsplit.split(labels, sizes, seed=seed)
    assert plan == parts.plan
    assert plan == reference.plan(labels, sizes, seed=seed)
    assert np.array_equal(plan.assign(labels, threads=3), parts.assignment)


@pytest.mark.filterwarnings("ignore:labels are .*, fewer than")
@given(label_arrays(), label_arrays(), size_lists(), st.integers(0, 100))
def test_assign_of_other_labels_equals_the_reference(labels, others, sizes, seed):
    plan = fastsplit.plan(labels, sizes, seed=seed)
    assert np.array_equal(plan.assign(others), reference.assign(plan, others))


@given(label_arrays(), label_arrays(), size_lists(), st.integers(0, 100))
def test_appended_labels_do_not_change_the_split_of_earlier_ones(labels, later, sizes, seed):
    plan = fastsplit.plan(labels, sizes, seed=seed)
    both = [*labels.tolist(), *later.tolist()]
    assume(not both or max(both) < 2**63 or min(both) >= 0)
    assert np.array_equal(plan.assign(both)[: len(labels)], plan.assign(labels))


def test_a_class_that_the_plan_has_not_seen_is_split_by_the_fractions():
    plan = fastsplit.plan(np.zeros(100, dtype=int), (0.5, 0.3, 0.1), seed=0)
    for unseen in (1, -(2**40), 2**62):
        found = np.bincount(plan.assign(np.full(10_000, unseen)), minlength=256)[[0, 1, 2, 255]]
        assert stats.chisquare(found, [5000, 3000, 1000, 1000]).pvalue > FLOOR


def test_later_examples_of_a_class_of_one_can_land_in_every_split():
    assert (chances(fastsplit.plan(np.arange(5000), (0.7, 0.2, 0.1), seed=0)) > 0).all()
    found = np.bincount(fastsplit.plan([5], (0.7, 0.2, 0.1), seed=3).assign(np.full(3000, 5)), minlength=3)
    assert (found > 0).all()


def test_cuts_as_near_to_the_fraction_as_possible_would_not_be_fair():
    """In a class of one, 66 % of later examples would get a split of 70 %, which a test of fairness must see."""
    plan = fastsplit.plan(np.arange(60_000), (0.7, 0.3), seed=1)
    words = expand_seed(1).split
    keys = reference.rank_keys(words, np.arange(60_000, dtype=np.uint64)) / 2.0**64
    nearest = np.where(plan.counts[:, 0] == 1, np.maximum(keys, 0.7), np.minimum(keys, 0.7))
    z = (nearest.mean() - 0.7) / (nearest.std() / math.sqrt(len(nearest)))
    assert 2 * stats.norm.sf(abs(z)) < FLOOR


def test_splits_of_size_0_get_no_later_examples():
    for seed in range(50):
        plan = fastsplit.plan([0, 0, 1], (0.0, 0.5, 0.0, 0.5, 0.0), seed=seed)
        assert set(plan.assign([0, 1, 2] * 200)) == {1, 3}


def test_strings_for_a_plan_of_integers_are_refused_and_the_reverse():
    plan = fastsplit.plan([1, 2], seed=0)
    with pytest.raises(TypeError, match="labels must be integers, as in the plan, got strings"):
        plan.assign(["1", "2"])
    with pytest.raises(TypeError, match="labels must be strings, as in the plan, got integers"):
        fastsplit.plan(["1", "2"], seed=0).assign([1, 2])


def test_a_plan_made_with_ids_requires_ids():
    labels, ids = [0, 1] * 10, list(range(100, 120))
    plan = fastsplit.plan(labels, seed=0, ids=ids)
    for assign in (plan.assign, lambda labels: reference.assign(plan, labels)):
        with pytest.raises(ValueError, match="ids must be given, because the plan was made with ids"):
            assign(labels)


INTEGERS = {
    "list": list,
    "uint8": lambda ids: np.array(ids, dtype=np.uint8),
    "floats": lambda ids: np.array(ids, dtype=float),
    "objects": lambda ids: np.array(ids, dtype=object),
    "pandas": lambda ids: pd.Series(ids, dtype="Int64"),
    "Arrow": pa.array,
    "Arrow dictionary": lambda ids: pa.array(ids).dictionary_encode(),
}


@pytest.mark.parametrize("strings", STRING_FORMS)
@pytest.mark.parametrize("integers", INTEGERS)
def test_integers_are_refused_by_a_plan_of_string_ids_and_strings_by_one_of_integers(tmp_path, integers, strings):
    """The same numbers in another kind would be other ids, and so split otherwise without a word."""
    labels, numbers = [0, 1] * 10, list(range(100, 120))
    ids = {"integers": INTEGERS[integers](numbers), "strings": STRING_FORMS[strings]([*map(str, numbers)])}
    plans = {kind: fastsplit.plan(labels, (0.5, 0.5), seed=0, ids=ids[kind]) for kind in ids}
    for kind, other in [("integers", "strings"), ("strings", "integers")]:
        plans[kind].save(tmp_path / "plan.json")
        plan = fastsplit.Plan.load(tmp_path / "plan.json")
        assert plan == plans[kind] == reference.plan(labels, (0.5, 0.5), seed=0, ids=ids[kind])
        message = f"ids must be {kind}, as the plan was made with, got {other}"
        for call in (plan.assign, plan.split, plan.report, functools.partial(reference.assign, plan)):
            call(labels, ids[kind])
            with pytest.raises(TypeError, match=message):
                call(labels, ids[other])
        assert plan.split(labels, ids[kind]).plan.id_kind == kind
        with pytest.raises(TypeError, match=message):
            plan.moved(plans[other], labels, ids[other])


@pytest.mark.parametrize("ids", [[], ["a"], [1]])
def test_a_plan_of_no_examples_takes_ids_of_both_kinds_and_no_ids_are_of_no_kind(ids):
    plan = fastsplit.plan([], seed=0, ids=[])
    assert plan.with_ids
    assert plan == reference.plan([], seed=0, ids=pa.array([], pa.string()))
    assert len(plan.assign([0] * len(ids), ids)) == len(ids)
    for kind in ([1], ["a"]):
        assert fastsplit.plan([0], seed=0, ids=kind).assign([], []).shape == (0,)


def test_ids_of_a_plan_made_without_are_positions():
    labels = np.arange(100) % 3
    plan = fastsplit.plan(labels, seed=0)
    assert np.array_equal(plan.assign(labels[60:], ids=range(60, 100)), plan.assign(labels)[60:])


@pytest.mark.parametrize(
    "ids", [["a", "b", "c"], np.array(["a", "b", "c"]), [0, -1, 2], np.array([2**63, 1, 2], np.uint64)]
)
def test_ids_that_are_no_positions_are_refused_by_a_plan_made_without(ids):
    labels = [0, 1, 1]
    plan = fastsplit.plan(labels, seed=0)
    for assign in (plan.assign, lambda labels, ids: reference.assign(plan, labels, ids)):
        with pytest.raises(ValueError, match="ids must be positions, integers from 0 on, because the plan was made"):
            assign(labels, ids)


FIELDS = {
    "names": ("train", "val"),
    "sizes": (Fraction(7, 10), Fraction(1, 10)),
    "seed": 4,
    "with_ids": True,
    "classes": np.array([0, 2]),
    "totals": np.array([50, 51]),
    "counts": np.array([[35, 10], [35, 9]]),
    "cuts": np.array([[1, 2], [1, 3]], dtype=np.uint64),
    "id_kind": "strings",
}
ARRAYS = ["classes", "totals", "counts", "cuts"]


@pytest.fixture
def plan():
    return fastsplit.plan([0, 1] * 50, (0.7, 0.2), seed=3)


def test_plans_with_equal_fields_are_equal_and_have_equal_hashes(plan):
    same = fastsplit.Plan(**{name: copy.deepcopy(getattr(plan, name)) for name in FIELDS})
    assert same == plan
    assert hash(same) == hash(plan)
    assert {same: "found"}[plan] == "found"
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert plan != "plan"


@pytest.mark.parametrize(("name", "value"), FIELDS.items(), ids=FIELDS.keys())
def test_a_plan_with_one_other_field_is_another_plan(plan, name, value):
    assert dataclasses.replace(plan, **{name: value}) != plan


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_another_dtype_makes_another_plan(plan, name):
    other = getattr(plan, name).astype(np.int32 if name != "cuts" else np.int64)
    assert dataclasses.replace(plan, **{name: other}) != plan


@pytest.mark.parametrize("name", ARRAYS)
def test_the_arrays_of_a_plan_are_read_only(plan, name):
    array = getattr(plan, name)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = array[1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(plan, name, array)


def test_the_arrays_that_a_plan_is_made_of_stay_writeable(plan):
    arrays = {name: getattr(plan, name).copy() for name in ARRAYS}
    dataclasses.replace(plan, **arrays)
    for array in arrays.values():
        array[0] = array[1]


def test_plans_of_100_000_classes_are_compared_and_hashed_without_json(monkeypatch):
    labels = np.arange(100_000)
    one, two, other = (fastsplit.plan(labels, seed=seed) for seed in (0, 0, 1))

    def refuse(*_, **__):
        raise AssertionError("json.dumps was called")

    monkeypatch.setattr(json, "dumps", refuse)
    assert one == two
    assert hash(one) == hash(two)
    assert one != other


def test_the_repr_shows_sizes_classes_and_seed(plan):
    assert repr(plan) == "Plan(train=7/10, test=1/5; 2 classes, seed=3)"
