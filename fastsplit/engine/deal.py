"""deal: units in their order -> folds that have about equally many examples of each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import FOLD_LANES, FoldTable, UnitTable
from fastsplit._kernels import deal as write_folds
from fastsplit._kernels import weigh as write_norms
from fastsplit.engine.table import Units


def weigh(units: Units, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the norm of each unit: the weighted sum of the squares of its counts and of its size."""
    norms = np.empty(len(units.sizes))
    write_norms(UnitTable(*units, len(weights) - 1), weights, norms)
    return norms


def deal(
    units: Units,
    order: NDArray[np.intp],
    weights: NDArray[np.float64],
    seed: NDArray[np.uint64],
    table: NDArray[np.float64],
    capacity: int,
    fold_of: NDArray[np.int32],
) -> None:
    """Write the fold of each unit in ``order`` to ``fold_of``, and add its counts to ``table`` (C + 1, folds).

    A unit goes to the fold with the least weighted sum of what the fold has of its classes; of equal folds to the first
    from one on that the key of its id draws. A fold takes at most ``capacity`` units.
    """
    cells = in_lanes(table)
    write_folds(
        UnitTable(*units, len(weights) - 1),
        FoldTable(cells, weights, table.shape[1]),
        np.ascontiguousarray(order, dtype=np.int64),
        seed,
        capacity,
        fold_of,
    )
    table[:] = cells[:, : table.shape[1]]


def in_lanes(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a copy of a table with zeros for the folds that fill up the last lanes."""
    rows, folds = table.shape
    cells = np.zeros((rows, -(-folds // FOLD_LANES) * FOLD_LANES))
    cells[:, :folds] = table
    return cells
