"""Sources: anything that gives rows by their ids, one leaf or a nest of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from os import PathLike
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.engine.gather import gather

_ALIGNED = 64  # bytes; what TensorFlow takes over from NumPy without a copy
_BLOCK = 1 << 22  # bytes that are copied at a time
_AUTO_LIMIT = 4  # of the memory that is free, what one copy may take at the most, as a divisor


class Column:
    """One leaf of a source: its length, the dtype and shape of a row in TensorFlow, and how rows are taken."""

    def __init__(self, leaf: Any) -> None:
        if isinstance(leaf, tf.data.Dataset | str | PathLike):
            raise TypeError(
                f"source must hold arrays, got a {type(leaf).__name__}; split_dataset splits an existing dataset"
            )
        if getattr(leaf, "shape", None) == ():
            raise ValueError("source must hold arrays of one dimension at least, got a scalar")
        self.leaf = leaf
        self.take, self.in_memory = _taking(leaf)
        self.n = int(leaf.shape[0]) if hasattr(leaf, "shape") else len(leaf)
        if hasattr(leaf, "shape") and isinstance(getattr(leaf, "dtype", None), np.dtype | tf.DType):
            self.dtype, self.shape = _tensor_dtype(leaf.dtype), tuple(leaf.shape[1:])
        elif self.n:
            row = self.take(np.zeros(1, dtype=np.int64))
            self.dtype, self.shape = _tensor_dtype(row.dtype), tuple(row.shape[1:])
        else:
            raise ValueError(f"source must tell its dtype and shape where it is empty, got a {type(leaf).__name__}")

    def rows(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Take rows, and check their shape."""
        rows = self.take(ids)
        if rows.shape != (len(ids), *self.shape):
            raise ValueError(f"source must yield rows of shape {self.shape} for {len(ids)} ids, got {rows.shape}")
        return rows

    @property
    def nbytes(self) -> int:
        """Bytes of all rows, as a tensor."""
        return self.n * int(np.prod(self.shape, dtype=np.int64)) * max(int(self.dtype.size), 1)

    def copied(self) -> Column:
        """Return the same rows in memory of their own."""
        if isinstance(self.leaf, tf.Tensor):  # which nothing can change
            return self
        shape = (self.n, *self.shape)
        rows: NDArray[Any] = (
            np.empty(shape, dtype=object) if self.dtype == tf.string else aligned(shape, self.dtype.as_numpy_dtype)
        )
        block = max(1, _BLOCK * self.n // max(self.nbytes, 1))
        for first in range(0, self.n, block):
            last = min(first + block, self.n)
            rows[first:last] = self.take(np.arange(first, last))
        return Column(rows)


class Source:
    """A nest of columns of equal length, made once and shared by all the datasets that read it."""

    def __init__(self, nest: Any, gather: str = "auto") -> None:
        self.nest = _mapped(Column, nest)
        self.columns: list[Column] = tf.nest.flatten(self.nest)
        if not self.columns:
            raise ValueError("source must hold at least one array")
        self.n = self.columns[0].n
        if any(column.n != self.n for column in self.columns):
            raise ValueError(f"source must hold arrays of equal length, got {[column.n for column in self.columns]}")
        if gather not in ("auto", "tensor", "numpy"):
            raise ValueError(f"gather must be 'auto', 'tensor' or 'numpy', got {gather!r}")
        self.gather = gather if gather != "auto" else self._best()
        if self.gather == "tensor":
            self.columns = [column.copied() for column in self.columns]

    def take(self, ids: NDArray[np.int64]) -> list[NDArray[Any]]:
        """Return the rows of all columns at some ids, of whatever shape the ids are."""
        flat = ids.ravel()
        return [column.rows(flat).reshape(ids.shape + column.shape) for column in self.columns]

    def labels(self) -> Any:
        """Return the second component of a tuple: the labels by custom."""
        if not isinstance(self.nest, tuple) or len(self.nest) < 2 or not isinstance(self.nest[1], Column):
            raise ValueError("labels must be given, as source is not a tuple (features, labels)")
        leaf = self.nest[1].leaf
        return leaf.numpy() if isinstance(leaf, tf.Tensor) else leaf

    def pack(self, leaves: Any) -> Any:
        """Give leaves the structure of the source."""
        return tf.nest.pack_sequence_as(self.nest, list(leaves))

    def _best(self) -> str:
        if not all(column.in_memory for column in self.columns):
            return "numpy"
        return "tensor" if sum(column.nbytes for column in self.columns) * _AUTO_LIMIT <= _free_memory() else "numpy"


def aligned(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return an empty array that TensorFlow takes over without a copy."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    memory = np.empty(size + _ALIGNED, dtype=np.uint8)
    start = -memory.ctypes.data % _ALIGNED
    array: NDArray[Any] = memory[start : start + size].view(dtype).reshape(shape)
    return array


def _mapped(function: Callable[[Any], Any], nest: Any) -> Any:
    """Apply a function to the leaves of a nest of tuples and dicts; a list is a leaf, as tf.data has it."""
    if isinstance(nest, dict):
        return type(nest)((key, _mapped(function, value)) for key, value in nest.items())
    if isinstance(nest, tuple):
        values = [_mapped(function, value) for value in nest]
        return type(nest)(*values) if hasattr(nest, "_fields") else type(nest)(values)
    if isinstance(nest, list) and any(getattr(part, "ndim", 0) for part in nest):
        raise TypeError("source must be a tuple or a dict where it has several arrays, got a list")
    return function(np.asarray(nest) if isinstance(nest, list) else nest)


def _tensor_dtype(dtype: Any) -> Any:
    if isinstance(dtype, np.dtype) and dtype.kind in "USOT":
        return tf.string
    try:
        return tf.as_dtype(dtype)
    except TypeError:
        raise TypeError(f"source must hold numbers, booleans or strings, got {dtype}") from None


def _taking(leaf: Any) -> tuple[Callable[[NDArray[np.int64]], NDArray[Any]], bool]:
    """Return how the rows of a leaf are taken, and whether they all are in memory."""
    library = type(leaf).__module__.partition(".")[0]
    if isinstance(leaf, tf.Tensor | tf.Variable):
        return _taking(np.asarray(leaf))
    if isinstance(leaf, np.ndarray):
        return _of_array(leaf), not _is_mapped(leaf)
    if library == "pandas" and "pandas" in sys.modules:
        return _of_pandas(leaf)
    if library == "pyarrow" and "pyarrow" in sys.modules:
        return _of_arrow(leaf), True
    if library == "scipy":
        raise TypeError("source must hold arrays, got a sparse one: pass an object that takes its rows as arrays")
    if library == "h5py":
        return _of_increasing(leaf), False
    if not hasattr(leaf, "__len__") and not hasattr(leaf, "shape"):
        raise TypeError(f"source must hold arrays, or objects with a length and rows, got a {type(leaf).__name__}")
    if callable(getattr(leaf, "take", None)):
        return lambda ids: np.asarray(leaf.take(ids)), False
    indexed = getattr(leaf, "oindex", leaf)  # Zarr's orthogonal index: rows by their numbers, whatever the dimensions
    return lambda ids: np.asarray(indexed[ids]), False


def _is_mapped(array: Any) -> bool:
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False


def _of_array(array: NDArray[Any]) -> Callable[[NDArray[np.int64]], NDArray[Any]]:
    if array.dtype == object and array.size and not isinstance(array.flat[0], str | bytes):
        raise TypeError(f"source must hold numbers, booleans or strings, got objects ({type(array.flat[0]).__name__})")
    if array.dtype.kind == "U":
        return lambda ids: np.char.encode(array[ids], "utf-8")
    if array.dtype.kind == "T":
        return lambda ids: array[ids].astype(object)
    if array.dtype.kind in "SO" or not array.dtype.isnative or (len(array) and not array[0].flags.c_contiguous):
        dtype = array.dtype.newbyteorder("=")
        return lambda ids: np.asarray(array[ids], dtype=dtype)

    def take(ids: NDArray[np.int64]) -> NDArray[Any]:
        out = aligned((len(ids), *array.shape[1:]), array.dtype)
        return gather(array, ids, 1, out)

    return take


def _of_pandas(leaf: Any) -> tuple[Callable[[NDArray[np.int64]], NDArray[Any]], bool]:
    if getattr(leaf, "ndim", 1) != 1:
        raise TypeError("source must hold columns, got a DataFrame; pass dict(frame), or frame.to_numpy()")
    if isinstance(leaf.dtype, np.dtype):
        return _taking(leaf.to_numpy())
    _check_no_nulls(int(leaf.isna().sum()))
    values = leaf.array
    return lambda ids: values.take(ids).to_numpy(), True


def _of_arrow(leaf: Any) -> Callable[[NDArray[np.int64]], NDArray[Any]]:
    """Take from each chunk what lies in it: chunks are never put together."""
    import pyarrow as pa

    if not isinstance(leaf, pa.Array | pa.ChunkedArray):
        raise TypeError(f"source must hold columns, got a pyarrow {type(leaf).__name__}; pass a dict of its columns")
    _check_no_nulls(leaf.null_count)
    chunks = leaf.chunks if isinstance(leaf, pa.ChunkedArray) else [leaf]
    ends = np.cumsum([len(chunk) for chunk in chunks])
    is_flat = pa.types.is_integer(leaf.type) or pa.types.is_floating(leaf.type)
    takes = [
        _of_array(chunk.to_numpy()) if is_flat else lambda ids, chunk=chunk: _objects(chunk.take(pa.array(ids)))
        for chunk in chunks
    ]
    if len(chunks) == 1:
        return takes[0]
    dtype = np.dtype(leaf.type.to_pandas_dtype())

    def take(ids: NDArray[np.int64]) -> NDArray[Any]:
        chunk_of = np.searchsorted(ends, ids, side="right")
        out = np.empty(len(ids), dtype=dtype)
        for number in np.unique(chunk_of):
            here = np.flatnonzero(chunk_of == number)
            out[here] = takes[number](ids[here] - (ends[number] - len(chunks[number])))
        return out

    return take


def _objects(array: Any) -> NDArray[Any]:
    return np.asarray(array.to_numpy(zero_copy_only=False))


def _of_increasing(leaf: Any) -> Callable[[NDArray[np.int64]], NDArray[Any]]:
    """HDF5 reads rows in increasing order, each once."""

    def take(ids: NDArray[np.int64]) -> NDArray[Any]:
        increasing, back = np.unique(ids, return_inverse=True)
        return np.asarray(leaf[increasing])[back] if len(ids) else np.asarray(leaf[:0])

    return take


def _check_no_nulls(nulls: int) -> None:
    if nulls:
        raise ValueError(f"source must not have missing values, got a column with {nulls}")


def _free_memory() -> int:
    """Return the bytes of memory that are free, or a guess where the system does not tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            fields = dict(line.split(":") for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return 8 << 30
