"""What docs/guarantees.md says: one test per row of its table, in its order. Each docstring quotes its row."""

import itertools

import numpy as np
import pytest
import uniformity
from common import DTYPES, SEEDS, THREADS, ideals, is_floor_or_ceiling, label_arrays, size_lists
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from uniformity import FLOOR, assign, chances

import fastsplit
from fastsplit import _kernels

pytestmark = pytest.mark.usefixtures("either_way")

SEEDS_OF_UNITS = 1000


@given(label_arrays(), size_lists(), SEEDS, st.sampled_from(THREADS))
def test_every_example_is_in_one_split(labels, sizes, seed, threads):
    """Every example is in at most one split, and in exactly one if the sizes sum to 1."""
    positions = np.concatenate([*fastsplit.split(labels, sizes, seed=seed, threads=threads)])
    times = np.bincount(positions, minlength=len(labels))
    assert len(times) == len(labels)
    assert times.max(initial=0) <= 1
    assert sum(sizes) < 1 or times.all()


@given(label_arrays(), size_lists(), SEEDS, st.sampled_from(THREADS))
def test_counts_and_totals_are_floors_or_ceilings(labels, sizes, seed, threads):
    """Every class x split count is the floor or the ceiling of its ideal, and so is every split's total."""
    parts = fastsplit.split(labels, sizes, seed=seed, threads=threads)
    classes, n_per_class = np.unique(labels, return_counts=True)
    for positions, size in zip(parts, sizes, strict=True):
        assert is_floor_or_ceiling(len(positions), len(labels) * size)
        counts = [int((labels[positions] == c).sum()) for c in classes]
        for count, (ideal,) in zip(counts, ideals(n_per_class, [size]), strict=True):
            assert is_floor_or_ceiling(count, ideal)


@pytest.mark.statistical
@pytest.mark.parametrize("class_sizes", [[1], [1, 1, 1], [3, 2, 1], [13]])
def test_every_example_has_the_requested_probabilities(class_sizes):
    """Every example has exactly the requested probability of each split."""
    assert uniformity.of_each_example(assign, class_sizes, 20_000) > FLOOR


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("n", "sizes", "runs"), [(4, (0.5, 0.5), 6000), (6, (3, 2, 1), 30_000), (5, (2, 2), 12_000), (7, (6, 1), 5000)]
)
def test_all_assignments_are_equally_likely(n, sizes, runs):
    """Given the counts, all assignments are equally likely."""
    assert uniformity.of_assignments(assign, n, sizes, runs) > FLOOR


def layouts_of(values):
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


def test_the_result_does_not_depend_on_threads_layout_or_cpu(use_cpu):
    """The result is the same, bit for bit, for any number of threads, label dtype, byte order, stride and CPU."""
    values = np.random.default_rng(0).integers(0, 100, 5000)
    expected = fastsplit.split(values, (0.7, 0.2, 0.1), seed=3)
    for cpu, labels, threads in itertools.product(_kernels.CPUS, layouts_of(values), THREADS):
        use_cpu(cpu)
        got = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=3, threads=threads)
        assert got.classes.tolist() == expected.classes.tolist()
        assert np.array_equal(got.plan.cuts, expected.plan.cuts)
        assert np.array_equal(got.assignment, expected.assignment)
        for positions, same in zip(got, expected, strict=True):
            assert np.array_equal(positions, same)


@given(st.data(), st.integers(0, 200), size_lists(), SEEDS)
def test_with_ids_neither_order_nor_files_matter_and_rows_of_one_id_stay_together(data, n, sizes, seed):
    """With `ids=`, it is also the same for any order of the rows and any partition over files; rows that share an
    id and a class stay together."""
    ids = data.draw(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 20), min_size=n, max_size=n))
    ids = np.array(ids, dtype=np.uint64)
    labels = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), dtype=np.int64)
    parts = fastsplit.split(labels, sizes, seed=seed, ids=ids)

    rows = np.array(data.draw(st.permutations(range(n))), dtype=np.intp)
    reordered = fastsplit.split(labels[rows], sizes, seed=seed, ids=ids[rows])
    assert reordered.plan == parts.plan
    assert np.array_equal(reordered.assignment, parts.assignment[rows])
    for positions, before in zip(reordered, parts, strict=True):
        assert np.array_equal(ids[rows][positions], ids[before])

    files = np.array_split(rows, data.draw(st.integers(1, 7)))
    by_file = [parts.plan.assign(labels[file], ids[file]) for file in files]
    assert np.array_equal(np.concatenate(by_file), reordered.assignment)

    examples = list(zip(ids.tolist(), labels.tolist(), parts.assignment.tolist(), strict=True))
    assert len(set(examples)) == len({(id_, label) for id_, label, _ in examples})


