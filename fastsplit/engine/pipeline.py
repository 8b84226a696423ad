"""The way of the data: labels -> scan -> quotas -> cuts -> assign -> order or emit -> index arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine import scan as _count
from fastsplit.engine import stages as _stages
from fastsplit.inputs.gates import check_class_sizes, check_table
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares

_LARGEST_INDEX = 2**40


class Request(NamedTuple):
    """Checked arguments of a split."""

    labels: Labels
    shares: Shares
    seeds: Seeds
    ids: NDArray[np.uint64] | None
    min_per_split: int
    threads: int


class Result(NamedTuple):
    """What a split is made of; ``assignment`` is empty if it was not asked for."""

    classes: NDArray[Any]
    totals: NDArray[np.int64]
    quotas: NDArray[np.int64]
    cuts: NDArray[np.uint64]
    assignment: NDArray[Any]


class Arrangement(NamedTuple):
    """How index arrays are made."""

    dtype: np.dtype[Any]
    shuffled: bool
    seed: NDArray[np.uint64]
    ids: NDArray[np.uint64] | None
    threads: int


def run(request: Request, *, assigned: bool) -> Result:
    """Split checked labels."""
    labels, shares, seeds, ids, min_per_split, threads = request
    splits, ideals = len(shares), shares.ideal_cuts
    assignment = np.empty(len(labels.values) if assigned else 0, dtype=_stages.split_dtype(len(ideals)))
    keyed = _count.Keyed(seeds.split, ids, ideals, splits if len(ideals) == splits else -1, assignment)
    strata = _count.count(labels, threads, keyed)
    check_class_sizes(strata.classes, strata.counts, shares.n_nonempty, min_per_split)
    check_table(len(strata.classes), len(shares.numerators))
    quotas = _stages.quotas(strata.counts, shares.numerators, shares.denominator, splits, min_per_split, seeds.rounding)
    cuts = _stages.cuts(strata, quotas, keyed)
    counts = np.ascontiguousarray(quotas[:, :splits])
    if assigned and not _stages.amend(strata, cuts, keyed):
        table = np.vstack([cuts, ideals])
        assignment = _stages.assign(strata.lookup, strata.parts, table, seeds.split, ids, keyed.none)
    return Result(strata.classes, strata.counts, counts, cuts, assignment)


def assigned(request: Request, classes: NDArray[Any], cuts: NDArray[np.uint64]) -> NDArray[Any]:
    """Return the split of each example by given cuts."""
    lookup, parts = _count.locate(request.labels, classes, request.threads)
    none = len(request.shares) if cuts.shape[1] == len(request.shares) else -1
    table = np.vstack([cuts, request.shares.ideal_cuts])
    return _stages.assign(lookup, parts, table, request.seeds.split, request.ids, none)


def index_arrays(
    assignment: NDArray[np.uint8], sizes: NDArray[np.int64], arrangement: Arrangement
) -> list[NDArray[Any]]:
    """Return the positions of each split."""
    dtype, shuffled, seed, ids, threads = arrangement
    if shuffled:
        return _stages.order(assignment, sizes.tolist(), dtype, seed, ids, threads)
    return _stages.emit(assignment, len(sizes), dtype, threads)


def fold_pair(
    assignment: NDArray[Any], fold: int, n_test: int, arrangement: Arrangement
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the training and the test set of one fold."""
    trained = (assignment != fold).view(np.uint8)
    test, train = index_arrays(trained, np.array([n_test, len(trained) - n_test]), arrangement)
    return train, test


def fold_pairs(
    assignment: NDArray[Any], k: int, arrangement: Arrangement
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Return the training and the test set of each fold."""
    dtype, shuffled, seed, ids, threads = arrangement
    ordered = None
    if shuffled:
        ordered = _stages.order_all(len(assignment), dtype, seed, ids, threads)
        assignment = _stages.gather(assignment, ordered, threads)
    for fold in range(k):
        trained = (assignment != fold).view(np.uint8)
        test, train = _stages.emit(trained, 2, dtype, threads, ordered)
        yield train, test


def grouped(labels: Labels, threads: int) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.int64]]:
    """Return the classes, the positions class by class, and where each class begins."""
    strata = _count.count(labels, threads)
    order, offsets = _stages.group(strata.lookup, strata.parts, strata.tallies[:, :, 0])
    return strata.classes, order, offsets


def shuffled(array: NDArray[Any], seed: NDArray[np.uint64], threads: int) -> NDArray[Any]:
    """Return indices sorted by the key of each."""
    low, high = _count.extremes(array, threads)
    if low >= 0 and high < _LARGEST_INDEX:
        return _stages.order_some(array, seed, None, max(1, high.bit_length()), threads)
    ids = array.astype(np.int64).view(np.uint64)
    ranks = _stages.order_all(len(array), np.dtype(np.int64), seed, ids, threads)
    return np.asarray(array[ranks])
