"""order: positions -> those of each split in a random order, that of the keys of their ids."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Keys, Ordering
from fastsplit.engine import parallel
from fastsplit.engine.layout import laid_out
from fastsplit.engine.parallel import Range, for_ranges, for_ranges_unchanged, ranges, worker_zeros

_BITS_OF_BUCKET = 16  # 2**16 words, 512 KB: sorted within the L2 cache
_MAX_BITS = 13  # 2**13 buckets: the open lines of more would not stay in the L2 cache while they are filled


def order(
    assignment: NDArray[np.uint8],
    sizes: list[int],
    dtype: np.dtype[Any],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None,
    threads: int,
) -> list[NDArray[Any]]:
    """Return the positions of each split, of about the given sizes, sorted by (key of the id, position)."""
    n = len(assignment)
    return _order(None, assignment, sizes, ranges(n, threads), dtype, Keys(seed, ids), _bits_of_position(n))


def order_all(
    n: int, dtype: np.dtype[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, threads: int
) -> NDArray[Any]:
    """Return the positions 0 .. n - 1 sorted by (key of the id, position)."""
    return _order(None, None, [n], ranges(n, threads), dtype, Keys(seed, ids), _bits_of_position(n))[0]


def order_some(
    positions: NDArray[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None, width: int, threads: int
) -> NDArray[Any]:
    """Return positions, all below ``2**width``, sorted by (key of the id, position)."""
    n = len(positions)
    return _order(positions, None, [n], ranges(n, threads), positions.dtype, Keys(seed, ids), width)[0]


def _order(
    positions: NDArray[Any] | None,
    assignment: NDArray[np.uint8] | None,
    sizes: list[int],
    parts: list[Range],
    dtype: np.dtype[Any],
    keys: Keys,
    width: int,
) -> list[NDArray[Any]]:
    n = parts[-1][1]
    bits = [min(_MAX_BITS, (size >> _BITS_OF_BUCKET).bit_length()) for size in sizes]
    ordering = Ordering(positions, assignment, n, keys, width, bits)
    counts = worker_zeros(len(parts), ordering.n_buckets)
    for_ranges(parts, lambda worker, begin, end: ordering.count(begin, end, counts[worker]))
    starts, limits, cursors = laid_out(counts)
    edges = starts[ordering.edges].tolist()
    if len(edges) > 2:  # cursors and limits count from the beginning of their split
        base = np.repeat(edges[:-1], [1 << b for b in bits])
        limits -= base
        cursors -= base
    words = [np.empty(end - begin, dtype=np.uint64) for begin, end in pairwise(edges)]
    for_ranges_unchanged(
        parts,
        lambda worker, begin, end: ordering.scatter(begin, end, cursors[worker], limits[worker], words),
        "indices",
    )
    out = [of_split.view(dtype) if dtype.itemsize == 8 else np.empty(len(of_split), dtype) for of_split in words]
    for_ranges(
        ranges(ordering.n_buckets, len(parts), grain=1),
        lambda _, begin, end: ordering.sort(begin, end, starts, words, out),
        block=max(1, parallel.BLOCK * ordering.n_buckets // max(n, 1)),
    )
    return out


def _bits_of_position(n: int) -> int:
    return max(1, n.bit_length())
