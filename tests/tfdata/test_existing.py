"""labels_of and split_dataset: existing datasets."""

from itertools import count

import numpy as np
import pytest
import tensorflow as tf

import fastsplit
from fastsplit import tfdata

FEATURES = np.arange(300.0).reshape(100, 3)
LABELS = np.arange(100) ** 2 % 5


def make(*components):
    return tf.data.Dataset.from_tensor_slices(components)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "bool"])
def test_labels_come_in_the_order_of_the_dataset_and_keep_their_dtype(dtype):
    labels = LABELS.astype(dtype)
    found = tfdata.labels_of(make(FEATURES, labels), batch_size=7)
    assert found.dtype == dtype
    assert np.array_equal(found, labels)


def test_labels_may_be_any_component_or_a_function_of_the_example():
    as_dict = make(FEATURES, LABELS).map(lambda x, y: {"image": x, "class": y})
    for dataset, label in [
        (make(LABELS, FEATURES), 0),
        (as_dict, "class"),
        (make(FEATURES, LABELS), lambda x, y: y),
        (make(FEATURES, tf.one_hot(LABELS, 5)), lambda x, y: tf.argmax(y)),
        (make(LABELS).map(lambda y: y), lambda y: y),
    ]:
        assert np.array_equal(tfdata.labels_of(dataset, label), LABELS)
    assert tfdata.labels_of(make(FEATURES, [f"é{y}" for y in LABELS])).tolist() == [f"é{y}" for y in LABELS]
    assert tfdata.labels_of(make(FEATURES, LABELS).take(0)).dtype == np.int64


def test_datasets_whose_labels_cannot_be_read_are_an_error():
    for dataset, label, error, message in [
        (make(FEATURES, LABELS).repeat(), None, ValueError, "finite"),
        (make(FEATURES, LABELS).batch(4), None, ValueError, "unbatch"),
        (make(FEATURES, tf.one_hot(LABELS, 5)), None, ValueError, "argmax"),
        ((FEATURES, LABELS), None, TypeError, r"tf\.data\.Dataset"),
        (make(FEATURES).map(lambda x: x), None, ValueError, "label must be given"),
        (make(FEATURES, LABELS), 2, ValueError, "label must be a component"),
        (make(FEATURES, LABELS), "class", ValueError, "label must be a component"),
        (make(FEATURES, FEATURES[:, 0]), None, TypeError, "labels must be integers"),
    ]:
        with pytest.raises(error, match=message):
            tfdata.labels_of(dataset, label)


@pytest.mark.parametrize("labels", [LABELS, np.array([f"class {y}" for y in LABELS])], ids=["integers", "strings"])
def test_the_splits_of_a_dataset_are_those_of_its_labels(labels):
    dataset = make(FEATURES, labels)
    parts = tfdata.split_dataset(dataset, (0.7, 0.2, 0.1), seed=3)
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=3, order="ascending")
    for part, indices in zip(parts, expected, strict=True):
        assert part.element_spec == dataset.element_spec
        assert int(part.cardinality()) == len(indices)
        for _ in range(2):
            assert [x[0] / 3 for x, _ in part.as_numpy_iterator()] == indices.tolist()


def test_dicts_and_empty_datasets_can_be_split():
    as_dict = make(FEATURES, LABELS).map(lambda x, y: {"image": x, "class": y})
    train, test = tfdata.split_dataset(as_dict, (0.8, 0.2), label="class", seed=0)
    assert train.element_spec == as_dict.element_spec
    assert len(list(train)) + len(list(test)) == 100
    (only,) = tfdata.split_dataset(make(FEATURES, LABELS).take(0), (1.0,), seed=0)
    assert int(only.cardinality()) == 0
    assert list(only) == []


def in_turn(*datasets):
    """Concatenate datasets."""
    whole = datasets[0]
    for dataset in datasets[1:]:
        whole = whole.concatenate(dataset)
    return whole


REORDERED = {
    "tuple": (lambda x, y: (x, y), None),
    "dict": (lambda x, y: {"image": x, "class": y}, "class"),
    "label by a function": (lambda x, y: x, lambda x: tf.cast(x // 100, tf.int64)),
    "strings": (lambda x, y: (tf.strings.as_string(x), y), None),
    "ragged": (lambda x, y: (tf.RaggedTensor.from_row_lengths(tf.stack([x, x]), [2, 0]), y), None),
    "label first": (lambda x, y: (y, x), 0),
}


@pytest.mark.parametrize("kind", REORDERED)
@pytest.mark.parametrize("label_type", [np.int64, str])
def test_an_order_that_changes_within_classes_is_an_error(kind, label_type):
    """The labels come in the same order in every pass, but the examples do not: they would leak between splits."""
    change, label = REORDERED[kind]
    classes = [make(100 * y + np.arange(20), np.full(20, y).astype(label_type)) for y in range(3)]
    shuffled = in_turn(*(part.shuffle(20, reshuffle_each_iteration=True) for part in classes)).map(change)
    train, val = tfdata.split_dataset(shuffled, (0.7, 0.3), label=label, seed=0)
    for part in (train, val):
        with pytest.raises(tf.errors.InvalidArgumentError, match="dataset yields other examples than when it was"):
            list(part)
    fixed = in_turn(*(part.shuffle(20, seed=3, reshuffle_each_iteration=False) for part in classes)).map(change)
    train, val = tfdata.split_dataset(fixed, (0.7, 0.3), label=label, seed=0)
    assert len([*train, *val, *train, *val]) == 2 * 60


def test_examples_that_change_in_a_later_pass_are_an_error():
    passes = count()  # no random numbers: they would be the same in every pass if another test had seeded TensorFlow

    def examples():
        added = next(passes)
        yield from ((x + added, y) for x, y in zip(FEATURES, LABELS, strict=True))

    spec = (tf.TensorSpec((3,), tf.float64), tf.TensorSpec((), tf.int64))
    changing = tf.data.Dataset.from_generator(examples, output_signature=spec)
    train, _ = tfdata.split_dataset(changing, (0.7, 0.3), seed=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="shuffle and augment the splits"):
        list(train)


@pytest.mark.parametrize(
    "later", [LABELS[::-1], LABELS[:-1], np.append(LABELS, 0)], ids=["other labels", "fewer", "more"]
)
def test_a_later_pass_that_differs_is_an_error(later):
    passes = iter([LABELS, later])

    def generate():
        yield from ((float(i), label) for i, label in enumerate(next(passes)))

    spec = (tf.TensorSpec((), tf.float64), tf.TensorSpec((), tf.int64))
    dataset = tf.data.Dataset.from_generator(generate, output_signature=spec)
    train, _ = tfdata.split_dataset(dataset, (0.7, 0.3), seed=0)
    with pytest.raises((tf.errors.InvalidArgumentError, tf.errors.FailedPreconditionError)):
        list(train)


def test_equal_examples_in_different_splits_are_warned_of():
    dataset = make(np.arange(50), np.arange(50) % 2)
    with pytest.warns(UserWarning, match=r"^dataset holds equal examples, of which \d+ are in more than one split"):
        tfdata.split_dataset(dataset.repeat(2), (0.5, 0.5), seed=0)
    tfdata.split_dataset(dataset, (0.5, 0.5), seed=0)
