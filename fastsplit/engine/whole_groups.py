"""The way of groups, which stay whole: labels and groups -> tabulate -> split_units -> the split of each example.

`run` is the whole way; read it first. `of_units` is the part of it that needs no examples, only the table of groups;
`merged` makes it of the tables of parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.assign import narrowed
from fastsplit.engine.classes import as_int64, encoded
from fastsplit.engine.hashing import hashed
from fastsplit.engine.parallel import ranges
from fastsplit.engine.pipeline import Request
from fastsplit.engine.table import Tabled, Units, numbered, tabulate
from fastsplit.engine.tabulate import united_rows
from fastsplit.engine.units import STAGES, Stages, UnitRequest, counts_in, split_units
from fastsplit.inputs.gates import check_class_sizes, check_table
from fastsplit.inputs.ids import Ids
from fastsplit.inputs.labels import Labels
from fastsplit.memory import require_memory


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


class Table(NamedTuple):
    """What is known of some examples: their groups, whose ids ascend; and C classes, ascending, with their totals."""

    units: Units
    classes: NDArray[Any]
    totals: NDArray[np.int64]


WAY = Way(hashed, tabulate, STAGES)
_BYTES_PER_ENTRY = 64  # while tables are merged


def run(request: Request, groups: Ids, *, closest: bool, way: Way = WAY) -> tuple[Result, NDArray[Any]]:
    """Split checked labels by groups: return the table of the split, and the split of each example."""
    labels, shares, seeds, _, min_per_split, threads = request
    units, classes, totals, unit_of = way.tabulate(labels, way.hashed(groups, threads), threads)
    wish = UnitRequest(shares, seeds, even=False, closest=closest)
    result = of_units(units, (classes, totals), wish, min_per_split, way.stages)
    return result, result.splits[unit_of]


def table_of(labels: Labels, groups: Ids, threads: int) -> Table:
    """Return the table of checked labels and groups."""
    return Table(*tabulate(labels, hashed(groups, threads), threads)[:3])


def merged(tables: Sequence[Table]) -> Table:
    """Return the table of the examples of all tables: that of all labels and groups at once, to the bit."""
    tables = [table for table in tables if len(table.totals)] or [tables[0]]
    if len(tables) == 1:
        return tables[0]
    require_memory(_BYTES_PER_ENTRY * sum(len(table.units.counts) for table in tables), "adding the tables of groups")
    classes, rows = united_rows([table.classes for table in tables])
    totals = np.zeros(len(classes), dtype=np.int64)
    class_of_entry = []
    for table, row in zip(tables, rows, strict=True):
        places = np.flatnonzero(row >= 0)  # of the classes of this table among all
        totals[places] += table.totals
        class_of_entry.append(places[table.units.classes])
    ids, unit_of = numbered(np.concatenate([table.units.ids for table in tables]), threads=1)
    n_entries = np.concatenate([np.diff(table.units.starts) for table in tables])
    cells = np.repeat(unit_of.astype(np.int64), n_entries) * len(classes) + np.concatenate(class_of_entry)
    order = np.argsort(cells, kind="stable")  # a merge: the cells of every table ascend
    cells, counts = cells[order], np.concatenate([table.units.counts for table in tables])[order]
    first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
    counts, unit, class_of = np.add.reduceat(counts, first), *np.divmod(cells[first], len(classes))
    starts = np.searchsorted(unit, np.arange(len(ids) + 1))
    sizes = np.add.reduceat(counts, starts[:-1])
    return Table(Units(starts, class_of.astype(np.int32), counts, sizes, ids), classes, totals)


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
