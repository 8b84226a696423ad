"""Statistics of an implementation of split: each returns the p-value of the hypothesis that it is uniform.

The implementation is their argument, so that a biased one can be shown to fail. The seeds are fixed: no test flakes.
"""

import itertools
import math
from collections import Counter

import numpy as np
from scipy import stats

import fastsplit

FLOOR = 1e-6
"""Least p-value that passes: a sound implementation fails for one in a million choices of the seeds."""

NO_SPLIT = 255


def assign(labels, seed, sizes, ids=None):
    """Return the split of each example, as fastsplit does."""
    return fastsplit.plan(labels, sizes, seed=seed, ids=ids).assign(labels, ids)


def chances(plan):
    """Return the probability of each split for an example that is added to each class, shape (C, K).

    The sizes of the plan must sum to 1.
    """
    n_classes = len(plan.classes)
    return np.diff(np.column_stack([np.zeros(n_classes), plan.cuts / 2.0**64, np.ones(n_classes)]), axis=1)


def of_assignments(assign, n, sizes, runs):
    """Given the quotas, all assignments of one class are equally likely; ``sizes`` have whole quotas."""
    labels = np.zeros(n, dtype=np.int8)
    found = Counter(tuple(assign(labels, seed, sizes).tolist()) for seed in range(runs))
    quotas = dict(enumerate(round(n * size) if isinstance(size, float) else size for size in sizes))
    return _equally_likely(found, _arrangements({**quotas, NO_SPLIT: n - sum(quotas.values())}))


def of_two_classes(assign, runs):
    """The assignments of two classes are independent, and all are equally likely."""
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 1])
    found = Counter()
    for seed in range(runs):
        assignment = assign(labels, seed, (0.5, 0.5))
        found[tuple(assignment[0::2].tolist()), tuple(assignment[1::2].tolist())] += 1
    halves = _arrangements({0: 2, 1: 2})
    return _equally_likely(found, list(itertools.product(halves, halves)))


def of_each_example(assign, class_sizes, runs):
    """Every example has the requested probability of each split; the least p-value of all examples."""
    labels = np.repeat(np.arange(len(class_sizes)), class_sizes)
    shares = {0: 0.5, 1: 0.25, 2: 0.15, NO_SPLIT: 0.1}
    found = np.zeros((len(labels), NO_SPLIT + 1), dtype=int)
    for seed in range(runs):
        found[np.arange(len(labels)), assign(labels, seed, (0.5, 0.25, 0.15))] += 1
    expected = np.array([*shares.values()]) * runs
    return min(stats.chisquare(row, expected).pvalue for row in found[:, [*shares]])


def of_neighbouring_seeds(assign, n, runs):
    """The splits of an example with consecutive seeds are uncorrelated."""
    signs = _signs(assign, n, runs)
    return _two_sided((signs[1:] * signs[:-1]).sum() / math.sqrt(n * (runs - 1)))


def of_neighbouring_positions(assign, n, runs):
    """The splits of neighbours are correlated by -1 / (n - 1), as equal halves demand, and by no more."""
    signs = _signs(assign, n, runs)
    products = (signs[:, 1:] * signs[:, :-1]).sum()
    return _two_sided((products + runs) / math.sqrt((n - 1) * runs))


def of_windows(assign, step, runs):
    """The count of a split in a window of ids is hypergeometric.

    A lattice of keys would be spread too evenly, and a poor hash too unevenly; both show in the variance.
    """
    n, window = 256, 64
    ids = np.arange(n, dtype=np.uint64) * np.uint64(step)
    labels = np.zeros(n, dtype=np.uint8)
    taken = [assign(labels, seed, (0.25, 0.75), ids).reshape(-1, window) == 0 for seed in range(runs)]
    found = np.sum(taken, axis=2)
    expected = stats.hypergeom(n, n // 4, window)
    squares = (found[:, 0] - expected.mean()) ** 2
    of_variance = _two_sided((squares.mean() - expected.var()) / (squares.std() / math.sqrt(runs)))
    bins = [0, 12, 14, 16, 18, 20, window + 1]  # each holds enough of the expected counts for a chi-square
    chances = np.array([expected.cdf(end - 1) - expected.cdf(begin - 1) for begin, end in itertools.pairwise(bins)])
    of_counts = stats.chisquare(np.histogram(found[:, 1], bins)[0], chances / chances.sum() * runs).pvalue
    return min(of_variance, of_counts)


def of_orders(shuffle, seeds):
    """All orders of four indices are equally likely."""
    found = Counter(tuple(shuffle([0, 1, 2, 3], seed).tolist()) for seed in seeds)
    return _equally_likely(found, list(itertools.permutations(range(4))))


def of_orders_and_assignments(split, runs):
    """The order of the index arrays is independent of the assignment, and all orders are equally likely."""
    found = Counter()
    for seed in range(runs):
        train, test = split([0, 0, 0, 0], seed, (0.5, 0.5))
        found[tuple(train.tolist()), tuple(test.tolist())] += 1
    outcomes = [(order[:2], order[2:]) for order in itertools.permutations(range(4))]
    return _equally_likely(found, outcomes)


def _equally_likely(found, outcomes):
    """Return the p-value of equally likely outcomes; an outcome that cannot be is an error."""
    assert set(found) <= set(outcomes)
    return stats.chisquare([found[outcome] for outcome in outcomes]).pvalue


def _arrangements(quotas):
    """Return all arrangements of splits that fill the quotas."""
    return sorted(set(itertools.permutations(split for split, quota in quotas.items() for _ in range(quota))))


def _signs(assign, n, runs):
    """Return -1 or 1 for the two halves, shape (runs, n)."""
    labels = np.zeros(n, dtype=int)
    return 2.0 * np.array([assign(labels, seed, (0.5, 0.5)) for seed in range(runs)]) - 1


def _two_sided(z):
    return 2 * stats.norm.sf(abs(z))
