"""Findings: what a report says in words."""

from fractions import Fraction

import numpy as np
import pytest
from common_report import halves, made_plan

import fastsplit
from fastsplit.report import Report
from fastsplit.report.changes import Drift
from fastsplit.report.findings import findings
from fastsplit.report.table import Table

SIZES = {"train": 0.8, "test": 0.2}


def test_a_split_that_is_exact_says_so():
    assert fastsplit.split([0] * 10 + [1] * 100, seed=0).report().findings() == [
        "Every class is in every split.",
        "Every class has exactly its ideal number of examples in every split.",
    ]
    assert "Every class is less than one example from its ideal in every split." in (
        fastsplit.split([0] * 11 + [1] * 101, seed=0).report().findings()
    )


def test_absent_classes_are_named_the_largest_first():
    classes = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu"]
    plan = halves([[1, 0], [2, 0], [3, 0], [3, 0], [4, 0], [1, 0], [9, 9]], classes=classes)
    assert Report(plan).findings()[0] == (
        "b lacks 6 of 7 classes: 'eel', 'cat', 'dog', 'bee', 'ant' and 1 more; the largest of them has 4 examples."
    )
    assert Report(halves([[1, 0], [5, 5]])).findings()[0] == "b lacks 1 of 2 classes: 0; it has 1 example."


def test_absent_classes_of_many_splits_are_one_sentence():
    plan = made_plan(1 - np.eye(8, dtype=int), [Fraction(1, 8)] * 8)
    assert (
        Report(plan).findings()[0]
        == "8 splits lack 1 of 8 classes each; the largest class that one lacks has 7 examples."
    )


def test_names_that_are_numbers_are_told_from_other_numbers():
    folds = fastsplit.kfold([0] * 100 + [1] * 4, 5, seed=0)
    assert any(sentence.startswith("split ") for sentence in folds.report().findings())


def test_small_classes_are_counted_and_the_remedy_is_told():
    found = fastsplit.split([0] * 100 + [1] * 3 + [2] + [3] * 5, SIZES, seed=2).report().findings()
    assert "2 classes have fewer than 5 examples: test (20%) has, on average, less than one example of each." in found
    assert "1 class has fewer examples than there are splits, and cannot be in all of them." in found
    remedy = "min_per_split=1 puts every class of at least 2 examples in every split."
    assert remedy in found
    kept = fastsplit.split([0] * 100 + [1] * 3, SIZES, seed=0, min_per_split=1).report().findings()
    assert remedy not in kept
    assert "Every class is in every split." in kept


def test_deviations_that_rounding_does_not_explain_have_causes():
    plan = made_plan([[8, 2]], (Fraction(1, 2), Fraction(1, 2)))
    assert Report(plan).findings()[0] == (
        "The largest deviation is that of class 0 in a: 8 examples, 3.00 more than its ideal. "
        "Cause: examples came after the plan was made, or min_per_split moved some."
    )
    ids = np.repeat(np.arange(200), 5)
    shared = fastsplit.split(np.repeat(np.arange(100), 10), SIZES, seed=0, ids=ids).report().findings()
    assert any(sentence.startswith("Examples above (+) or below (-) the size of a split: ") for sentence in shared)
    assert any("Cause: rows share ids, examples came" in sentence for sentence in shared)


def test_examples_in_no_split_and_empty_splits_are_told():
    parts = fastsplit.split([0] * 100, {"train": 0.5, "test": 0.2, "none": 0}, seed=0)
    found = parts.report().findings()
    assert "30 examples are in no split: the sizes sum to 70%." in found
    assert "none has size 0." in found
    assert "Every class is in every split." in found
    single = fastsplit.split([0], {"train": 0.8, "test": 0.2}, seed=0)
    empty = single.names[[len(part) for part in single].index(0)]
    assert f"{empty} has no examples, although its size is above 0." in single.report().findings()


