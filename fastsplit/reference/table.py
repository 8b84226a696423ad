"""table: the rows of each unit -> how many examples of each class it has, without the zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.table import Tabled, Units
from fastsplit.inputs.labels import Labels
from fastsplit.reference.scan import scan


def tabulate(labels: Labels, groups: NDArray[np.uint64], threads: int = 1) -> Tabled:
    """Find the classes of labels, shape (N,), and the units: the examples of each group. Both are found ascending."""
    classes, class_of, totals = scan(labels)
    ids, unit_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    entries = table(unit_of, class_of, len(ids), len(classes))
    units = Units(*entries, sizes.astype(np.int64), ids)
    return Tabled(units, classes, totals, unit_of.astype(np.int32))


def table(
    unit_of: NDArray[Any], class_of: NDArray[Any], n_units: int, n_classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return where the entries of each unit begin, their classes, ascending within a unit, and their counts."""
    cells, counts = np.unique(unit_of.astype(np.int64) * n_classes + class_of, return_counts=True)
    units, classes = np.divmod(cells, max(n_classes, 1))
    starts = np.concatenate([[0], np.bincount(units, minlength=n_units).cumsum()])
    return starts.astype(np.int64), classes.astype(np.int32), counts.astype(np.int64)


def table_of_matrix(matrix: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int32], int]:
    """Return where the columns of each row that are 1 begin, these columns, and the first value that is no 0 or 1.

    That is its index in the flattened matrix, or -1 if there is none.
    """
    ones = matrix == 1
    binary = ones | (matrix == 0)
    classes = np.nonzero(ones)[1].astype(np.int32)
    starts = np.concatenate([[0], np.count_nonzero(ones, axis=1).cumsum()]).astype(np.int64)
    return starts, classes, -1 if binary.all() else int(binary.argmin())
