"""HDF5 and Zarr arrays, and any other object with a length that gives rows by index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.tfdata.sources.base import Column, Indices, Take, sampled, tensor_dtype
from fastsplit.tfdata.sources.numpy import array_column


def hdf5_column(leaf: Any) -> Column:
    """Return an HDF5 dataset as a column: h5py accepts indices only if they increase strictly."""
    if (mapped := _mapped(leaf)) is not None:
        return replace(array_column(mapped), leaf=leaf)
    if leaf.chunks and len(leaf):
        return _column(leaf, lambda indices: _by_chunk(leaf, indices))

    def take(indices: Indices) -> NDArray[Any]:
        increasing, inverse = np.unique(indices, return_inverse=True)
        return np.asarray(leaf[increasing])[inverse]

    return _column(leaf, take)


def _mapped(leaf: Any) -> NDArray[Any] | None:
    """Return an HDF5 dataset that lies in a file in one piece as a memory map, if nothing can write to it."""
    offset, file = leaf.id.get_offset(), leaf.file
    if offset is None or leaf.chunks or leaf.dtype.hasobject or not leaf.size or file.driver not in ("sec2", "stdio"):
        return None
    if file.mode != "r":  # h5py may keep in memory what was written
        return None
    try:
        rows: NDArray[Any] = np.memmap(file.filename, leaf.dtype, "r", offset, leaf.shape)
    except (OSError, ValueError):
        return None
    # The format has more features than are asked for above: compare two rows with what h5py reads.
    same = all(np.asarray(leaf[row]).tobytes() == rows[row].tobytes() for row in (0, len(rows) - 1))
    return rows if same else None


def _by_chunk(leaf: Any, indices: Indices) -> NDArray[Any]:
    """Return rows of an HDF5 dataset in chunks: h5py is slow at reading rows one by one, and reads whole chunks."""
    order = np.argsort(indices, kind="stable")
    length = leaf.chunks[0]
    begins, starts = np.unique(indices[order] // length * length, return_index=True)
    rows = np.empty((len(indices), *leaf.shape[1:]), dtype=leaf.dtype)
    for begin, here in zip(begins.tolist(), np.split(order, starts[1:]), strict=True):
        rows[here] = leaf[begin : begin + length][indices[here] - begin]
    return rows


def object_column(leaf: Any) -> Column:
    """Return an object with ``take(indices)`` or ``object[indices]`` as a column."""
    if not hasattr(leaf, "__len__") and not hasattr(leaf, "shape"):
        raise TypeError(f"source must hold arrays, or objects with a length and rows, got a {type(leaf).__name__}")
    if callable(getattr(leaf, "take", None)):
        return _column(leaf, lambda indices: np.asarray(leaf.take(indices)))
    return _column(leaf, lambda indices: np.asarray(leaf[indices]))


def _column(leaf: Any, take: Take) -> Column:
    """Return a column whose dtype and shape are the attributes of the leaf, or else those of its first row."""
    n = int(leaf.shape[0]) if hasattr(leaf, "shape") else len(leaf)
    has_dtype = isinstance(getattr(leaf, "dtype", None), np.dtype | tf.DType)
    if hasattr(leaf, "shape") and has_dtype and not (n and leaf.dtype == np.dtype(object)):
        dtype, shape = tensor_dtype(leaf.dtype), tuple(leaf.shape[1:])
    elif n:
        dtype, shape = sampled(take, n)
    else:
        raise ValueError(
            f"source must have the attributes dtype and shape if it is empty, got a {type(leaf).__name__} without them"
        )
    return Column(leaf, take, n, dtype, shape, in_memory=False)
