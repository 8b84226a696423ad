"""GroupPlan: what was planned stays, new groups get the requested probability, and the table of groups is enough."""

from dataclasses import replace

import numpy as np
import pytest
from common import THREADS, assert_same_splits
from common_groups import labels_and_groups, unequal_groups
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from uniformity import FLOOR

import fastsplit
from fastsplit.engine import whole_groups
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.table import Units
from fastsplit.engine.units import UnitRequest
from fastsplit.reference.keys import rank_keys

LABELS, GROUPS = unequal_groups()


@pytest.fixture(scope="module")
def plan():
    return fastsplit.plan(LABELS, {"train": 0.7, "val": 0.2, "test": 0.1}, groups=GROUPS, seed=5)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("groups", [GROUPS, [f"patient {g}" for g in GROUPS]], ids=["integers", "strings"])
@pytest.mark.usefixtures("either_way")
def test_a_plan_assigns_what_it_was_made_from(groups, threads):
    parts = fastsplit.split(LABELS, (0.5, 0.3), groups=groups, seed=1)
    assert np.array_equal(parts.plan.assign(LABELS, groups, threads=threads), parts.assignment)
    assert_same_splits(parts.plan.split(LABELS, groups, threads=threads), parts)


def test_later_examples_go_where_their_group_is(plan):
    before = plan.assign(LABELS, GROUPS)
    grown = plan.assign([*LABELS, 9, 9, 0], [*GROUPS, GROUPS[0], GROUPS[1], 10**6])
    assert np.array_equal(grown[:-3], before)
    assert grown[-3:-1].tolist() == before[:2].tolist()


def test_new_groups_are_split_by_their_keys_alone(plan):
    new = np.arange(1000, 51_000)
    assignment = plan.assign(np.zeros(len(new), dtype=int), new)
    keys = rank_keys(expand_seed(5).split, new.astype(np.uint64))
    assert assignment.tolist() == [sum(key > cut for cut in plan.sizes.ideal_cuts.tolist()) for key in keys.tolist()]
    expected = np.array([0.7, 0.2, 0.1]) * len(new)
    assert stats.chisquare(np.bincount(assignment), expected).pvalue > FLOOR
    some = plan.assign([0, 0], [1003, 1001])  # whatever rows are beside them
    assert some.tolist() == assignment[[3, 1]].tolist()


def test_new_groups_may_be_in_no_split():
    plan = fastsplit.plan(LABELS, (0.5, 0.0, 0.25), groups=GROUPS, seed=0)
    found = np.bincount(plan.assign(np.zeros(4000, dtype=int), np.arange(4000) + 1000))
    assert set(np.flatnonzero(found)) == {0, 2, 255}
    assert stats.chisquare(found[[0, 2, 255]], [2000, 1000, 1000]).pvalue > FLOOR


def test_a_plan_of_no_groups_splits_all_by_their_keys():
    plan = fastsplit.plan([], (0.5, 0.5), groups=[], seed=0)
    for groups in (np.arange(1000), [f"g{i}" for i in range(1000)]):
        found = np.bincount(plan.assign(np.zeros(1000, dtype=int), groups), minlength=2)
        assert stats.binomtest(int(found[0]), 1000, 0.5).pvalue > FLOOR
    assert plan.assign([], []).tolist() == []
    grown = plan.split([0, 1], ["a", "b"]).plan
    assert grown.group_kind == "strings"
    with pytest.raises(TypeError, match="groups must be strings, as the plan was made with, got integers"):
        grown.assign([0, 1], [1, 2])


def test_the_splits_of_grown_data_have_its_counts_and_its_groups(plan):
    labels, groups = np.append(LABELS, [9, 0]), np.append(GROUPS, [500, 3])
    parts = plan.split(labels, groups, order="ascending", dtype="i4")
    assert [part.dtype for part in parts] == [np.dtype("i4")] * 3
    assert parts.names == ("train", "val", "test")
    assert parts.classes.tolist() == [0, 1, 2, 3, 9]
    for k, positions in enumerate(parts):
        assert [np.count_nonzero(labels[positions] == c) for c in parts.classes] == parts.counts[:, k].tolist()
    assert parts.plan.totals.sum() == 1002
    assert set(parts.plan.groups.tolist()) - set(plan.groups.tolist()) == {500}
    assert parts.plan.largest_group == np.bincount(groups).max()
    assert np.array_equal(parts.plan.assign(labels, groups), parts.assignment)


def test_the_report_of_grown_data_says_how_far_classes_have_drifted(plan):
    labels, groups = np.append(LABELS, [9] * 10), np.append(GROUPS, np.arange(500, 510))
    drift = plan.report(labels, groups)
    assert drift.new.tolist() == [0, 0, 0, 0, 10]
    assert str(drift).startswith("1,010 examples, 10 new; 5 classes, 1 new; seed 5\n")
    assert drift.plan.counts[-1].sum() == 10