def test_groups_are_whole_and_have_the_requested_probabilities():
    """With `groups=`, groups stay whole, whatever their classes; each has exactly the requested probability of each
    split."""
    groups = np.repeat(np.arange(20), np.arange(1, 21))
    labels = np.random.default_rng(0).integers(0, 3, len(groups))
    first = np.searchsorted(groups, np.arange(20))
    found = np.zeros(20)
    for seed in range(SEEDS_OF_UNITS):
        assignment = fastsplit.split(labels, (0.7, 0.3), groups=groups, seed=seed).assignment
        assert np.array_equal(assignment, assignment[first][groups])
        found += assignment[first] == 0
    assert min(stats.binomtest(int(n), SEEDS_OF_UNITS, 0.7).pvalue for n in found) > FLOOR


def test_splits_of_several_labels_have_exact_sizes_and_probabilities():
    """With several labels per example, sizes are the floor or the ceiling of their ideal, and each example has exactly
    the requested probability of each split."""
    matrix = np.random.default_rng(0).random((23, 6)) < 0.3
    found = np.zeros(23)
    for seed in range(SEEDS_OF_UNITS):
        parts = fastsplit.split_multilabel(matrix, (0.7, 0.3), seed=seed)
        assert [len(part) for part in parts] in ([16, 7], [17, 6])  # 23 x 0.7 = 16.1
        found[parts[0]] += 1
    assert min(stats.binomtest(int(n), SEEDS_OF_UNITS, 0.7).pvalue for n in found) > FLOOR


@pytest.mark.parametrize("n_per_class", [1, 2, 3, 10, 50])
@pytest.mark.parametrize("sizes", [(0.7, 0.2, 0.1), (0.5, 0.5), (0.01, 0.99)])
def test_later_examples_move_none_and_have_the_requested_probabilities(n_per_class, sizes):
    """With a plan, appended examples (or new ids) do not move earlier ones, and have the requested probability of
    each split."""
    n_classes = 60_000 // n_per_class
    labels = np.repeat(np.arange(n_classes), n_per_class)
    parts = fastsplit.split(labels, sizes, seed=n_per_class)
    appended = np.append(labels, np.random.default_rng(0).integers(-9, n_classes, 1000))
    assert np.array_equal(parts.plan.assign(appended)[: len(labels)], parts.assignment)

    found = chances(parts.plan)
    z = (found.mean(axis=0) - sizes) / (found.std(axis=0) / np.sqrt(n_classes))
    assert 2 * stats.norm.sf(np.abs(z)).min() > FLOOR


@given(label_arrays(), st.lists(st.fractions(0, 1, max_denominator=100), min_size=2, max_size=2), SEEDS)
def test_larger_training_sets_hold_smaller_ones_and_three_way_splits_refine_two_way_ones(labels, ends, seed):
    """With one seed, a larger training set contains the smaller one, and a three-way split refines the two-way
    split; per class and cut at most one example differs, because counts are rounded again."""
    low, high = sorted(ends)
    three = fastsplit.split(labels, (low, high - low, 1 - high), seed=seed).assignment
    smaller, larger = (fastsplit.split(labels, (end, 1 - end), seed=seed).assignment for end in (low, high))
    assert at_most_one_per_class(labels, (smaller == 0) & (larger != 0))
    assert at_most_one_per_class(labels, (smaller == 0) != (three == 0))
    assert at_most_one_per_class(labels, (larger == 1) != (three == 2))


def at_most_one_per_class(labels, selected):
    return len(np.unique(labels[selected])) == np.count_nonzero(selected)
