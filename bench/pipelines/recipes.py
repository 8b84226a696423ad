"""The pipelines that fastsplit's are measured against: the empty one, Keras's, and the tutorials' recipes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

import fastsplit
from pipelines.data import COLUMNS, Data

_CHUNK = 30_000  # rows gathered at a time: 4 MB, as in fastsplit's pipelines
_PART_OF_EPOCH = 50  # divisor: the generator is so slow that a whole epoch would take minutes


def empty(data: Data, size: int) -> Any:
    """Yield the same batch again and again: the cost of iterating alone."""
    import tensorflow as tf

    batch = tf.constant(data.mapped[:size]), tf.constant(data.labels[:size])
    return tf.data.Dataset.from_tensors(batch).repeat(data.n // size)


class Accompanied:
    """The empty pipeline while another thread shuffles and gathers, as every pipeline must."""

    def __init__(self, data: Data, size: int) -> None:
        self.batches = empty(data, size)
        self.source = data.source("array", "tensor")
        self.ids = data.ids

    def gather(self) -> None:
        """Gather all rows in a random order, chunk by chunk."""
        for ids in np.array_split(fastsplit.shuffle(self.ids, seed=0), -(-len(self.ids) // _CHUNK)):
            self.source.take(ids)

    def __iter__(self) -> Iterator[Any]:
        thread = threading.Thread(target=self.gather)
        thread.start()
        yield from self.batches
        thread.join()

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Return the batches as arrays."""
        return iter(self.batches.as_numpy_iterator())


def keras_adapter(data: Data, size: int) -> Any:
    """Return the dataset that model.fit(x, y) makes of arrays."""
    from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

    return ArrayDataAdapter(data.in_memory(), data.labels, batch_size=size, shuffle=True).get_tf_dataset()


def in_memory(data: Data, size: int) -> Any:
    """Slice tensors and shuffle them in a buffer of all examples."""
    import tensorflow as tf

    rows = data.in_memory()
    dataset = tf.data.Dataset.from_tensor_slices((rows[data.ids], data.labels[data.ids]))
    return dataset.shuffle(data.n).batch(size).prefetch(tf.data.AUTOTUNE)


def chunks(data: Data, size: int) -> Any:
    """Read file after file, shuffled only within each file."""
    import tensorflow as tf

    def batches() -> Iterator[Any]:
        first, rng = 0, np.random.default_rng()
        for path in data.parts:
            rows = np.load(path)
            order = rng.permutation(len(rows))
            labels = data.labels[first : first + len(rows)]
            first += len(rows)
            for begin in range(0, len(rows), size):
                ids = order[begin : begin + size]
                yield rows[ids], labels[ids]

    spec = (tf.TensorSpec((None, COLUMNS), tf.float32), tf.TensorSpec((None,), tf.int64))
    return tf.data.Dataset.from_generator(batches, output_signature=spec).prefetch(tf.data.AUTOTUNE)


def generator(data: Data, size: int) -> Any:
    """Call Python for every example, over a part of the epoch."""
    import tensorflow as tf

    rows = data.mapped

    def examples() -> Iterator[Any]:
        for i in data.ids[: data.n // _PART_OF_EPOCH]:
            yield rows[i], data.labels[i]

    spec = (tf.TensorSpec((COLUMNS,), tf.float32), tf.TensorSpec((), tf.int64))
    return tf.data.Dataset.from_generator(examples, output_signature=spec).batch(size).prefetch(tf.data.AUTOTUNE)
