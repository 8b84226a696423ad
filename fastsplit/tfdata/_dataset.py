"""dataset, datasets: ids -> batches of ids -> rows.

Ids are shuffled, cut into batches and gathered last: what moves through the pipeline is small until then. A few steps
make a chunk, for which Python is called once; chunks are numbered through all epochs. The number of the next chunk is
all the state there is, so that a checkpoint of an iterator has a few kilobytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import integer_argument, read_flag
from fastsplit.inputs.seeds import read_seed
from fastsplit.splits import Splits
from fastsplit.tfdata._chunks import CALLS, Chunks
from fastsplit.tfdata._epochs import SAMPLINGS, Epochs, Steps
from fastsplit.tfdata._sources import Source
from fastsplit.typing import SeedLike

_IDS_OF_CHUNK = 1 << 15
_BYTES_OF_CHUNK = 1 << 22
_AHEAD = 2  # chunks, and batches behind a transform: TensorFlow's own choice may grow to a hundred
_NO_END = 2**62  # a number behind all chunks


def dataset(
    source: Any,
    indices: Any,
    *,
    batch_size: int | None = 32,
    shuffle: bool = False,
    seed: SeedLike = None,
    reshuffle_each_iteration: bool = True,
    sampling: str = "uniform",
    labels: Any = None,
    drop_remainder: bool = False,
    repeat: bool = False,
    transform: Callable[..., Any] | None = None,
    gather: str = "auto",
    shard: Any = None,
    start: tuple[int, int] = (0, 0),
    deterministic: bool = True,
    prefetch: int | None = tf.data.AUTOTUNE,
) -> Any:
    """Make a pipeline of some examples of a source.

    Parameters
    ----------
    source : array or nest of arrays
        The examples: an array, or tuples and dicts of arrays of equal length: NumPy arrays, memory maps, tensors, HDF5,
         Zarr, pandas and Arrow columns, or any object with a length and ``take(ids)`` or ``object[ids]``.
    indices : array_like of int, shape (n,)
        The ids: positions in the source. Not modified; read when the pipeline runs.
    batch_size : int or None, default 32
        Examples in a batch (on each shard); None yields them one by one.
    shuffle : bool, default False
        Whether each epoch has the ids in a new order: a uniform permutation of all of them, which depends on nothing
        but the seed and the number of the epoch.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        None takes fresh entropy; to resume or to restore a checkpoint in another process, and for ``shard``, give one.
    reshuffle_each_iteration : bool, default True
        Whether epochs differ; if not, all are the first.
    sampling : {"uniform", "stratified", "balanced"}
        stratified: every batch holds the classes as the ids do, each count rounded up or down; every id is there once
        an epoch. balanced: every batch holds all classes equally often, rounded up or down. An epoch has as many
        examples as there are ids: of large classes some, others the next time, and those of small ones repeatedly.
        Both need ``shuffle`` and a ``batch_size``.
    labels : array_like, optional
        The class of every example of the source, for ``sampling``. By default the second component of a tuple.
    drop_remainder : bool, default False
        Whether to leave out the last batch of an epoch where it is not full.
    repeat : bool, default False
        Whether to go on with the next epoch, without end.
    transform : callable, optional
        Applied to each batch, or to each example without ``batch_size``, as by ``Dataset.map``.
    gather : {"auto", "tensor", "numpy"}
        tensor: the source is copied once, as a tensor would be, and changes to it are not seen; tensors themselves are
        not copied. numpy: nothing is copied, rows are read when they are needed, and changes are seen. auto: tensor for
        what is in memory and takes no more than a quarter of what is free.
    shard : (int, int) or tf.distribute.InputContext, optional
        How many pipelines there are, and which of them this is. In each step they have a batch each, of the same epoch;
        they have no example in common and the same number of steps. A last batch may be empty if fewer examples than
        shards are left.
    start : (int, int), default (0, 0)
        The epoch and the step at which the first iteration begins; the next begins with the next epoch. ``Model.fit``
        takes the first iteration for the length of all: let it finish the epoch, and go on with ``(epoch + 1, 0)``.
    deterministic : bool, default True
        Whether batches keep their order even if that takes longer.
    prefetch : int or None, default tf.data.AUTOTUNE
        How many batches to make ahead, at the least; AUTOTUNE are two chunks of a few megabytes, or two batches.

    Returns
    -------
    tf.data.Dataset
        Its cardinality is exact, but unknown where ``start`` has a step, as the first iteration is shorter then.

    Raises
    ------
    ValueError, TypeError
        If an argument is of the wrong type, shape or value, or an id is outside the source.

    Notes
    -----
    A batch is a view of the few megabytes that were gathered with it, and keeps all of them as long as it is kept. The
    order of the next epoch is drawn in the background: with the last batches of an epoch or, up to two million ids,
    from its beginning on. Beside the ids, a shuffled pipeline holds 8 bytes an id, or 24 up to two million.

    Examples
    --------
    >>> import numpy as np
    >>> from fastsplit import tfdata
    >>> features, labels = np.arange(10.0), np.arange(10) % 2
    >>> for x, y in tfdata.dataset((features, labels), [1, 3, 4], batch_size=2):
    ...     print(x.numpy(), y.numpy())
    [1. 3.] [1 1]
    [4.] [0]
    """
    read = source if isinstance(source, Source) else Source(source, gather)
    ids = _read_indices(indices, read.n)
    size = 1 if batch_size is None else integer_argument("batch_size", batch_size, minimum=1)
    count, index = _read_shard(shard)
    shuffle = read_flag("shuffle", shuffle)
    if shuffle and seed is None and count > 1:
        raise ValueError("shard needs a seed where examples are shuffled: the same one for every shard")
    if sampling not in SAMPLINGS:
        raise ValueError(f"sampling must be one of {', '.join(SAMPLINGS)}, got {sampling!r}")
    if sampling != "uniform":
        if not shuffle or batch_size is None:
            raise ValueError(f"sampling={sampling!r} draws batches: it needs shuffle=True and a batch_size")
        labels = _read_sampling_labels(read.labels() if labels is None else labels, read.n)
    steps = Steps(len(ids), size, count, read_flag("drop_remainder", drop_remainder))
    epochs = Epochs(
        ids,
        steps,
        shuffle=shuffle,
        seed=read_seed(seed),
        reshuffle=read_flag("reshuffle_each_iteration", reshuffle_each_iteration),
        sampling=sampling,
        labels=labels,
    )
    begin = _read_start(start, steps.count)
    row = max(1, sum(column.nbytes for column in read.columns) // max(read.n, 1))
    length = max(1, min(_BYTES_OF_CHUNK // row, _IDS_OF_CHUNK) // size)
    chunks = Chunks(epochs, index, length, begin)
    endless = bool(read_flag("repeat", repeat) and steps.count)

    result = _numbers(chunks, endless)
    leading: list[int | None] = [None] if batch_size is None else [None, batch_size if drop_remainder else None]
    result = _chunks(result, read, chunks, leading)
    auto = prefetch == tf.data.AUTOTUNE
    ahead = _AHEAD if auto else integer_argument("prefetch", 0 if prefetch is None else prefetch, minimum=0)
    if ahead:
        result = result.prefetch(_AHEAD if auto else -(-ahead // length))
    result = result.flat_map(lambda chunk: chunk)
    if transform is not None:
        result = result.map(transform, num_parallel_calls=tf.data.AUTOTUNE)
        result = result.prefetch(ahead) if ahead else result
    if endless or begin[1] == 0:
        cardinality = tf.data.INFINITE_CARDINALITY if endless else steps.count
        result = result.apply(tf.data.experimental.assert_cardinality(cardinality))
    return result.with_options(_options(deterministic))


def datasets(
    source: Any,
    splits: Splits | Mapping[str, Any] | Iterable[Any],
    *,
    batch_size: int | None,
    eval_batch_size: int | None = None,
    seed: SeedLike = None,
    **options: Any,
) -> tuple[Any, ...]:
    """Make a pipeline for each split: the first, which is trained on, shuffled, the others in ascending order.

    Parameters
    ----------
    source : array or nest of arrays
        As for `dataset`. What is copied of it is copied once, for all.
    splits : Splits, or iterable or mapping of array_like of int
        What `fastsplit.split` returns, or the ids of each split.
    batch_size, eval_batch_size : int or None
        Examples in a batch of the first split, and of the others, by default as many.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        For the order of the first split. By default that of the splits, where they have one.
    **options
        As for `dataset`: ``transform``, ``gather``, ``shard``, ``deterministic`` and ``prefetch`` are for all splits,
        the others for the first alone.

    Returns
    -------
    tuple of tf.data.Dataset
        As many as splits.

    Raises
    ------
    ValueError, TypeError
        As for `dataset`.

    Examples
    --------
    >>> import numpy as np
    >>> import fastsplit
    >>> from fastsplit import tfdata
    >>> features, labels = np.arange(100.0), np.arange(100) % 2
    >>> parts = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    >>> train, val, test = tfdata.datasets((features, labels), parts, batch_size=32)
    >>> [int(part.cardinality()) for part in (train, val, test)]
    [3, 1, 1]
    """
    if seed is None and isinstance(splits, Splits):
        seed = splits.seed
    taken = set(signature(dataset).parameters) - {"source", "indices", "batch_size", "shuffle", "seed"}
    if unknown := sorted(set(options) - taken):
        raise TypeError(f"datasets() takes the options {', '.join(sorted(taken))}; got {', '.join(unknown)}")
    read = Source(source, options.pop("gather", "auto"))
    arrays = _read_splits(splits)
    shared = {name: options[name] for name in ("transform", "shard", "deterministic", "prefetch") if name in options}
    first = [dataset(read, ids, batch_size=batch_size, shuffle=True, seed=seed, **options) for ids in arrays[:1]]
    size = batch_size if eval_batch_size is None else eval_batch_size
    rest = [dataset(read, np.sort(np.asarray(ids)), batch_size=size, **shared) for ids in arrays[1:]]
    return (*first, *rest)


def _numbers(chunks: Chunks, endless: bool) -> Any:
    """Return the numbers of the chunks of an iteration; where it is restored, it does not matter which it was."""

    def numbers(zero: Any) -> Any:
        first = tf.numpy_function(chunks.begin, [zero], tf.int64, stateful=False)
        first.set_shape([])
        return tf.data.Dataset.range(first, _NO_END)

    zero = tf.data.Dataset.from_tensors(np.int64(0))
    spec = tf.TensorSpec([], tf.int64)
    result = _applied(tf.raw_ops.FlatMapDataset, numbers, zero, spec, [spec])
    return result if endless else result.take(chunks.count)


def _chunks(numbers: Any, source: Source, chunks: Chunks, leading: list[int | None]) -> Any:
    """Return each chunk as a dataset of its batches, which are views of it, or of its examples.

    To make that dataset here, ahead, leaves nothing to be run between two chunks.
    """

    def rows(number: Any) -> list[NDArray[Any]]:
        with CALLS:
            ids = chunks.ids(int(number))
            return source.take(ids.ravel() if len(leading) == 1 else ids)

    def chunk(number: Any) -> Any:
        leaves = tf.numpy_function(rows, [number], [column.dtype for column in source.columns], stateful=False)
        for leaf, column in zip(leaves, source.columns, strict=True):
            leaf.set_shape([*leading, *column.shape])
        return tf.data.Dataset.from_tensor_slices(source.pack(leaves))

    row = [tf.TensorSpec([*leading[1:], *column.shape], column.dtype) for column in source.columns]
    spec = tf.data.DatasetSpec(source.pack(row))
    leaves = [tf.TensorSpec([], tf.variant)]
    return _applied(tf.raw_ops.MapDataset, chunk, numbers, spec, leaves, use_inter_op_parallelism=False)


def _applied(
    operation: Any, function: Callable[[Any], Any], numbers: Any, spec: Any, leaves: list[Any], **options: bool
) -> Any:
    """Apply a function that makes datasets of numbers, as ``map`` or ``flat_map`` would.

    They have every iterator optimize its functions anew, for 2.5 ms each; those of one device are taken as they are.
    And what Python functions refer to stays as long as the outermost graph, here one of its own, not for ever.
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
    result.applied = traced, numbers  # which nothing else keeps
    return result


