"""The stages and functions of fastsplit in plain NumPy, with the same results to the bit.

This is what the kernels are tested against and timed beside. Nothing in fastsplit falls back to it. ``threads`` is
accepted, and checked, for the sake of equal signatures.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastsplit.grouping import Grouping
from fastsplit.inputs import gates, options
from fastsplit.inputs import ids as _ids
from fastsplit.inputs import labels as _labels
from fastsplit.inputs import seeds as _seeds
from fastsplit.inputs import sizes as _sizes
from fastsplit.plans import Plan
from fastsplit.splits import Splits
from fastsplit.typing import Order, SeedLike, SizesLike

__all__ = ["assign", "count", "cuts", "emit", "group", "keys", "kfold", "order", "plan", "quotas", "shuffle", "split"]


def split(
    labels: ArrayLike,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    order: Order = "shuffled",
    min_per_split: int = 0,
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> Splits:
    """Do what `fastsplit.split` does."""
    values, _ = _read(labels)
    shuffled = options.read_order(order)
    index_dtype = options.read_dtype(dtype, len(values))
    made = plan(
        labels, sizes, seed=(seed := _seeds.read_seed(seed)), ids=ids, min_per_split=min_per_split, threads=threads
    )
    assignment = assign(made, labels, ids)
    arrays = _arrays(assignment, len(made.names), index_dtype, shuffled, seed, _ids.read_ids(ids, len(values)))
    return Splits(made, assignment, arrays)


def plan(
    labels: ArrayLike,
    sizes: SizesLike = (0.8, 0.2),
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    min_per_split: int = 0,
    threads: int | None = None,
) -> Plan:
    """Do what `fastsplit.plan` does."""
    shares = _sizes.read_sizes(sizes, len(_read(labels)[0]))
    options.read_threads(threads)
    return _plan(labels, shares, _seeds.read_seed(seed), ids, options.read_min_per_split(min_per_split))


def kfold(
    labels: ArrayLike,
    k: int = 5,
    *,
    seed: SeedLike = None,
    ids: ArrayLike | None = None,
    order: Order = "shuffled",
    dtype: DTypeLike | None = None,
    threads: int | None = None,
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """Do what `fastsplit.kfold` does; the pairs are made at once."""
    shuffled = options.read_order(order)
    index_dtype = options.read_dtype(dtype, len(_read(labels)[0]))
    options.read_threads(threads)
    made = _plan(labels, _sizes.read_folds(k), _seeds.read_seed(seed), ids, 0)
    assignment = assign(made, labels, ids)
    numbers = _ids.read_ids(ids, len(assignment))
    pairs = []
    for fold in range(k):
        test, train = _arrays(assignment != fold, 2, index_dtype, shuffled, made.seed, numbers)
        pairs.append((train, test))
    return pairs


def group(labels: ArrayLike, *, threads: int | None = None) -> Grouping:
    """Do what `fastsplit.group` does."""
    options.read_threads(threads)
    classes, codes, counts = count(*_read(labels))
    return Grouping(classes, _stable_argsort(codes, len(classes)), np.concatenate([[0], counts.cumsum()]))


def shuffle(indices: ArrayLike, *, seed: SeedLike, threads: int | None = None) -> NDArray[Any]:
    """Do what `fastsplit.shuffle` does."""
    array = _ids.read_indices(indices)
    options.read_threads(threads)
    return order(array, _seeds.expand_seed(_seeds.read_seed(seed)).order, None)


def assign(plan: Plan, labels: ArrayLike, ids: ArrayLike | None = None) -> NDArray[Any]:
    """Do what `fastsplit.Plan.assign` does."""
    values, names = _read(labels)
    known = values if names is None else names[values]
    numbers = _ids.read_ids(ids, len(values))
    gates.check_fits_plan(_labels.Labels(values, names), numbers, plan.classes, plan.with_ids)
    seed = _seeds.expand_seed(plan.seed).split
    example_keys = rank_keys(seed, np.arange(len(values), dtype=np.uint64) if numbers is None else numbers)

    code = np.searchsorted(plan.classes, known)
    code[code == len(plan.classes)] = 0
    unseen = plan.classes[code] != known if len(plan.classes) else np.ones(len(values), dtype=bool)
    code[unseen] = len(plan.classes)
    table = np.vstack([plan.cuts, plan.sizes.ideal_cuts])
    width = table.shape[1]
    result: NDArray[Any] = np.zeros(len(values), dtype=np.uint8 if width < 255 else np.uint16)
    for j in range(width):
        result += table[:, j][code] < example_keys
    if width == len(plan.names):
        result[result == width] = np.iinfo(result.dtype).max
    return result


def keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the key of each id: stream version 1 (mx3: Maiga 2020, keyed)."""
    odd = np.uint64(0xBEA225F9EB34556D)
    first, second = seed[0:1], seed[1:2]
    x = ids + first
    x = (x ^ x >> np.uint64(32)) * odd + (first ^ second)
    x = (x ^ x >> np.uint64(29)) * odd
    x = (x ^ x >> np.uint64(32)) * odd
    return x ^ x >> np.uint64(29)


