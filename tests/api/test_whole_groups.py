"""groups=: whole groups in one split, with the results of the reference to the bit."""

import warnings
from fractions import Fraction

import numpy as np
import pytest
from common import SEEDS, THREADS, assert_same_arrays, assert_same_splits, both_implementations, size_lists
from common_groups import assert_whole, labels_and_groups, unequal_groups
from hypothesis import given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import cross_val_score

import fastsplit
from fastsplit import reference

BALANCES = st.sampled_from(["fair", "closest"])


def outcome(function, *args, **options):
    """What a call returns, or the text of its error; and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*args, **options)
        except ValueError as error:
            result = str(error)
    return result, [str(warning.message) for warning in caught]


@given(labels_and_groups(), size_lists(), SEEDS, BALANCES, st.sampled_from(THREADS), st.integers(0, 1))
def test_splits_are_those_of_the_reference(data, sizes, seed, balance, threads, minimum):
    labels, groups = data
    options = {"groups": groups, "seed": seed, "balance": balance, "min_per_split": minimum}
    expected, expected_warnings = outcome(reference.split, labels, sizes, **options)
    got, got_warnings = outcome(fastsplit.split, labels, sizes, threads=threads, **options)
    assert got_warnings == expected_warnings
    if isinstance(expected, str):
        assert got == expected
        return
    assert_same_splits(got, expected)
    assert_whole(got.assignment, groups)
    plan, _ = outcome(fastsplit.plan, labels, sizes, threads=threads, **options)
    assert plan == got.plan == outcome(reference.plan, labels, sizes, **options)[0]
    assert (plan.counts >= minimum)[:, [size > 0 for size in sizes]].all()


@given(labels_and_groups(), st.integers(2, 6), SEEDS, st.sampled_from(THREADS))
def test_folds_are_those_of_the_reference(data, k, seed, threads):
    labels, groups = data
    expected, _ = outcome(reference.kfold, labels, k, groups=groups, seed=seed)
    got, warned = outcome(fastsplit.kfold, labels, k, groups=groups, seed=seed, threads=threads)
    assert not warned
    if isinstance(expected, str):
        assert got == expected
        return
    for pair, expected_pair in zip(got, expected, strict=True):
        assert_same_arrays(pair, expected_pair)
        assert len(pair[1]) > 0
    assert_whole(got.assignment, groups)
    assert_same_arrays(got[0], expected[0])


def test_the_counts_are_those_of_the_index_arrays():
    labels, groups = unequal_groups()
    parts = fastsplit.split(labels, {"train": 0.6, "test": 0.2}, groups=groups, seed=3)
    assert parts.names == ("train", "test")
    for k, positions in enumerate(parts):
        assert np.array_equal(np.bincount(labels[positions]), parts.counts[:, k])
        assert np.array_equal(np.sort(positions), np.flatnonzero(parts.assignment == k))
    assert set(np.unique(parts.assignment)) == {0, 1, 255}
    assert parts.plan.counts.sum() < parts.plan.totals.sum() == len(labels)


@pytest.mark.parametrize("k", [255, 300])
def test_many_folds_have_groups_each(k):
    groups = np.arange(1000) // 2
    folds = fastsplit.kfold(groups % 2, k, groups=groups, seed=0)
    assert folds.assignment.dtype == folds.plan.splits.dtype == (np.uint8 if k == 255 else np.uint16)
    assert set(folds.assignment.tolist()) == set(range(k))
    assert np.array_equal(folds.plan.assign(groups % 2, groups), folds.assignment)


def test_without_groups_nothing_changes():
    labels = np.arange(50) % 3
    expected = fastsplit.split(labels, seed=0)
    assert_same_splits(fastsplit.split(labels, seed=0, groups=None, balance="fair"), expected)
    assert isinstance(expected.plan, fastsplit.Plan)


def test_if_every_example_is_a_group_classes_are_close_to_their_shares():
    labels = np.arange(1000) % 7
    parts = fastsplit.split(labels, (0.7, 0.2, 0.1), groups=np.arange(1000), seed=0)
    assert np.abs(parts.counts - np.outer(parts.plan.totals, [0.7, 0.2, 0.1])).max() < 3


@both_implementations
def test_closest_is_closer_than_fair_if_groups_are_few(module):
    labels, groups = unequal_groups()
    ideal = np.outer(np.bincount(labels), [0.7, 0.2, 0.1])
    rms = {
        balance: [
            np.sqrt(np.mean((module.plan(labels, (0.7, 0.2, 0.1), seed=seed, **options).counts - ideal) ** 2))
            for seed in range(5)
        ]
        for balance in ("fair", "closest")
        for options in [{"groups": groups, "balance": balance}]
    }
    assert np.mean(rms["closest"]) < np.mean(rms["fair"]) / 2


def test_fair_is_said_by_the_plan():
    labels, groups = unequal_groups()
    assert fastsplit.plan(labels, groups=groups, seed=0).fair
    assert fastsplit.plan(labels, (0.703, 0.297), groups=groups, seed=0).fair
    assert not fastsplit.plan(labels, groups=groups, seed=0, balance="closest").fair
    assert fastsplit.kfold(labels, 5, groups=groups, seed=0).plan.fair


def test_scikit_learn_takes_folds_of_groups_as_cv():
    labels, groups = unequal_groups()
    folds = fastsplit.kfold(labels, 5, groups=groups, seed=0)
    assert folds.get_n_splits() == 5
    features = np.zeros((len(labels), 1))
    assert len(cross_val_score(DummyClassifier(), features, labels, cv=folds, groups=groups)) == 5
    for (train, test), (train_again, test_again) in zip(folds, folds.split(features, labels, groups), strict=True):
        assert np.array_equal(train, train_again)
        assert np.array_equal(test, test_again)
        assert not set(groups[train]) & set(groups[test])
    with pytest.raises(ValueError, match="groups must have 1000 rows"):
        folds.split(features, labels, groups[1:])


@pytest.mark.filterwarnings("ignore:1 of 2 splits are empty")  # the larger group leaves little for the rest
@both_implementations
def test_a_group_larger_than_the_smallest_split_is_allowed(module):
    labels, groups = np.zeros(100, dtype=int), np.append(np.zeros(60, dtype=int), np.arange(40))
    in_test = 0
    for seed in range(40):
        parts = module.split(labels, (Fraction(9, 10), Fraction(1, 10)), groups=groups, seed=seed)
        assert_whole(parts.assignment, groups)
        in_test += parts.assignment[0] == 1
    assert 0 < in_test < 20  # a tenth of all seeds, on average


@both_implementations
def test_the_minimum_is_kept_or_an_error_names_class_and_split(module):
    labels, groups = ["a"] * 95 + ["b"] * 5, [*range(95), *[200] * 5]
    with pytest.raises(
        ValueError,
        match=r"min_per_split=1 cannot be kept, because groups stay whole: class 'b' has 0 examples in (train|test); "
        r"try balance='closest', another seed or a smaller minimum",
    ):
        module.split(labels, (0.8, 0.2), seed=0, groups=groups, min_per_split=1)
    kept = module.split(labels, (0.8, 0.2), seed=0, groups=range(100), min_per_split=1)
    assert kept.counts.min() >= 1
