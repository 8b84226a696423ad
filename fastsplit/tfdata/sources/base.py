"""Columns: the form in which every kind of source is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_ALIGNMENT = 64  # bytes: TensorFlow adopts NumPy memory without a copy only if it is aligned so
_OBJECT_KINDS = "USOT"  # NumPy's kinds of strings, and objects, which must be strings

Indices: TypeAlias = NDArray[np.int64]
Take: TypeAlias = Callable[[Indices], NDArray[Any]]


@dataclass(frozen=True)
class Column:
    """One leaf of a source: n rows, taken by index.

    Attributes
    ----------
    leaf : object
        The leaf as it was passed.
    take : callable
        Returns the rows at indices, shape (m,), as an array of shape (m, *shape). Does not check the indices.
    n : int
        The number of rows.
    dtype : tf.DType
        Of a row in TensorFlow.
    shape : tuple of int
        Of a row.
    in_memory : bool
        Whether all rows are in memory; if not, ``take`` may read files or compute.
    """

    leaf: Any
    take: Take
    n: int
    dtype: Any
    shape: tuple[int, ...]
    in_memory: bool

    def rows(self, indices: Indices) -> NDArray[Any]:
        """Return the rows at indices, and check their shape and dtype."""
        rows = self.take(indices)
        if rows.shape != (len(indices), *self.shape):
            raise ValueError(
                f"source must yield rows of shape {self.shape} for {len(indices)} indices, got {rows.shape}"
            )
        if tensor_dtype(rows.dtype) != self.dtype:
            raise ValueError(f"source must yield rows of {self.dtype.name}, got {rows.dtype}")
        return rows

    @property
    def row_nbytes(self) -> int:
        """Bytes per row, as a tensor; a string counts as one byte."""
        return int(np.prod(self.shape, dtype=np.int64)) * max(int(self.dtype.size), 1)

    def empty_rows(self, n: int) -> NDArray[Any]:
        """Return an uninitialized array for n rows."""
        shape, dtype = (n, *self.shape), numpy_dtype(self.dtype)
        return np.empty(shape, dtype=object) if dtype.hasobject else aligned(shape, dtype)


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return an uninitialized array that TensorFlow adopts without a copy."""
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    memory = np.empty(size + _ALIGNMENT, dtype=np.uint8)
    begin = -memory.ctypes.data % _ALIGNMENT
    array: NDArray[Any] = memory[begin : begin + size].view(dtype).reshape(shape)
    return array


def tensor_dtype(dtype: Any) -> Any:
    """Return the TensorFlow dtype of rows of a NumPy or TensorFlow dtype."""
    if isinstance(dtype, np.dtype) and dtype.kind in _OBJECT_KINDS:
        return tf.string
    try:
        return tf.as_dtype(dtype)
    except TypeError:
        raise TypeError(f"source must hold numbers, booleans or strings, got {dtype}") from None


def numpy_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the NumPy dtype of rows of a TensorFlow dtype: for strings, object."""
    result: np.dtype[Any] = np.dtype(dtype.as_numpy_dtype)
    return result


def sampled(take: Take, n: int) -> tuple[Any, tuple[int, ...]]:
    """Return the TensorFlow dtype and the shape of a row, from the first row; from no rows if there are none."""
    rows = take(np.zeros(min(n, 1), dtype=np.int64))
    return tensor_dtype(rows.dtype), tuple(rows.shape[1:])


def out_of_range(indices: NDArray[Any], n: int) -> str | None:
    """Return an error message if an index is not from 0 to n - 1."""
    if indices.size == 0 or (indices.min() >= 0 and indices.max() < n):
        return None
    return f"indices must be at least 0 and below {n}, got {indices.min()} to {indices.max()}"


def check_indices(indices: Indices, n: int) -> None:
    """Raise IndexError unless every index is from 0 to n - 1."""
    # As unsigned integers, negative indices are larger than any n: one pass over the indices finds both.
    if indices.size and indices.view(np.uint64).max() >= n:
        raise IndexError(out_of_range(indices, n))


def check_no_nulls(n_nulls: int) -> None:
    """Raise ValueError if a column has missing values."""
    if n_nulls:
        raise ValueError(f"source must not have missing values, got a column with {n_nulls}")
