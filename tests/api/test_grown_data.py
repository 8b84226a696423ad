"""A plan and data that has grown: its index arrays, how far its shares have drifted, what moves between two plans."""

from fractions import Fraction

import numpy as np
import pytest
from common import ORDERS, assert_same_arrays, assert_same_splits, label_arrays, size_lists
from hypothesis import assume, example, given
from hypothesis import strategies as st

import fastsplit
from fastsplit import reference
from fastsplit.report import Report

pytestmark = pytest.mark.usefixtures("either_way")
other_rows = pytest.mark.filterwarnings("ignore:the plan has no ids")


def counted(labels, assignment, classes, n_splits):
    labels = labels.astype(object)  # NumPy 2.0.0 compares no booleans with 2**63
    return np.array([[np.sum((labels == c) & (assignment == s)) for s in range(n_splits)] for c in classes.tolist()])


@pytest.mark.filterwarnings("ignore:labels are .*, fewer than")
@other_rows
@given(label_arrays(), label_arrays(), size_lists(), st.integers(0, 100), st.sampled_from(ORDERS))
@example(np.array([0], dtype=np.uint64), np.array([2**63 - 512, 2**63 - 511]), [Fraction(1)], 0, "shuffled")
@example(np.array([2**63 - 512, 2**63 - 511]), np.array([2**63 - 511], dtype=np.uint64), [Fraction(1)], 0, "ascending")
@example(np.array([2**63 - 512], dtype=np.uint64), np.array([2**63 - 511, 5]), [Fraction(1, 2)], 0, "ascending")
def test_a_plan_splits_its_own_labels_as_split_does_and_others_as_assign(labels, others, sizes, seed, order):
    expected = fastsplit.split(labels, sizes, seed=seed, order=order)
    parts = expected.plan.split(labels, order=order)
    assert_same_splits(parts, expected)
    values = [*labels.tolist(), *others.tolist()]
    assume(not values or max(values) < 2**63 or min(values) >= 0)

    parts = expected.plan.split(others, order=order, dtype=np.int32, threads=2)
    assignment = reference.assign(expected.plan, others)
    assert np.array_equal(parts.assignment, assignment)
    arrays = [np.flatnonzero(assignment == s).astype(np.int32) for s in range(len(parts))]
    if order == "shuffled":
        assert_same_arrays([np.sort(array) for array in parts], arrays)
    else:
        assert_same_arrays(parts, arrays)
    assert sorted(set(values)) == parts.classes.tolist()
    assert np.array_equal(parts.counts, counted(others, assignment, parts.classes, len(parts)).reshape(-1, len(parts)))
    assert parts.plan.totals.tolist() == [others.tolist().count(c) for c in parts.classes.tolist()]
    assert np.array_equal(parts.plan.assign(others), assignment)
    assert np.array_equal(parts.plan.assign(labels), expected.assignment)


def test_examples_keep_their_order_among_those_of_the_same_split():
    """An index array of grown data is the old one with the new positions between."""
    labels = np.arange(1000) % 7
    plan = fastsplit.plan(labels, seed=0)
    grown = plan.split([*labels, *range(300)])
    for old, new in zip(plan.split(labels), grown, strict=True):
        assert np.array_equal(new[new < 1000], old)


@pytest.mark.parametrize("ids", [[f"id {i}" for i in range(60)], list(range(1000, 1060))])
def test_strings_and_ids(ids):
    labels = np.array(["b", "é", "b", "a"] * 15)
    plan = fastsplit.plan(labels[:40], {"x": 0.5, "y": 0.25}, seed=0, ids=ids[:40])
    order = np.random.default_rng(0).permutation(60)
    parts = plan.split(np.where(np.arange(60) < 50, labels, "new")[order], [ids[i] for i in order])
    assert parts.classes.tolist() == ["a", "b", "new", "é"]
    assert np.array_equal(parts.assignment[np.argsort(order)][:40], plan.assign(labels[:40], ids[:40]))
    assert parts.plan.totals.tolist() == [12, 25, 10, 13]
    with pytest.raises(ValueError, match="ids must be given, because the plan was made with ids"):
        plan.split(labels)
    with pytest.raises(TypeError, match="labels must be strings, as in the plan, got integers"):
        plan.split([1] * 60, ids)


