"""The way of units, which stay whole: table -> rank -> deal -> polish -> names -> the split of each unit.

A unit is a group of examples, or an example of several labels. Units are dealt to exchangeable micro-folds, which then
get the names of the splits at random: so every unit, whatever its size, has exactly the asked-for probability of every
split. 70/20/10 are 7, 2 and 1 of 10 micro-folds. If the shares are not whole numbers of few micro-folds, some are left:
their units are dealt again, and so on, until no unit is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import Keys
from fastsplit.engine.deal import deal, weigh
from fastsplit.engine.polish import polish
from fastsplit.engine.quotas import quotas
from fastsplit.engine.rank import rank
from fastsplit.engine.table import Units
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares
from fastsplit.memory import require_memory

MAX_MICRO_FOLDS = 128
_MAX_POLISHED = 1 << 18  # entries of a table that moves and swaps still make much closer
_UNITS_PER_FOLD = 10  # fewer are not balanced well
_ROUNDS = 20  # of moves and swaps, at most
_BYTES = 24  # of a cell, of its copy in lanes, and of what is computed from it
_ODD = 0x9E3779B97F4A7C15  # 2**64 / the golden ratio: the seeds of two draws are far apart
_DRAWS = _KEPT, _TURNS, _PARTNERS, _NAMES = range(4)  # what is drawn on each level


class Stages(NamedTuple):
    """The stages of the way: those of the engine, or those of the reference."""

    weigh: Callable[..., NDArray[np.float64]]
    rank: Callable[..., NDArray[np.intp]]
    deal: Callable[..., None]
    polish: Callable[..., None]
    quotas: Callable[..., NDArray[np.int64]]
    keys: Callable[[NDArray[np.uint64], NDArray[np.uint64]], NDArray[np.uint64]]


class UnitRequest(NamedTuple):
    """How to split units.

    Attributes
    ----------
    shares : Shares
        The share of each split.
    seeds : Seeds
        The seeds.
    even : bool
        Whether every split gets the floor or the ceiling of its share of the units, as examples of several labels; else
        splits are balanced by the sizes of units.
    closest : bool
        Whether units move between the splits themselves in the end: closer, but no longer with exact probabilities.
    """

    shares: Shares
    seeds: Seeds
    even: bool
    closest: bool


class Level(NamedTuple):
    """How units are dealt to micro-folds, the columns that these stand for, and what is left for each column.

    Attributes
    ----------
    columns : ndarray of int64, shape (folds,)
        The column of each name; -1 if its units are left for the next level.
    capacity : int
        The most units per fold.
    left : list of Fraction
        What each column is still to get: numbers of units, or parts in proportion.
    """

    columns: NDArray[np.int64]
    capacity: int
    left: list[Fraction]


def split_units(units: Units, totals: NDArray[np.int64], request: UnitRequest, stages: Stages) -> NDArray[np.int64]:
    """Return the column of each unit, ``totals`` (C,) being the number of examples of each class."""
    shares, seeds, even, closest = request
    weights = weights_of(totals, int(units.sizes.sum()), even)
    ranked = stages.rank(-stages.weigh(units, weights), seeds.split, units.ids)
    polished = len(units.classes) <= _MAX_POLISHED
    columns, fold_of = np.full(len(ranked), -1, dtype=np.int64), np.empty(len(ranked), dtype=np.int32)
    wanted = [Fraction(int(numerator), shares.denominator) for numerator in shares.numerators]
    left = _numbers(shares, len(ranked), seeds, stages) if even else wanted
    order, n_levels = ranked, 0

    while len(order):
        draw = _seeds_of(seeds.rounding, n_levels)
        level = level_of(wanted, left, units.sizes[order], even)
        dealt = _kept(order, level.capacity * len(level.columns), draw[_KEPT], units.ids, stages) if even else order
        table = _new_table(len(weights), len(level.columns))
        stages.deal(units, dealt, weights, draw[_TURNS], table, level.capacity, fold_of)
        if polished:
            stages.polish(units, dealt, weights, draw[_PARTNERS], table, _ROUNDS, not even, fold_of)
        names = np.argsort(stages.keys(draw[_NAMES], np.arange(len(level.columns), dtype=np.uint64)), kind="stable")
        columns[dealt] = level.columns[names][fold_of[dealt]]
        order, n_levels = order[columns[order] < 0], n_levels + 1
        left, total = level.left, sum(level.left, Fraction(0)) or Fraction(1)
        wanted = [part / total for part in left]

    if closest:
        table, draw = deviations(units, columns, totals, shares), _seeds_of(seeds.rounding, n_levels)
        fold_of[:] = columns
        stages.polish(units, ranked, weights, draw[_PARTNERS], table, _ROUNDS, not even, fold_of)
        columns[:] = fold_of
    return columns


def level_of(wanted: list[Fraction], left: list[Fraction], sizes: NDArray[np.int64], even: bool) -> Level:
    """Return the micro-folds of units of these sizes: columns want these shares of them, and what is left for each."""
    exact, n_like_largest = math.lcm(*(share.denominator for share in wanted)), int(sizes.sum() // sizes.max())
    most = max(math.ceil(1 / max(wanted)), min(MAX_MICRO_FOLDS, len(sizes) // _UNITS_PER_FOLD, n_like_largest))
    # A fold of two units is even enough if no unit is larger than the others, and if then no fold is left over.
    n_folds = exact if exact <= max(most, min(MAX_MICRO_FOLDS, n_like_largest // 2)) else most
    capacity = len(sizes)
    if even:
        capacity = max(1, len(sizes) // n_folds)
        n_folds = len(sizes) // capacity
    fold = Fraction(capacity) if even else sum(left, Fraction(0)) / n_folds
    parts = [int(part // fold) for part in left]
    columns = np.full(n_folds, -1, dtype=np.int64)
    columns[: sum(parts)] = np.repeat(np.arange(len(parts)), parts)
    return Level(columns, capacity, [part - n * fold for part, n in zip(left, parts, strict=True)])


def weights_of(totals: NDArray[np.int64], n: int, even: bool) -> NDArray[np.float64]:
    """Return the weights of the classes and of the size, by which squares of deviations count.

    They are 1 / n**2 for a class of n examples, so that relative deviations count. If splits are even, they are 1 / n,
    as in a chi-square: of several labels per example, the frequent ones stay closer then, and the rare ones as close.
    """
    counts = np.append(totals, n).astype(np.float64)
    weights = np.divide(1.0, counts if even else counts * counts, out=np.zeros(len(counts)), where=counts > 0)
    weights[-1] *= 1 if even else len(totals)
    return weights


def deviations(
    units: Units, columns: NDArray[np.int64], totals: NDArray[np.int64], shares: Shares
) -> NDArray[np.float64]:
    """Return how much more than its share each column has of every class, and of the sizes, shape (C + 1, columns)."""
    k = len(shares.numerators)
    _require_tables(len(totals) + 1, k)
    table = np.vstack([counts_in(columns, units, (len(totals), k)), np.bincount(columns, units.sizes, minlength=k)])
    ideal = np.append(totals, units.sizes.sum())[:, None] * (shares.numerators / shares.denominator)
    return np.asarray(table - ideal)


def counts_in(columns: NDArray[np.int64], units: Units, shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return how many examples of each class are in each column, shape (C, columns)."""
    cells = units.classes * np.int64(shape[1]) + np.repeat(columns, np.diff(units.starts))
    # Sums of float64 are exact: there are fewer than 2**53 examples.
    return np.bincount(cells, units.counts, minlength=shape[0] * shape[1]).astype(np.int64).reshape(shape)


