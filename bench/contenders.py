"""The ways to split that are compared, and the labels that they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

import fastsplit
from fastsplit import reference

Arrays = list[NDArray[Any]]
SIZES = (0.7, 0.2, 0.1)


def make_labels(n: int, classes: int, counts: str = "balanced", dtype: str = "int64") -> NDArray[Any]:
    """Return n labels in random order.

    ``counts`` says how they are spread over the classes: balanced, zipf (the c-th class in proportion to 1 / c), huge
    (one class has nine of ten) or rare (every class has 20, whatever ``classes`` is).
    """
    rng = np.random.default_rng(n + classes)
    if counts == "rare":
        return (rng.permutation(n) // 20).astype(dtype)
    weights = {"balanced": np.ones(classes), "zipf": 1 / np.arange(1, classes + 1), "huge": np.ones(classes)}[counts]
    if counts == "huge":
        weights[0] = 9 * classes
    edges = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(edges, rng.random(n)), classes - 1).astype(dtype)


def best_numpy(labels: NDArray[Any], *, shuffle: bool) -> Arrays:
    """Split exactly, as fast as plain NumPy can: one radix sort, one shuffled block of split numbers a class."""
    rng = np.random.default_rng(0)
    low, high = int(labels.min()), int(labels.max())
    narrow = (labels - low).astype(np.uint16) if high - low < 2**16 else labels
    order = np.argsort(narrow, kind="stable")
    counts = np.bincount(labels - low)
    numbers = np.empty(len(labels), dtype=np.uint8)
    start = 0
    for n in counts[counts > 0].tolist():
        ideal = n * np.array(SIZES)
        quotas = np.floor(ideal).astype(int)
        quotas[np.argsort(quotas - ideal)[: n - quotas.sum()]] += 1
        block = np.repeat(np.arange(len(SIZES), dtype=np.uint8), quotas)
        rng.shuffle(block)
        numbers[order[start : start + n]] = block
        start += n
    arrays = [np.flatnonzero(numbers == split) for split in range(len(SIZES))]
    return [rng.permutation(array) for array in arrays] if shuffle else arrays


def tutorial(labels: NDArray[Any], *, shuffle: bool = True) -> Arrays:
    """Split as the tutorials do, which is neither stratified nor complete."""
    picked = []
    for label in np.unique(labels):
        where = np.where(labels == label)[0]
        picked.append(np.random.choice(where, len(where), replace=False))
    together = np.concatenate(picked)
    np.random.shuffle(together)
    train, val, test = (int(size * len(labels)) for size in SIZES)
    return [together[:train], together[train : train + val], together[train + val : train + val + test]]


def scikit_learn(labels: NDArray[Any], *, shuffle: bool = True) -> Arrays:
    """Split twice in two, as scikit-learn has it."""
    positions = np.arange(len(labels))
    train, rest = train_test_split(positions, train_size=SIZES[0], stratify=labels, random_state=0)
    share = SIZES[1] / (SIZES[1] + SIZES[2])
    val, test = train_test_split(rest, train_size=share, stratify=labels[rest], random_state=0)
    return [train, val, test]


def fastsplit_split(labels: NDArray[Any], *, shuffle: bool = True, threads: int | None = None) -> Arrays:
    """Split with fastsplit."""
    return list(fastsplit.split(labels, SIZES, seed=0, shuffle=shuffle, threads=threads))


def reference_split(labels: NDArray[Any], *, shuffle: bool = True) -> Arrays:
    """Split with fastsplit's NumPy twin."""
    return list(reference.split(labels, SIZES, seed=0, shuffle=shuffle))


def scikit_learn_kfold(labels: NDArray[Any], k: int) -> list[Any]:
    """Make all folds, as scikit-learn has it."""
    return list(StratifiedKFold(k, shuffle=True, random_state=0).split(np.empty(len(labels)), labels))


SPLITTERS: dict[str, Callable[..., Arrays]] = {
    "fastsplit": fastsplit_split,
    "reference": reference_split,
    "best NumPy": best_numpy,
    "tutorial": tutorial,
    "scikit-learn": scikit_learn,
}


def check(name: str, labels: NDArray[Any], arrays: Arrays) -> None:
    """Assert that a contender did what it promises: fastsplit the most, the tutorial's recipe the least."""
    together = np.concatenate(arrays)
    taken = np.zeros(len(labels), dtype=bool)
    taken[together] = True
    assert np.count_nonzero(taken) == len(together) <= len(labels)
    if name == "tutorial":
        return
    assert len(together) == len(labels)
    if name == "scikit-learn":  # near the ideal, but by two roundings
        return
    counts = np.bincount(labels)
    for array, size in zip(arrays, SIZES, strict=True):
        found = np.bincount(labels[array], minlength=len(counts))
        assert (np.abs(found * 10 - counts * round(size * 10)) < 10).all()
