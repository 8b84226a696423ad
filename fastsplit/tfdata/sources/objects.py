"""HDF5 and Zarr arrays, and any other object with a length that gives rows by index."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.tfdata.sources.base import Column, Indices, Take, sampled, tensor_dtype


def hdf5_column(leaf: Any) -> Column:
    """Return an HDF5 dataset as a column: h5py accepts indices only if they increase strictly."""

    def take(indices: Indices) -> NDArray[Any]:
        increasing, inverse = np.unique(indices, return_inverse=True)
        return np.asarray(leaf[increasing])[inverse]

    return _column(leaf, take)


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
    if hasattr(leaf, "shape") and isinstance(getattr(leaf, "dtype", None), np.dtype | tf.DType):
        dtype, shape = tensor_dtype(leaf.dtype), tuple(leaf.shape[1:])
    elif n:
        dtype, shape = sampled(take, n)
    else:
        raise ValueError(
            f"source must have the attributes dtype and shape if it is empty, got a {type(leaf).__name__} without them"
        )
    return Column(leaf, take, n, dtype, shape, in_memory=False)