def test_groups_that_cause_a_deviation_of_exactly_one_are_not_said_to_cause_more():
    found = fastsplit.split([0] * 4, (0.75, 0.25), groups=[0, 0, 1, 1], seed=1).report().findings()
    text = "1.00 fewer than its ideal. Groups stay whole, so that classes may deviate by more than one example."
    assert any(text in one for one in found)


def test_groups_are_told_to_be_whole():
    parts = fastsplit.split([0, 1] * 50, SIZES, groups=np.arange(100) // 7, seed=0, balance="closest")
    found = parts.report().findings()
    assert "Every one of the 15 groups is in one split only." in found
    assert "With balance='closest', large groups go to small splits less often than requested." in found
    groups = np.append(np.zeros(30, dtype=int), np.arange(70))
    largest = fastsplit.split([0] * 100, (0.7, 0.2, 0.1), groups=groups, seed=1).report().findings()
    assert largest[0] == "The largest group has 31 examples, more than the size of val 20.0, test 10.0."


def test_examples_without_a_label_are_told():
    tags = np.zeros((10, 2), dtype=bool)
    tags[:7, 0] = tags[3:7, 1] = True
    assert "3 examples have no label." in fastsplit.split_multilabel(tags, SIZES, seed=0).report().findings()


def test_drift_is_told_if_the_plan_is_known():
    labels = [0, 1] * 50
    plan = fastsplit.plan(labels, SIZES, seed=0)
    now = plan.split([*labels, *[2] * 10])
    found = [finding.text for finding in findings(Table.of(now.plan), Drift(plan, now.plan))]
    assert "10 examples came after the plan was made, with 1 new class." in found
    worst = "The share that has drifted farthest from its size is that of class 2 in test: -20.00%."
    assert worst in found
    fewer = plan.split([0] * 20 + [3], range(100, 121)).plan
    found = [finding.text for finding in findings(Table.of(fewer), Drift(plan, fewer))]
    assert "The data has fewer examples than the 100 that the plan was made from, with 1 new class." in found
    same = [finding.text for finding in findings(Table.of(plan), Drift(plan, plan))]
    assert same[0].startswith("The data is as large as when the plan was made")


def test_classes_without_examples_are_told():
    plan = fastsplit.plan([0, 1, 2] * 50, SIZES, seed=0)
    with pytest.warns(UserWarning, match="fewer"):
        now = plan.split([0, 1] * 50)
    assert "1 class has no examples in this data: 2." in now.report().findings()


def test_no_examples_are_one_sentence():
    assert fastsplit.split([], seed=0).report().findings() == ["There are no examples."]


def test_warnings_come_before_notes_and_good_news():
    kinds = [finding.kind for finding in findings(Table.of(halves([[1, 0], [9, 9]])))]
    assert kinds == sorted(kinds, key=["warning", "note", "good"].index)
    assert len(set(kinds)) == 3


def test_a_deviation_below_one_is_never_told_as_one():
    size = Fraction(1, 10**6)
    plan = made_plan([[0, 999_999]], (size, 1 - size))
    assert "Every class is less than one example from its ideal in every split." in Report(plan).findings()


def test_a_printed_report_names_the_classes_that_splits_lack():
    report = fastsplit.split([0] * 100 + [1] * 3 + [2] * 100, SIZES, seed=2).report()
    assert str(report).endswith(
        "\n\nnote: test lacks 1 of 3 classes: 1; it has 3 examples."
        "\nnote: min_per_split=1 puts every class of at least 2 examples in every split."
    )


def test_a_class_that_no_minimum_helps_has_no_way_out():
    report = fastsplit.split([0] * 100 + [1], SIZES, seed=1).report()
    assert str(report).endswith("\n\nnote: test lacks 1 of 2 classes: 1; it has 1 example.")


def test_of_splits_of_one_size_none_is_named():
    labels = [0] * 100 + [1] * 3
    found = fastsplit.kfold(labels, 5, seed=0).report().findings()
    assert "1 class has fewer than 5 examples: a split of 20% has, on average, less than one example of it." in found
