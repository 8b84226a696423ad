"""split: a partition, exact in every cell, the same bits for every layout of the labels and number of threads."""

import numpy as np
import pytest
from common import (
    DTYPES,
    ORDERS,
    THREADS,
    assert_same_splits,
    ideals,
    is_floor_or_ceiling,
    label_arrays,
    size_lists,
)
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import reference

pytestmark = pytest.mark.usefixtures("small_ranges")
SEEDS = st.integers(0, 2**130)


@given(label_arrays(), size_lists(), SEEDS, st.sampled_from(ORDERS), st.sampled_from(THREADS))
def test_is_an_exact_partition(labels, sizes, seed, order, threads):
    before = labels.copy()
    parts = fastsplit.split(labels, sizes, seed=seed, order=order, threads=threads)
    assert np.array_equal(labels, before)

    none = np.flatnonzero(parts.assignment == 255)
    assert np.array_equal(np.sort(np.concatenate([*parts, none])), np.arange(len(labels)))
    for number, positions in enumerate(parts):
        assert (parts.assignment[positions] == number).all()
        if order == "ascending":
            assert (np.diff(positions) > 0).all()

    classes, counts = np.unique(labels, return_counts=True)
    assert np.array_equal(parts.classes, classes)
    for c, row in zip(classes, parts.counts, strict=True):
        assert row.tolist() == [int((labels[positions] == c).sum()) for positions in parts]
    for cells, exact in zip(parts.counts.tolist(), ideals(counts, sizes), strict=True):
        assert all(is_floor_or_ceiling(cell, ideal) for cell, ideal in zip(cells, exact, strict=True))
    for positions, size in zip(parts, sizes, strict=True):
        assert is_floor_or_ceiling(len(positions), len(labels) * size)


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
    splits_of = {}
    for example in zip(ids, labels.tolist(), got.assignment.tolist(), strict=True):
        splits_of.setdefault(example[:2], set()).add(example[2])
    assert all(len(splits) == 1 for splits in splits_of.values())


@pytest.mark.parametrize("classes", [1, 7, 300, 40_000])
@pytest.mark.parametrize("threads", THREADS)
def test_equals_the_reference_on_more_labels(classes, threads):
    rng = np.random.default_rng(classes)
    labels = rng.zipf(1.3, 60_000) % classes if classes > 1 else np.zeros(60_000, dtype=np.int8)
    for sizes in [(0.7, 0.2, 0.1), (0.5,), (1.0,), (0.0, 0.3, 0.0, 0.7), (20_000, 39_999, 1)]:
        got = fastsplit.split(labels, sizes, seed=5, threads=threads)
        assert_same_splits(got, reference.split(labels, sizes, seed=5))


@pytest.mark.parametrize("repeats", [2, 50, 30_000])
def test_equals_the_reference_where_many_rows_share_an_id(repeats):
    rng = np.random.default_rng(repeats)
    ids = np.arange(60_000) // repeats
    labels = rng.integers(0, 3, 60_000)
    got = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=1, ids=ids)
    assert_same_splits(got, reference.split(labels, (0.7, 0.2, 0.1), seed=1, ids=ids))


def _layouts(values):
    """The same labels in every type that holds them, and in every layout."""
    for dtype in DTYPES[1:]:
        yield values.astype(dtype)
    wide = np.zeros(2 * len(values), dtype=np.int64)
    wide[::2] = values
    yield wide[::2]
    yield values[::-1].copy()[::-1]
    packed = np.zeros(len(values), dtype=[("pad", "u1"), ("label", ">u4")])
    packed["label"] = values
    yield packed["label"]  # unaligned
    read_only = values.astype(np.int16)
    read_only.flags.writeable = False
    yield read_only
    yield values.tolist()


def test_the_layout_of_the_labels_does_not_matter(tmp_path):
    values = np.random.default_rng(0).integers(0, 100, 5000)
    expected = fastsplit.split(values, (0.7, 0.2, 0.1), seed=3)
    np.save(tmp_path / "labels.npy", values.astype(np.int32))
    for labels in [*_layouts(values), np.load(tmp_path / "labels.npy", mmap_mode="r")]:
        for threads in THREADS:
            got = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=3, threads=threads)
            assert np.array_equal(got.counts, expected.counts)
            assert np.array_equal(got.assignment, expected.assignment)
            for a, b in zip(got, expected, strict=True):
                assert np.array_equal(a, b)
            assert got.classes.tolist() == expected.classes.tolist()


def test_a_broadcast_label_is_read_where_it_lies():
    labels = np.broadcast_to(np.int16(-3), (1000,))
    train, test = fastsplit.split(labels, (0.75, 0.25), seed=0)
    assert (len(train), len(test)) == (750, 250)


