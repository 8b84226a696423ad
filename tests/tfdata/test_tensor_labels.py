"""Tensors as labels and as ids: whole, or one per example in a list."""

import numpy as np
import pytest
import tensorflow as tf

import fastsplit

VALUES = {
    "strings": ["cat", "dog", "é"] * 20,
    "integers": [3, 1, 2] * 20,
    "floats": [3.0, 1.0, 2.0] * 20,
    "booleans": [True, False, True] * 20,
}


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("convert", [tf.constant, lambda values: [tf.constant(x) for x in values]], ids=["one", "list"])
def test_tensors_are_labels_and_ids(convert, kind):
    values = VALUES[kind]
    labels = convert(values)
    assert fastsplit.plan(labels, seed=0).classes.tolist() == sorted(set(values))
    assert np.array_equal(fastsplit.split(labels, seed=0).assignment, fastsplit.split(values, seed=0).assignment)
    with_ids = fastsplit.split(np.arange(60) % 2, seed=0, ids=labels)
    assert np.array_equal(with_ids.assignment, fastsplit.split(np.arange(60) % 2, seed=0, ids=values).assignment)


@pytest.mark.parametrize(
    "labels", [tf.one_hot([0, 1, 1], 3), tf.constant([[1], [2]]), tf.ragged.constant([[1], [1, 2]])]
)
def test_tensors_of_other_shapes_are_refused(labels):
    with pytest.raises((TypeError, ValueError), match=r"labels must be (a )?one-dimensional"):
        fastsplit.split(labels, seed=0)
