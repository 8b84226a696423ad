"""deal: units in their order -> folds that have about equally many examples of each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Keys
from fastsplit.engine.table import Units


def weigh(units: Units, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the norm of each unit: the weighted sum of the squares of its counts and of its size."""
    unit_of = np.repeat(np.arange(len(units.sizes)), np.diff(units.starts))
    counts, sizes = units.counts.astype(np.float64), units.sizes.astype(np.float64)
    norms = np.bincount(unit_of, weights[units.classes] * counts * counts, minlength=len(sizes))
    return np.asarray(norms + weights[-1] * sizes * sizes)


def deal(
    units: Units,
    order: NDArray[np.intp],
    weights: NDArray[np.float64],
    seed: NDArray[np.uint64],
    table: NDArray[np.float64],
    capacity: int,
    fold_of: NDArray[np.int32],
) -> None:
    """Write the fold of each unit in ``order`` to ``fold_of``, and add its counts to ``table`` (C + 1, folds).

    A unit goes to the fold with the least weighted sum of what the fold has of its classes; of equal folds to the first
    from one on that the key of its id draws. A fold takes at most ``capacity`` units.
    """
    m = table.shape[1]
    free = np.full(m, capacity)
    for unit in order.tolist():
        classes, counts = vector(units, unit)
        load = np.zeros(m)
        for c, count in zip(classes, counts, strict=True):
            load += weights[c] * count * table[c]
        load[free == 0] = np.inf
        first = (int(keys(seed, units.ids[unit : unit + 1])[0]) & 0xFFFFFFFF) * m >> 32
        turned = np.roll(load, -first)
        best = (int(turned.argmin()) + first) % m
        fold_of[unit] = best
        free[best] -= 1
        for c, count in zip(classes, counts, strict=True):
            table[c, best] += count


def vector(units: Units, unit: int) -> tuple[list[int], list[float]]:
    """Return the classes of a unit and its counts; the last class stands for its size."""
    entries = slice(units.starts[unit], units.starts[unit + 1])
    classes, counts = units.classes[entries].tolist(), units.counts[entries].astype(np.float64).tolist()
    return [*classes, -1], [*counts, float(units.sizes[unit])]


def keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return keys; for now."""
    out = np.empty(len(ids), dtype=np.uint64)
    Keys(seed).of_ids(ids, out)
    return out