def rank_keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the keys by which examples are ranked: none is 0."""
    return np.maximum(keys(seed, ids), np.uint64(1))


def count(
    values: NDArray[Any], names: NDArray[np.object_] | None = None
) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.int64]]:
    """Return the classes, ascending, the class of each example, and the counts."""
    wide = values.astype(np.uint64 if values.dtype.kind == "u" else np.int64)
    low, high = (int(wide.min()), int(wide.max())) if len(wide) else (0, 0)
    if high - low <= 4096 + 2 * len(wide):
        offsets = (wide - wide.dtype.type(low)).astype(np.intp)
        counts = np.bincount(offsets)
        present = np.flatnonzero(counts)
        classes = present.astype(wide.dtype) + wide.dtype.type(low)
        codes, counts = (np.cumsum(counts > 0) - 1)[offsets], counts[present]
    else:
        classes, codes, counts = np.unique(wide, return_inverse=True, return_counts=True)
    classes = classes.astype(values.dtype.newbyteorder("="))
    return classes if names is None else names[classes], codes, counts.astype(np.int64)


def quotas(
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    q: int,
    splits: int,
    min_per_split: int,
    seed: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Round ``counts * sizes / q`` to integers with exact margins, without bias (Cox 1987; Gandhi et al. 2002).

    Every cell that closes a cycle of fractional cells is pushed up or down around it by the largest step either way, up
    with probability down / (up + down). The fractional cells that are left between rows form a forest: here a mapping
    from each vertex, a row or a column, to its neighbours and the fractional part of the cell between them, in 1 / q.
    """
    columns = len(sizes)
    weights = [int(size) for size in sizes]
    least = [min_per_split if k < splits and weights[k] else 0 for k in range(columns)]
    table = np.zeros((len(counts) + 1, columns), dtype=np.int64)
    forest: dict[tuple[str, int], dict[tuple[str, int], int]] = {("column", k): {} for k in range(columns)}
    residue = [0] * columns
    draws = 0

    def path(start: tuple[str, int], goal: tuple[str, int]) -> list[tuple[str, int]] | None:
        before = {start: start}
        stack = [start]
        while stack:
            at = stack.pop()
            if at == goal:
                way = [goal]
                while way[-1] != start:
                    way.append(before[way[-1]])
                return way[::-1]
            for neighbour in forest[at]:
                if neighbour not in before:
                    before[neighbour] = at
                    stack.append(neighbour)
        return None

    def settle(a: tuple[str, int], b: tuple[str, int], part: int) -> None:
        row, column = (a, b) if a[0] == "row" else (b, a)
        forest[row].pop(column, None)
        forest[column].pop(row, None)
        if 0 < part < q:
            forest[row][column] = forest[column][row] = part
        elif part == q:
            table[row[1], column[1]] += 1

    def add_row(c: int, parts: list[int]) -> None:
        nonlocal draws
        row = ("row", c)
        forest[row] = {}
        for k, part in enumerate(parts):
            if part == 0:
                continue
            column = ("column", k)
            way = path(row, column)
            if way is not None:
                edges = list(itertools.pairwise(way))
                rises = [i % 2 == 1 for i in range(len(edges))]
                others = [forest[a][b] for a, b in edges]
                up = min(q - part, *(q - x if rise else x for x, rise in zip(others, rises, strict=True)))
                down = min(part, *(x if rise else q - x for x, rise in zip(others, rises, strict=True)))
                draw = int(keys(seed, np.array([draws], dtype=np.uint64))[0])
                draws += 1
                step = up if draw * (up + down) >> 64 < down else -down
                part += step
                for (a, b), x, rise in zip(edges, others, rises, strict=True):
                    settle(a, b, x + step if rise else x - step)
            settle(row, column, part)
        if not forest[row]:
            del forest[row]

    for c, n in enumerate(counts.tolist()):
        cells = _raised([n * weight for weight in weights], least, q) if min_per_split else [n * w for w in weights]
        table[c] = [cell // q for cell in cells]
        parts = [cell % q for cell in cells]
        residue = [(total - part) % q for total, part in zip(residue, parts, strict=True)]
        if any(parts):
            add_row(c, parts)
    add_row(len(counts), residue)
    return table[:-1]


def _raised(cells: list[int], least: list[int], q: int) -> list[int]:
    """Raise the cells of a class, in 1 / q, to the least; what they lack is taken from the largest, bit by bit."""
    lack = sum(max(0, m * q - cell) for cell, m in zip(cells, least, strict=True))
    cells = [max(cell, m * q) for cell, m in zip(cells, least, strict=True)]
    while lack > 0:
        largest = max((k for k in range(len(cells)) if cells[k] > least[k] * q), key=lambda k: (cells[k], -k))
        bite = max(1, -(-lack // q) // len(cells)) * q
        take = min(bite, lack, cells[largest] - least[largest] * q)
        cells[largest] -= take
        lack -= take
    return cells


def cuts(
    codes: NDArray[np.intp], example_keys: NDArray[np.uint64], quotas: NDArray[np.int64], ideals: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Return the cuts of each class; ``quotas`` becomes what they give where keys are equal."""
    classes, width = len(quotas), len(ideals)
    result = np.empty((classes, width), dtype=np.uint64)
    counts = quotas.sum(axis=1)
    ends = counts.cumsum()
    grouped = example_keys[_stable_argsort(codes, classes)]
    for c in range(classes):
        own = grouped[ends[c] - counts[c] : ends[c]]
        ranks = quotas[c].cumsum()[:-1].tolist()
        around = sorted({i for rank in ranks for i in (rank - 1, rank) if 0 <= i < len(own)})
        own = np.partition(own, around) if around else own
        for j, rank in enumerate(ranks):
            if 0 < rank < len(own) and own[rank - 1] == own[rank]:
                own = np.sort(own)
                tied = own[rank]
                low, high = np.searchsorted(own, tied, "left"), np.searchsorted(own, tied, "right")
                upper = tied <= ideals[j] if rank - low == high - rank else high - rank < rank - low
                ranks[j] = rank = int(high if upper else low)
            below = int(own[rank - 1]) if rank > 0 else 0
            above = int(own[rank]) if rank < len(own) else 2**64
            result[c, j] = below + (int(ideals[j]) * (above - below) >> 64)
        quotas[c] = np.diff([0, *ranks, len(own)])
    return result


def emit(assignment: NDArray[Any], splits: int, dtype: np.dtype[Any]) -> list[NDArray[Any]]:
    """Return the ascending positions of each split."""
    return [np.flatnonzero(assignment == split).astype(dtype) for split in range(splits)]


def order(positions: NDArray[Any], seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None) -> NDArray[Any]:
    """Return the positions sorted by (key of the id, position)."""
    numbers = positions.astype(np.int64).view(np.uint64) if ids is None else ids[positions]
    order_keys = keys(seed, numbers)
    by_key = np.argsort(order_keys)
    in_order = order_keys[by_key]
    if (in_order[:-1] == in_order[1:]).any():
        by_key = np.lexsort((positions, order_keys))
    return positions[by_key]


def _plan(labels: ArrayLike, sizes: _sizes.Sizes, seed: int, ids: Any, min_per_split: int) -> Plan:
    classes, codes, counts = count(*_read(labels))
    numbers = _ids.read_ids(ids, len(codes))
    gates.check_class_sizes(classes, counts, sizes.shares.n_nonempty, min_per_split)
    weights, q = sizes.shares.numerators, sizes.shares.denominator
    seeds = _seeds.expand_seed(seed)
    table = quotas(counts, weights, q, len(sizes.names), min_per_split, seeds.rounding)
    example_keys = rank_keys(seeds.split, np.arange(len(codes), dtype=np.uint64) if numbers is None else numbers)
    found = cuts(codes, example_keys, table, sizes.shares.ideal_cuts)
    made = table[:, : len(sizes.names)]
    return Plan(sizes.names, sizes.shares, seed, numbers is not None, classes, counts, made, found)


def _read(labels: ArrayLike) -> tuple[NDArray[Any], NDArray[np.object_] | None]:
    read = _labels.read_labels(labels)
    return read.values, read.names


def _stable_argsort(codes: NDArray[np.intp], classes: int) -> NDArray[np.intp]:
    """Sort positions by class; NumPy's stable sort of 16-bit numbers is a radix sort."""
    return np.argsort(codes.astype(np.uint16) if classes <= 2**16 else codes, kind="stable")


def _arrays(
    assignment: NDArray[Any],
    splits: int,
    dtype: np.dtype[Any],
    shuffle: bool,
    seed: int,
    ids: NDArray[np.uint64] | None,
) -> list[NDArray[Any]]:
    arrays = emit(assignment, splits, dtype)
    words = _seeds.expand_seed(seed).order
    return [order(positions, words, ids) for positions in arrays] if shuffle else arrays