def _new_table(n_rows: int, n_folds: int) -> NDArray[np.float64]:
    """Return zeros for what folds have of each class and of the sizes."""
    _require_tables(n_rows, n_folds)
    return np.zeros((n_rows, n_folds))


def _require_tables(n_rows: int, n_folds: int) -> None:
    require_memory(n_rows * n_folds * _BYTES, f"the table of {n_rows - 1:,} classes and {n_folds:,} folds")


def _numbers(shares: Shares, n_units: int, seeds: Seeds, stages: Stages) -> list[Fraction]:
    """Return how many units each column gets: the floor or the ceiling of its share, drawn without bias."""
    counts = np.array([n_units], dtype=np.int64)
    table = stages.quotas(counts, shares.numerators, shares.denominator, len(shares), 0, seeds.rounding)
    return [Fraction(int(number)) for number in table[0]]


def _kept(
    order: NDArray[np.intp], n: int, seed: NDArray[np.uint64], ids: NDArray[np.uint64], stages: Stages
) -> NDArray[np.intp]:
    """Return n of the units, drawn by the keys of their ids, in their order."""
    if n == len(order):
        return order
    by_key = np.argsort(stages.keys(seed, ids[order]), kind="stable")
    return order[np.sort(by_key[:n])]


def _seeds_of(seed: NDArray[np.uint64], level: int) -> list[NDArray[np.uint64]]:
    """Return a seed for each kind of draw on a level."""
    first = level * len(_DRAWS) + 1
    steps = np.arange(first, first + len(_DRAWS), dtype=np.uint64) * np.uint64(_ODD)
    return [np.array([seed[0], word]) for word in seed[1] + steps]


def _keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    out = np.empty(len(ids), dtype=np.uint64)
    Keys(seed).of_ids(ids, out)
    return out


STAGES = Stages(weigh, rank, deal, polish, quotas, _keys)
