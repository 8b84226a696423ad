"""few: the whole way of few labels in two calls of C++: the glue between small calls takes longer than the work.

The stages are the same, and so are the bits. What is not common among few labels is left to the other way.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import ShareTable, few_group, few_split
from fastsplit.engine.classes import FREE_SPAN, SPAN_PER_LABEL
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares

LIMIT = 1 << 17  # labels: from here on, bands and several buckets of the order gain more than the glue costs
_MAX_COLUMNS = 255  # of which the numbers fit a byte

Tables = tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint8]]


def split_few(
    labels: Labels, ids: NDArray[np.uint64] | None, seeds: Seeds, shares: Shares, min_per_split: int
) -> Tables | None:
    """Return the classes, their totals, quotas and cuts, and the split of each of a few examples.

    Returns None if the other way must be gone: labels are many, none or far apart, or an error is to be raised.
    """
    n = len(labels.values)
    if not 0 < n < LIMIT or len(shares) > _MAX_COLUMNS:
        return None
    found = few_split(
        labels.values,
        ids,
        seeds.words,
        _table(shares),
        _limits(n, shares, min_per_split),
        FREE_SPAN + SPAN_PER_LABEL * n,
    )
    if found is None:
        return None
    classes, totals, quotas, cuts, assignment = found
    if labels.names is not None:
        classes = labels.names[classes]
    if quotas.shape[1] > len(shares):  # without the rest column
        quotas = np.ascontiguousarray(quotas[:, : len(shares)])
    return classes, totals, quotas, cuts, assignment


def group_few(labels: Labels) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.int64]] | None:
    """Return the classes of a few labels, the positions class by class, and where each class begins; None as above."""
    n = len(labels.values)
    if not 0 < n < LIMIT:
        return None
    found = few_group(labels.values, FREE_SPAN + SPAN_PER_LABEL * n)
    if found is None:
        return None
    classes, order, offsets = found
    return classes if labels.names is None else labels.names[classes], order.astype(np.intp, copy=False), offsets


def is_few(assignment: NDArray[Any]) -> bool:
    """Return whether the index arrays of an assignment are made in one call."""
    return 0 < len(assignment) < LIMIT and assignment.itemsize == 1


@lru_cache(maxsize=64)
def _table(shares: Shares) -> ShareTable:
    return ShareTable(shares.numerators, shares.denominator, len(shares), shares.ideal_cuts)


def _limits(n: int, shares: Shares, min_per_split: int) -> tuple[int, int, int]:
    """Return the minimum, and the smallest class and the most classes that gates would let pass with it."""
    if min_per_split == 0 or shares.n_nonempty == 0:
        return 0, 0, n
    smallest = min(share for share in shares if share > 0)
    return min_per_split, min_per_split * shares.n_nonempty, int(n * smallest) // min_per_split
