"""The graph of a pipeline: numbers of chunks -> chunks, each a dataset of its batches -> batches.

Indices are shuffled and cut into batches before any row is gathered: until then, little data moves. The number of the
next chunk is all the state there is, so that a checkpoint of an iterator takes a few kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    def chunk(number: Any) -> list[Any]:
        leaves = tf.numpy_function(rows, [number], [leaf.dtype for leaf in element], stateful=False)
        for leaf, spec in zip(leaves, element, strict=True):
            leaf.set_shape([*leading[:1], *spec.shape])
        return [tf.data.experimental.to_variant(tf.data.Dataset.from_tensor_slices(pack(leaves)))]

    element = [tf.TensorSpec([*leading[1:], *column.shape], column.dtype) for column in source.columns]
    element += [tf.TensorSpec([], tf.int64)] if numbered else []
    spec = tf.data.DatasetSpec(pack(element))
    return applied(tf.raw_ops.MapDataset, chunk, numbers, spec, use_inter_op_parallelism=False)


def chunk_numbers(chunks: Chunks, endless: bool) -> Any:
    """Return the numbers of the chunks of an iteration; they alone say where a restored iterator is."""

    def numbers(zero: Any) -> list[Any]:
        first = tf.numpy_function(chunks.begin, [zero], tf.int64, stateful=False)
        first.set_shape([])
        return [tf.data.experimental.to_variant(tf.data.Dataset.range(first, _LAST_NUMBER))]

    zero = tf.data.Dataset.from_tensors(np.int64(0))
    result = applied(tf.raw_ops.FlatMapDataset, numbers, zero, tf.TensorSpec([], tf.int64))
    return result if endless else result.take(chunks.count)


def flattened(chunks: Any) -> Any:
    """Return the elements of all chunks, as ``chunks.flat_map(lambda chunk: chunk)`` would."""
    return applied(tf.raw_ops.FlatMapDataset, lambda chunk: [chunk], chunks, chunks.element_spec.element_spec)


def pipeline_options(deterministic: bool, *, symbolic_checkpoint: bool = True) -> Any:
    """Return the options of a pipeline as `tf.data.Options`."""
    options = tf.data.Options()
    options.deterministic = deterministic
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.experimental_symbolic_checkpoint = symbolic_checkpoint
    options.autotune.enabled = False  # the end of an epoch would wait for it, for as long as the epoch took
    options.experimental_optimization.apply_default_optimizations = False  # a rewritten graph copies its constants
    return options


def mapped(function: Callable[..., list[Any]], elements: Any, spec: Sequence[Any]) -> Any:
    """Apply a function to elements in parallel; the result, of the given specification, is in their order."""
    return applied(
        tf.raw_ops.ParallelMapDatasetV2,
        function,
        elements,
        tuple(spec),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic="true",
        preserve_cardinality=True,
    )


def mapped_batches(function: Callable[..., list[Any]], elements: Any, spec: Sequence[Any], size: int) -> Any:
    """Return the batches of `mapped`, each filled while it is made: a result is copied while it is in the CPU's cache.

    Where the function fails, there is an error instead of the batch.
    """
    return applied(
        tf.raw_ops.MapAndBatchDataset,
        function,
        elements,
        tuple(tf.TensorSpec([None, *leaf.shape], leaf.dtype) for leaf in spec),
        batch_size=size,
        num_parallel_calls=tf.data.AUTOTUNE,
        drop_remainder=False,
        preserve_cardinality=True,
    )


def applied(
    operation: Callable[..., Any], function: Callable[..., list[Any]], elements: Any, spec: Any, **options: Any
) -> Any:
    """Apply a function to the elements of a dataset, as ``Dataset.map``, ``flat_map``, ``scan`` and ``filter`` would.

    Those methods optimize each function again for every iterator (2.5 ms each), unless the function is marked as one
    for a single device. Tracing in a private graph also lets captured Python objects be freed with the pipeline; in the
    global graph they would live forever.

    Parameters
    ----------
    operation : callable
        The operation of TensorFlow, which takes the function as ``f``.
    function : callable
        Takes the components of an element as separate arguments, after those of ``initial_state`` if there is one, and
        returns a list of tensors; a dataset as its variant.
    elements : tf.data.Dataset
        What the function is applied to.
    spec : nest of tf.TypeSpec
        An element of the result.
    **options
        Further arguments of the operation.
    """
    state = [tf.TensorSpec.from_tensor(tf.convert_to_tensor(value)) for value in options.get("initial_state", [])]
    with tf.Graph().as_default():
        traced = tf.function(
            function, autograph=False, experimental_attributes={"experimental_ints_on_device": True}
        ).get_concrete_function(*state, *tf.nest.flatten(elements.element_spec, expand_composites=True))
    leaves = tf.nest.flatten(spec, expand_composites=True)
    variant = operation(
        input_dataset=tf.data.experimental.to_variant(elements),
        other_arguments=traced.captured_inputs,
        f=traced,
        output_types=[leaf.dtype for leaf in leaves],
        output_shapes=[leaf.shape for leaf in leaves],
        **options,
    )
    result = tf.data.experimental.from_variant(variant, spec)
    result.applied = traced, elements  # nothing else keeps these two alive
    return result
