"""The way of strata: numbers -> rank -> blocks of neighbours; several columns -> hilbert -> numbers, at first.

Among the smallest numbers, however many, a split that parts every block exactly is off by what one block allows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine import pipeline
from fastsplit.engine.hilbert import hilbert
from fastsplit.engine.rank import rank
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.sizes import Shares
from fastsplit.inputs.targets import in_order

MAX_BLOCK = 64  # examples: shares of a larger denominator cannot all part a block exactly
_ODD_BLOCK = 40  # examples per block for such shares
_MAX_BITS = 16  # per column: finer than the distance of neighbours, and cheap
_ALL_BITS = 60  # of a place along the curve, which `in_order` takes
_SEED = np.array([0x9E3779B97F4A7C15, 0xD1B54A32D192ED03], dtype=np.uint64)  # any: but always the same strata


class Stages(NamedTuple):
    """The stages of the way: those of the engine, or those of the reference."""

    rank: Callable[..., NDArray[np.intp]]
    hilbert: Callable[..., NDArray[np.uint64]]
    group: Callable[..., tuple[Any, NDArray[np.intp], NDArray[np.int64]]]


class Blocks(NamedTuple):
    """How neighbours form strata: ``bins`` of them of about one size, or of ``size`` examples if it is None."""

    size: int
    bins: int | None


def block_size(shares: Shares) -> int:
    """Return how many neighbours form a block: the shares are whole numbers of it, if few suffice."""
    return shares.denominator if shares.denominator <= MAX_BLOCK else _ODD_BLOCK


def strata(
    columns: list[NDArray[np.float64]], within: Labels | None, blocks: Blocks, threads: int, stages: Stages
) -> NDArray[np.int64]:
    """Return the stratum of each example, 0, 1, ... in the order of (class, value)."""
    values = columns[0] if len(columns) == 1 else _along_curve(columns, threads, stages)
    order = stages.rank(values, _SEED)
    codes = np.empty(len(order), dtype=np.int64)
    if within is None and blocks.bins is None:  # the usual case, at once
        codes[order] = np.arange(len(order)) // blocks.size
        return codes
    begins = np.array([0, len(order)][: 1 + len(order)])  # of each class in the order; a class is not empty
    if within is not None:
        _, by_class, begins = stages.group(Labels(within.values[order], within.names), threads)
        order = order[by_class]
    sizes = _block_sizes(begins, blocks.size) if blocks.bins is None else _bin_sizes(values[order], begins, blocks.bins)
    codes[order] = np.repeat(np.arange(len(sizes)), sizes)
    return codes


def _block_sizes(begins: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the sizes of all blocks: in every class as many full ones as there are, and what is left."""
    sizes = begins[1:] - begins[:-1]
    n_blocks = -(-sizes // size)
    out = np.full(n_blocks.sum(), size, dtype=np.int64)
    out[n_blocks.cumsum() - 1] -= n_blocks * size - sizes
    return out


def _bin_sizes(ranked: NDArray[np.float64], begins: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    """Return the sizes of all quantile bins that are not empty; the first of equal values tells the bin of all."""
    firsts = np.union1d(_firsts(ranked), begins[:-1])
    class_of = np.searchsorted(begins, firsts, side="right") - 1
    bin_of = (firsts - begins[class_of]) * bins // np.diff(begins)[class_of]
    is_new = np.diff(class_of * bins + bin_of, prepend=-1) > 0
    return np.diff(firsts[is_new], append=len(ranked))


def _along_curve(columns: list[NDArray[np.float64]], threads: int, stages: Stages) -> NDArray[np.float64]:
    """Return floats in the order of the examples along the Hilbert curve through the ranks of their columns."""
    n, bits = len(columns[0]), min(_MAX_BITS, _ALL_BITS // len(columns))
    coordinates = np.empty((len(columns), n), dtype=np.uint16)
    for values, row in zip(columns, coordinates, strict=True):
        order = stages.rank(values, _SEED)
        firsts = _firsts(values[order])  # equal values have equal coordinates
        row[order] = np.repeat((firsts << bits) // max(n, 1), np.diff(firsts, append=n))
    return in_order(stages.hilbert(coordinates, bits, threads))


def _firsts(ranked: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return where each of the distinct values begins in sorted values."""
    return np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])[: len(ranked)])


STAGES = Stages(rank, hilbert, pipeline.grouped)
