"""assign: keys and cuts -> the split of each example."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Assignment, CutTable, Keys
from fastsplit._kernels import assign as assign_range
from fastsplit._kernels import assign_candidates as assign_candidates_of
from fastsplit.engine import scan
from fastsplit.engine.classes import Lookup
from fastsplit.engine.cuts import band_of_cut
from fastsplit.engine.parallel import Range, for_ranges, for_workers
from fastsplit.engine.scan import NO_BANDS, Strata, merged_bands
from fastsplit.inputs.sizes import Shares

_MAX_BANDS = 8  # up to here comparing with all thresholds is faster than with the cuts of a class
_MAX_SHARE = 0.25  # of keys in bands: with more, comparing every key with the cuts of its class is faster
_ROUNDING = 1e-9  # widens bands by more than float64 loses of a cut: 2**-53


def new_assignment(n: int, n_cuts: int, rest_column: int | None) -> Assignment:
    """Return an empty assignment of n examples: a byte each for up to 254 splits, 255 meaning none, else two."""
    return Assignment(np.empty(n, dtype=none_of(n_cuts).dtype), rest_column)


def none_of(n_cuts: int) -> np.unsignedinteger[Any]:
    """Return what means no split in an assignment, in the dtype of the assignment."""
    return np.uint8(255) if n_cuts < 255 else np.uint16(65535)


def assign_candidates(strata: Strata, cuts: NDArray[np.uint64], out: Assignment) -> bool:
    """Write the splits of the candidates to the ``out`` that the scan wrote all other splits to.

    Returns False, and writes nothing, if there are no bands or if a cut lies outside its band.
    """
    low, high = strata.bands.thresholds[::2], strata.bands.thresholds[1::2]
    if len(low) == 0 or (cuts < low[band_of_cut(strata)]).any() or (cuts > high).any():
        return False
    table = strata.lookup.table
    class_of_cell = np.repeat(table.class_of, len(strata.bands) + 1)
    cut_table = CutTable(cuts, NO_BANDS)  # no candidate is of an unseen class
    for_workers(
        len(strata.zoned), lambda worker: assign_candidates_of(strata.zoned[worker], class_of_cell, cut_table, out)
    )
    return True


def assign(lookup: Lookup, parts: list[Range], cuts: NDArray[np.uint64], keys: Keys, out: Assignment) -> None:
    """Write the split of every example; ``cuts`` (classes + 1, width) has a last row for labels of no class."""
    bands = NO_BANDS
    if 0 < cuts.shape[1] <= _MAX_BANDS and lookup.labels.n >= scan.MIN_BANDED:
        # Column by column: along the rows of a narrow table, NumPy takes fifty times as long.
        low, high = np.array([(column.min(), column.max()) for column in cuts.T]).T / 2.0**64
        merged, share = merged_bands(low - _ROUNDING, high + _ROUNDING)
        bands = merged if share < _MAX_SHARE else NO_BANDS
    table = CutTable(cuts, bands)
    for_ranges(
        parts,
        lambda _, begin, end: assign_range(lookup.labels, lookup.table, table, keys, begin, end, out),
    )


def with_unseen(cuts: NDArray[np.uint64], ideal_cuts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Append the row for labels of no class."""
    return np.vstack([cuts, ideal_cuts])


def narrowed(columns: NDArray[np.int64], shares: Shares) -> NDArray[Any]:
    """Return columns as the splits of an assignment: the largest value stands for the rest column."""
    none = none_of(len(shares.ideal_cuts))
    splits = columns.astype(none.dtype)
    if shares.rest_column is not None:
        splits[columns == shares.rest_column] = none
    return splits
