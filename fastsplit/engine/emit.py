"""emit: the split of each example -> the positions of each split, ascending or in a given order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import count_folds, count_splits, emit_fold
from fastsplit._kernels import emit as emit_range
from fastsplit.engine.parallel import Range, for_ranges, ranges, worker_zeros


def emit(
    assignment: NDArray[np.uint8],
    n_splits: int,
    dtype: np.dtype[Any],
    threads: int,
    order: NDArray[Any] | None = None,
) -> list[NDArray[Any]]:
    """Return the positions of each split: 0 .. N - 1, or those of ``order``, whose splits the assignment then holds."""
    parts = ranges(len(assignment), threads)
    counts = worker_zeros(len(parts), n_splits)
    for_ranges(parts, lambda worker, begin, end: count_splits(assignment, begin, end, counts[worker]))
    cursors = worker_zeros(*counts.shape)
    np.subtract(counts.cumsum(axis=0), counts, out=cursors)
    out = [np.empty(size, dtype=dtype) for size in counts.sum(axis=0).tolist()]
    for_ranges(parts, lambda worker, begin, end: emit_range(assignment, order, begin, end, out, cursors[worker]))
    return out


def emit_folds(
    words: NDArray[np.uint64], fold_bits: int, k: int, dtype: np.dtype[Any], threads: int
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield the training and the test set of each of k folds, of words ``position << fold_bits | fold`` in their order.

    Each pair is made when it is asked for: all of them in one pass over the words would take hardly less time.
    """
    parts = ranges(len(words), threads)
    in_fold = worker_zeros(len(parts), 1 << fold_bits)
    for_ranges(parts, lambda worker, begin, end: count_folds(words, fold_bits, begin, end, in_fold[worker]))
    lengths = np.array([end - begin for begin, end in parts])
    for fold in range(k):
        counts = np.stack([in_fold[:, fold], lengths - in_fold[:, fold]], axis=1)
        yield _pair(words, fold_bits, fold, dtype, parts, counts)


def _pair(
    words: NDArray[np.uint64],
    fold_bits: int,
    fold: int,
    dtype: np.dtype[Any],
    parts: list[Range],
    counts: NDArray[np.int64],
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the training and the test set of a fold; counts (parts, 2) are those of test and training set."""
    cursors = worker_zeros(*counts.shape)
    np.subtract(counts.cumsum(axis=0), counts, out=cursors)
    out = [np.empty(size, dtype=dtype) for size in counts.sum(axis=0).tolist()]
    for_ranges(parts, lambda worker, begin, end: emit_fold(words, fold_bits, fold, begin, end, out, cursors[worker]))
    test, train = out
    return train, test