@given(st.data(), st.integers(0, 200), size_lists(), SEEDS)
def test_with_ids_the_order_of_the_rows_does_not_matter(data, n, sizes, seed):
    ids = np.array(data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=n, max_size=n, unique=True)), dtype=np.uint64)
    labels = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=np.int64)
    rows = np.array(data.draw(st.permutations(range(n))), dtype=np.intp)
    one = fastsplit.split(labels, sizes, seed=seed, ids=ids)
    two = fastsplit.split(labels[rows], sizes, seed=seed, ids=ids[rows])
    assert one.plan == two.plan
    assert np.array_equal(one.assignment[rows], two.assignment)
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(ids[a], ids[rows][b])


def test_ids_may_come_from_several_files():
    rng = np.random.default_rng(0)
    labels, ids = rng.integers(0, 9, 3000), rng.permutation(10**6)[:3000]
    plan = fastsplit.plan(labels, (0.6, 0.4), seed=2, ids=ids)
    whole = plan.assign(labels, ids)
    by_file = [plan.assign(labels[part], ids[part]) for part in np.array_split(np.arange(3000), 7)]
    assert np.array_equal(np.concatenate(by_file), whole)


def test_ids_as_strings_equal_whatever_holds_them():
    names = [f"image/{i}.jpg" for i in range(500)]
    labels = np.arange(500) % 3
    one = fastsplit.split(labels, seed=0, ids=names)
    two = fastsplit.split(labels, seed=0, ids=np.array(names))
    assert np.array_equal(one.assignment, two.assignment)
    assert not np.array_equal(one.assignment, fastsplit.split(labels, seed=0).assignment)


@pytest.mark.parametrize("dtype", ["i2", "u2", "i4", "u4", "i8", "u8"])
@pytest.mark.parametrize("order", ORDERS)
def test_dtype_of_the_indices(dtype, order):
    labels = np.arange(30_000) % 7
    expected = fastsplit.split(labels, seed=1, order=order)
    for a, b in zip(fastsplit.split(labels, seed=1, order=order, dtype=dtype), expected, strict=True):
        assert a.dtype == np.dtype(dtype)
        assert np.array_equal(a, b)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_examples(n):
    parts = fastsplit.split(np.full(n, 9), (0.5, 0.3, 0.2), seed=0)
    assert sorted(np.concatenate(list(parts)).tolist()) == list(range(n))
    assert parts.counts.shape == (min(n, 1), 3)
    assert parts.assignment.shape == (n,)


def test_every_example_its_own_class():
    parts = fastsplit.split(np.random.default_rng(0).permutation(10_000), (0.7, 0.2, 0.1), seed=0)
    assert [len(part) for part in parts] == [7000, 2000, 1000]
    assert (parts.counts.sum(axis=1) == 1).all()


def test_labels_at_the_extremes():
    for low, high, dtype in [(-(2**63), 2**63 - 1, np.int64), (0, 2**64 - 1, np.uint64)]:
        labels = np.array([low, high, high, low] * 25, dtype=dtype)
        parts = fastsplit.split(labels, (0.5, 0.5), seed=0)
        assert parts.classes.tolist() == [low, high]
        assert parts.classes.dtype == dtype
        assert parts.counts.tolist() == [[25, 25], [25, 25]]
        assert_same_splits(parts, reference.split(labels, (0.5, 0.5), seed=0))


def test_254_splits():
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


def test_whole_counts():
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


def test_splits_is_a_tuple_with_names():
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


def test_larger_training_sets_hold_the_smaller():
    labels = np.random.default_rng(0).integers(0, 5, 10_000)
    last = np.zeros(0, dtype=np.intp)
    for size in [0.1, 0.2, 0.5, 0.9]:
        train = fastsplit.split(labels, (size, 1 - size), seed=0)["train"]
        assert len(np.setdiff1d(last, train)) <= 5  # rounding may differ by one a class
        last = train
    three = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    two = fastsplit.split(labels, (0.7, 0.3), seed=0)
    assert len(np.setxor1d(three["train"], two["train"])) <= 10


def test_string_labels_whose_codes_lie_far_apart():
    """Categories of which few occur: their codes are hashed, and the classes are strings all the same."""
    import pandas as pd

    labels = pd.Series(pd.Categorical.from_codes([0, 9999] * 10, [f"c{i:05d}" for i in range(10_000)]))
    got = fastsplit.split(labels, (0.5, 0.5), seed=0)
    assert got.classes.tolist() == ["c00000", "c09999"]
    assert_same_splits(got, reference.split(labels, (0.5, 0.5), seed=0))
    assert np.array_equal(got.plan.assign(labels), got.assignment)
    assert fastsplit.group(labels).classes.tolist() == ["c00000", "c09999"]


@pytest.mark.parametrize("seed", range(8))
def test_a_small_class_whose_cut_lies_to_one_side_of_the_band(seed):
    """By chance above or below it, while the large class has its cut inside."""
    labels = np.repeat([0, 1], [70_000, 5])
    assert_same_splits(fastsplit.split(labels, (0.5, 0.5), seed=seed), reference.split(labels, (0.5, 0.5), seed=seed))
