"""Columns: the form in which every kind of source is read."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

_ALIGNMENT = 64  # bytes: TensorFlow adopts NumPy memory without a copy only if it is aligned so
_N_SHOWN = 5  # indices that an error shows
_MAX_TEXT = 200  # characters of another library's error in ours
_OBJECT_KINDS = "USOT"  # NumPy's kinds of strings, and objects, which must be strings

Indices: TypeAlias = NDArray[np.int64]
Take: TypeAlias = Callable[[Indices], NDArray[Any]]


class SourceError(ValueError):
    """A source that fails when rows are taken, or yields rows of another shape or dtype than its first row."""


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
    name : str
        Where in the nest the leaf is, for errors.
    """

    leaf: Any
    take: Take
    n: int
    dtype: Any
    shape: tuple[int, ...]
    in_memory: bool
    name: str = "source"

    def rows(self, indices: Indices) -> NDArray[Any]:
        """Return the rows at indices, and check their shape and dtype; no indices never reach the leaf."""
        if len(indices) == 0:
            return self.empty_rows(0)
        try:
            rows = self.take(indices)
        except SourceError:  # of a leaf of a concatenation, which is named already
            raise
        except Exception as error:
            raise SourceError(f"{self._described} failed for {_listed(indices)}: {_brief(error)}") from error
        if rows.shape != (len(indices), *self.shape):
            raise SourceError(
                f"{self._described} must yield rows of shape {self.shape}, got an array of shape {rows.shape} "
                f"for {_listed(indices)}"
            )
        if tensor_dtype(rows.dtype) != self.dtype:
            raise SourceError(
                f"{self._described} must yield rows of {self.dtype.name}, got {rows.dtype} for {_listed(indices)}"
            )
        if rows.dtype == object and (found := not_strings(rows)):
            raise SourceError(f"{self._described} must yield strings, got {found} for {_listed(indices)}")
        # TensorFlow takes the bytes of another byte order as they are.
        return rows if rows.dtype.isnative else rows.astype(rows.dtype.newbyteorder("="))

    @property
    def _described(self) -> str:
        return f"{self.name} ({type(self.leaf).__name__})"

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


def _listed(indices: Indices) -> str:
    shown = ", ".join(map(str, indices[:_N_SHOWN].tolist()))
    return f"indices [{shown}, ...] ({len(indices)})" if len(indices) > _N_SHOWN else f"indices [{shown}]"


def _brief(error: Exception) -> str:
    """Return an error, and where it was raised, as one line."""
    frames = traceback.extract_tb(error.__traceback__)
    text = " ".join(f"{type(error).__name__}: {error}".split())
    text = text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}..."
    return f"{text} ({frames[-1].filename}, line {frames[-1].lineno}, in {frames[-1].name})" if frames else text


def not_strings(array: NDArray[np.object_]) -> str:
    """Return the types of the objects of an array that are no strings, in words; empty if there are none."""
    kinds = {kind for kind in set(map(type, array.flat)) if not issubclass(kind, str | bytes)}
    if not kinds:
        return ""
    text = ", ".join(sorted(kind.__name__ for kind in kinds))
    missing = any(x is None or x != x for x in array.flat if type(x) in kinds and not isinstance(x, np.ndarray))
    return f"missing values ({text})" if missing else f"objects ({text})"


def check_strings(array: NDArray[np.object_]) -> None:
    """Raise unless all objects of an array are strings."""
    if found := not_strings(array):
        if found.startswith("missing"):
            raise ValueError(f"source must not have {found}: fill or leave them out")
        raise TypeError(f"source must hold numbers, booleans or strings, got {found}")


def sampled(take: Take, n: int) -> tuple[Any, tuple[int, ...]]:
    """Return the TensorFlow dtype and the shape of a row, from the first row; from no rows if there are none."""
    rows = take(np.zeros(min(n, 1), dtype=np.int64))
    if rows.dtype == object:
        check_strings(rows)
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
