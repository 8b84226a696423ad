"""split: a partition with the counts of its table, equal to the reference for every form of the labels."""

import pickle

import numpy as np
import pandas as pd
import pytest
from common import ORDERS, SEEDS, THREADS, assert_same_splits, label_arrays, size_lists
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

import fastsplit
from fastsplit import reference

pytestmark = pytest.mark.usefixtures("either_way")


@given(label_arrays(), size_lists(), SEEDS, st.sampled_from(ORDERS), st.sampled_from(THREADS))
def test_is_a_partition_with_the_counts_of_its_table(labels, sizes, seed, order, threads):
    before = labels.copy()
    parts = fastsplit.split(labels, sizes, seed=seed, order=order, threads=threads)
    assert np.array_equal(labels, before)

    rest = np.flatnonzero(parts.assignment == 255)
    assert np.array_equal(np.sort(np.concatenate([*parts, rest])), np.arange(len(labels)))
    for number, positions in enumerate(parts):
        assert (parts.assignment[positions] == number).all()
        if order == "ascending":
            assert (np.diff(positions) > 0).all()

    assert np.array_equal(parts.classes, np.unique(labels))
    for c, row in zip(parts.classes, parts.counts, strict=True):
        assert row.tolist() == [int((labels[positions] == c).sum()) for positions in parts]


@given(label_arrays(), size_lists(), SEEDS, st.sampled_from(ORDERS), st.sampled_from(THREADS), st.integers(0, 3))
def test_equals_the_reference(labels, sizes, seed, order, threads, min_per_split):
    options = {"seed": seed, "order": order, "min_per_split": min_per_split}
    try:
        expected = reference.split(labels, sizes, **options)
    except ValueError as error:
        with pytest.raises(ValueError, match="min_per_split") as raised:
            fastsplit.split(labels, sizes, threads=threads, **options)
        assert str(raised.value) == str(error)
        return
    assert_same_splits(fastsplit.split(labels, sizes, threads=threads, **options), expected)
    if min_per_split:
        assert (expected.counts[:, [size > 0 for size in sizes]] >= min_per_split).all()


@given(st.data(), label_arrays(), size_lists(), SEEDS, st.sampled_from(THREADS))
def test_equals_the_reference_with_ids(data, labels, sizes, seed, threads):
    n = len(labels)
    ids = data.draw(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), min_size=n, max_size=n))
    got = fastsplit.split(labels, sizes, seed=seed, ids=ids, threads=threads)
    assert_same_splits(got, reference.split(labels, sizes, seed=seed, ids=ids))