def _options(deterministic: bool) -> Any:
    options = tf.data.Options()
    options.deterministic = read_flag("deterministic", deterministic)
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.experimental_symbolic_checkpoint = True
    options.autotune.enabled = False  # the end of an epoch would wait for it, up to as long as the epoch took
    options.experimental_optimization.apply_default_optimizations = False  # rewriting a graph copies what it captures
    return options


def read_pair(what: str, pair: Any) -> tuple[Any, Any]:
    """Return an argument of two."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{what} must be two integers, got {pair!r}")
    return pair[0], pair[1]


def _read_splits(splits: Any) -> list[Any]:
    arrays = list(splits.values() if isinstance(splits, Mapping) else splits) if isinstance(splits, Iterable) else [0]
    for ids in arrays:
        if not isinstance(ids, list) and getattr(ids, "ndim", 0) != 1:
            raise TypeError("splits must be what fastsplit.split returns, or the ids of each split")
    return arrays


def _read_indices(indices: Any, n: int) -> NDArray[np.int64]:
    array = np.asarray(indices)
    if array.size == 0 and array.ndim == 1:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(
            f"indices must be a one-dimensional array of integers, got {array.dtype} of shape {array.shape}"
        )
    if array.size and not (array.min() >= 0 and array.max() < n):
        raise ValueError(f"indices must be from 0 to {n - 1}, got {array.min()} to {array.max()}")
    return np.ascontiguousarray(array, dtype=np.int64)


def _read_sampling_labels(labels: Any, n: int) -> NDArray[Any]:
    values = read_labels(labels).values
    if len(values) != n:
        raise ValueError(f"labels must be as many as the examples of the source, {n}, got {len(values)}")
    return values


def _read_shard(shard: Any) -> tuple[int, int]:
    if shard is None:
        return 1, 0
    if isinstance(shard, tf.distribute.InputContext):
        shard = shard.num_input_pipelines, shard.input_pipeline_id
    count, index = read_pair("shard", shard)
    count = integer_argument("shard count", count, minimum=1)
    return count, integer_argument("shard index", index, minimum=0, maximum=count - 1)


def _read_start(start: tuple[int, int], steps: int) -> tuple[int, int]:
    epoch, step = read_pair("start", start)
    epoch = integer_argument("start epoch", epoch, minimum=0, maximum=2**31)
    step = integer_argument("start step", step, minimum=0, maximum=steps)
    return (epoch + 1, 0) if step == steps and steps else (epoch, step)
