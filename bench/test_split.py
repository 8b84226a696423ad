"""split, beside its contenders."""

import numpy as np
import pytest
from contenders import SIZES, SPLITTERS, check, make_labels

import fastsplit
from fastsplit import reference

SHAPES = [(10, "balanced"), (1000, "balanced"), (1000, "zipf"), (100, "huge"), (0, "rare")]
# Left out: ascending order where a contender has none and, with rare classes, the tutorial's recipe, whose time is in
# proportion to labels x classes.
CASES = [
    (contender, classes, counts, shuffle)
    for classes, counts in SHAPES
    for shuffle in (True, False)
    for contender in SPLITTERS
    if (shuffle or contender not in ("tutorial", "scikit-learn")) and (counts, contender) != ("rare", "tutorial")
]


@pytest.mark.parametrize(("contender", "classes", "counts", "shuffle"), CASES)
def test_split(benchmark, n, contender, classes, counts, shuffle):
    labels = make_labels(n // 10 if counts == "rare" else n, classes, counts)
    benchmark.group = f"split {counts} {classes} {'shuffled' if shuffle else 'ascending'}"
    arrays = benchmark(SPLITTERS[contender], labels, shuffle=shuffle)
    check(contender, labels, arrays)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64"])
def test_dtype(benchmark, n, dtype):
    labels = make_labels(n, 100, dtype=dtype)
    benchmark.group = "split by dtype"
    parts = benchmark(fastsplit.split, labels, SIZES, seed=0)
    assert parts.plan.cuts.tolist() == reference.plan(labels, SIZES, seed=0).cuts.tolist()


@pytest.mark.parametrize("threads", [1, 2])
def test_threads(benchmark, n, threads):
    labels = make_labels(n, 100)
    benchmark.group = "split by threads"
    parts = benchmark(fastsplit.split, labels, SIZES, seed=0, threads=threads)
    assert np.array_equal(parts.assignment, fastsplit.split(labels, SIZES, seed=0, threads=1).assignment)
