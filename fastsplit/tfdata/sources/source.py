"""Sources: nests of columns of equal length."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.memory import free_memory
from fastsplit.tfdata.sources.base import Column, Indices, check_indices
from fastsplit.tfdata.sources.concatenation import Concatenation
from fastsplit.tfdata.sources.kinds import read_column
from fastsplit.tfdata.sources.numpy import array_column
from fastsplit.tfdata.sources.pandas import check_one_index

GATHERS = ("auto", "tensor", "numpy")
_BLOCK = 1 << 22  # bytes per step of a copy: a source that makes rows when they are taken never makes more at once
_COPY_LIMIT = 4  # gather="auto" copies at most 1 / 4 of the free memory: training needs the rest


class Source:
    """A nest of columns of equal length, made once and shared by all pipelines that read it.

    Parameters
    ----------
    nest : array or nest of arrays
        As for `fastsplit.tfdata.dataset`.
    gather : {"auto", "tensor", "numpy"}
        As for `fastsplit.tfdata.dataset`. With "tensor", the columns are copied here.
    """

    def __init__(self, nest: Any, gather: str = "auto") -> None:
        if gather not in GATHERS:
            raise ValueError(f"gather must be one of {', '.join(GATHERS)}, got {gather!r}")
        self.nest = _columns(nest, "source")
        self.columns: list[Column] = tf.nest.flatten(self.nest)
        self.n = _equal_length("source", self.columns)
        check_one_index([column.leaf for column in self.columns])
        self.gather = gather if gather != "auto" else self._best_gather()
        if self.gather == "tensor":
            self.columns = [replace(_copied(column), name=column.name) for column in self.columns]

    def take(self, indices: Indices) -> list[NDArray[Any]]:
        """Return the rows of each column at indices of any shape: arrays of shape (*indices.shape, *row shape)."""
        check_indices(indices, self.n)
        flat = indices.ravel()
        return [column.rows(flat).reshape(indices.shape + column.shape) for column in self.columns]

    def labels(self, key: str | None = None) -> Any:
        """Return the labels: the value of a key of a dict or, by convention, the second component of a tuple."""
        nest = self.nest
        if key is not None:
            column = nest.get(key) if isinstance(nest, dict) else None
            hint = f"labels must be an array, or a key of source if it is a dict of arrays, got {key!r}"
        else:
            column = nest[1] if isinstance(nest, tuple) and len(nest) > 1 else None
            hint = "labels must be given, because source is not a tuple (features, labels)"
        if not isinstance(column, Column):
            raise ValueError(hint)
        return column.leaf.numpy() if isinstance(column.leaf, tf.Tensor) else column.leaf

    def pack(self, leaves: Iterable[Any]) -> Any:
        """Return one leaf per column in the structure of the nest."""
        return tf.nest.pack_sequence_as(self.nest, list(leaves))

    @property
    def row_nbytes(self) -> int:
        """Bytes per row of all columns."""
        return sum(column.row_nbytes for column in self.columns)

    def _best_gather(self) -> str:
        if not all(column.in_memory for column in self.columns):
            return "numpy"
        return "tensor" if self.n * self.row_nbytes * _COPY_LIMIT <= free_memory() else "numpy"


def concat(sources: Iterable[Any]) -> Any:
    """Return the rows of several sources as one source.

    Nothing is copied until rows are taken: each batch then takes rows from the sources that it needs. So files that are
    memory-mapped one by one are shuffled as if they were a single file.

    Parameters
    ----------
    sources : iterable of arrays or nests of arrays
        At least one; each is anything that `dataset` accepts as a source. All have the same structure, and each leaf
        the same dtype and shape of a row in all of them; their lengths may differ.

    Returns
    -------
    concatenation or nest of concatenations
        Of the structure of each source. A leaf has ``shape``, ``dtype``, a length and ``take(indices)``, and can be
        passed to `dataset`, `datasets` and `concat`. ``numpy.asarray`` copies all of its rows into an array.

    Raises
    ------
    ValueError
        If there is no source, the structures, dtypes or shapes of rows differ, or the arrays of one source have
        different lengths.
    TypeError
        If a source is not accepted by `dataset`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastsplit import tfdata
    >>> rows = tfdata.concat([np.arange(3), np.arange(10, 12)])
    >>> rows.shape
    (5,)
    >>> rows.take([4, 0, 3])
    array([11,  0, 10])
    >>> for batch in tfdata.dataset(rows, [1, 2, 3], batch_size=2):
    ...     print(batch.numpy())
    [1 2]
    [10]
    """
    nests = [_columns(source, f"sources[{number}]") for number, source in enumerate(sources)]
    if not nests:
        raise ValueError("sources must hold at least one source, got none")
    for number, nest in enumerate(nests):
        try:
            tf.nest.assert_same_structure(nests[0], nest)
        except (TypeError, ValueError):
            raise ValueError(
                f"sources must have the same structure, sources[{number}] differs from sources[0]"
            ) from None
        _equal_length(f"sources[{number}]", tf.nest.flatten(nest))
    return tf.nest.map_structure(_concatenated, *nests)


def _concatenated(*columns: Column) -> Concatenation:
    first = columns[0]
    for number, column in enumerate(columns):
        if (column.dtype, column.shape) != (first.dtype, first.shape):
            raise ValueError(
                f"sources must have rows of the same dtype and shape, got {first.dtype.name} {first.shape} in "
                f"sources[0] and {column.dtype.name} {column.shape} in sources[{number}]"
            )
    return Concatenation(list(columns))


def _equal_length(name: str, columns: list[Column]) -> int:
    """Return the length that all columns of a source have."""
    lengths = [column.n for column in columns]
    if not lengths:
        raise ValueError(f"{name} must hold at least one array")
    if any(n != lengths[0] for n in lengths):
        raise ValueError(f"{name} must hold arrays of equal length, got {lengths}")
    return lengths[0]


def _copied(column: Column) -> Column:
    """Return the same rows in memory that nothing else can change."""
    if isinstance(column.leaf, tf.Tensor):  # immutable already
        return column
    rows = column.empty_rows(column.n)
    block = max(1, _BLOCK // max(column.row_nbytes, 1))
    for begin in range(0, column.n, block):
        end = min(begin + block, column.n)
        rows[begin:end] = column.rows(np.arange(begin, end))
    return array_column(rows)


def _columns(nest: Any, name: str) -> Any:
    """Return the leaves of a nest of tuples and dicts as columns, each named by its place; a list is a leaf."""
    if isinstance(nest, dict):
        return type(nest)((key, _columns(value, f"{name}[{key!r}]")) for key, value in nest.items())
    if isinstance(nest, tuple):
        values = [_columns(value, f"{name}[{number}]") for number, value in enumerate(nest)]
        return type(nest)(*values) if hasattr(nest, "_fields") else type(nest)(values)
    if isinstance(nest, list) and any(getattr(part, "ndim", 0) for part in nest):
        raise TypeError(
            "source must be a tuple or a dict if it has several arrays, got a list; "
            "if each array of the list is an example, pass np.stack(list)"
        )
    return replace(read_column(nest), name=name)