@pytest.mark.parametrize("classes", [1, 7, 300, pytest.param(40_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("threads", THREADS)
def test_equals_the_reference_on_60_000_labels(classes, threads):
    rng = np.random.default_rng(classes)
    labels = rng.zipf(1.3, 60_000) % classes if classes > 1 else np.zeros(60_000, dtype=np.int8)
    for sizes in [(0.7, 0.2, 0.1), (0.5,), (1.0,), (0.0, 0.3, 0.0, 0.7), (20_000, 39_999, 1)]:
        got = fastsplit.split(labels, sizes, seed=5, threads=threads)
        assert_same_splits(got, reference.split(labels, sizes, seed=5))


@pytest.mark.parametrize("repeats", [2, 50, 30_000])
def test_equals_the_reference_if_many_rows_share_an_id(repeats):
    rng = np.random.default_rng(repeats)
    ids = np.arange(60_000) // repeats
    labels = rng.integers(0, 3, 60_000)
    got = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=1, ids=ids)
    assert_same_splits(got, reference.split(labels, (0.7, 0.2, 0.1), seed=1, ids=ids))


def test_string_labels_with_codes_far_apart_are_strings_all_the_same():
    """If few of many categories occur, their codes are hashed."""
    labels = pd.Series(pd.Categorical.from_codes([0, 9999] * 10, [f"c{i:05d}" for i in range(10_000)]))
    got = fastsplit.split(labels, (0.5, 0.5), seed=0)
    assert got.classes.tolist() == ["c00000", "c09999"]
    assert_same_splits(got, reference.split(labels, (0.5, 0.5), seed=0))
    assert np.array_equal(got.plan.assign(labels), got.assignment)
    assert fastsplit.group(labels).classes.tolist() == ["c00000", "c09999"]


@pytest.mark.parametrize("seed", range(8))
def test_a_small_class_with_its_cut_outside_the_band_equals_the_reference(seed):
    """Over these seeds its cut lies above or below the band, and that of the large class inside."""
    labels = np.repeat([0, 1], [70_000, 5])
    assert_same_splits(fastsplit.split(labels, (0.5, 0.5), seed=seed), reference.split(labels, (0.5, 0.5), seed=seed))


def test_labels_at_the_limits_of_64_bits_are_kept():
    for low, high, dtype in [(-(2**63), 2**63 - 1, np.int64), (0, 2**64 - 1, np.uint64)]:
        labels = np.array([low, high, high, low] * 25, dtype=dtype)
        parts = fastsplit.split(labels, (0.5, 0.5), seed=0)
        assert parts.classes.tolist() == [low, high]
        assert parts.classes.dtype == dtype
        assert parts.counts.tolist() == [[25, 25], [25, 25]]
        assert_same_splits(parts, reference.split(labels, (0.5, 0.5), seed=0))


def test_a_broadcast_label_is_read_in_place():
    labels = np.broadcast_to(np.int16(-3), (1000,))
    train, test = fastsplit.split(labels, (0.75, 0.25), seed=0)
    assert (len(train), len(test)) == (750, 250)


@pytest.mark.parametrize("dtype", ["i2", "u2", "i4", "u4", "i8", "u8"])
@pytest.mark.parametrize("order", ORDERS)
def test_index_arrays_of_every_dtype_hold_the_same_positions(dtype, order):
    labels = np.arange(30_000) % 7
    expected = fastsplit.split(labels, seed=1, order=order)
    for a, b in zip(fastsplit.split(labels, seed=1, order=order, dtype=dtype), expected, strict=True):
        assert a.dtype == np.dtype(dtype)
        assert np.array_equal(a, b)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_examples_than_splits_are_split_all_the_same(n):
    parts = fastsplit.split(np.full(n, 9), (0.5, 0.3, 0.2), seed=0)
    assert sorted(np.concatenate(list(parts)).tolist()) == list(range(n))
    assert parts.counts.shape == (min(n, 1), 3)
    assert parts.assignment.shape == (n,)


def test_totals_are_exact_where_every_class_has_one_example():
    parts = fastsplit.split(np.random.default_rng(0).permutation(10_000), (0.7, 0.2, 0.1), seed=0)
    assert [len(part) for part in parts] == [7000, 2000, 1000]
    assert (parts.counts.sum(axis=1) == 1).all()


def test_254_splits_are_as_exact_as_two():
    labels = np.arange(254 * 40) % 10
    parts = fastsplit.split(labels, [1 / 254] * 254, seed=0)
    assert {len(part) for part in parts} == {40}
    assert (parts.counts == 4).all()
    assert_same_splits(parts, reference.split(labels, [1 / 254] * 254, seed=0))
    rest = fastsplit.split(labels, [1 / 255] * 254, seed=0)
    assert int((rest.assignment == 255).sum()) in (39, 40)
    assert_same_splits(rest, reference.split(labels, [1 / 255] * 254, seed=0))


def test_splits_of_size_0_stay_empty():
    for seed in range(200):
        parts = fastsplit.split([0, 0, 1], (0.0, 1.0, 0.0), seed=seed)
        assert [len(part) for part in parts] == [0, 3, 0]


def test_sizes_that_are_counts_are_met_exactly():
    labels = np.repeat([0, 1, 2], [5, 50, 500])
    assert [len(p) for p in fastsplit.split(labels, (300, 55), seed=0)] == [300, 55]
    assert [len(p) for p in fastsplit.split(labels, (500, 50, 5), seed=0)] == [500, 50, 5]
    assert [len(p) for p in fastsplit.split(labels, {"few": 0}, seed=0)] == [0]


def test_a_seed_can_be_read_back():
    labels = np.arange(1000) % 10
    for seed in [None, 0, 2**200, np.int64(3), np.random.SeedSequence(5), np.random.SeedSequence(5).spawn(2)[1]]:
        parts = fastsplit.split(labels, seed=seed)
        assert_same_splits(fastsplit.split(labels, seed=parts.seed), parts)
    generator = fastsplit.split(labels, seed=np.random.default_rng(1))
    assert_same_splits(fastsplit.split(labels, seed=generator.seed), generator)
    assert fastsplit.split(labels, seed=5).plan == fastsplit.split(labels, seed=np.random.SeedSequence(5)).plan
    assert fastsplit.split(labels).seed != fastsplit.split(labels).seed


def test_splits_unpack_as_a_tuple_and_are_found_by_name():
    parts = fastsplit.split([0, 1] * 50, {"train": 0.5, "val": 0.3, "test": 0.2}, seed=0)
    train, val, _ = parts
    assert parts.names == ("train", "val", "test")
    assert parts["val"] is val is parts[1] is parts[-2]
    assert parts[:2] == (train, val)
    assert len(parts) == 3
    assert repr(parts) == "Splits(train: 50, val: 30, test: 20; 2 classes, seed=0)"
    assert "val" in parts
    assert "dev" not in parts
    assert repr(fastsplit.split([0] * 10, (0.5, 0.25), seed=0)).startswith("Splits(train: 5, test: ")
    assert ", in none: " in repr(fastsplit.split([0] * 10, (0.5, 0.25), seed=0))
    with pytest.raises(KeyError, match="'dev' is not one of the splits train, val, test"):
        parts["dev"]
    with pytest.raises(IndexError):
        parts[3]
    assert fastsplit.split([0] * 9, [0.5, 0.5], seed=0).names == ("train", "test")
    assert fastsplit.split([0] * 9, [0.4, 0.3, 0.3], seed=0).names == ("train", "val", "test")
    assert fastsplit.split([0] * 9, [0.4, 0.3, 0.2, 0.1], seed=0).names == ("0", "1", "2", "3")


def test_splits_can_be_pickled():
    parts = fastsplit.split([0, 1] * 50, seed=0)
    assert_same_splits(pickle.loads(pickle.dumps(parts)), parts)


def test_class_weights_are_those_that_scikit_learn_calls_balanced():
    labels = np.repeat(["a", "b", "c", "d"], [700, 200, 99, 1])
    parts = fastsplit.split(labels, (0.7, 0.3), seed=2)
    trained = labels[parts["train"]]
    classes = np.unique(trained)
    assert classes.tolist() == ["a", "b", "c"]  # the only d is in the other split
    expected = compute_class_weight("balanced", classes=classes, y=trained)
    assert parts.class_weight == dict(zip(classes.tolist(), expected.tolist(), strict=True))