@other_rows
def test_classes_of_the_plan_that_the_data_lacks_stay_and_the_report_shows_them(tmp_path):
    plan = fastsplit.plan([0] * 10 + [5] * 10, (0.8, 0.2), seed=0)
    parts = plan.split([5] * 20)
    assert parts.classes.tolist() == [0, 5]
    assert parts.plan.totals.tolist() == [0, 20]
    assert [row["absent_classes"] for row in parts.report().to_dict()["splits"]] == [0, 0]
    parts.plan.save(tmp_path / "plan.json")
    assert fastsplit.Plan.load(tmp_path / "plan.json") == parts.plan
    pytest.importorskip("matplotlib")
    Report(parts.plan).save_plot(tmp_path / "plan.png")  # and pytest makes errors of warnings


@pytest.mark.parametrize("labels", [[], np.empty(0, dtype=np.uint64)])
@pytest.mark.parametrize("planned", [[], [1, 2], ["a", "b"]])
def test_no_labels(planned, labels):
    plan = fastsplit.plan(planned, (0.5, 0.5), seed=0)
    assert plan.split(labels).counts.sum() == 0
    assert len(plan.moved(plan, labels).positions) == 0
    assert str(plan.report(labels)).startswith("0 examples, fewer than" if planned else "0 examples, 0 new")
    assert len(fastsplit.plan([], seed=0).split(["a", "b"]).classes) == 2


@other_rows
def test_signed_and_unsigned_classes():
    plan = fastsplit.plan([1, 2], seed=0)
    assert plan.split(np.array([1, 2**64 - 1], dtype=np.uint64)).classes.tolist() == [1, 2, 2**64 - 1]
    assert fastsplit.plan(np.array([3], dtype=np.uint64), seed=0).split([-1, 3]).classes.tolist() == [-1, 3]
    with pytest.raises(ValueError, match="labels must fit one 64-bit integer type together with the classes"):
        fastsplit.plan(np.array([2**63], dtype=np.uint64), seed=0).split([-1, 3])


def test_a_plan_of_too_many_folds_does_not_split():
    plan = fastsplit.kfold(np.zeros(400, dtype=int), 300, seed=0).plan
    with pytest.raises(ValueError, match="must have at most 254 splits, got 300"):
        plan.split([0] * 400)
    assert plan.report([0] * 400).new.tolist() == [0]


@pytest.mark.parametrize("method", ["assign", "split", "report"])
@pytest.mark.parametrize("labels", [[1] * 9, np.arange(5), ["a"] * 9], ids=["classes of the plan", "new", "strings"])
def test_new_labels_alone_are_warned_of_where_their_positions_are_the_ids(method, labels):
    planned = ["a", "b"] * 5 if isinstance(labels[0], str) else [0, 1] * 5
    n = len(labels)
    with pytest.warns(
        UserWarning, match=rf"^labels are {n}, fewer than the 10 that the plan was made from; .* split as the first of"
    ) as caught:
        getattr(fastsplit.plan(planned, seed=0), method)(labels)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("method", ["split", "report"])
@pytest.mark.parametrize("tail", [[], [0, 1, 2, 3]])
@pytest.mark.parametrize(
    ("first", "says"),
    [
        (np.roll([0, 0, 1] * 10, 1), r"class 0 has \d+ of them in (train|test), \d+ planned"),
        ([0, 0, 1] * 9 + [0, 1, 1], r"class 0 has 19 of them, 20 planned"),
        ([0, 0, 1] * 9 + [7, 7, 7], r"class 7 has 3 of them, 0 planned"),
    ],
)
def test_first_labels_that_are_not_those_of_a_plan_without_ids_are_warned_of(method, first, says, tail):
    plan, labels = fastsplit.plan([0, 0, 1] * 10, (0.7, 0.3), seed=0), [*first, *tail]
    with pytest.warns(UserWarning, match=rf"the first 30 rows are not .* \({says}\); .* with ids=$") as caught:
        getattr(plan, method)(labels)
    assert [warning.filename for warning in caught] == [__file__]
    getattr(plan, method)(labels, range(len(labels)))  # that positions are the ids was said
    by_id = fastsplit.plan([0, 0, 1] * 10, (0.7, 0.3), seed=0, ids=range(30))
    getattr(by_id, method)(labels, range(len(labels)))


@pytest.mark.parametrize("method", ["assign", "split", "report"])
def test_no_other_labels_are_warned_of(method):
    """Pytest makes errors of warnings."""
    plan = fastsplit.plan([0, 1] * 5, seed=0)
    for labels, ids in [([0, 1] * 5, None), ([0, 1] * 6, None), ([], None), ([0, 1], [10, 11])]:
        getattr(plan, method)(labels, ids)
    getattr(fastsplit.plan([0, 1] * 5, seed=0, ids=range(10)), method)([0, 1], [10, 11])


