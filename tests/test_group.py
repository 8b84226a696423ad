"""group: a stable counting sort of the positions by class."""

import numpy as np
import pytest
from common import DTYPES, THREADS, assert_same_arrays, label_arrays
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import reference

pytestmark = pytest.mark.usefixtures("small_ranges")


@given(label_arrays(), st.sampled_from(THREADS))
def test_is_a_stable_sort(labels, threads):
    groups = fastsplit.group(labels, threads=threads)
    assert np.array_equal(groups.order, np.argsort(labels, kind="stable"))
    classes, counts = np.unique(labels, return_counts=True)
    assert np.array_equal(groups.classes, classes)
    assert np.array_equal(np.diff(groups.offsets), counts)
    assert_same_arrays(groups, reference.group(labels))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", THREADS)
def test_every_dtype(dtype, threads):
    labels = (np.random.default_rng(0).integers(0, 120, 3000) % (2 if dtype == "bool" else 120)).astype(dtype)
    assert_same_arrays(fastsplit.group(labels, threads=threads), reference.group(labels))


def test_classes_far_apart_and_many():
    labels = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, 20_000)
    labels = np.concatenate([labels, labels[::2]])
    for threads in THREADS:
        assert_same_arrays(fastsplit.group(labels, threads=threads), reference.group(labels))


def test_strings():
    classes, order, offsets = fastsplit.group(["b", "a", "b", "c"])
    assert classes.tolist() == ["a", "b", "c"]
    assert order.tolist() == [1, 0, 2, 3]
    assert offsets.tolist() == [0, 1, 3, 4]
