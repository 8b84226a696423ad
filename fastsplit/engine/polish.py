"""polish: units in folds -> the same units in folds that are closer to each other, by moves and swaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import FoldTable, UnitTable
from fastsplit._kernels import polish as improve
from fastsplit.engine.deal import in_lanes
from fastsplit.engine.table import Units


def polish(
    units: Units,
    order: NDArray[np.intp],
    weights: NDArray[np.float64],
    seed: NDArray[np.uint64],
    table: NDArray[np.float64],
    rounds: int,
    moves: bool,
    fold_of: NDArray[np.int32],
) -> None:
    """Move units to better folds, or swap them with units there, from the last in ``order`` to the first.

    ``table`` (C + 1, folds) has what the folds have of each class and of the sizes, or how far that is from a target.
    A round goes over all units and draws other partners; the second in a row that changes nothing is the last.
    """
    cells = in_lanes(table)
    improve(
        UnitTable(*units, len(weights) - 1),
        FoldTable(cells, weights, table.shape[1]),
        np.ascontiguousarray(order, dtype=np.int64),
        seed,
        rounds,
        moves,
        fold_of,
    )
    table[:] = cells[:, : table.shape[1]]
