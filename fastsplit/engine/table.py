"""table: the rows of each unit -> how many examples of each class it has, without the zeros."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import BinaryMatrix, Slots, UnitRows, number_labels
from fastsplit.engine.classes import Lookup, distinct, encoded, exact_window, from_int64, is_dense
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import Range, changed, for_ranges, for_ranges_unchanged, ranges, worker_zeros
from fastsplit.engine.scan import scan
from fastsplit.inputs.labels import Labels
from fastsplit.memory import require_memory

_ROWS_PER_BUCKET = 1 << 14  # words that are sorted within the L2 cache
_MAX_BUCKETS = 1 << 10  # the open lines of more would not stay in the cache while they are filled
_BLOCK = 1 << 22  # rows, or cells of a matrix, per kernel call; between two calls Ctrl-C is noticed
_GRAIN = 1 << 21  # cells worth starting a thread for
_CODE = np.dtype(np.int32)

Entries = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]


class Units(NamedTuple):
    """How many examples of each class every unit has, U being the number of units.

    Attributes
    ----------
    starts : ndarray of int64, shape (U + 1,)
        Where the entries of each unit begin.
    classes : ndarray of int32, shape (entries,)
        The class of each entry, ascending within a unit.
    counts : ndarray of int64, shape (entries,)
        The number of examples of that class.
    sizes : ndarray of int64, shape (U,)
        What splits are balanced by beside the classes: the number of examples of each unit.
    ids : ndarray of uint64, shape (U,)
        What identifies each unit.
    """

    starts: NDArray[np.int64]
    classes: NDArray[np.int32]
    counts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    ids: NDArray[np.uint64]


class Tabled(NamedTuple):
    """The units of N examples, C being the number of classes and U the number of units.

    Attributes
    ----------
    units : Units
        How many examples of each class every unit has; ids ascend.
    classes : ndarray, shape (C,)
        The label values, ascending.
    totals : ndarray of int64, shape (C,)
        The number of examples of each class.
    unit_of : ndarray of int32, shape (N,)
        The unit of each example.
    """

    units: Units
    classes: NDArray[Any]
    totals: NDArray[np.int64]
    unit_of: NDArray[np.int32]


def tabulate(labels: Labels, groups: NDArray[np.uint64], threads: int) -> Tabled:
    """Find the classes of labels, shape (N,), and the units: the examples of each group. Both are found ascending."""
    strata = scan(labels, threads)
    ids, unit_of = numbered(groups, threads)
    class_of = _numbers(strata.lookup, strata.parts)
    starts, classes, counts = table(unit_of, class_of, len(ids), len(strata.classes), threads)
    # Sums of float64 are exact: there are fewer than 2**53 examples.
    if (np.bincount(classes, counts, minlength=len(strata.classes)) != strata.counts).any():
        raise changed()
    sizes = np.add.reduceat(counts, starts[:-1]) if len(ids) else np.empty(0, dtype=np.int64)
    return Tabled(Units(starts, classes, counts, sizes, ids), strata.classes, strata.counts, unit_of)


def table(
    unit_of: NDArray[np.int32], class_of: NDArray[np.int32], n_units: int, n_classes: int, threads: int = 1
) -> Entries:
    """Return where the entries of each unit begin, their classes, ascending within a unit, and their counts."""
    n, parts = len(unit_of), ranges(len(unit_of), threads)
    n_buckets = min(_MAX_BUCKETS, 1 << (n // _ROWS_PER_BUCKET).bit_length())
    shift = (-(-n_units // n_buckets) - 1).bit_length() if n_units > n_buckets else 0
    rows = UnitRows(unit_of, class_of, n_units, n_classes, shift)
    counted = worker_zeros(len(parts), rows.n_buckets)
    for_ranges_unchanged(parts, lambda worker, begin, end: rows.count(begin, end, counted[worker]))
    starts, limits, cursors = laid_out(counted)
    words = np.empty(n, dtype=np.uint32 if rows.word_bits <= 32 else np.uint64)
    slots = [Slots(cursor, limit, n) for cursor, limit in zip(cursors, limits, strict=True)]
    for_ranges_unchanged(parts, lambda worker, begin, end: rows.scatter(begin, end, slots[worker], words))

    of_buckets, block = ranges(rows.n_buckets, len(parts), grain=1), max(1, rows.n_buckets * _BLOCK // max(n, 1))
    distinct_words = np.empty(rows.n_buckets, dtype=np.int64)
    for_ranges(of_buckets, lambda _, begin, end: rows.sort(begin, end, starts, words, distinct_words), block)
    firsts = np.concatenate([[0], distinct_words.cumsum()])
    out = np.empty(n_units + 1, dtype=np.int64), np.empty(firsts[-1], dtype=_CODE), np.empty(firsts[-1], dtype=np.int64)
    for_ranges(of_buckets, lambda _, begin, end: rows.fill(begin, end, starts, firsts, words, out), block)
    return out


def table_of_matrix(matrix: NDArray[Any], threads: int = 1) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
    """Return where the columns of each row that are 1 begin, these columns, and the first value that is no 0 or 1.

    That is its index in the flattened matrix, or -1 if there is none; else there are no entries. Raises MemoryError
    before anything large is allocated that does not fit the free memory.
    """
    if not matrix.dtype.isnative or matrix.dtype.itemsize > 8 or matrix.dtype == np.float16:
        other = np.flatnonzero(((matrix != 0) & (matrix != 1)).ravel())
        if len(other):
            return np.zeros(len(matrix) + 1, dtype=np.int64), np.empty(0, dtype=_CODE), int(other[0])
        matrix = matrix != 0
    n, view = len(matrix), BinaryMatrix(matrix)
    require_memory((n * view.masks_per_row + n) * 8, f"reading a matrix of shape {matrix.shape}")
    masks, starts = np.empty((n, view.masks_per_row), dtype=np.uint64), np.zeros(n + 1, dtype=np.int64)
    parts, block = ranges(n, threads, _rows_of(_GRAIN, matrix)), _rows_of(_BLOCK, matrix)
    first_others: list[int] = []

    def read(_: int, begin: int, end: int) -> None:
        if (row := view.read(begin, end, masks, starts[1:])) < end:
            first_others.append(row)

    for_ranges(parts, read, block)
    if first_others:
        row = min(first_others)
        column = int(np.argmax((matrix[row] != 0) & (matrix[row] != 1)))
        return np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=_CODE), row * matrix.shape[1] + column
    starts.cumsum(out=starts)
    require_memory(int(starts[-1]) * 4, f"the table of {starts[-1]:,} labels")
    classes = np.empty(starts[-1], dtype=_CODE)
    for_ranges(parts, lambda _, begin, end: view.classes(begin, end, masks, starts, classes), block)
    return starts, classes, -1


def numbered(values: NDArray[Any], threads: int) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Return the distinct values, ascending, and the number of each value among them."""
    parts = ranges(len(values), threads)
    if len(values) == 0 or is_dense(exact_window(values, parts).span, len(values)):
        strata = scan(Labels(values), threads)
        return strata.classes, _numbers(strata.lookup, strata.parts)
    known = distinct(values, parts)
    return from_int64(known, values.dtype), encoded(values, known, parts)


def _numbers(lookup: Lookup, parts: list[Range]) -> NDArray[np.int32]:
    """Return the number of the class of each label."""
    out = np.empty(lookup.labels.n, dtype=_CODE)
    for_ranges(parts, lambda _, begin, end: number_labels(lookup.labels, lookup.table, begin, end, out))
    return out


def _rows_of(cells: int, matrix: NDArray[Any]) -> int:
    return int(max(1, cells // max(1, matrix.shape[1])))
