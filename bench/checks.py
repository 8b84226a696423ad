"""What the result of each contender must fulfil: fastsplit is its NumPy twin bit for bit, others keep their promise.

A check takes the name of a contender, the input of a case and the contender's result. None is ever timed.
"""

from __future__ import annotations

import numpy as np

import fastsplit
from contenders import ASSIGN, FOLDS, GROUP, KFOLD, PLAN, SHUFFLE, SIZES, Array, Examples, Planned, reference_split


def check_split(name: str, examples: Examples, found: list[Array], *, order: str) -> None:
    """Assert that splits are the reference's, exactly stratified, complete or at least disjoint."""
    if name == "labels.copy()":
        assert np.array_equal(found, examples.labels)
        return
    if name in ("fastsplit", "1 thread"):
        _assert_equal(found, reference_split(examples, order=order))
        return
    together = np.concatenate(found)
    _assert_distinct(together, len(examples.labels))
    if name == "tutorial":  # neither complete nor stratified
        return
    assert len(together) == len(examples.labels)
    if name == "scikit-learn":  # near the ideal, but rounded twice
        return
    _, codes, counts = np.unique(examples.labels, return_inverse=True, return_counts=True)
    for array, size in zip(found, SIZES, strict=True):
        quotas = np.bincount(codes[array], minlength=len(counts))
        assert (np.abs(quotas * 10 - counts * round(size * 10)) < 10).all()  # in tenths: sizes are tenths


def check_plan(name: str, labels: Array, found: fastsplit.Plan) -> None:
    """Assert that a plan's cuts are the reference's."""
    assert np.array_equal(found.cuts, PLAN["reference"](labels).cuts)


def check_assign(name: str, planned: Planned, found: Array) -> None:
    """Assert that an assignment is the reference's."""
    assert np.array_equal(found, ASSIGN["reference"](planned))


def check_kfold(name: str, labels: Array, found: list[tuple[Array, Array]]) -> None:
    """Assert that folds are the reference's, or at least that every example is tested once."""
    if name == "fastsplit":
        for pair, expected in zip(found, KFOLD["reference"](labels), strict=True):
            _assert_equal(pair, expected)
    assert len(found) == FOLDS
    tested = np.concatenate([test for _, test in found])
    assert len(tested) == len(labels)
    _assert_distinct(tested, len(labels))
    assert all(len(train) + len(test) == len(labels) for train, test in found)


def check_group(name: str, labels: Array, found: Array) -> None:
    """Assert that positions are sorted by class, and ascend within each class."""
    assert np.array_equal(found, GROUP["stable argsort"](labels))


def check_shuffle(name: str, indices: Array, found: Array) -> None:
    """Assert that shuffled indices are the reference's, or at least the same indices."""
    if name == "fastsplit":
        assert np.array_equal(found, SHUFFLE["reference"](indices))
    assert np.array_equal(np.sort(found), np.sort(indices))


def _assert_equal(found: list[Array] | tuple[Array, ...], expected: list[Array] | tuple[Array, ...]) -> None:
    for array, other in zip(found, expected, strict=True):
        assert array.dtype == other.dtype
        assert np.array_equal(array, other)


def _assert_distinct(positions: Array, n: int) -> None:
    seen = np.zeros(n, dtype=bool)
    seen[positions] = True
    assert np.count_nonzero(seen) == len(positions)
