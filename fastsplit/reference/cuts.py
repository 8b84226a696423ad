"""cuts: quotas and keys -> the numbers between two keys at which the splits of each class part."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.gates import check_units
from fastsplit.reference.group import group
from fastsplit.reference.keys import keys


def cuts(
    codes: NDArray[np.intp],
    example_keys: NDArray[np.uint64],
    quotas: NDArray[np.int64],
    ideal_cuts: NDArray[np.uint64],
    minimum: NDArray[np.int64],
    seed: NDArray[np.uint64],
    classes: NDArray[Any],
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the cuts of each class, and the quotas that they give: other than requested only if keys are equal."""
    result, given = np.empty((len(quotas), len(ideal_cuts)), dtype=np.uint64), np.empty_like(quotas)
    ends = quotas.sum(axis=1).cumsum()
    grouped = example_keys[group(codes, len(quotas))]
    too_few = []
    for c in range(len(quotas)):
        own = np.sort(grouped[ends[c] - quotas[c].sum() : ends[c]])
        n, draw_seed = len(own), np.array([seed[0], seed[1] ^ keys(seed, np.array([c], dtype=np.uint64))[0]])
        ranks = [_end_of_unit(own, rank, draw_seed) for rank in quotas[c].cumsum()[:-1].tolist()]
        if (np.diff([0, *ranks, n]) < minimum).any() and not _keep_minimum(own, minimum.tolist(), ranks):
            too_few.append(c)
            continue
        for j, rank in enumerate(ranks):
            below = int(own[rank - 1]) if rank > 0 else 0
            above = int(own[rank]) if rank < n else 2**64
            result[c, j] = below + (int(ideal_cuts[j]) * (above - below) >> 64)
        given[c] = np.diff([0, *ranks, n])
    check_units(classes[too_few])
    return result, given


def _unit(own: NDArray[np.uint64], rank: int) -> tuple[int, int]:
    """Return where the unit around a rank begins and ends; both are the rank itself between two units."""
    if not 0 < rank < len(own) or own[rank - 1] != own[rank]:
        return rank, rank
    return int(np.searchsorted(own, own[rank], "left")), int(np.searchsorted(own, own[rank], "right"))


def _end_of_unit(own: NDArray[np.uint64], rank: int, seed: NDArray[np.uint64]) -> int:
    """Return the rank, or if it is inside a unit, one of its ends, drawn so that the expectation is the rank."""
    low, high = _unit(own, rank)
    if low == high:
        return rank
    draw = int(keys(seed, own[rank : rank + 1])[0])
    return high if draw * (high - low) >> 64 < rank - low else low


def _keep_minimum(own: NDArray[np.uint64], minimum: list[int], ranks: list[int]) -> bool:
    """Move ranks to ends of units that leave each column its minimum; return False if there are none."""
    latest: list[int] = []
    last = len(own)
    for least in minimum[:0:-1]:
        last = _unit(own, last - least)[0]
        latest.insert(0, last)
    before = 0
    for j, rank in enumerate(ranks):
        earliest = _unit(own, before + minimum[j])[1]
        ranks[j] = before = min(max(rank, earliest), latest[j])
        if before < earliest:
            return False
    return len(own) - before >= minimum[-1]
