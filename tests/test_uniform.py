"""Uniformity is tested, not assumed: all assignments and all orders of a few examples, counted over many seeds.

Seeds are fixed, so that no test flakes; p-values must pass 1e-6, which a sound split does in all but one of a million
choices of seeds for each test.
"""

import itertools
import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

import fastsplit
from fastsplit import reference
from fastsplit.engine import quotas as stages
from fastsplit.inputs import seeds

FLOOR = 1e-6


def chi_square(found, outcomes):
    """The p-value of outcomes being equally likely; outcomes that cannot be are an error."""
    assert set(found) <= set(outcomes)
    return stats.chisquare([found[outcome] for outcome in outcomes]).pvalue


def multiset_permutations(counts):
    items = [split for split, count in enumerate(counts) for _ in range(count)]
    return sorted(set(itertools.permutations(items)))


@pytest.mark.parametrize(
    ("n", "sizes", "runs"), [(4, (0.5, 0.5), 6000), (6, (3, 2, 1), 30_000), (5, (2, 2), 12_000), (7, (6, 1), 5000)]
)
def test_given_the_quotas_all_assignments_are_equally_likely(n, sizes, runs):
    plans = (fastsplit.plan(np.zeros(n, dtype=np.int8), sizes, seed=seed) for seed in range(runs))
    found = Counter(tuple(plan.assign(np.zeros(n, dtype=np.int8)).tolist()) for plan in plans)
    counts = [round(n * size) for size in sizes] if sum(sizes) <= 1 else [*sizes, n - sum(sizes)]
    outcomes = [tuple(255 if s == len(sizes) else s for s in outcome) for outcome in multiset_permutations(counts)]
    assert chi_square(found, outcomes) > FLOOR


def test_two_classes_are_assigned_independently():
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    found = Counter()
    for seed in range(20_000):
        assignment = fastsplit.plan(labels, (0.5, 0.5), seed=seed).assign(labels)
        found[tuple(assignment[0::2].tolist()), tuple(assignment[1::2].tolist())] += 1
    halves = multiset_permutations([2, 2])
    assert chi_square(found, list(itertools.product(halves, halves))) > FLOOR


@pytest.mark.parametrize("seeds", [range(20_000), [2**64 * i for i in range(20_000)]], ids=["consecutive", "high"])
def test_all_orders_are_equally_likely(seeds):
    found = Counter(tuple(fastsplit.shuffle([0, 1, 2, 3], seed=seed).tolist()) for seed in seeds)
    assert chi_square(found, list(itertools.permutations(range(4)))) > FLOOR


def test_the_order_is_independent_of_the_split():
    found = Counter()
    for seed in range(20_000):
        train, test = fastsplit.split([0, 0, 0, 0], (0.5, 0.5), seed=seed)
        found[tuple(train.tolist()), tuple(test.tolist())] += 1
    outcomes = [(tuple(p[:2]), tuple(p[2:])) for p in itertools.permutations(range(4))]
    assert chi_square(found, outcomes) > FLOOR


@pytest.mark.parametrize("counts", [[1], [1, 1, 1], [3, 2, 1], [13]])
def test_every_example_has_the_asked_for_probability_of_each_split(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    sizes, runs = (0.5, 0.25, 0.15), 20_000
    found = np.zeros((len(labels), 256), dtype=int)
    for seed in range(runs):
        found[np.arange(len(labels)), fastsplit.plan(labels, sizes, seed=seed).assign(labels)] += 1
    expected = np.array([*sizes, 0.1]) * runs
    for row in found[:, [0, 1, 2, 255]]:
        assert stats.chisquare(row, expected).pvalue > FLOOR


def test_neighbouring_seeds_and_positions_are_independent():
    n, runs = 1000, 400
    splits = np.array(
        [fastsplit.plan(np.zeros(n, int), (0.5, 0.5), seed=s).assign(np.zeros(n, int)) for s in range(runs)]
    )
    signs = 2.0 * splits - 1
    by_seed = (signs[1:] * signs[:-1]).sum() / math.sqrt(n * (runs - 1))
    by_position = ((signs[:, 1:] * signs[:, :-1]).sum() + (n - 1) * runs / (n - 1)) / math.sqrt((n - 1) * runs)
    for z in (by_seed, by_position):
        assert 2 * stats.norm.sf(abs(z)) > FLOOR


@pytest.mark.parametrize("step", [1, 2, 64, 2**20, 2**40, 2**56 + 1])
def test_the_count_in_a_window_of_ids_is_hypergeometric(step):
    """A lattice of keys would be spread too evenly, a poor one too unevenly; both show in the variance."""
    n, window, runs = 256, 64, 3000
    ids = (np.arange(n, dtype=np.uint64) * np.uint64(step)).astype(np.uint64)
    labels = np.zeros(n, dtype=np.uint8)
    found = []
    for seed in range(runs):
        assignment = fastsplit.plan(labels, (0.25, 0.75), seed=seed, ids=ids).assign(labels, ids)
        found.append([(part == 0).sum() for part in assignment.reshape(-1, window)])
    expected = stats.hypergeom(n, n // 4, window)
    squares = (np.array(found)[:, 0] - expected.mean()) ** 2
    z = (squares.mean() - expected.var()) / (squares.std() / math.sqrt(runs))
    assert 2 * stats.norm.sf(abs(z)) > FLOOR
    bins = [0, 12, 14, 16, 18, 20, window + 1]
    counts = np.histogram(np.array(found)[:, 1], bins)[0]
    chances = [expected.cdf(b - 1) - expected.cdf(a - 1) for a, b in itertools.pairwise(bins)]
    assert stats.chisquare(counts, np.array(chances) / sum(chances) * runs).pvalue > FLOOR


def test_a_biased_variant_is_caught(monkeypatch):
    """The same tests fail when one key in forty is moved from the lower half of the range to the upper."""
    runs = 20_000
    biased = reference.keys

    def keys(seed, ids):
        return biased(seed, ids) | (np.uint64(1) << np.uint64(63)) * (biased(seed, ids + np.uint64(7)) % 20 == 0)

    monkeypatch.setattr(reference, "keys", keys)
    words = [seeds.expand_seed(seed).split for seed in range(runs)]
    halves = Counter(bool(keys(w, np.zeros(1, np.uint64))[0] >> np.uint64(63)) for w in words)
    assert chi_square(halves, [False, True]) < FLOOR
    found = Counter(tuple(reference.quotas(
        np.ones(2, np.int64), np.array([1, 3]), 4, 2, 0, seeds.expand_seed(seed).rounding
    )[:, 0].tolist()) for seed in range(runs))  # fmt: skip
    fair = Counter(tuple(stages.quotas(
        np.ones(2, np.int64), np.array([1, 3]), 4, 2, 0, seeds.expand_seed(seed).rounding
    )[:, 0].tolist()) for seed in range(runs))  # fmt: skip
    assert stats.chisquare([fair[0, 0], fair[0, 1], fair[1, 0]], [runs / 2, runs / 4, runs / 4]).pvalue > FLOOR
    assert stats.chisquare([found[0, 0], found[0, 1], found[1, 0]], [runs / 2, runs / 4, runs / 4]).pvalue < FLOOR
