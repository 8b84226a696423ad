"""Groups are read as ids are; what cannot be meant is refused, and the error names the argument."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import assert_same_splits, both_implementations
from common_labels import STRING_FORMS, WORDS

import fastsplit

LABELS = [0, 1, 0, 1]


@pytest.mark.parametrize("form", STRING_FORMS)
@both_implementations
def test_groups_of_strings_are_read_by_value_whatever_holds_them(module, form):
    labels = np.arange(len(WORDS)) % 3
    groups = [f"{word}{i // 40}" for i, word in enumerate(WORDS)]
    expected = fastsplit.split(labels, (0.5, 0.5), groups=groups, seed=0)
    assert_same_splits(module.split(labels, (0.5, 0.5), groups=STRING_FORMS[form](groups), seed=0), expected)
    assert expected.plan.group_kind == "strings"


@pytest.mark.parametrize("dtype", ["i1", "u1", ">i2", "u8", "f4", "Int64", "O"])
def test_groups_of_integers_are_read_by_value_whatever_type_holds_them(dtype):
    labels, groups = np.arange(100) % 3, np.arange(100) // 5
    expected = fastsplit.split(labels, (0.5, 0.5), groups=groups, seed=0)
    other = pd.array(groups, dtype=dtype) if dtype == "Int64" else groups.astype(dtype)
    assert_same_splits(fastsplit.split(labels, (0.5, 0.5), groups=other, seed=0), expected)
    assert expected.plan.group_kind == "integers"


REFUSED = {
    "too few": ([1, 2, 2], ValueError, "groups must be as many as the labels, 4, got 3"),
    "too few strings": (["a", "b"], ValueError, "groups must be as many as the labels, 4, got 2"),
    "None": (
        ["a", "b", None, "c"],
        ValueError,
        "groups must not be missing, got 1 missing of 4, the first at position 2",
    ),
    "NaN": ([1.0, 2, np.nan, 2], ValueError, "groups must not be missing, got 1 missing of 4, the first at position 2"),
    "pandas NA": (pd.array([1, None, 3, 3]), ValueError, "groups must not be missing, got 1 missing of 4"),
    "Arrow null": (pa.array(["a", None, "b", "b"]), ValueError, "groups must not be missing, got 1 missing of 4"),
    "column": (np.zeros((4, 1)), ValueError, "groups must be one-dimensional, got shape (4, 1)"),
    "table": (np.zeros((4, 2), dtype=int), ValueError, "groups must be one-dimensional, got shape (4, 2); combine"),
    "ragged": ([[1], [2, 3], 3, 4], ValueError, "groups must be one-dimensional"),
    "fractions": ([1.5, 2, 3, 4], ValueError, "groups given as floats must be whole numbers, got 1.5 at position 0"),
    "mixed, string first": (["a", 1, "b", 3], TypeError, "groups must be all integers, all booleans or all strings"),
    "mixed, integer first": ([1, "a", "b", 3], TypeError, "groups must be all integers, all booleans or all strings"),
    "unhashable": ([{}, {}, {}, {}], TypeError, "groups must be all integers, all booleans or all strings"),
    "a string": ("abcd", TypeError, "groups must be a one-dimensional array, got str 'abcd'"),
    "a number": (5, TypeError, "groups must be a one-dimensional array, got int 5"),
}


@pytest.mark.parametrize(("groups", "kind", "message"), REFUSED.values(), ids=REFUSED)
@both_implementations
def test_other_groups_are_refused(module, groups, kind, message):
    for function in (module.split, module.plan, lambda labels, **options: module.kfold(labels, 2, **options)):
        with pytest.raises(kind, match=re.escape(message)) as raised:
            function(LABELS, groups=groups, seed=0)
        assert "digitize" not in str(raised.value)  # the hint for labels


@both_implementations
def test_groups_and_ids_together_are_refused(module):
    for function in (module.split, module.plan, lambda labels, **options: module.kfold(labels, 2, **options)):
        with pytest.raises(ValueError, match=r"^groups and ids must not be given together, got both: .* leave ids out"):
            function(LABELS, groups=[1, 2, 3, 4], ids=[1, 2, 3, 4], seed=0)


@both_implementations
def test_more_folds_than_groups_are_refused(module):
    message = "k must be at most the number of groups, 2, got 3: some folds would be empty"
    with pytest.raises(ValueError, match=re.escape(message)):
        module.kfold(LABELS, 3, groups=[1, 2, 2, 1], seed=0)


@pytest.mark.parametrize("balance", ["best", None, True, ["fair"], np.array(["fair", "fair"])], ids=str)
@pytest.mark.parametrize("groups", [None, [1, 2, 3, 4]])
@both_implementations
def test_another_balance_is_refused(module, balance, groups):
    for function in (module.split, module.plan):
        with pytest.raises(ValueError, match="balance must be 'fair' or 'closest', got "):
            function(LABELS, groups=groups, balance=balance, seed=0)


@both_implementations
def test_a_balance_without_groups_is_refused(module):
    for function in (module.split, module.plan):
        with pytest.raises(ValueError, match="balance='closest' needs groups, got groups=None: pass groups, or leave"):
            function(LABELS, balance="closest", seed=0)


@both_implementations
def test_splits_without_groups_are_warned_of(module):
    message = (
        r"^1 of 2 splits are empty \((train|test)\), because groups stay whole \(number of groups: 1\): pass finer "
        "groups, or fewer splits$"
    )
    with pytest.warns(UserWarning, match=message) as caught:
        parts = module.split(LABELS, groups=[7, 7, 7, 7], seed=0)
    assert sorted(len(part) for part in parts) == [0, 4]
    assert len(caught) == 1
    with pytest.warns(UserWarning, match=message) as caught:
        module.plan(LABELS, groups=[7, 7, 7, 7], seed=0)
    assert caught[0].filename == __file__
    module.split(LABELS, (1.0, 0.0), groups=[7, 7, 7, 7], seed=0)  # a split of size 0 is meant to be empty


def test_the_warning_points_to_the_call():
    with pytest.warns(UserWarning, match="splits are empty") as caught:
        fastsplit.split(LABELS, groups=[7, 7, 7, 7], seed=0)
    assert caught[0].filename == __file__


@both_implementations
def test_no_labels_have_no_groups(module):
    parts = module.split([], groups=[], seed=0)
    assert [len(part) for part in parts] == [0, 0]
    assert parts.plan.group_kind is None
    assert len(parts.plan.groups) == len(parts.plan.classes) == 0


@both_implementations
def test_classes_too_small_for_the_minimum_are_named_before_groups_are_dealt(module):
    with pytest.raises(ValueError, match="min_per_split=2 with 2 splits needs at least 4 examples per class"):
        module.split(LABELS, groups=[1, 2, 3, 4], seed=0, min_per_split=2)
