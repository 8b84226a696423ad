"""Rows that share a class and an id are one unit: what is exact for units, and what is near."""

import numpy as np
import pytest
from common import SEEDS, THREADS, assert_same_splits, both_implementations, label_arrays, size_lists
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from uniformity import FLOOR

import fastsplit
from fastsplit import reference

pytestmark = pytest.mark.usefixtures("either_way")

UNITS = np.repeat(np.arange(200), 5)  # two units of five rows per class
CLASSES = np.repeat(np.arange(100), 10)
RUNS = 2000


def columns_of(assignment, n):
    """Return the split of each unit, and check that none is parted."""
    by_unit = assignment.reshape(n, -1)
    assert (by_unit == by_unit[:, :1]).all()
    return by_unit[:, 0]


@both_implementations
@pytest.mark.parametrize(
    "ids", [UNITS, UNITS.astype(str), UNITS % 10], ids=["integers", "strings", "same in all classes"]
)
@pytest.mark.parametrize("sizes", [(0.8, 0.2), (0.7, 0.2, 0.1), (0.5, 0.2)])
def test_totals_of_many_classes_stay_near_the_sizes(module, ids, sizes):
    """Ends are drawn class by class: within five standard deviations, each at most half a unit per class and cut."""
    for seed in range(5):
        parts = module.split(CLASSES, sizes, seed=seed, ids=ids)
        for part, size in zip(parts, sizes, strict=True):
            assert abs(len(part) - 1000 * size) < 5 * 2 * (5 / 2) * np.sqrt(100)


@both_implementations
def test_folds_of_shared_ids_are_all_used(module):
    for seed in range(5):
        sizes = [len(test) for _, test in module.kfold(CLASSES, 5, seed=seed, ids=UNITS)]
        assert sum(sizes) == 1000
        assert min(sizes) > 50


@pytest.mark.statistical
@pytest.mark.parametrize("sizes", [(0.8, 0.2), (0.7, 0.2, 0.1), (0.25, 0.25)])
@pytest.mark.parametrize("size_of_unit", [1, 3, 5])
def test_units_of_one_size_have_the_requested_probabilities(sizes, size_of_unit):
    ids = np.repeat(np.arange(12), size_of_unit)
    labels = np.repeat([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3], size_of_unit)
    found = np.zeros((12, 256), dtype=int)
    for seed in range(RUNS):
        assignment = fastsplit.plan(labels, sizes, seed=seed, ids=ids).assign(labels, ids)
        found[np.arange(12), columns_of(assignment, 12)] += 1
    for counts in found:
        for split, size in enumerate(sizes):
            assert stats.binomtest(int(counts[split]), RUNS, size).pvalue > FLOOR


@given(st.data(), label_arrays(), size_lists(), SEEDS, st.sampled_from(THREADS), st.integers(0, 3))
def test_equals_the_reference(data, labels, sizes, seed, threads, min_per_split):
    ids = np.array(data.draw(st.lists(st.integers(0, 8), min_size=len(labels), max_size=len(labels))), dtype=np.int64)
    options = {"seed": seed, "ids": ids, "min_per_split": min_per_split}
    try:
        expected = reference.split(labels, sizes, **options)
    except ValueError as error:
        with pytest.raises(ValueError, match="min_per_split") as raised:
            fastsplit.split(labels, sizes, threads=threads, **options)
        assert str(raised.value) == str(error)
        return
    got = fastsplit.split(labels, sizes, threads=threads, **options)
    assert_same_splits(got, expected)
    for k, size in enumerate(sizes):
        assert (got.counts[:, k] >= min_per_split).all() or not size
        counted = [np.count_nonzero(labels[got.assignment == k] == c) for c in got.classes]
        assert counted == got.counts[:, k].tolist()
    for c in got.classes:
        own = labels == c
        for number in np.unique(ids[own]):
            assert len(np.unique(got.assignment[own & (ids == number)])) == 1


@both_implementations
@pytest.mark.parametrize("seed", range(20))
def test_the_minimum_is_kept_by_moving_whole_units(module, seed):
    labels, ids = [0] * 95 + [1] * 5, [*range(95), 200, 200, 200, 200, 201]
    parts = module.split(labels, (0.8, 0.2), seed=seed, ids=ids, min_per_split=1)
    assert sorted(parts.counts[1].tolist()) == [1, 4]


@both_implementations
def test_units_that_cannot_keep_the_minimum_are_an_error_that_names_the_class(module):
    labels, ids = ["a"] * 95 + ["b"] * 5, [*range(95), *[200] * 5]
    with pytest.raises(ValueError, match=r"min_per_split cannot be kept.*with this seed.*rows of one: 'b'$"):
        module.split(labels, (0.8, 0.2), seed=0, ids=ids, min_per_split=1)


@pytest.mark.parametrize("threads", THREADS)
def test_units_in_bands_that_lack_the_minimum_are_cut_from_all_keys(threads):
    """Large classes have their cuts in bands, and one large unit may still leave a split without its minimum."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 3000)
    for seed in range(20):
        ids = np.where(rng.random(3000) < 0.4, 5, np.arange(3000) + 10)
        options = {"seed": seed, "ids": ids, "min_per_split": 50}
        expected = reference.split(labels, (0.9, 0.1), **options)
        assert_same_splits(fastsplit.split(labels, (0.9, 0.1), threads=threads, **options), expected)
        assert (expected.counts >= 50).all()


def test_a_report_says_by_how_many_examples_shared_ids_move_a_total():
    parts = fastsplit.split(CLASSES, {"train": 0.8, "test": 0.2}, seed=0, ids=UNITS)
    off = len(parts["train"]) - 800
    assert abs(off) > 1
    why = "rows that share an id stay together, or examples came after the plan was made"
    note = f"note: examples above (+) or below (-) the size of a split: train {off:+.1f}, test {-off:+.1f}; {why}"
    assert f"\n\n{note}\n" in str(parts.report())


@pytest.mark.parametrize("min_per_split", [0, 1, 2])
def test_a_report_of_ids_that_are_not_shared_says_nothing_of_totals(min_per_split):
    rng = np.random.default_rng(0)
    for seed in range(100):
        n = int(rng.integers(20, 200))
        labels = np.sort(rng.integers(0, 3, n) * rng.integers(0, 2, n)) if n % 2 else np.arange(n) % 3
        options = {"seed": seed, "ids": [f"u{i}" for i in range(n)], "min_per_split": min_per_split}
        try:
            made = fastsplit.split(labels, (0.5, 0.2, 0.17), **options)
        except ValueError:  # a class or a split is too small for the minimum
            assert min_per_split > 0
            continue
        assert "the size of a split" not in str(made.report())


@both_implementations
def test_folds_that_shared_ids_leave_empty_are_warned_of(module):
    with pytest.warns(UserWarning, match=r"^\d of k=5 folds are empty, because rows that share an id stay together"):
        module.kfold([0] * 50, 5, seed=0, ids=np.repeat([1, 2, 3], [15, 15, 20]))