@pytest.mark.parametrize(
    ("labels", "groups", "kind", "message"),
    [
        ([0], ["a"], TypeError, "groups must be integers, as the plan was made with, got strings"),
        (["a"], [0], TypeError, "labels must be integers, as in the plan, got strings"),
        ([0, 1], [0], ValueError, "groups must be as many as the labels, 2, got 1"),
        ([0], None, TypeError, "groups must be given, one per example, got None"),
        ([0], [None], ValueError, "groups must not be missing"),
    ],
)
def test_other_labels_and_groups_are_refused(plan, labels, groups, kind, message):
    for method in (plan.assign, plan.split, plan.report):
        with pytest.raises(kind, match=message):
            method(labels, groups)


def test_strings_are_asked_for_if_the_plan_has_strings():
    plan = fastsplit.plan(["x", "y"] * 2, (0.5, 0.5), groups=["a", "b", "c", "d"], seed=0)
    with pytest.raises(TypeError, match="groups must be strings, as the plan was made with, got integers"):
        plan.assign(["x"], [1])
    with pytest.raises(TypeError, match="labels must be strings, as in the plan, got integers"):
        plan.assign([1], ["a"])


def test_a_plan_of_more_than_254_folds_assigns_but_does_not_split():
    folds = fastsplit.kfold(np.zeros(900, dtype=int), 300, groups=np.arange(900) // 2, seed=0)
    assert folds.plan.assign([0], [10**6]).dtype == np.uint16
    with pytest.raises(ValueError, match="a plan to split by must have at most 254 splits, got 300"):
        folds.plan.split([0], [1])


def test_a_plan_cannot_be_compared_with_a_plan_without_groups(plan):
    other = fastsplit.plan(LABELS, seed=0)
    assert plan != other
    with pytest.raises(TypeError, match="other must be a Plan, got GroupPlan"):
        other.moved(plan, LABELS)


def test_equality_hash_and_repr(plan):
    again = fastsplit.plan(LABELS, {"train": 0.7, "val": 0.2, "test": 0.1}, groups=GROUPS, seed=5)
    assert plan == again
    assert hash(plan) == hash(again)
    assert repr(plan) == "GroupPlan(train=7/10, val=1/5, test=1/10; 95 groups, 4 classes, seed=5)"
    closest = fastsplit.plan(LABELS, (0.5, 0.5), groups=GROUPS, seed=5, balance="closest")
    assert repr(closest) == "GroupPlan(train=1/2, test=1/2; 95 groups, 4 classes, seed=5, balance='closest')"
    splits = plan.splits.copy()
    splits[0] = (splits[0] + 1) % 3
    changes = [
        {"names": ("a", "b", "c")},
        {"sizes": plan.sizes[::-1]},
        {"seed": 6},
        {"balance": "closest"},
        {"groups": plan.groups + np.uint64(1)},
        {"splits": splits},
        {"splits": plan.splits.astype(np.uint16)},
        {"group_kind": "strings"},
        {"classes": plan.classes + 1},
        {"totals": plan.totals + 1},
        {"counts": plan.counts + 1},
        {"largest_group": 1},
    ]
    for change in changes:
        assert replace(plan, **change) != plan


def test_the_arrays_of_a_plan_cannot_be_written_to(plan):
    for name in ("groups", "splits", "classes", "totals", "counts"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(plan, name)[:1] = 0


@given(labels_and_groups(), st.integers(0, 2**64), st.booleans())
@pytest.mark.filterwarnings("ignore:.*splits are empty")
def test_the_table_of_groups_and_classes_is_enough(data, seed, closest):
    """As a distributed reduction gives it: no label and no example."""
    labels, groups = data
    expected = fastsplit.plan(
        labels, (0.6, 0.3, 0.1), groups=groups, seed=seed, balance="closest" if closest else "fair"
    )
    classes = np.unique(labels)
    cells = {}
    for label, group in zip(labels.tolist(), groups.tolist(), strict=True):
        cells[group, label] = cells.get((group, label), 0) + 1
    ids = sorted({group for group, _ in cells})
    rows = [
        [(c, cells[group, label]) for c, label in enumerate(classes.tolist()) if (group, label) in cells]
        for group in ids
    ]
    entries = [entry for row in rows for entry in row]
    units = Units(
        np.cumsum([0, *map(len, rows)]),
        np.array([c for c, _ in entries], dtype=np.int32),
        np.array([count for _, count in entries], dtype=np.int64),
        np.array([sum(count for _, count in row) for row in rows], dtype=np.int64),
        np.array(ids, dtype=np.uint64),
    )
    totals = np.array([np.count_nonzero(labels == c) for c in classes], dtype=np.int64)
    request = UnitRequest(expected.sizes, expand_seed(seed), even=False, closest=closest)
    result = whole_groups.of_units(units, (classes, totals), request)
    assert fastsplit.GroupPlan.of(expected.names, request, seed, "integers", result) == expected
