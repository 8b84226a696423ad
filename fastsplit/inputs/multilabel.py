"""Several labels per example, in every container that holds them -> a matrix of 0 and 1, or the labels of each row."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence, Set
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.labels.base import check_missing
from fastsplit.inputs.labels.objects import read_objects
from fastsplit.inputs.options import BOOLEANS, INTEGERS, described
from fastsplit.memory import free_memory

_ACCEPTED = (
    "a matrix of 0 and 1 of shape (examples, labels), a sparse matrix, or a list with the labels of each example"
)
_NUMERIC = "biuf"  # kinds of dtypes that may hold 0 and 1
_ROWS_SHOWN = "such as [['cat', 'dog'], ['cat'], []]"
_MISSING_TYPES = ("NAType", "NaTType")  # pandas.NA and pandas.NaT, without importing pandas
_MAX_LABELS = 2**31  # their numbers are int32
_CELL, _ENTRY, _EXAMPLE = 16, 32, 96  # bytes, at most: two tables, the entries' arrays, and the examples' arrays


class LabelSets(NamedTuple):
    """The labels of each example, N being the number of examples and L that of the labels.

    Attributes
    ----------
    starts : ndarray of int64, shape (N + 1,)
        Where the labels of each example begin.
    classes : ndarray of int32, shape (entries,)
        The numbers of its labels, ascending.
    labels : ndarray, shape (L,)
        The labels: the numbers of columns, or sorted values.
    """

    starts: NDArray[np.int64]
    classes: NDArray[np.int32]
    labels: NDArray[Any]


def read_multilabel(given: Any, what: str = "Y") -> NDArray[Any] | LabelSets:
    """Return a matrix (N, L) of numbers, which are not checked to be 0 and 1; or what is no matrix as label sets.

    A list is a matrix if its rows are of one length and have only 0 and 1, or floats; it has the labels of each example
    if a row is a set, if a label is a string, or if rows are of different lengths. Rows of one length with other
    integers may be either, and so may rows of a single 0 or 1: they are refused.

    What was read before is returned as it is.

    Raises
    ------
    ValueError, TypeError
        If there is no row or no label, or if it is unclear what the labels are.
    """
    if isinstance(given, LabelSets):
        return given
    if hasattr(given, "tocsr"):
        return _read_sparse(given, what)
    libraries = {cls.__module__.partition(".")[0] for cls in type(given).__mro__}
    if "pandas" in libraries and "pandas" in sys.modules and getattr(given, "ndim", 0) == 2:
        return _checked(_read_frame(given, what), what)
    if isinstance(given, np.ma.MaskedArray):
        check_missing(np.ma.getmaskarray(given).reshape(-1), what)
        given = given.data
    if isinstance(given, str | bytes | Mapping | Set):
        raise TypeError(f"{what} must be {_ACCEPTED}, got {described(given)}")
    if isinstance(given, Sequence):
        return _read_rows(list(given), what)
    array = np.asarray(given)
    if array.ndim == 1 and array.dtype.kind == "O" and array.size:
        return _read_rows(array.tolist(), what)
    return _checked(array, what)


def check_memory(sets: LabelSets, n_columns: int, what: str = "Y") -> None:
    """Refuse label sets that cannot be dealt to ``n_columns`` splits or micro-folds in the memory of this machine."""
    n_labels = len(sets.labels)
    needed = n_labels * n_columns * _CELL + len(sets.classes) * _ENTRY + len(sets.starts) * _EXAMPLE
    if needed > (free := free_memory()):
        raise MemoryError(
            f"{what} of {len(sets.starts) - 1} examples and {n_labels} labels needs about {needed / 1e9:.3g} GB for "
            f"{n_columns} parts, but {free / 1e9:.3g} GB are free; leave out labels that nobody has or use fewer splits"
        )


def not_binary(matrix: NDArray[Any], flat: int, what: str = "Y") -> ValueError:
    """Return the error for the value at a flat index, which is neither 0 nor 1."""
    row, column = divmod(flat, matrix.shape[1])
    value = matrix[row, column]
    distinct = set(np.unique(matrix[row]).tolist()) | {value.item()}
    return _wrong_value(what, row, column, value, distinct <= {-1, 0, 1})


def _wrong_value(what: str, row: int, column: int, value: Any, signs: bool) -> ValueError:
    place = f"in row {row}, column {column}"
    if value != value:
        return ValueError(f"{what} must have no missing values, got {value} {place}; pass 0 where a label is absent")
    if signs:
        way = f"for -1 and 1 pass {what} > 0"
    elif value != np.floor(value):
        way = f"for probabilities pass a threshold, such as {what} >= 0.5"
    else:
        way = (
            f"for counts pass {what} > 0; for the numbers of labels pass a list of sets, one per example; for a class "
            "per column pass a column of 0 and 1 for each class of each column"
        )
    return ValueError(f"{what} must have only 0 and 1, got {value} {place}; {way}")


def _checked(array: NDArray[Any], what: str) -> NDArray[Any]:
    """Return an array that is a matrix of numbers with rows and columns."""
    if array.ndim == 0:
        raise TypeError(f"{what} must be {_ACCEPTED}, got {described(array[()])}")
    if array.ndim == 1:
        raise _one_dimensional(what)
    if array.ndim > 2:
        raise ValueError(
            f"{what} must be two-dimensional, got shape {array.shape}; for a label that any part of an example may "
            f"have pass {what}.any(axis=1), or pass {what}.reshape(len({what}), -1)"
        )
    if array.dtype.kind not in _NUMERIC:
        way = f"; pass {what}.astype(float)" if array.dtype.kind == "O" else ""
        raise TypeError(f"{what} must be of a dtype of booleans, integers or floats, got dtype {array.dtype}{way}")
    n, n_labels = array.shape
    _check_shape(n, n_labels, what)
    return array


def _check_shape(n: int, n_labels: int, what: str) -> None:
    if n == 0:
        raise ValueError(f"{what} must have at least one row, got none")
    if n_labels == 0:
        raise ValueError(f"{what} must have at least one label, got none")
    if n_labels >= _MAX_LABELS:
        raise ValueError(f"{what} must have fewer than 2**31 labels, got {n_labels}")


def _one_dimensional(what: str) -> ValueError:
    return ValueError(
        f"{what} must have several labels per example, as rows of 0 and 1 or as lists, {_ROWS_SHOWN}; got one "
        "dimension: for one label per example use fastsplit.split or fastsplit.kfold"
    )


def _read_frame(frame: Any, what: str) -> NDArray[Any]:
    """Return the values of a DataFrame, whose columns may be of different types."""
    missing = np.asarray(frame.isna())
    if missing.any():
        row, column = divmod(int(missing.argmax()), missing.shape[1])
        raise _wrong_value(what, row, column, np.float64("nan"), False)
    array = np.asarray(frame.to_numpy())
    if array.dtype.kind in _NUMERIC:
        return array
    try:  # booleans beside integers, and nullable types, are objects together
        return np.column_stack([np.asarray(frame.iloc[:, i], dtype=np.float64) for i in range(frame.shape[1])])
    except (TypeError, ValueError):
        raise TypeError(
            f"{what} must have only columns of 0 and 1, got dtypes {', '.join(sorted(set(map(str, frame.dtypes))))}"
        ) from None


def _read_sparse(given: Any, what: str) -> LabelSets:
    """Return the labels of a sparse matrix of any format, without its explicit zeros."""
    if len(given.shape) != 2:
        raise _one_dimensional(what)
    n, n_labels = map(int, given.shape)
    _check_shape(n, n_labels, what)
    csr = given.tocsr()
    starts, columns, values = np.asarray(csr.indptr, np.int64), np.asarray(csr.indices), np.asarray(csr.data)
    if values.dtype.kind not in _NUMERIC:
        raise TypeError(f"{what} must be of a dtype of booleans, integers or floats, got dtype {values.dtype}")
    _check_csr(starts, columns, values, (n, n_labels), what)
    columns, values = columns[: starts[-1]], values[: starts[-1]]
    begins = np.zeros(len(columns) + 1, dtype=bool)
    begins[starts] = True
    if not ((columns[1:] > columns[:-1]) | begins[1:-1]).all():  # unsorted, or entries that count together
        rows = np.repeat(np.arange(n), np.diff(starts))
        order = np.lexsort((columns, rows))
        rows, columns, values = rows[order], columns[order], values[order]
        first = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])))
        sums = np.add.reduceat(values, first, dtype=bool if values.dtype.kind == "b" else np.float64)
        values, columns = sums, columns[first]
        starts = _starts(rows[first], n)
    kept = values != 0
    if not kept.all():
        starts = np.append(0, kept.cumsum())[starts]
        columns, values = columns[kept], values[kept]
    if (wrong := values != 1).any():
        at = int(wrong.argmax())
        row = int(np.searchsorted(starts, at, side="right")) - 1
        raise _wrong_value(what, row, int(columns[at]), values[at], bool((np.abs(values) == 1).all()))
    return LabelSets(starts.astype(np.int64), columns.astype(np.int32), np.arange(n_labels))


def _check_csr(
    starts: NDArray[np.int64], columns: NDArray[Any], values: NDArray[Any], shape: tuple[int, int], what: str
) -> None:
    """Refuse a matrix whose arrays contradict each other: SciPy takes them as they are."""
    valid = len(starts) == shape[0] + 1 and starts[0] == 0 and (starts[1:] >= starts[:-1]).all()
    valid = valid and starts[-1] <= min(len(columns), len(values))
    used = columns[: starts[-1]] if valid else columns[:0]
    if not valid or (used.size and not 0 <= used.min() <= used.max() < shape[1]):
        raise ValueError(
            f"{what} must be a valid sparse matrix, got one of shape {shape} whose indptr or indices do not fit it; "
            f"{what}.check_format() says more"
        )


def _read_rows(rows: list[Any], what: str) -> NDArray[Any] | LabelSets:
    """Return a list of rows as a matrix or as label sets, as `read_multilabel` says."""
    _check_shape(len(rows), 1, what)
    rows = [row.tolist() if isinstance(row, np.ndarray) else _row(row, i, what) for i, row in enumerate(rows)]
    if not all(isinstance(row, Collection) for row in rows):
        raise _one_dimensional(what)
    lengths = {len(row) for row in rows}
    types = set(map(type, chain.from_iterable(rows)))
    if nested := [cls for cls in types if issubclass(cls, Collection) and not issubclass(cls, str | bytes)]:
        raise ValueError(
            f"{what} must be a list of rows of numbers or labels, got rows of {nested[0].__name__}: three dimensions"
        )
    if not types:
        raise ValueError(f"{what} must have at least one label, got none in {len(rows)} rows")
    sets = any(isinstance(row, Set) for row in rows)
    if sets or len(lengths) > 1 or any(issubclass(cls, str) for cls in types):
        return _label_sets(rows, types, what)
    return _matrix_of_rows(rows, types, what)


def _row(row: Any, i: int, what: str) -> Any:
    """Return a row that is neither a string nor a mapping."""
    if isinstance(row, str | bytes):
        raise TypeError(
            f"{what} must have a list of labels per example, {_ROWS_SHOWN}; got {described(row)} in row {i}: for one "
            "label per example use fastsplit.split or fastsplit.kfold"
        )
    if row is None or type(row).__name__ in _MISSING_TYPES:
        raise ValueError(f"{what} must have no missing rows, got {row} in row {i}; pass an empty list for no labels")
    if isinstance(row, Mapping):
        raise TypeError(f"{what} must have a list of labels per example, {_ROWS_SHOWN}; got a mapping in row {i}")
    return row if isinstance(row, Collection) or not hasattr(row, "__array__") else np.asarray(row).tolist()


def _matrix_of_rows(rows: list[Any], types: set[type], what: str) -> NDArray[Any]:
    """Return rows of one length as a matrix, unless they may as well be lists of labels."""
    _check_labels(rows, types, what, (*BOOLEANS, *INTEGERS, float, np.floating))
    binary = set(chain.from_iterable(rows)) <= {0, 1}
    if binary and len(rows[0]) > 1:
        return np.array(rows, dtype=np.uint8)
    if not binary and any(issubclass(cls, float | np.floating) for cls in types):
        return np.array(rows, dtype=np.float64)
    got = "0 or 1" if binary else "integers other than 0 and 1"
    matrix = f"for a matrix numpy.array({what})" if binary else "a matrix must have only 0 and 1"
    raise ValueError(
        f"{what} is a list of rows of one length, {len(rows[0])}, with {got}, and may be labels or a matrix: for "
        f"labels pass [set(row) for row in {what}], {matrix}; for one label per example use fastsplit.split or "
        "fastsplit.kfold"
    )


def _label_sets(rows: list[Any], types: set[type], what: str) -> LabelSets:
    """Return the labels of rows, which are all strings or all integers; a label that a row repeats counts once."""
    _check_labels(rows, types, what, (str, *INTEGERS))
    if len({issubclass(cls, str) for cls in types}) > 1:
        names = ", ".join(sorted(cls.__name__ for cls in types))
        raise TypeError(f"{what} must have labels that are all strings or all integers, got labels of type {names}")
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    read = read_objects(np.fromiter(chain.from_iterable(rows), dtype=object, count=int(lengths.sum())), what)
    labels, codes = np.unique(read.values, return_inverse=True)
    cells = np.repeat(np.arange(len(rows)), lengths) * len(labels) + codes
    once = np.unique(cells)
    if len(once) < len(cells) and read.names is None and set(labels.tolist()) <= {0, 1}:
        raise ValueError(
            f"{what} has rows of 0 and 1 of different lengths, {lengths.min()} to {lengths.max()}: a matrix needs rows "
            f"of one length; for lists of the labels 0 and 1 pass [set(row) for row in {what}]"
        )
    row_of, classes = np.divmod(once, len(labels))
    found: NDArray[Any] = labels if read.names is None else read.names
    return LabelSets(_starts(row_of, len(rows)), classes.astype(np.int32), found)


def _check_labels(rows: list[Any], types: set[type], what: str, accepted: tuple[type, ...]) -> None:
    """Refuse values of other types than these, with the row of the first."""
    numbers = float in accepted
    others = tuple(cls for cls in types if not issubclass(cls, accepted) or (issubclass(cls, BOOLEANS) and not numbers))
    for row, values in enumerate(rows if others else ()):
        for value in values:
            if not isinstance(value, others):
                continue
            if value is None or type(value).__name__ in _MISSING_TYPES or value != value:
                raise ValueError(
                    f"{what} must have no missing labels, got {value} in row {row}; leave it out of the row"
                )
            kinds = "0 and 1" if numbers else "strings or integers"
            raise TypeError(f"{what} must have rows of {kinds}, got {described(value)} in row {row}")


def _starts(row_of: NDArray[Any], n: int) -> NDArray[np.int64]:
    """Return where each of n rows begins in ascending row numbers."""
    return np.concatenate([[0], np.bincount(row_of, minlength=n).cumsum()]).astype(np.int64)
