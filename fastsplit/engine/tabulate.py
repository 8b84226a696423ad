"""Labels and their splits -> how many examples each class has in each split, for a split that was planned before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.scan import Strata, scan
from fastsplit.inputs.labels import Labels


class Census(NamedTuple):
    """What some data has of C classes in K splits.

    Attributes
    ----------
    classes : ndarray, shape (C,)
        The label values of a plan and of the data, ascending.
    totals : ndarray of int64, shape (C,)
        The number of examples of each class.
    counts : ndarray of int64, shape (C, K)
        The number of them in each split.
    """

    classes: NDArray[Any]
    totals: NDArray[np.int64]
    counts: NDArray[np.int64]


def tabulated(labels: Labels, assignment: NDArray[Any], n_splits: int, known: NDArray[Any], threads: int) -> Census:
    """Count examples by class and split; ``known`` are classes that the labels need not have."""
    strata = scan(labels, threads)
    classes = united(known, strata.classes)
    counts = np.zeros((len(classes), n_splits), dtype=np.int64)
    for split in range(n_splits):
        part = Labels(labels.values[assignment == split], labels.names)
        if len(part.values):
            _count(scan(part, threads), classes, counts[:, split])
    totals = np.zeros(len(classes), dtype=np.int64)
    _count(strata, classes, totals)
    return Census(classes, totals, counts)


def tabulated_from(
    n: int, labels: Labels, assignment: NDArray[Any], n_splits: int, known: NDArray[Any], threads: int
) -> tuple[Census, Census]:
    """Count the first ``n`` examples, and all, as `tabulated` does; every example is looked at once."""
    if n >= len(labels.values):
        census = tabulated(labels, assignment, n_splits, known, threads)
        return census, census
    censuses = []
    for begin, end in ((0, n), (n, len(labels.values))):
        part = Labels(labels.values[begin:end], labels.names)
        censuses.append(tabulated(part, assignment[begin:end], n_splits, known, threads))
    first, later = censuses
    classes, rows = united_rows((first.classes, later.classes))
    totals = np.zeros(len(classes), dtype=np.int64)
    counts = np.zeros((len(classes), n_splits), dtype=np.int64)
    for census, row in zip(censuses, rows, strict=True):
        totals[row >= 0] += census.totals[row[row >= 0]]
        counts[row >= 0] += census.counts[row[row >= 0]]
    return first, Census(classes, totals, counts)


def united(known: NDArray[Any], found: NDArray[Any]) -> NDArray[Any]:
    """Return the classes of both arrays, ascending: both strings, or both integers that fit one type."""
    if len(found) == 0 or len(known) == 0:
        return known if len(found) == 0 else found
    if known.dtype != found.dtype and np.uint64 in (known.dtype, found.dtype):
        dtype = np.uint64 if min(known[0], found[0]) >= 0 else np.int64  # which NumPy would make floats
        if dtype == np.int64 and max(int(known[-1]), int(found[-1])) > np.iinfo(np.int64).max:
            raise ValueError(
                f"labels must fit one 64-bit integer type together with the classes known before, got {found[0]} to "
                f"{found[-1]} and {known[0]} to {known[-1]}"
            )
        known, found = known.astype(dtype), found.astype(dtype)
    return np.union1d(known, found)


def united_rows(arrays: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], list[NDArray[np.int64]]]:
    """Return the classes of all arrays, ascending, and the row of each class in each array, or -1."""
    classes, rows = reduce(_united, arrays), []
    same: NDArray[np.int64] = np.arange(len(classes))
    for array in arrays:
        row = same
        if len(array) < len(classes):
            row = np.full(len(classes), -1, dtype=np.int64)
            row[np.searchsorted(classes, array.astype(classes.dtype))] = np.arange(len(array))
        rows.append(row)
    return classes, rows


def _united(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    return a if a.dtype == b.dtype and np.array_equal(a, b) else united(a, b)


def _count(strata: Strata, classes: NDArray[Any], out: NDArray[np.int64]) -> None:
    # In one type: int64 beside uint64 would be compared as float64, which holds no more than 53 bits.
    out[np.searchsorted(classes, strata.classes.astype(classes.dtype))] = strata.counts
