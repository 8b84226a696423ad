"""Sources that fail: what they are asked for, and what the user is told."""

import re

import numpy as np
import pytest
import tensorflow as tf
from common_tfdata import GATHERS

from fastsplit import tfdata
from fastsplit.tfdata.sources import Source, SourceError

pytestmark = pytest.mark.filterwarnings("ignore:the pipeline has no batches")

N = 50


class Stacking:
    """Reads rows one by one, as users write it: np.stack accepts no empty list."""

    def __len__(self):
        return N

    def take(self, indices):
        return np.stack([np.full(3, i) for i in indices])


class StackingByIndex:
    def __len__(self):
        return N

    def __getitem__(self, indices):
        assert len(indices) > 0
        return np.stack([np.full(3, i) for i in indices])


class Described(Stacking):
    shape, dtype = (N, 3), np.dtype(np.int64)


class Column:
    """Rows as lists, as of a column of Hugging Face's datasets: no rows have neither their shape nor their dtype."""

    def __len__(self):
        return N

    def __getitem__(self, indices):
        return [[i, i, i] for i in indices.tolist()]


class FormattedColumn(Column):
    def __getitem__(self, indices):
        return np.array([[i, i, i] for i in indices.tolist()], dtype=np.int64 if len(indices) else np.float32)


SOURCES = {
    "take": Stacking,
    "lists": Column,
    "column": FormattedColumn,
    "index": StackingByIndex,
    "dtype and shape": Described,
    "nest": lambda: {"a": (Stacking(), np.arange(N))},
    "concatenation": lambda: tfdata.concat([Stacking(), Described()]),
}


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("batch_size", [8, None])
@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_is_never_asked_for_no_rows(kind, batch_size, gather):
    indices = np.arange(N)[::-1]
    dataset = tfdata.dataset(SOURCES[kind](), indices, batch_size=batch_size, gather=gather)
    batches = [tf.nest.flatten(batch)[0].reshape(-1, 3) for batch in dataset.as_numpy_iterator()]
    assert np.concatenate(batches)[:, 0].tolist() == indices.tolist()
    (last,) = tfdata.dataset(SOURCES[kind](), [4], shard=(3, 2), gather=gather)
    assert tf.nest.flatten(last)[0].shape == (1, 3)
    (none,) = tfdata.dataset(SOURCES[kind](), [4], shard=(3, 0), gather=gather)
    assert tf.nest.flatten(none)[0].shape == (0, 3)
    assert list(tfdata.dataset(SOURCES[kind](), [], gather=gather)) == []


class Failing(Stacking):
    def __init__(self, error):
        self.error = error

    def take(self, indices):
        if 7 in indices:
            raise self.error
        return super().take(indices)


@pytest.mark.parametrize(
    "error",
    [
        OSError("disk on fire"),
        KeyError("disk on fire"),
        StopIteration("disk on fire"),
        NotImplementedError("disk on fire"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("nest", [lambda x: x, lambda x: {"image": (x, x)}], ids=["array", "nest"])
def test_an_error_in_a_source_is_one_sentence_that_names_source_and_indices(error, nest):
    """A StopIteration would otherwise end the epoch early, without an error."""
    name = "source" if nest(0) == 0 else r"source\['image'\]\[0\]"
    kind = type(error).__name__
    message = rf"{name} \(Failing\) failed for indices \[6, 7\]: {kind}: .*disk on fire.* \(.*, line \d+, in take\)"
    dataset = tfdata.dataset(nest(Failing(error)), [6, 7], gather="numpy")
    with pytest.raises(tf.errors.InvalidArgumentError, match=message) as raised:
        list(dataset)
    first, *others = str(raised.value).splitlines()
    assert re.search(message, first)
    assert not any("def take" in line or "direct cause" in line for line in others)
    assert len(str(raised.value)) < 2000
    with pytest.raises(SourceError, match=message) as raised:
        Source(nest(Failing(error)), "numpy").take(np.array([6, 7]))
    assert raised.value.__cause__ is error


def test_a_source_in_a_concatenation_is_named():
    rows = tfdata.concat([np.zeros((N, 3), np.int64), Failing(ValueError("torn"))])
    with pytest.raises(SourceError, match=r"sources\[1\] \(Failing\) failed for indices \[7\]: ValueError: torn"):
        rows.take([3, N + 7])


def test_an_error_shows_few_indices_and_little_of_a_long_text():
    with pytest.raises(SourceError, match=r"indices \[0, 1, 2, 3, 4, \.\.\.\] \(50\): ValueError: xxx") as raised:
        Source(Failing(ValueError("x" * 10_000)), "numpy").take(np.arange(N))
    assert len(str(raised.value)) < 500


def test_rows_that_change_their_shape_or_dtype_are_an_error():
    class Changing(Stacking):
        def take(self, indices):
            rows = super().take(indices)
            return rows[:, :2] if 7 in indices else rows.astype(np.float32) if 8 in indices else rows

    source = Source((Changing(),), "numpy")
    with pytest.raises(SourceError, match=r"source\[0\] \(Changing\) must yield rows of shape \(3,\), got .*\(1, 2\)"):
        source.take(np.array([7]))
    with pytest.raises(
        SourceError, match=r"source\[0\] \(Changing\) must yield rows of int64, got float32 for .*\[8\]"
    ):
        source.take(np.array([8]))
