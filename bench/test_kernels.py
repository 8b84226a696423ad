"""The stages of a split one by one, on one thread: what the whole is made of."""

import numpy as np
import pytest
from contenders import SIZES, make_labels

import fastsplit
from fastsplit import _count, _inputs, _labels, _stages, reference

SPLITS = len(SIZES)


@pytest.fixture
def labels(n):
    return make_labels(n, 1000)


@pytest.fixture
def planned(labels):
    return fastsplit.split(labels, SIZES, seed=0, threads=1)


@pytest.mark.parametrize("keyed", [False, True])
def test_count(benchmark, labels, keyed):
    shares = _inputs.read_sizes(SIZES, len(labels)).shares
    how = _count.Keyed(_inputs.expand_seed(0).split, None, shares.ideals, -1, np.empty(len(labels), np.uint8))
    benchmark.group = "count, and keys" if keyed else "count"
    strata = benchmark(_count.count, _labels.Labels(labels), 1, how if keyed else None)
    assert np.array_equal(strata.counts, np.bincount(labels)[strata.classes])


def test_cuts(benchmark, labels, planned):
    seed, shares = _inputs.expand_seed(0).split, _inputs.read_sizes(SIZES, len(labels)).shares
    keyed = _count.Keyed(seed, None, shares.ideals, -1, np.empty(len(labels), np.uint8))
    strata = _count.count(_labels.Labels(labels), 1, keyed)
    benchmark.group = "cuts"
    assert np.array_equal(benchmark(_stages.cuts, strata, planned.counts.copy(), keyed), planned.plan.cuts)


def test_quotas(benchmark, planned):
    numerators, q = planned.plan.sizes.weights
    seed = _inputs.expand_seed(0).rounding
    benchmark.group = "quotas"
    table = benchmark(_stages.quotas, planned.plan.totals, numerators, q, SPLITS, 0, seed)
    assert np.array_equal(table, planned.counts)


@pytest.mark.parametrize("dtype", [np.uint32, np.int64])
def test_emit(benchmark, planned, dtype):
    benchmark.group = f"emit {np.dtype(dtype).name}"
    arrays = benchmark(_stages.emit, planned.assignment, SPLITS, np.dtype(dtype), 1)
    for split, array in enumerate(arrays):
        assert np.array_equal(array, np.flatnonzero(planned.assignment == split))


@pytest.mark.parametrize("dtype", [np.uint32, np.int64])
def test_order(benchmark, planned, dtype):
    sizes = planned.counts.sum(axis=0).tolist()
    seed = _inputs.expand_seed(0).order
    benchmark.group = f"order {np.dtype(dtype).name}"
    arrays = benchmark(_stages.order, planned.assignment, sizes, np.dtype(dtype), seed, None, 1)
    for split, array in enumerate(arrays):
        assert np.array_equal(array, reference.order(np.flatnonzero(planned.assignment == split), seed, None))


@pytest.mark.parametrize("contender", ["fastsplit", "NumPy"])
def test_gather(benchmark, n, contender):
    rows = np.arange(n * 32, dtype=np.float32).reshape(n, 32)
    positions = np.random.default_rng(0).permutation(n)
    benchmark.group = "gather"
    found = benchmark(
        *{"fastsplit": (_stages.gather, rows, positions, 1), "NumPy": (np.take, rows, positions, 0)}[contender]
    )
    assert np.array_equal(found, rows[positions])
