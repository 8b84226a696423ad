"""Several labels per example: sizes, counts, equality with the reference, and independence of container and threads."""

import numpy as np
import pytest
from common import ORDERS, SEEDS, THREADS, is_floor_or_ceiling, size_lists
from common_multilabel import assert_same, containers, dense_layouts, label_lists, matrices, topics
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import _kernels, reference

BALANCES = ["fair", "closest"]


@pytest.mark.usefixtures("either_way")
@given(matrices(), size_lists(), SEEDS, st.sampled_from(BALANCES), st.sampled_from(ORDERS))
def test_splits_are_those_of_the_reference(matrix, sizes, seed, balance, order):
    options = {"seed": seed, "balance": balance, "order": order}
    got = fastsplit.split_multilabel(matrix, sizes, **options)
    assert_same(got, reference.split_multilabel(matrix, sizes, **options))


@pytest.mark.usefixtures("either_way")
@given(matrices(), st.data(), SEEDS, st.sampled_from(ORDERS))
@pytest.mark.filterwarnings("ignore:k=.* is above the number of examples")
def test_folds_are_those_of_the_reference(matrix, data, seed, order):
    k = data.draw(st.integers(2, min(12, len(matrix))))
    folds = fastsplit.kfold_multilabel(matrix, k, seed=seed, order=order)
    expected = reference.kfold_multilabel(matrix, k, seed=seed, order=order)
    assert len(folds) == len(expected) == k
    for number, ((train, test), pair) in enumerate(zip(folds, expected, strict=True)):
        assert np.array_equal(train, pair[0])
        assert np.array_equal(test, pair[1])
        assert np.array_equal(folds[number][0], train)
        assert np.array_equal(folds[number][1], test)


@given(matrices(), size_lists(), SEEDS, st.sampled_from(BALANCES))
def test_sizes_are_floors_or_ceilings_and_every_example_is_in_one_split(matrix, sizes, seed, balance):
    parts = fastsplit.split_multilabel(matrix, sizes, seed=seed, balance=balance)
    rest = np.flatnonzero(parts.assignment == 255)
    assert sorted(np.concatenate([*parts, rest]).tolist()) == list(range(len(matrix)))
    for positions, size in zip(parts, sizes, strict=True):
        assert is_floor_or_ceiling(len(positions), len(matrix) * size)
    assert is_floor_or_ceiling(len(rest), len(matrix) * (1 - sum(sizes)))


@given(matrices(), st.data(), SEEDS, st.sampled_from(BALANCES))
def test_counts_are_met(matrix, data, seed, balance):
    first = data.draw(st.integers(0, len(matrix)))
    second = data.draw(st.integers(0, len(matrix) - first))
    parts = fastsplit.split_multilabel(matrix, (first, second), seed=seed, balance=balance)
    assert [len(part) for part in parts] == [first, second]


@given(matrices(), st.data(), SEEDS)
@pytest.mark.filterwarnings("ignore:k=.* is above the number of examples")
def test_sizes_of_folds_differ_by_at_most_one(matrix, data, seed):
    k = data.draw(st.integers(2, len(matrix)))
    sizes = np.bincount(fastsplit.kfold_multilabel(matrix, k, seed=seed).assignment, minlength=k)
    assert sizes.max() - sizes.min() <= 1


@given(matrices(), size_lists(), SEEDS)
def test_the_tables_are_those_of_the_index_arrays(matrix, sizes, seed):
    parts = fastsplit.split_multilabel(matrix, sizes, seed=seed)
    assert parts.classes.tolist() == list(range(matrix.shape[1]))
    assert parts.counts.shape == (matrix.shape[1], len(sizes))
    for k, positions in enumerate(parts):
        assert parts.counts[:, k].tolist() == matrix[positions].sum(axis=0).tolist()
        assert parts.plan.unlabeled[k] == (matrix[positions].sum(axis=1) == 0).sum()
        assert parts.plan.split_sizes[k] == len(positions)
    assert parts.plan.totals.tolist() == matrix.sum(axis=0).tolist()
    assert parts.plan.n_examples == len(matrix)


@pytest.mark.parametrize("balance", BALANCES)
def test_the_result_does_not_depend_on_threads_layout_container_or_cpu(use_cpu, balance):
    matrix = topics(80, 11, 2).astype(np.uint8)
    expected = fastsplit.split_multilabel(matrix, (0.7, 0.2, 0.1), seed=3, balance=balance)
    forms = [*enumerate(dense_layouts(matrix)), *containers(matrix)]
    for cpu in _kernels.CPUS:
        use_cpu(cpu)
        for _, form in forms:
            assert_same(fastsplit.split_multilabel(form, (0.7, 0.2, 0.1), seed=3, balance=balance), expected)
    for threads in THREADS:
        got = fastsplit.split_multilabel(matrix, (0.7, 0.2, 0.1), seed=3, balance=balance, threads=threads)
        assert_same(got, expected)


