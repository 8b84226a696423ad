"""The graph of a pipeline: numbers of chunks -> chunks, each a dataset of its batches -> batches.

Indices are shuffled and cut into batches before any row is gathered: until then, little data moves. The number of the
next chunk is all the state there is, so that a checkpoint of an iterator takes a few kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.tfdata.chunks import CALLS, Chunks
from fastsplit.tfdata.sources import Source, SourceError

_LAST_NUMBER = 2**62  # beyond the number of any chunk: 2**31 epochs of 2**31 chunks


def chunk_datasets(
    numbers: Any, source: Source, chunks: Chunks, leading: list[int | None], *, numbered: bool = False
) -> Any:
    """Return each chunk as a dataset of its batches, which are views of the chunk, or of its examples.

    ``leading`` are the first dimensions of a gathered chunk: [steps, batch], or [examples] without batches. The dataset
    of a chunk is made here, when the chunk is prefetched, and not when the chunk before it ends. If ``numbered``, which
    needs ``leading`` to be [examples], each example has its running number before it.
    """

    def pack(leaves: list[Any]) -> Any:
        return (leaves[-1], source.pack(leaves[:-1])) if numbered else source.pack(leaves)

    def rows(number: Any) -> list[NDArray[Any]]:
        with CALLS:
            indices = chunks.indices(int(number))
            try:
                taken = source.take(indices.ravel() if len(leading) == 1 else indices)
            except SourceError as error:  # without its cause, whose traceback TensorFlow would print too
                raise error.with_traceback(None) from None
            return [*taken, chunks.numbers(int(number), indices.size)] if numbered else taken

    def chunk(number: Any) -> Any:
        leaves = tf.numpy_function(rows, [number], [leaf.dtype for leaf in element], stateful=False)
        for leaf, spec in zip(leaves, element, strict=True):
            leaf.set_shape([*leading[:1], *spec.shape])
        return tf.data.Dataset.from_tensor_slices(pack(leaves))

    element = [tf.TensorSpec([*leading[1:], *column.shape], column.dtype) for column in source.columns]
    element += [tf.TensorSpec([], tf.int64)] if numbered else []
    spec = tf.data.DatasetSpec(pack(element))
    leaves = [tf.TensorSpec([], tf.variant)]
    return _applied(tf.raw_ops.MapDataset, chunk, numbers, spec, leaves, use_inter_op_parallelism=False)


def chunk_numbers(chunks: Chunks, endless: bool) -> Any:
    """Return the numbers of the chunks of an iteration; they alone say where a restored iterator is."""

    def numbers(zero: Any) -> Any:
        first = tf.numpy_function(chunks.begin, [zero], tf.int64, stateful=False)
        first.set_shape([])
        return tf.data.Dataset.range(first, _LAST_NUMBER)

    zero = tf.data.Dataset.from_tensors(np.int64(0))
    spec = tf.TensorSpec([], tf.int64)
    result = _applied(tf.raw_ops.FlatMapDataset, numbers, zero, spec, [spec])
    return result if endless else result.take(chunks.count)


def pipeline_options(deterministic: bool, *, symbolic_checkpoint: bool = True) -> Any:
    """Return the options of a pipeline as `tf.data.Options`."""
    options = tf.data.Options()
    options.deterministic = deterministic
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.experimental_symbolic_checkpoint = symbolic_checkpoint
    options.autotune.enabled = False  # the end of an epoch would wait for it, for as long as the epoch took
    options.experimental_optimization.apply_default_optimizations = False  # a rewritten graph copies its constants
    return options


def _applied(
    operation: Any, function: Callable[[Any], Any], numbers: Any, spec: Any, leaves: list[Any], **options: bool
) -> Any:
    """Apply a function from numbers to datasets, as ``Dataset.map`` and ``Dataset.flat_map`` would.

    Those two optimize each function again for every iterator (2.5 ms each), unless the function is marked as one for a
    single device. Tracing in a private graph also lets captured Python objects be freed with the pipeline; in the
    global graph they would live forever.
    """
    with tf.Graph().as_default():
        traced = tf.function(
            lambda number: tf.data.experimental.to_variant(function(number)),
            autograph=False,
            experimental_attributes={"experimental_ints_on_device": True},
        ).get_concrete_function(numbers.element_spec)
    variant = operation(
        input_dataset=tf.data.experimental.to_variant(numbers),
        other_arguments=traced.captured_inputs,
        f=traced,
        output_types=[leaf.dtype for leaf in leaves],
        output_shapes=[leaf.shape for leaf in leaves],
        **options,
    )
    result = tf.data.experimental.from_variant(variant, spec)
    result.applied = traced, numbers  # nothing else keeps these two alive
    return result
