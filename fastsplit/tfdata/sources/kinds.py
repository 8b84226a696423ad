"""The kind of a leaf: which reader makes it a column."""

from __future__ import annotations

import sys
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np
import tensorflow as tf

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
    if isinstance(leaf, list):
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
    return hdf5_column(leaf) if library == "h5py" else object_column(leaf)
