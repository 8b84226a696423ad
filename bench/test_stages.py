"""group, kfold, shuffle and assign, beside what NumPy and scikit-learn have for them."""

import numpy as np
import pytest
from contenders import make_labels, scikit_learn_kfold

import fastsplit
from fastsplit import reference


@pytest.mark.parametrize("classes", [10, 1000])
@pytest.mark.parametrize("contender", ["fastsplit", "reference", "argsort"])
def test_group(benchmark, n, contender, classes):
    labels = make_labels(n, classes)
    benchmark.group = f"group {classes}"
    order = benchmark(
        {
            "fastsplit": lambda: fastsplit.group(labels).order,
            "reference": lambda: reference.group(labels).order,
            "argsort": lambda: np.argsort(labels, kind="stable"),
        }[contender]
    )
    assert np.array_equal(order, np.argsort(labels, kind="stable"))


@pytest.mark.parametrize("contender", ["fastsplit", "reference", "scikit-learn"])
def test_kfold(benchmark, n, contender):
    labels = make_labels(n, 10)
    benchmark.group = "kfold 5"
    pairs = benchmark(
        {
            "fastsplit": lambda: list(fastsplit.kfold(labels, seed=0)),
            "reference": lambda: reference.kfold(labels, seed=0),
            "scikit-learn": lambda: scikit_learn_kfold(labels, 5),
        }[contender]
    )
    assert np.array_equal(np.sort(np.concatenate([test for _, test in pairs])), np.arange(n))
    assert all(len(train) + len(test) == n for train, test in pairs)


@pytest.mark.parametrize("contender", ["fastsplit", "reference", "permutation"])
def test_shuffle(benchmark, n, contender):
    indices = np.arange(n)
    benchmark.group = "shuffle"
    shuffled = benchmark(
        {
            "fastsplit": lambda: fastsplit.shuffle(indices, seed=0),
            "reference": lambda: reference.shuffle(indices, seed=0),
            "permutation": lambda: np.random.default_rng(0).permutation(indices),
        }[contender]
    )
    assert np.array_equal(np.sort(shuffled), indices)
    if contender != "permutation":
        assert np.array_equal(shuffled, reference.shuffle(indices, seed=0))


@pytest.mark.parametrize("contender", ["fastsplit", "reference"])
def test_assign(benchmark, n, contender):
    labels = make_labels(n, 1000)
    plan = fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)
    benchmark.group = "assign"
    assignment = benchmark(
        {"fastsplit": lambda: plan.assign(labels), "reference": lambda: reference.assign(plan, labels)}[contender]
    )
    assert np.array_equal(assignment, reference.assign(plan, labels))
