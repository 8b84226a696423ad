"""kfold: k exact folds, and a sequence of (train, test) pairs."""

import numpy as np
import pytest
from common import ORDERS, THREADS, assert_same_arrays, label_arrays
from hypothesis import assume, given
from hypothesis import strategies as st

import fastsplit
from fastsplit import reference

pytestmark = pytest.mark.usefixtures("either_way")


@pytest.mark.filterwarnings("ignore:k=")
@given(label_arrays(), st.integers(2, 12), st.integers(0, 2**64), st.sampled_from(ORDERS), st.sampled_from(THREADS))
def test_folds_are_exact_and_equal_the_reference(labels, k, seed, order, threads):
    assume(k <= len(labels))
    folds = fastsplit.kfold(labels, k, seed=seed, order=order, threads=threads)
    expected = reference.kfold(labels, k, seed=seed, order=order)
    assert len(folds) == len(expected) == k
    counts = {c: int((labels == c).sum()) for c in np.unique(labels)}
    for fold, (pair, other) in enumerate(zip(folds, expected, strict=True)):
        assert_same_arrays(pair, other)
        train, test = pair
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(len(labels)))
        assert (folds.assignment[test] == fold).all()
        assert len(test) in (len(labels) // k, -(-len(labels) // k))
        for c, n in counts.items():
            assert int((labels[test] == c).sum()) in (n // k, -(-n // k))


@pytest.mark.filterwarnings("ignore:.*folds are empty:UserWarning")
@pytest.mark.filterwarnings("ignore:k=")
@given(st.data(), st.integers(2, 5), st.integers(0, 99))
def test_folds_with_ids_equal_the_reference(data, k, seed):
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=k, max_size=80)), dtype=np.int8)
    ids = data.draw(st.lists(st.integers(0, 9), min_size=len(labels), max_size=len(labels)))
    got = fastsplit.kfold(labels, k, seed=seed, ids=ids)
    for pair, other in zip(got, reference.kfold(labels, k, seed=seed, ids=ids), strict=True):
        assert_same_arrays(pair, other)


@pytest.mark.parametrize(("k", "dtype"), [(255, np.uint8), (256, np.uint16), (1000, np.uint16)])
def test_folds_take_one_byte_per_example_and_two_above_255_folds(k, dtype):
    labels = np.arange(5000) % 3
    folds = fastsplit.kfold(labels, k, seed=0)
    assert folds.assignment.dtype == dtype
    for fold in (0, 1, k // 2, k - 1):
        train, test = folds[fold]
        assert np.array_equal(np.flatnonzero(folds.assignment == fold), np.sort(test))
        assert len(test) in (5000 // k, 5000 // k + 1)
        assert len(train) + len(test) == 5000
    assert_same_arrays(folds[k - 1], reference.kfold(labels, k, seed=0)[k - 1])


def test_folds_are_a_sequence_of_pairs_that_are_made_on_request():
    folds = fastsplit.kfold([0, 1] * 10, 4, seed=7)
    first, again = folds[0], folds[0]
    assert first[0] is not again[0]
    assert_same_arrays(first, again)
    assert_same_arrays(folds[-1], list(folds)[3])
    assert len(folds[1:3]) == 2
    assert folds.seed == 7
    assert repr(folds) == "Folds(4 folds of 20 examples, seed=7)"
    with pytest.raises(IndexError):
        folds[4]


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8"])
@pytest.mark.parametrize("order", ORDERS)
def test_pairs_of_every_dtype_equal_the_reference(dtype, order):
    labels = np.arange(200) % 7
    expected = reference.kfold(labels, 4, seed=7, order=order, dtype=dtype)
    for pair, other in zip(fastsplit.kfold(labels, 4, seed=7, order=order, dtype=dtype), expected, strict=True):
        assert_same_arrays(pair, other)


def test_folds_do_not_change_when_the_ids_do():
    ids = np.arange(100)
    folds = fastsplit.kfold(np.arange(100) % 3, 3, seed=0, ids=ids)
    before = folds[0][0]
    ids[:] = ids[::-1].copy()
    assert np.array_equal(folds[0][0], before)
