"""cuts: quotas and keys -> the numbers between two keys at which the splits of each class part."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit.reference.group import group


def cuts(
    codes: NDArray[np.intp], example_keys: NDArray[np.uint64], quotas: NDArray[np.int64], ideal_cuts: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the cuts of each class, and the quotas that they give: other than requested only where keys are equal."""
    n_classes, width = len(quotas), len(ideal_cuts)
    result, given = np.empty((n_classes, width), dtype=np.uint64), np.empty_like(quotas)
    counts = quotas.sum(axis=1)
    ends = counts.cumsum()
    grouped = example_keys[group(codes, n_classes)]
    for c in range(n_classes):
        own = grouped[ends[c] - counts[c] : ends[c]]
        ranks = quotas[c].cumsum()[:-1].tolist()
        around = sorted({i for rank in ranks for i in (rank - 1, rank) if 0 <= i < len(own)})
        own = np.partition(own, around) if around else own
        for j, rank in enumerate(ranks):
            if 0 < rank < len(own) and own[rank - 1] == own[rank]:
                own = np.sort(own)
                tied = own[rank]
                low, high = np.searchsorted(own, tied, "left"), np.searchsorted(own, tied, "right")
                upper = tied <= ideal_cuts[j] if rank - low == high - rank else high - rank < rank - low
                ranks[j] = rank = int(high if upper else low)
            below = int(own[rank - 1]) if rank > 0 else 0
            above = int(own[rank]) if rank < len(own) else 2**64
            result[c, j] = below + (int(ideal_cuts[j]) * (above - below) >> 64)
        given[c] = np.diff([0, *ranks, len(own)])
    return result, given
