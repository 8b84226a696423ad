"""The way of groups, which stay whole: labels and groups -> tabulate -> split_units -> the split of each example.

`run` is the whole way; read it first. `of_units` is the part of it that needs no examples, only the table of groups.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.assign import narrowed
from fastsplit.engine.classes import as_int64, encoded
from fastsplit.engine.hashing import hashed
from fastsplit.engine.parallel import ranges
from fastsplit.engine.pipeline import Request
from fastsplit.engine.table import Tabled, Units, tabulate
from fastsplit.engine.units import STAGES, Stages, UnitRequest, counts_in, split_units
from fastsplit.inputs.gates import check_class_sizes, check_table
from fastsplit.inputs.ids import Ids


class Way(NamedTuple):
    """How groups become numbers and units, and the stages: those of the engine, or those of the reference."""

    hashed: Callable[[Ids, int], NDArray[np.uint64]]
    tabulate: Callable[[Any, NDArray[np.uint64], int], Tabled]
    stages: Stages


class Result(NamedTuple):
    """What a split by groups consists of, U being the number of groups, C of classes and K of splits.

    Attributes
    ----------
    groups : ndarray of uint64, shape (U,)
        The numbers of the groups, ascending.
    splits : ndarray of uint8 or uint16, shape (U,)
        The split of each group; the largest value means no split.
    classes : ndarray, shape (C,)
        The label values, ascending.
    totals : ndarray of int64, shape (C,)
        The number of examples of each class.
    counts : ndarray of int64, shape (C, K)
        The number of them in each split.
    largest_group : int
        The number of examples of the largest group.
    """

    groups: NDArray[np.uint64]
    splits: NDArray[Any]
    classes: NDArray[Any]
    totals: NDArray[np.int64]
    counts: NDArray[np.int64]
    largest_group: int


WAY = Way(hashed, tabulate, STAGES)


def run(request: Request, groups: Ids, *, closest: bool, way: Way = WAY) -> tuple[Result, NDArray[Any]]:
    """Split checked labels by groups: return the table of the split, and the split of each example."""
    labels, shares, seeds, _, min_per_split, threads = request
    units, classes, totals, unit_of = way.tabulate(labels, way.hashed(groups, threads), threads)
    wish = UnitRequest(shares, seeds, even=False, closest=closest)
    result = of_units(units, (classes, totals), wish, min_per_split, way.stages)
    return result, result.splits[unit_of]


def of_units(
    units: Units,
    classes_and_totals: tuple[NDArray[Any], NDArray[np.int64]],
    request: UnitRequest,
    min_per_split: int = 0,
    stages: Stages = STAGES,
) -> Result:
    """Split groups of which only the numbers of examples per class are known; their ids ascend."""
    classes, totals = classes_and_totals
    shares, n_columns = request.shares, len(request.shares.numerators)
    check_class_sizes(classes, totals, shares.n_nonempty, min_per_split)
    check_table(len(classes), n_columns)
    columns = split_units(units, totals, request, stages) if len(units.ids) else np.empty(0, dtype=np.int64)
    in_splits = np.ascontiguousarray(counts_in(columns, units, (len(classes), n_columns))[:, : len(shares)])
    largest = int(units.sizes.max(initial=0))
    return Result(units.ids, narrowed(columns, shares), classes, totals, in_splits, largest)


def assigned(
    groups: NDArray[np.uint64], known: tuple[NDArray[np.uint64], NDArray[Any]], request: UnitRequest, threads: int
) -> NDArray[Any]:
    """Return the split of each group, shape (N,), by groups whose splits are known; keys decide for all others."""
    ids, splits = known
    if len(ids) and len(groups):
        codes = encoded(groups, as_int64(ids), ranges(len(groups), threads))
    else:
        codes = np.full(len(groups), len(ids), dtype=np.int32)
    out = np.append(splits, splits.dtype.type(0))[codes]
    new = np.flatnonzero(codes == len(ids))
    keys = np.maximum(STAGES.keys(request.seeds.split, groups[new]), np.uint64(1))  # so that a cut of 0 lies below
    columns = np.searchsorted(request.shares.ideal_cuts, keys)
    out[new] = narrowed(columns, request.shares)
    return out
