"""group: a stable counting sort of the positions by class."""

import numpy as np
import pytest
from common import DTYPES, THREADS, assert_same_arrays, label_arrays
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import reference

pytestmark = pytest.mark.usefixtures("either_way")


@given(label_arrays(), st.sampled_from(THREADS))
def test_the_order_is_a_stable_sort_of_the_labels(labels, threads):
    grouping = fastsplit.group(labels, threads=threads)
    assert np.array_equal(grouping.order, np.argsort(labels, kind="stable"))
    classes, counts = np.unique(labels, return_counts=True)
    assert np.array_equal(grouping.classes, classes)
    assert np.array_equal(np.diff(grouping.offsets), counts)
    assert_same_arrays(grouping, reference.group(labels))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threads", THREADS)
def test_labels_of_every_dtype_equal_the_reference(dtype, threads):
    labels = (np.random.default_rng(0).integers(0, 120, 3000) % (2 if dtype == "bool" else 120)).astype(dtype)
    assert_same_arrays(fastsplit.group(labels, threads=threads), reference.group(labels))


def test_many_classes_far_apart_equal_the_reference():
    labels = np.random.default_rng(0).integers(-(2**63), 2**63 - 1, 20_000)
    labels = np.concatenate([labels, labels[::2]])
    for threads in THREADS:
        assert_same_arrays(fastsplit.group(labels, threads=threads), reference.group(labels))


def test_strings_are_grouped_in_their_own_order():
    classes, order, offsets = fastsplit.group(["b", "a", "b", "c"])
    assert classes.tolist() == ["a", "b", "c"]
    assert order.tolist() == [1, 0, 2, 3]
    assert offsets.tolist() == [0, 1, 3, 4]
