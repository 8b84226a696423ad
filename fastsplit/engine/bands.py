"""bands: how many examples each class has -> the intervals of keys in which its cuts are, but for a chance of 1e-11.

For class c with n examples, the key next to the cut at fraction p is an order statistic: it lies within
``half(n) = reach * sqrt(p (1 - p) / n) + (reach**2 / 2 + 2) / n`` of p, by Bernstein's inequality and the rounding of
quotas. It falls with n, in float64 too: division and square root are rounded correctly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import BandTable, CutBands
from fastsplit.engine import narrowing
from fastsplit.engine.narrowing import Bands, Narrowed
from fastsplit.engine.scan import MAX_KEY, NO_BANDS
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares

FEW = 1 << 12  # keys of a class that are kept in any case
_MAX_AROUND = 16  # thresholds around all bands: up to here a comparison with all is fast
_MAX_SHARE = 0.5  # of keys between them: with more, comparing every key with the bands of its class is faster
_LARGEST_EDGE = 2.0**64 - 2048  # the largest float64 below 2**64


class TallyRequest(NamedTuple):
    """What is to be planned: tallies of other requests do not add up."""

    shares: Shares
    seeds: Seeds
    min_per_split: int
    reach: float


class LaidBands(NamedTuple):
    """Bands: ``low`` and ``high`` (C, W), the ``first`` of the overlapping bands of each, and their thresholds.

    If they were planned, there are ``limits`` (C,) of the number of keys. ``narrowed`` are the classes to be put into
    bins, if any, and ``intervals`` those of their cuts, as bands.
    """

    low: NDArray[np.uint64]
    high: NDArray[np.uint64]
    first: NDArray[np.int64]
    rows: BandTable
    limits: NDArray[np.int64] | None = None
    narrowed: Narrowed | None = None
    intervals: LaidBands | None = None


def bands_of(counts: NDArray[np.int64], request: TallyRequest) -> Bands:
    """Return the bands of classes of which all that is known is how many examples of them were seen so far.

    With ``min_per_split`` the cut of a small class is between p and the nearest fraction that keeps the minimum.
    """
    p, n = request.shares.ideal_cuts / 2.0**64, np.maximum(counts, 1).astype(np.float64)[:, None]
    minimum = request.shares.minimum(request.min_per_split)
    before = minimum.cumsum()[:-1]
    first, last = np.minimum(p, 1 - (minimum.sum() - before) / n), np.maximum(p, before / n)
    # Where the minimum moves a cut, its variance is bounded by the largest: the bounds too must fall with n.
    variance = np.where((first == p) & (last == p), p * (1 - p), 0.25)
    half = half_widths(variance, n, request.reach)
    return edges(first - half, last + half)


def half_widths(variance: NDArray[np.float64], n: NDArray[np.float64], reach: float) -> NDArray[np.float64]:
    """Return how far the cuts of classes of n examples may be from where they are expected."""
    return reach * np.sqrt(variance / n) + (reach * reach / 2 + 2) / n


def edges(begin: NDArray[np.float64], end: NDArray[np.float64]) -> Bands:
    """Return bands between fractions. No key is 0; the largest is part of the last band."""
    low = np.clip(begin * 2.0**64, 1, _LARGEST_EDGE).astype(np.uint64)
    high = np.clip(end * 2.0**64, 0, _LARGEST_EDGE).astype(np.uint64)
    high[end >= 1] = MAX_KEY
    return np.maximum.accumulate(low, axis=1), np.maximum.accumulate(high, axis=1)


def is_first(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return which bands do not overlap the band before."""
    first = np.ones(low.shape, dtype=bool)
    first[:, 1:] = low[:, 1:] > high[:, :-1]
    return first


def thresholds(low: NDArray[np.uint64], high: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return two thresholds per band (C, 2 W): overlapping bands become one, followed by empty ones."""
    first, top = is_first(low, high), high.copy()
    for j in range(low.shape[1] - 2, -1, -1):
        top[:, j] = np.where(first[:, j + 1], top[:, j], top[:, j + 1])
    table = np.empty((low.shape[0], 2 * low.shape[1]), dtype=np.uint64)
    table[:, ::2] = np.where(first, low - np.uint64(1), top)
    table[:, 1::2] = top
    return table


def band_table(bands: Bands, narrowed: Narrowed | None = None, ideals: NDArray[np.uint64] | None = None) -> LaidBands:
    """Return bands as the kernel takes them; the intervals of classes to be ``narrowed`` need the ``ideals`` too."""
    low, high = bands
    table = thresholds(low, high)
    first = np.maximum.accumulate(np.where(is_first(low, high), np.arange(low.shape[1]), 0), axis=1)
    (around,) = thresholds(low.min(axis=0)[None], high.max(axis=0)[None])
    share = float(((around[1::2] - around[::2]) / 2.0**64).sum())
    is_narrow = share <= _MAX_SHARE and len(around) <= _MAX_AROUND
    # The last row is for labels of no class, which are refused.
    rows = BandTable(np.vstack([table, table[-1:]]), CutBands(around) if is_narrow else NO_BANDS)
    return LaidBands(low, high, first, rows)


def planned_table(bands: Bands, narrowed: Narrowed | None, request: TallyRequest) -> LaidBands:
    """Return the bands of all labels, which are the same for all parts, as the kernel takes them."""
    laid = band_table(bands)._replace(limits=most_keys(bands, request.reach))
    if narrowed is None:
        return laid
    intervals = band_table(narrowing.bands(narrowed, len(bands[0]), request.shares.ideal_cuts))
    return laid._replace(narrowed=narrowed, intervals=intervals)


def most_keys(bands: Bands, reach: float) -> NDArray[np.int64]:
    """Return how many keys of each class are kept at most: (C,), some times as many as there are if keys are uniform.

    Bands that are ``reach * sqrt(p (1 - p) / n)`` wide on both sides, and a share s of all keys, were laid for
    at most ``(reach * W / s)**2`` examples, so for about that times s keys. Bands of all keys keep all.
    """
    table = thresholds(*bands)
    share = (table[:, 1::2] - table[:, ::2]).sum(axis=1, dtype=np.uint64) / 2.0**64
    expected = (reach * bands[0].shape[1]) ** 2 / np.maximum(share, 2.0**-64)
    is_all = (bands[0][:, 0] == 1) & (bands[1][:, 0] == MAX_KEY)
    return np.where(is_all, 2.0**62, np.minimum(2 * expected + FEW, 2.0**62)).astype(np.int64)


def expected_bytes(counts: NDArray[np.int64], bands: LaidBands) -> int:
    """Return about how many bytes the state of so many examples takes: keys are uniform."""
    table = thresholds(bands.low, bands.high)
    shares = ((table[:, 1::2] - table[:, ::2]) / 2.0**64).sum(axis=1)
    n_bytes = int(8 * (shares @ counts + 3 * (table.size // 2) + 3 * len(counts)))
    return n_bytes if bands.narrowed is None else n_bytes + bands.narrowed.most_bytes()
