"""`dataset` and `datasets`: index arrays -> `tf.data` pipelines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import Any

import numpy as np
import tensorflow as tf

from fastsplit.inputs.options import integer_argument, read_flag
from fastsplit.inputs.seeds import read_seed
from fastsplit.splits import Splits
from fastsplit.tfdata.arguments import (
    check_disjoint,
    read_indices,
    read_sampling,
    read_sampling_labels,
    read_shard,
    read_splits,
    read_start,
    warn,
)
from fastsplit.tfdata.chunks import Chunks
from fastsplit.tfdata.epochs import Epochs, Steps
from fastsplit.tfdata.graph import chunk_datasets, chunk_numbers, flattened, pipeline_options
from fastsplit.tfdata.sources import Source
from fastsplit.typing import ArrayLike, SeedLike

# A chunk holds at most this many examples and bytes: enough for a call of Python, some 100 us, to cost little compared
# with copying the rows, and so few that the chunks that are prefetched take little memory.
_MAX_CHUNK_INDICES = 1 << 15
_MAX_CHUNK_BYTES = 1 << 22
_PREFETCHED = 2  # chunks, and batches after a transform; TensorFlow's own choice may grow to a hundred
_NO_OPTIONS = ("source", "indices", "batch_size", "shuffle", "seed")  # parameters that are no options of `datasets`
_SHARED = ("transform", "drop_remainder", "shard", "deterministic", "prefetch")  # options of `datasets` for all splits


def dataset(
    source: Any,
    indices: ArrayLike,
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
        The examples: an array, or tuples and dicts of arrays of equal length. Arrays are NumPy arrays, memory maps,
        tensors, HDF5 and Zarr arrays, pandas and Arrow columns, concatenations by `concat`, and any object with a
        length and ``take(indices)`` or ``object[indices]``.
    indices : array_like of int, shape (n,)
        The examples to yield: positions in the source. An int64 array is not copied: do not change it while the
        pipeline is in use.
    batch_size : int or None, default 32
        Examples per batch (on each shard); None yields single examples.
    shuffle : bool, default False
        Whether each epoch has a new order: a uniform permutation of all indices, which depends only on the seed and
        the number of the epoch.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        None uses fresh entropy. Pass a seed to resume, to restore a checkpoint in another process, or with ``shard``.
    reshuffle_each_iteration : bool, default True
        Whether epochs differ; if False, all are equal to the first.
    sampling : {"uniform", "stratified", "balanced"}
        With "stratified", each batch has the classes in the same proportion as ``indices``, each count rounded up or
        down; an epoch has each index once. With "balanced", each batch has all classes equally often, rounded up or
        down; an epoch has n examples: it repeats the examples of small classes, and has only some of a large class, the
        others in later epochs. Both need ``shuffle=True`` and a ``batch_size``.
    labels : array_like or str, optional
        The class of each example of the source, for ``sampling``; or a key of the source if it is a dict. By default
        the second component of a tuple.
    drop_remainder : bool, default False
        Whether to leave out the last batch of an epoch if it is not full.
    repeat : bool, default False
        Whether an iteration goes on with the next epoch, without end.
    transform : callable, optional
        Applied to each batch, or to each example without ``batch_size``, as by ``Dataset.map``.
    gather : {"auto", "tensor", "numpy"}
        With "tensor", the source is copied once into memory, and later changes to it have no effect; tensors are not
        copied. With "numpy", nothing is copied: rows are read when they are needed, and changes have an effect. "auto"
        is "tensor" if the source is in memory and takes at most a quarter of the free memory, else "numpy".
    shard : (int, int) or tf.distribute.InputContext, optional
        How many pipelines share the examples, and the number of this one, from 0. In each step, each of them has a
        batch of the same epoch. They have no example in common and the same number of steps; a last batch may be empty
        if fewer examples than shards are left.
    start : (int, int), default (0, 0)
        The epoch and the step at which the first iteration begins; the next begins with the next epoch. ``Model.fit``
        assumes that all iterations are as long as the first: let it finish the epoch, then start at ``(epoch + 1, 0)``.
    deterministic : bool, default True
        Whether batches keep their order even if that takes longer.
    prefetch : int or None, default tf.data.AUTOTUNE
        Minimum number of batches to make ahead. AUTOTUNE makes two chunks of a few megabytes, or two batches after a
        ``transform``.

    Returns
    -------
    tf.data.Dataset
        Its cardinality is exact; it is unknown only if ``start`` has a step, because the first iteration is shorter.

    Raises
    ------
    ValueError, TypeError
        If an argument has the wrong type, shape or value, or an index is outside the source.

    Notes
    -----
    A batch is a view of its chunk, the few megabytes that were gathered together, and keeps the chunk in memory. The
    order of the next epoch is drawn in the background: for up to two million indices from the beginning of an epoch,
    for more with its last batches. Besides ``indices``, a shuffled pipeline holds 8 bytes per index, or 24 for up to
    two million.

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
    source = source if isinstance(source, Source) else Source(source, gather)
    chosen = read_indices(indices, source.n)
    size = 1 if batch_size is None else integer_argument("batch_size", batch_size, minimum=1)
    shards, shard_number = read_shard(shard)
    if read_flag("shuffle", shuffle) and seed is None and shards > 1:
        raise ValueError("shard needs a seed if examples are shuffled: the same for every shard")
    sampling = read_sampling(sampling, shuffle=shuffle, batch_size=batch_size)
    steps = Steps(len(chosen), size, shards, read_flag("drop_remainder", drop_remainder))
    epochs = Epochs(
        chosen,
        steps,
        shuffle=shuffle,
        seed=read_seed(seed),
        reshuffle=read_flag("reshuffle_each_iteration", reshuffle_each_iteration),
        sampling=sampling,
        labels=None if sampling == "uniform" else read_sampling_labels(labels, source),
    )
    if steps.count == 0:
        many = f"{len(chosen)} indices are fewer than a batch of {size}" if len(chosen) else "indices is empty"
        warn(f"the pipeline has no batches: {many}")
    begin = read_start(start, steps.count)
    length = _steps_per_chunk(source, size)
    endless = read_flag("repeat", repeat) and steps.count > 0
    is_auto = prefetch == tf.data.AUTOTUNE
    ahead = _PREFETCHED if is_auto else integer_argument("prefetch", prefetch or 0, minimum=0)

    chunks = Chunks(epochs, shard_number, length, begin)
    leading: list[int | None] = [None] if batch_size is None else [None, size if drop_remainder else None]
    result = chunk_datasets(chunk_numbers(chunks, endless), source, chunks, leading)
    if ahead:
        result = result.prefetch(_PREFETCHED if is_auto else -(-ahead // length))
    result = flattened(result)
    if transform is not None:
        result = result.map(transform, num_parallel_calls=tf.data.AUTOTUNE)
        result = result.prefetch(ahead) if ahead else result
    if endless or begin[1] == 0:
        cardinality = tf.data.INFINITE_CARDINALITY if endless else steps.count
        result = result.apply(tf.data.experimental.assert_cardinality(cardinality))
    return result.with_options(pipeline_options(read_flag("deterministic", deterministic)))


def datasets(
    source: Any,
    splits: Splits[Any] | Mapping[str, ArrayLike] | Iterable[ArrayLike],
    *,
    batch_size: int | None,
    eval_batch_size: int | None = None,
    seed: SeedLike = None,
    train_transform: Callable[..., Any] | None = None,
    **options: Any,
) -> tuple[Any, ...]:
    """Make a pipeline per split: the first, for training, is shuffled; the others are in ascending order.

    Parameters
    ----------
    source : array or nest of arrays
        As for `dataset`. If it is copied, all splits share one copy.
    splits : Splits, or iterable or mapping of array_like of int
        The result of `fastsplit.split`, or the indices of each split.
    batch_size, eval_batch_size : int or None
        Examples per batch of the first split, and of the others; ``eval_batch_size`` is ``batch_size`` by default.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        For the order of the first split. By default the seed of ``splits``, if they have one.
    train_transform : callable, optional
        Applied to the first split, after ``transform``, in the same way: augmentation.
    **options
        As for `dataset`: ``transform``, ``drop_remainder``, ``gather``, ``shard``, ``deterministic`` and ``prefetch``
        apply to all splits, the others to the first only.

    Returns
    -------
    tuple of tf.data.Dataset
        One per split.

    Raises
    ------
    ValueError, TypeError
        As for `dataset`, or if two splits have an index in common.

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
    accepted = sorted(set(signature(dataset).parameters) - set(_NO_OPTIONS))
    if unknown := sorted(set(options) - set(accepted)):
        raise TypeError(f"datasets() takes the options {', '.join(accepted)}; got {', '.join(unknown)}")
    source = Source(source, options.pop("gather", "auto"))
    arrays = read_splits(splits)
    if not isinstance(splits, Splits):
        check_disjoint(arrays, source.n)
    elif source.n != len(splits.assignment):
        raise ValueError(
            f"source must have as many rows as the labels that were split, {len(splits.assignment)}, got {source.n}"
        )
    shared = {name: options[name] for name in _SHARED if name in options}
    size = batch_size if eval_batch_size is None else eval_batch_size
    options["transform"] = in_turn(options.get("transform"), train_transform)
    first = [dataset(source, array, batch_size=batch_size, shuffle=True, seed=seed, **options) for array in arrays[:1]]
    rest = [dataset(source, np.sort(np.asarray(array)), batch_size=size, **shared) for array in arrays[1:]]
    return (*first, *rest)


def in_turn(first: Callable[..., Any] | None, second: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """Return a function of an element that applies two functions as two calls of ``Dataset.map`` would."""
    if first is None or second is None:
        return first or second

    def both(*element: Any) -> Any:
        result = first(*element)
        return second(*result) if isinstance(result, tuple) else second(result)

    return both


def _steps_per_chunk(source: Source, size: int) -> int:
    examples = min(_MAX_CHUNK_BYTES // max(source.row_nbytes, 1), _MAX_CHUNK_INDICES)
    return max(1, examples // size)
