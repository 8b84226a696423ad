"""What `fastsplit.split` guarantees of groups: whole, the same for every order of rows, closer than at random."""

import numpy as np
import pytest
from common import DTYPES, SEEDS, THREADS, size_lists
from common_groups import assert_whole, labels_and_groups, unequal_groups
from hypothesis import assume, given
from hypothesis import strategies as st

import fastsplit
from fastsplit import _kernels

pytestmark = [pytest.mark.usefixtures("either_way"), pytest.mark.filterwarnings("ignore:.*splits are empty")]

BALANCES = st.sampled_from(["fair", "closest"])


@given(labels_and_groups(), size_lists(), SEEDS, BALANCES, st.sampled_from(THREADS))
def test_every_group_is_whole(data, sizes, seed, balance, threads):
    labels, groups = data
    parts = fastsplit.split(labels, sizes, groups=groups, balance=balance, seed=seed, threads=threads)
    assert_whole(parts.assignment, groups)
    rest = np.flatnonzero(parts.assignment == 255)
    assert sorted(np.concatenate([*parts, rest]).tolist()) == list(range(len(labels)))
    for k, size in enumerate(sizes):
        assert size > 0 or len(parts[k]) == 0


@given(st.data(), labels_and_groups(), size_lists(), SEEDS, BALANCES)
def test_the_order_of_rows_does_not_matter(data, rows_of_data, sizes, seed, balance):
    labels, groups = rows_of_data
    rows = np.array(data.draw(st.permutations(range(len(labels)))), dtype=np.intp)
    options = {"balance": balance, "seed": seed}
    parts = fastsplit.split(labels, sizes, groups=groups, **options)
    reordered = fastsplit.split(labels[rows], sizes, groups=groups[rows], **options)
    assert reordered.plan == parts.plan
    assert np.array_equal(reordered.assignment, parts.assignment[rows])


def test_the_result_does_not_depend_on_threads_dtypes_or_cpu(use_cpu):
    labels, groups = unequal_groups()
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), groups=groups, seed=3)
    for cpu in _kernels.CPUS:
        use_cpu(cpu)
        for dtype in DTYPES[1:]:
            wide = np.zeros(2 * len(labels), dtype=dtype)
            wide[::2] = labels
            for threads in THREADS:
                got = fastsplit.split(wide[::2], (0.7, 0.2, 0.1), groups=groups.astype(dtype), seed=3, threads=threads)
                assert got.classes.tolist() == expected.classes.tolist()
                assert np.array_equal(got.plan.splits, expected.plan.splits)
                assert np.array_equal(got.plan.counts, expected.plan.counts)
                assert all(map(np.array_equal, got, expected))


def objective(counts, sizes):
    """The weighted sum of squared deviations of the classes and of the size: what dealing makes small."""
    counts = np.vstack([counts, counts.sum(axis=0)]).astype(float)
    totals = counts.sum(axis=1)
    weights = np.append(np.full(len(counts) - 1, 1.0), len(counts) - 1) / totals**2
    return float((weights[:, None] * (counts - totals[:, None] * np.array(sizes)) ** 2).sum())


def expected_at_random(labels, groups, sizes):
    """The expectation of the objective if every group drew its split, independently of the others."""
    of_group = np.zeros((len(np.unique(groups)), len(np.unique(labels))))
    np.add.at(of_group, (np.unique(groups, return_inverse=True)[1], np.unique(labels, return_inverse=True)[1]), 1)
    of_group = np.column_stack([of_group, of_group.sum(axis=1)])
    totals = of_group.sum(axis=0)
    weights = np.append(np.full(len(totals) - 1, 1.0), len(totals) - 1) / totals**2
    variance = sum(size * (1 - size) for size in sizes)
    return float((weights * (of_group**2).sum(axis=0)).sum()) * variance


@given(labels_and_groups(), st.integers(2, 5), SEEDS)
def test_folds_are_at_least_as_close_as_a_random_assignment_in_expectation(data, k, seed):
    """By the method of conditional expectations: each group goes to the fold where the objective grows least."""
    labels, groups = data
    assume(len(np.unique(groups)) >= k)
    folds = fastsplit.kfold(labels, k, groups=groups, seed=seed)
    sizes = [1 / k] * k
    # 1e-9: both sides are sums of float64.
    assert objective(folds.plan.counts, sizes) <= expected_at_random(labels, groups, sizes) * (1 + 1e-9)


@pytest.mark.parametrize("sizes", [(0.7, 0.2, 0.1), (0.85, 0.15), (0.703, 0.297)])
def test_splits_are_closer_than_a_random_assignment_on_average(sizes):
    labels, groups = unequal_groups()
    mean = np.mean(
        [objective(fastsplit.plan(labels, sizes, groups=groups, seed=seed).counts, sizes) for seed in range(20)]
    )
    assert mean < expected_at_random(labels, groups, sizes) / 2


def test_the_expectation_at_random_is_the_mean_of_random_assignments():
    labels, groups = unequal_groups()
    rng, found = np.random.default_rng(0), []
    for _ in range(2000):
        assignment = rng.choice(3, len(np.unique(groups)), p=(0.7, 0.2, 0.1))[groups]
        counts = np.array([np.bincount(assignment[labels == c], minlength=3) for c in np.unique(labels)])
        found.append(objective(counts, (0.7, 0.2, 0.1)))
    standard_error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - expected_at_random(labels, groups, (0.7, 0.2, 0.1))) < 5 * standard_error


@pytest.mark.parametrize(("sizes", "n_groups"), [((0.7, 0.2, 0.1), 20), ((0.7, 0.2, 0.1), 100), ((0.85, 0.15), 40)])
def test_equal_groups_are_split_exactly_if_their_number_allows(sizes, n_groups):
    groups = np.arange(5 * n_groups) // 5
    for seed in range(20):
        plan = fastsplit.plan(np.arange(5 * n_groups) % 5, sizes, groups=groups, seed=seed)
        assert plan.counts.tolist() == [[round(n_groups * size) for size in sizes]] * 5
