"""The way of the data: labels -> scan -> quotas -> cuts -> assign -> order or emit -> index arrays.

`run` is the whole way from labels to the split of each example; read it first. `index_arrays` is the rest of the way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import CPUS, CutRule, Keys, few_arrays, few_fold, few_ordered, use_cpu
from fastsplit.engine.assign import assign, assign_candidates, new_assignment, with_unseen
from fastsplit.engine.classes import exact_window, find_classes
from fastsplit.engine.cuts import cuts
from fastsplit.engine.emit import emit, emit_folds
from fastsplit.engine.few import group_few, is_few, split_few
from fastsplit.engine.group import group
from fastsplit.engine.order import order, order_all, order_folds, order_some
from fastsplit.engine.parallel import ranges
from fastsplit.engine.quotas import quotas
from fastsplit.engine.scan import NO_OUTPUT, scan
from fastsplit.inputs.gates import check_class_sizes, check_split_sizes, check_table
from fastsplit.inputs.labels import Labels
from fastsplit.inputs.seeds import Seeds
from fastsplit.inputs.sizes import Shares

_MAX_BITS = (
    40  # of an index: larger ones leave too few key bits in a packed word, so their positions are sorted instead
)

use_cpu(os.environ.get("FASTSPLIT_CPU") or CPUS[-1])


class Request(NamedTuple):
    """The checked arguments of a split."""

    labels: Labels
    shares: Shares
    seeds: Seeds
    ids: NDArray[np.uint64] | None
    min_per_split: int
    threads: int


class Result(NamedTuple):
    """What a split consists of, C being the number of classes and K the number of splits.

    Attributes
    ----------
    classes : ndarray, shape (C,)
        The label values, ascending.
    totals : ndarray of int64, shape (C,)
        The number of examples of each class.
    quotas : ndarray of int64, shape (C, K)
        The number of them in each split.
    cuts : ndarray of uint64, shape (C, columns - 1)
        The cuts of each class, ascending.
    assignment : ndarray of uint8 or uint16, shape (N,)
        The split of each example; empty if it was not asked for.
    """

    classes: NDArray[Any]
    totals: NDArray[np.int64]
    quotas: NDArray[np.int64]
    cuts: NDArray[np.uint64]
    assignment: NDArray[Any]


class Arrangement(NamedTuple):
    """How index arrays are made: their dtype, and whether they are in the order of the keys of seed and ids."""

    dtype: np.dtype[Any]
    shuffled: bool
    seed: NDArray[np.uint64]
    ids: NDArray[np.uint64] | None
    threads: int


def run(request: Request, *, assigned: bool) -> Result:
    """Split checked labels: find classes, quotas and cuts and, if ``assigned``, the split of each example."""
    labels, shares, seeds, ids, min_per_split, threads = request
    # Few labels go the same way, stage by stage, within one call.
    if (few := split_few(labels, ids, seeds, shares, min_per_split)) is not None:
        return Result(*few)

    keys, ideal = Keys(seeds.split, ids), shares.ideal_cuts
    out = new_assignment(len(labels.values), len(ideal), shares.rest_column) if assigned else NO_OUTPUT

    # Counts every class and zone, keeps the candidates, and already writes the split of every other example to `out`.
    strata = scan(labels, threads, keys, ideal, out=out)
    check_class_sizes(strata.classes, strata.counts, shares.n_nonempty, min_per_split)
    check_split_sizes(len(labels.values), len(strata.classes), shares, min_per_split)
    check_table(len(strata.classes), len(shares.numerators))
    counts = quotas(strata.counts, shares.numerators, shares.denominator, len(shares), min_per_split, seeds.rounding)
    rule = CutRule(ideal, shares.minimum(min_per_split), seeds.rounding)
    cut_table = cuts(strata, counts, keys, rule)
    class_cuts = cut_table[:-1]
    # Only the candidates are left to assign; if the bands did not help, all examples are, in a second pass.
    if assigned and not assign_candidates(strata, class_cuts, out=out):
        assign(strata.lookup, strata.parts, cut_table, keys, out=out)
    in_splits = np.ascontiguousarray(counts[:, : len(shares)])
    return Result(strata.classes, strata.counts, in_splits, class_cuts, out.array)


def assigned(request: Request, classes: NDArray[Any], cuts: NDArray[np.uint64]) -> NDArray[Any]:
    """Return the split of each example by the cuts of given classes; other classes are cut at the ideals."""
    labels, shares, seeds, ids, _, threads = request
    parts = ranges(len(labels.values), threads)
    out = new_assignment(len(labels.values), cuts.shape[1], shares.rest_column)
    lookup = find_classes(labels, classes, parts)
    assign(lookup, parts, with_unseen(cuts, shares.ideal_cuts), Keys(seeds.split, ids), out=out)
    return out.array


def index_arrays(
    assignment: NDArray[np.uint8], quotas: NDArray[np.int64], arrangement: Arrangement
) -> list[NDArray[Any]]:
    """Return the positions of each split, of which each class has these quotas (C, K)."""
    dtype, shuffled, seed, ids, threads = arrangement
    if is_few(assignment):
        return few_arrays(assignment, quotas.shape[1], dtype, seed if shuffled else None, ids)
    if shuffled:
        return order(assignment, quotas.shape[1], dtype, seed, ids, threads)
    return emit(assignment, quotas.shape[1], dtype, threads)


def fold_pair(assignment: NDArray[Any], fold: int, arrangement: Arrangement) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the training and the test set of one fold."""
    is_train = assignment != fold
    n_train = np.count_nonzero(is_train)
    test, train = index_arrays(is_train.view(np.uint8), np.array([[len(is_train) - n_train, n_train]]), arrangement)
    return train, test


def fold_pairs(
    assignment: NDArray[Any], k: int, arrangement: Arrangement
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield the training and the test set of each fold.

    All examples are ordered once: leaving some out of an order does not change the order of the rest.
    """
    dtype, shuffled, seed, ids, threads = arrangement
    if is_few(assignment):
        ordered = None
        if shuffled:
            ordered, assignment = few_ordered(assignment, dtype, seed, ids)
        for fold in range(k):
            yield few_fold(assignment, fold, dtype, ordered)
    elif shuffled:
        yield from emit_folds(*order_folds(assignment, k, seed, ids, threads), k, dtype, threads)
    else:
        for fold in range(k):
            is_train = (assignment != fold).view(np.uint8)
            test, train = emit(is_train, 2, dtype, threads)
            yield train, test


def grouped(labels: Labels, threads: int) -> tuple[NDArray[Any], NDArray[np.intp], NDArray[np.int64]]:
    """Return the classes, the positions class by class, and where each class begins."""
    if (few := group_few(labels)) is not None:
        return few
    strata = scan(labels, threads)
    positions, offsets = group(strata.lookup, strata.parts, strata.cells[:, :, 0])
    return strata.classes, positions, offsets


def shuffled(indices: NDArray[Any], seed: NDArray[np.uint64], threads: int) -> NDArray[Any]:
    """Return indices sorted by the key of each."""
    n = len(indices)
    if n == 0:
        return indices.copy()
    low, span = exact_window(indices, ranges(n, threads))
    low += 2**63 if indices.dtype == np.uint64 else 0
    bits = (low + span - 1).bit_length()
    if low >= 0 and bits <= _MAX_BITS:
        return order_some(indices, seed, None, max(1, bits), threads)
    ids = indices.astype(np.int64).view(np.uint64)
    positions = order_all(n, np.dtype(np.int64), seed, ids, threads)
    return np.asarray(indices[positions])
