"""table: the rows of each unit -> how many examples of each class it has, without the zeros."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.labels import Labels


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
    values = labels.values.astype(labels.values.dtype.newbyteorder("="), copy=False)
    found, class_of, totals = np.unique(values, return_inverse=True, return_counts=True)
    ids, unit_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    numbers: NDArray[np.int32] = unit_of.astype(np.int32)
    entries = table(numbers, class_of.astype(np.int32), len(ids), len(found))
    units = Units(*entries, sizes.astype(np.int64), ids)
    return Tabled(units, found if labels.names is None else labels.names[found], totals.astype(np.int64), numbers)


def table(
    unit_of: NDArray[np.int32], class_of: NDArray[np.int32], n_units: int, n_classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return where the entries of each unit begin, their classes, ascending within a unit, and their counts."""
    cells, counts = np.unique(unit_of.astype(np.int64) * n_classes + class_of, return_counts=True)
    units, classes = np.divmod(cells, max(n_classes, 1))
    starts = np.concatenate([[0], np.bincount(units, minlength=n_units).cumsum()])
    return starts.astype(np.int64), classes.astype(np.int32), counts.astype(np.int64)


def table_of_matrix(matrix: NDArray[Any], threads: int = 1) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
    """Return where the columns of each row that are 1 begin, these columns, and the first value that is no 0 or 1.

    That is its index in the flattened matrix, or -1 if there is none.
    """
    ones = matrix == 1
    binary = ones | (matrix == 0)
    classes = np.nonzero(ones)[1].astype(np.int32)
    starts = np.concatenate([[0], np.count_nonzero(ones, axis=1).cumsum()]).astype(np.int64)
    return starts, classes, -1 if binary.all() else int(binary.argmin())
