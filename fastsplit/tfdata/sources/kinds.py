"""The kind of a leaf: which reader makes it a column."""

from __future__ import annotations

import sys
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.folds import Folds
from fastsplit.splits import Splits
from fastsplit.tfdata.sources.arrow import arrow_column
from fastsplit.tfdata.sources.base import Column
from fastsplit.tfdata.sources.concatenation import Concatenation
from fastsplit.tfdata.sources.numpy import array_column
from fastsplit.tfdata.sources.objects import hdf5_column, object_column
from fastsplit.tfdata.sources.pandas import pandas_column


def read_column(leaf: Any) -> Column:
    """Return a leaf of a source as a column."""
    if isinstance(leaf, tf.data.Dataset | str | PathLike):
        raise TypeError(
            f"source must hold arrays, got a {type(leaf).__name__}; split_dataset splits an existing dataset"
        )
    if getattr(leaf, "shape", None) == ():
        raise ValueError("source must hold arrays of at least one dimension, got a scalar")
    if isinstance(leaf, Concatenation):
        return leaf.column
    if isinstance(leaf, Splits | Folds):
        raise TypeError(f"source must hold arrays, got {type(leaf).__name__}: source comes first, the splits second")
    if isinstance(leaf, tf.RaggedTensor | tf.SparseTensor | tf.IndexedSlices):
        raise TypeError(
            f"source must hold dense arrays, got a {type(leaf).__name__}; make it dense (to_tensor, to_dense), "
            "or wrap it in an object with take(indices)"
        )
    if isinstance(leaf, list):
        return array_column(_listed(leaf))
    if isinstance(leaf, range):
        return array_column(np.asarray(leaf))
    if isinstance(leaf, tf.Tensor | tf.Variable):
        return replace(array_column(np.asarray(leaf)), leaf=leaf)
    if isinstance(leaf, np.ndarray):
        return array_column(leaf)
    # By name, because libraries that the caller does not use are not imported.
    library = type(leaf).__module__.partition(".")[0]
    if library == "pandas" and "pandas" in sys.modules:
        return pandas_column(leaf)
    if library == "pyarrow" and "pyarrow" in sys.modules:
        return arrow_column(leaf)
    if library == "scipy":
        raise TypeError("source must hold dense arrays, got a sparse array; wrap it in an object with take(indices)")
    if library in ("h5py", "zarr") and type(leaf).__name__ in ("Group", "File"):
        raise TypeError(
            f"source must hold arrays, got a {library} {type(leaf).__name__}; pass arrays of it: group[name]"
        )
    if library in ("jax", "jaxlib", "torch", "polars"):  # of these, take(indices) and [indices] are not by row
        return replace(array_column(np.asarray(leaf)), leaf=leaf)
    return hdf5_column(leaf) if library == "h5py" else object_column(leaf)


def _listed(leaf: list[Any]) -> NDArray[Any]:
    """Return a list as an array, unless NumPy would change its values: [1, "a"] to strings, [2**63, -1] to floats."""
    try:
        array = np.asarray(leaf)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"source must hold arrays, got a list that is none: {error}") from None
    kept = {"U": str, "f": float | np.floating}.get(array.dtype.kind)
    if kept is not None and array.ndim == 1 and len(leaf):
        same = [isinstance(x, kept) for x in leaf]
        if not (all(same) if kept is str else any(same)):
            found = ", ".join(sorted({type(x).__name__ for x in leaf}))
            raise TypeError(f"source must hold values of one type, got a list of {found}, read as {array.dtype}")
    return array