@other_rows
def test_the_report_of_grown_data():
    labels = np.repeat([3, 4], [100, 10])
    plan = fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)
    grown = np.concatenate([labels[:105], np.repeat([3, 9], [50, 8])])
    drift = plan.report(grown)
    assert drift.plan == plan.split(grown).plan
    assert drift.new.tolist() == [50, -5, 8]
    shares = counted(grown, plan.assign(grown), drift.plan.classes, 3) / np.array([[150], [5], [8]])
    assert np.array_equal(drift.shares, shares)
    assert np.allclose(drift.drift, shares - [0.7, 0.2, 0.1])
    lines = str(drift).splitlines()
    assert lines[0] == "163 examples, 58 new, 5 fewer in some classes; 3 classes, 1 new; seed 0"
    assert [line.split()[0] for line in lines[2:]] == ["split", "train", "val", "test"]


def test_the_report_of_new_examples_alone_does_not_say_that_others_are_lost():
    plan = fastsplit.plan([0, 1] * 50, (0.8, 0.2), seed=0, ids=range(100))
    for labels, classes in (([0] * 9, "2 classes, 0 new"), ([0] * 98 + [7], "3 classes, 1 new")):
        drift = plan.report(labels, range(100, 100 + len(labels)))
        title = f"{len(labels)} examples, fewer than the 100 of the plan; {classes}; seed 0"
        assert str(drift).splitlines()[0] == title
        assert drift.planned == 100


def test_the_report_of_the_planned_data_has_nothing_new():
    labels = [0, 1] * 50
    lines = str(fastsplit.plan(labels, (0.8, 0.2), seed=0).report(labels)).splitlines()
    assert lines[0] == "100 examples, 0 new; 2 classes, 0 new; seed 0"
    assert lines[3].split() == ["train", "80", "80.00%", "80.00%", "0", "-"]


def test_what_moves_between_two_plans():
    labels = np.arange(1000) % 3
    before = fastsplit.plan(labels, {"train": 0.8, "test": 0.2}, seed=0)
    after = fastsplit.plan(labels, {"test": 0.1, "train": 0.6, "val": 0.2}, seed=1)
    moved = before.moved(after, labels)
    names = np.array(["train", "test"])[before.assign(labels)]
    others = np.array([*after.names, "none"])[np.minimum(after.assign(labels), 3)]
    assert np.array_equal(moved.positions, np.flatnonzero(names != others))
    for (a, b), count in moved.counts.items():
        assert count == np.sum((names == a) & (others == (b or "none")))
    assert sum(moved.counts.values()) == len(moved.positions)
    assert ("train", None) in moved.counts
    assert f"{len(moved.positions)} of 1,000 examples move: train -> " in repr(moved)
    assert "train -> (none) " in repr(moved)


@other_rows
def test_nothing_moves_between_a_plan_and_the_plan_of_its_grown_data():
    labels = np.arange(1000) % 3
    plan = fastsplit.plan(labels, (0.8, 0.1), seed=0)
    grown = plan.split(np.arange(2000) % 5).plan
    assert repr(plan.moved(grown, np.arange(2000) % 5)) == "0 of 2,000 examples move"


def test_plans_with_and_without_ids_are_compared_as_each_of_them_splits():
    labels, ids = np.arange(200) % 3, [str(i) for i in range(200)]
    one, two = fastsplit.plan(labels, seed=0, ids=ids), fastsplit.plan(labels, seed=0)
    expected = np.flatnonzero(one.assign(labels, ids) != two.assign(labels))
    assert np.array_equal(one.moved(two, labels, ids).positions, expected)
    assert np.array_equal(two.moved(one, labels, ids).positions, expected)
    with pytest.raises(TypeError, match="other must be a Plan, got str 'plan'"):
        one.moved("plan", labels, ids)


@pytest.mark.parametrize("planned", [np.int64, np.uint64])
def test_labels_of_the_other_64_bit_type_are_told_apart_where_floats_are_not(planned):
    values = np.array([2**63 - 512, 2**63 - 511, 2**63 - 510] * 20, dtype=planned)
    plan, others = (
        fastsplit.plan(values, (0.5, 0.5), seed=0),
        values.astype({np.int64: np.uint64}.get(planned, np.int64)),
    )
    assignment = plan.assign(values)
    for module_assign in (fastsplit.Plan.assign, reference.assign):
        assert np.array_equal(module_assign(plan, others), assignment)
    assert plan.split(others).counts.tolist() == plan.counts.tolist()
    assert plan.report(others).new.tolist() == [0, 0, 0]
