"""group: labels -> positions, class by class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import ClassTable, LabelView, Slots
from fastsplit._kernels import group as group_range
from fastsplit.engine.classes import Lookup
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import Range, for_ranges_unchanged


def group(lookup: Lookup, parts: list[Range], counts: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the positions of all examples, class by class, ascending within each, and where each class begins.

    ``counts`` (ranges, classes) are the numbers of examples of each class in each range.
    """
    offsets, limits, cursors = laid_out(counts)
    out = np.empty(lookup.labels.n, dtype=np.int64)
    slots = [Slots(cursor, limit, len(out)) for cursor, limit in zip(cursors, limits, strict=True)]
    for_ranges_unchanged(
        parts, lambda worker, begin, end: group_range(lookup.labels, lookup.table, begin, end, slots[worker], out)
    )
    return out.astype(np.intp, copy=False), offsets


def group_codes(codes: NDArray[Any], rank: NDArray[np.int32], counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the positions of codes 0 .. C - 1 by the rank of their code; ``counts`` (C,) are those of each rank."""
    table = ClassTable(0, np.append(rank, np.int32(len(rank))), len(rank))
    return group(Lookup(LabelView(codes), table), [(0, len(codes))], counts[None])[0]