@pytest.mark.parametrize("names", [[10, 20, 25, -3, 4], list("edcba"), ["a", "", "\x00", "ß", "ab"]])
def test_lists_of_labels_are_split_as_their_matrix_and_counted_by_sorted_label(names):
    matrix = topics(200, 5, 2)
    order = sorted(range(5), key=names.__getitem__)
    expected = fastsplit.split_multilabel(matrix[:, order], seed=1)
    for kind in (list, tuple, set, frozenset):
        rows = [kind(row) for row in label_lists(matrix, names)]
        got = fastsplit.split_multilabel(rows, seed=1)
        assert np.array_equal(got.assignment, expected.assignment)
        assert got.classes.tolist() == sorted(names)
        assert np.array_equal(got.counts, expected.counts)
        assert np.array_equal(got.plan.unlabeled, expected.plan.unlabeled)


def test_examples_without_labels_are_in_proportion():
    matrix = np.repeat([[0, 0, 0], [1, 0, 1], [0, 1, 0]], [100, 100, 100], axis=0)
    parts = fastsplit.split_multilabel(matrix, (0.7, 0.2, 0.1), seed=0)
    assert parts.plan.unlabeled.tolist() == [70, 20, 10]
    assert parts.counts.tolist() == [[70, 20, 10]] * 3


def test_every_label_is_within_two_examples_of_its_share_on_common_data():
    for seed in range(5):
        matrix = topics(1000, 20, 3, seed)
        parts = fastsplit.split_multilabel(matrix, (0.7, 0.2, 0.1), seed=seed)
        assert np.abs(parts.counts - matrix.sum(axis=0)[:, None] * [0.7, 0.2, 0.1]).max() < 2


def test_closest_is_closer():
    matrix = topics(400, 12, 3)
    ideal = matrix.sum(axis=0)[:, None] * [0.85, 0.15]
    squares = {
        balance: sum(
            ((fastsplit.split_multilabel(matrix, (0.85, 0.15), seed=seed, balance=balance).counts - ideal) ** 2).sum()
            for seed in range(10)
        )
        for balance in BALANCES
    }
    assert squares["closest"] < squares["fair"] / 2


def test_a_label_that_nobody_has_changes_no_size_and_is_counted_as_none():
    matrix = np.hstack([topics(100, 4, 2), np.zeros((100, 1), dtype=bool)])
    parts = fastsplit.split_multilabel(matrix, seed=0)
    assert parts.counts[4].tolist() == [0, 0]
    assert [len(part) for part in parts] == [80, 20]


def test_a_label_repeated_in_a_row_counts_once():
    once = fastsplit.split_multilabel([["a", "b"], ["a"], ["b"], []] * 10, seed=0)
    twice = fastsplit.split_multilabel([["a", "b", "a"], ["a"], ["b", "b"], []] * 10, seed=0)
    assert_same(twice, once)


def test_a_single_column_of_an_array_is_a_label_that_examples_have_or_not():
    parts = fastsplit.split_multilabel(np.repeat([[1], [0]], [40, 60], axis=0), (0.5, 0.5), seed=0)
    assert parts.counts.tolist() == [[20, 20]]
    assert parts.plan.unlabeled.tolist() == [30, 30]


def test_names_reports_and_folds_are_those_of_other_splits():
    matrix = topics(100, 4, 2)
    parts = fastsplit.split_multilabel(matrix, {"train": 0.5, "test": 0.3}, seed=0)
    assert parts.names == ("train", "test")
    assert len(parts["test"]) == 30
    assert repr(parts) == "Splits(train: 50, test: 30, in none: 20; 4 classes, seed=0)"
    assert repr(parts.plan) == "MultilabelPlan(train=1/2, test=3/10; 4 labels, seed=0)"
    lines = str(parts.report()).splitlines()
    assert lines[0] == "100 examples, 4 classes, seed 0"
    assert [line.split()[:3] for line in lines[3:6]] == [
        ["train", "50", "50.00%"],
        ["test", "30", "30.00%"],
        ["(none)", "20", "20.00%"],
    ]
    folds = fastsplit.kfold_multilabel(matrix, 4, seed=0)
    assert repr(folds) == "Folds(4 folds of 100 examples, seed=0)"
    assert folds.plan.counts.sum(axis=1).tolist() == matrix.sum(axis=0).tolist()


def test_a_seed_is_drawn_and_gives_the_split_again():
    matrix = topics(100, 4, 2)
    parts = fastsplit.split_multilabel(matrix)
    assert_same(fastsplit.split_multilabel(matrix, seed=parts.seed), parts)
    folds = fastsplit.kfold_multilabel(matrix)
    assert np.array_equal(fastsplit.kfold_multilabel(matrix, seed=folds.seed).assignment, folds.assignment)


def test_more_than_255_folds_have_two_bytes():
    folds = fastsplit.kfold_multilabel(np.ones((600, 1), dtype=bool), 300, seed=0)
    assert folds.assignment.dtype == np.uint16
    assert (np.bincount(folds.assignment) == 2).all()


def test_dtype_is_that_of_the_index_arrays():
    matrix = topics(100, 4, 2)
    assert {part.dtype for part in fastsplit.split_multilabel(matrix, dtype="u1", seed=0)} == {np.dtype("u1")}
    assert fastsplit.kfold_multilabel(matrix, dtype="i2", seed=0)[0][1].dtype == np.int16
