"""Arguments of pipelines: as users pass them -> checked values."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import described, integer_argument
from fastsplit.tfdata.epochs import SAMPLINGS
from fastsplit.tfdata.sources import Source
from fastsplit.tfdata.sources.base import out_of_range

_LAST_EPOCH = 2**31  # so that the number of a chunk fits 64 bits


class Shard(NamedTuple):
    """How many pipelines share the batches of a step, and which of them this is."""

    n_shards: int
    number: int


def warn(message: str) -> None:
    """Warn where the user called fastsplit, however many of its functions lie between."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("fastsplit."):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def read_choice(name: str, value: Any, accepted: Iterable[Any]) -> Any:
    """Return an argument that is one of several strings, or None if that is one of them."""
    accepted = tuple(accepted)
    if not isinstance(value, str | None) or value not in accepted:
        raise ValueError(f"{name} must be one of {', '.join(map(str, accepted))}, got {value!r}")
    return value


def read_pair(name: str, pair: Any) -> tuple[Any, Any]:
    """Return an argument that is a pair, whose members are not checked."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise TypeError(f"{name} must be two integers, got {described(pair)}")
    return pair[0], pair[1]


def read_indices(indices: Any, n: int) -> NDArray[np.int64]:
    """Return indices into a source of n rows, without a copy if they are int64 already."""
    try:
        array = np.asarray(indices)
    except ValueError:  # arrays of several lengths
        array = np.empty((len(indices), 0), dtype=object)
    if array.size == 0 and array.ndim == 1:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        hint = "; pass np.flatnonzero(mask)" if array.dtype == bool and array.ndim == 1 else ""
        hint = "; source comes first, indices second" if isinstance(indices, tuple | dict) or array.ndim > 1 else hint
        raise TypeError(
            f"indices must be a one-dimensional array of integers, got {array.dtype} of shape {array.shape}{hint}"
        )
    if message := out_of_range(array, n):
        raise ValueError(message)
    return np.ascontiguousarray(array, dtype=np.int64)


def read_splits(splits: Any) -> list[Any]:
    """Return the index arrays of the splits, whose values are not checked."""
    arrays = list(splits.values() if isinstance(splits, Mapping) else splits) if isinstance(splits, Iterable) else None
    if arrays is None or not all(isinstance(array, list) or getattr(array, "ndim", 0) == 1 for array in arrays):
        raise TypeError(
            f"splits must be the result of fastsplit.split, or the indices of each split, got {described(splits)}"
        )
    return arrays


def check_disjoint(arrays: list[Any], n: int) -> None:
    """Raise ValueError if two splits of a source of n rows have an index in common."""
    owner = np.zeros(n, dtype=np.min_scalar_type(len(arrays)))
    for number, array in enumerate(arrays):
        indices = read_indices(array, n)
        shared = indices[owner[indices] > 0]
        if shared.size:
            raise ValueError(
                f"splits must have no index in common, got {len(shared)} of splits[{number}] in another split too, "
                f"such as {shared[0]} in splits[{owner[shared[0]] - 1}]"
            )
        owner[indices] = number + 1


def read_sampling(sampling: str, *, shuffle: bool, batch_size: int | None) -> str:
    """Return the sampling, which must be uniform unless batches are shuffled."""
    sampling = str(read_choice("sampling", sampling, SAMPLINGS))
    if sampling != "uniform" and (not shuffle or batch_size is None):
        raise ValueError(f"sampling={sampling!r} needs shuffle=True and a batch_size")
    return sampling


def read_sampling_labels(labels: Any, source: Source) -> NDArray[Any]:
    """Return the class of each example of the source."""
    if labels is None or isinstance(labels, str):
        labels = source.labels(labels)
    values = read_labels(labels).values
    if len(values) != source.n:
        raise ValueError(f"labels must be as many as the examples of the source, {source.n}, got {len(values)}")
    return values


def read_shard(shard: Any) -> Shard:
    """Return the shard; without one, the first of one."""
    if shard is None:
        return Shard(1, 0)
    if isinstance(shard, tf.distribute.InputContext):
        shard = shard.num_input_pipelines, shard.input_pipeline_id
    count, number = read_pair("shard", shard)
    count = integer_argument("shard count", count, minimum=1)
    return Shard(count, integer_argument("shard index", number, minimum=0, maximum=count - 1))


def read_start(start: Any, steps: int) -> tuple[int, int]:
    """Return the epoch and the step to begin with; the end of an epoch is the beginning of the next."""
    epoch, step = read_pair("start", start)
    epoch = integer_argument("start epoch", epoch, minimum=0, maximum=_LAST_EPOCH)
    step = integer_argument("start step", step, minimum=0, maximum=steps)
    return (epoch + 1, 0) if step == steps and steps else (epoch, step)
