"""polish: units in folds -> the same units in folds that are closer to each other, by moves and swaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.table import Units
from fastsplit.reference.deal import vector
from fastsplit.reference.keys import keys

_TRIES = 8  # partners that are drawn for a unit
_QUIET_ROUNDS = 2  # in a row
_NOISE = 1e-12  # relative: a smaller gain may be of rounding alone, and would be made for ever


def polish(
    units: Units,
    order: NDArray[np.intp],
    weights: NDArray[np.float64],
    seed: NDArray[np.uint64],
    table: NDArray[np.float64],
    rounds: int,
    moves: bool,
    fold_of: NDArray[np.int32],
) -> None:
    """Move units to better folds, or swap them with units there, from the last in ``order`` to the first.

    ``table`` (C + 1, folds) has what the folds have of each class and of the sizes, or how far that is from a target.
    A round goes over all units and draws other partners; the second in a row that changes nothing is the last.
    """
    m = table.shape[1]
    if m == 1:
        return
    members: list[list[int]] = [[] for _ in range(m)]
    place: dict[int, int] = {}
    for unit in np.sort(order).tolist():
        place[unit] = len(members[fold_of[unit]])
        members[fold_of[unit]].append(unit)
    draws = quiet = 0
    for _ in range(rounds):
        changed = False
        for unit in order[::-1].tolist():
            here = int(fold_of[unit])
            classes, counts = vector(units, unit)
            load, own = np.zeros(m), 0.0
            for c, count in zip(classes, counts, strict=True):
                load += weights[c] * count * table[c]
                own += weights[c] * count * count
            others = load.copy()
            others[here] = np.inf
            there = int(others.argmin())
            noise = _NOISE * (own + abs(load[here]) + abs(load[there]))
            if moves and load[there] + own < load[here] - noise:
                _add(table, classes, counts, here, there)
                _leave(members[here], place, unit)
                place[unit] = len(members[there])
                members[there].append(unit)
                fold_of[unit] = there
                changed = True
                continue
            least, partner = -noise, -1
            for _ in range(_TRIES if members[there] else 0):
                key = int(keys(seed, np.array([draws], dtype=np.uint64))[0])
                draws += 1
                other = members[there][key * len(members[there]) >> 64]
                gain = _swap_gain(units, weights, table, (unit, other), (here, there))
                change = gain - (load[here] - load[there]) + own
                if change < least:
                    least, partner = change, other
            if partner >= 0:
                _add(table, classes, counts, here, there)
                _add(table, *vector(units, partner), there, here)
                fold_of[unit], fold_of[partner] = there, here
                members[here][place[unit]], members[there][place[partner]] = partner, unit
                place[unit], place[partner] = place[partner], place[unit]
                changed = True
        quiet = 0 if changed else quiet + 1
        if quiet == _QUIET_ROUNDS:
            return


def _swap_gain(
    units: Units,
    weights: NDArray[np.float64],
    table: NDArray[np.float64],
    pair: tuple[int, int],
    folds: tuple[int, int],
) -> float:
    """Return what the other unit adds to the change of a swap: its own terms, less twice the product of both."""
    own = dict(zip(*vector(units, pair[0]), strict=True))
    classes, counts = vector(units, pair[1])
    moved, square, product = 0.0, 0.0, 0.0
    for c, count in zip(classes, counts, strict=True):
        weighted = weights[c] * count
        square += weighted * count
        moved += weighted * (table[c, folds[0]] - table[c, folds[1]])
        if c in own:
            product += weighted * own[c]
    return float(moved + square - 2 * product)


def _add(table: NDArray[np.float64], classes: list[int], counts: list[float], here: int, there: int) -> None:
    for c, count in zip(classes, counts, strict=True):
        table[c, here] -= count
        table[c, there] += count


def _leave(members: list[int], place: dict[int, int], unit: int) -> None:
    """Take a unit out of a fold; the last one of the fold gets its place."""
    last = members.pop()
    if last != unit:
        members[place[unit]] = last
        place[last] = place[unit]
