"""Concatenations: the rows of several columns as one column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.tfdata.sources.base import Column, check_indices, numpy_dtype


class Concatenation:
    """The rows of several columns, one column after another; nothing is copied until rows are taken.

    Attributes
    ----------
    shape : tuple of int
        The shape that ``np.concatenate`` would give.
    dtype : numpy.dtype
        Of the rows; object for strings.
    """

    def __init__(self, columns: list[Column]) -> None:
        self._columns = columns
        ends = np.cumsum([column.n for column in columns])
        self._ends, self._begins = ends, ends - [column.n for column in columns]
        self._number_dtype = np.min_scalar_type(len(columns))  # of few bits: a stable sort is then linear
        self.shape = (int(ends[-1]), *columns[0].shape)
        self.dtype = numpy_dtype(columns[0].dtype)

    def take(self, indices: Any) -> NDArray[Any]:
        """Return the rows at indices, shape (m,): as one array, taken from each column at a time."""
        indices = np.asarray(indices, dtype=np.int64)
        check_indices(indices, len(self))
        number = np.searchsorted(self._ends, indices, side="right").astype(self._number_dtype)
        by_column = np.argsort(number, kind="stable")
        counts = np.bincount(number, minlength=len(self._columns))
        ends = np.cumsum(counts)
        rows = self._columns[0].empty_rows(len(indices))
        for used in np.flatnonzero(counts):
            here = by_column[ends[used] - counts[used] : ends[used]]
            rows[here] = self._columns[used].rows(indices[here] - self._begins[used])
        return rows

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("a concatenation cannot be an array without a copy")
        if self.dtype.hasobject:  # take would return UTF-8 bytes, but labels must be text
            return np.concatenate([np.asarray(column.leaf) for column in self._columns], dtype=dtype)
        return self.take(np.arange(len(self))).astype(dtype or self.dtype, copy=False)

    @property
    def column(self) -> Column:
        """These rows as one column."""
        first = self._columns[0]
        in_memory = all(column.in_memory for column in self._columns)
        return Column(self, self.take, len(self), first.dtype, first.shape, in_memory)
