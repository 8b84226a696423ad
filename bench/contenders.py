"""The list of contenders: for each task, fastsplit and every other way to do it.

A contender takes the input of a case (bench/cases.py) and returns its result, which bench/checks.py compares.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastsplit
from fastsplit import reference

Array = NDArray[Any]
Contender = Callable[..., Any]
SIZES = (0.7, 0.2, 0.1)
FOLDS = 5
# bench/compare.py runs these contenders with older versions too, which have shuffle= in place of order=.
_HAS_ORDER = "order" in inspect.signature(fastsplit.split).parameters


class Examples(NamedTuple):
    """What is split: the label of each example and, if it has one, its id."""

    labels: Array
    ids: Array | None = None


class Planned(NamedTuple):
    """A plan, and the labels that it is applied to."""

    plan: fastsplit.Plan
    labels: Array


def with_order(order: str) -> dict[str, Any]:
    """Return the keyword argument that asks this version of fastsplit for an order of index arrays."""
    return {"order": order} if _HAS_ORDER else {"shuffle": order == "shuffled"}


def fastsplit_split(examples: Examples, *, order: str, threads: int | None = None) -> list[Array]:
    """Split with fastsplit."""
    options = {"seed": 0, "ids": examples.ids, "threads": threads, **with_order(order)}
    return list(fastsplit.split(examples.labels, SIZES, **options))


def reference_split(examples: Examples, *, order: str) -> list[Array]:
    """Split with fastsplit's NumPy twin."""
    return list(reference.split(examples.labels, SIZES, seed=0, ids=examples.ids, **with_order(order)))


def best_numpy(examples: Examples, *, order: str) -> list[Array]:
    """Split exactly, as fast as plain NumPy can: one radix sort, one shuffled block of split numbers per class."""
    labels, rng = examples.labels, np.random.default_rng(0)
    low, high = int(labels.min()), int(labels.max())
    narrow = (labels - low).astype(np.uint16) if high - low < 2**16 else labels  # a radix sort, for 16 bits only
    by_class = np.argsort(narrow, kind="stable")
    counts = np.bincount(labels - low)
    numbers = np.empty(len(labels), dtype=np.uint8)
    begin = 0
    for n in counts[counts > 0].tolist():
        ideal = n * np.array(SIZES)
        quotas = np.floor(ideal).astype(int)
        quotas[np.argsort(quotas - ideal)[: n - quotas.sum()]] += 1
        block = np.repeat(np.arange(len(SIZES), dtype=np.uint8), quotas)
        rng.shuffle(block)
        numbers[by_class[begin : begin + n]] = block
        begin += n
    arrays = [np.flatnonzero(numbers == split) for split in range(len(SIZES))]
    return [rng.permutation(array) for array in arrays] if order == "shuffled" else arrays


def tutorial(examples: Examples, *, order: str) -> list[Array]:
    """Split as the tutorials do: shuffled, neither stratified nor complete."""
    labels, picked = examples.labels, []
    for label in np.unique(labels):
        where = np.where(labels == label)[0]
        picked.append(np.random.choice(where, len(where), replace=False))
    together = np.concatenate(picked)
    np.random.shuffle(together)
    train, val, test = (int(size * len(labels)) for size in SIZES)
    return [together[:train], together[train : train + val], together[train + val : train + val + test]]


def scikit_learn_split(examples: Examples, *, order: str) -> list[Array]:
    """Split in two, twice: scikit-learn's way to three splits, shuffled."""
    from sklearn.model_selection import train_test_split  # here: bench/compare.py does without

    labels, positions = examples.labels, np.arange(len(examples.labels))
    train, rest = train_test_split(positions, train_size=SIZES[0], stratify=labels, random_state=0)
    share = SIZES[1] / (SIZES[1] + SIZES[2])
    val, test = train_test_split(rest, train_size=share, stratify=labels[rest], random_state=0)
    return [train, val, test]


def copy_labels(examples: Examples, *, order: str) -> Array:
    """Copy the labels: the time of reading and writing them once."""
    return examples.labels.copy()


def scikit_learn_kfold(labels: Array) -> list[tuple[Array, Array]]:
    """Make all folds with scikit-learn."""
    from sklearn.model_selection import StratifiedKFold

    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(np.empty(len(labels)), labels))


SPLIT: dict[str, Contender] = {
    "fastsplit": fastsplit_split,
    "1 thread": partial(fastsplit_split, threads=1),
    "reference": reference_split,
    "best NumPy": best_numpy,
    "tutorial": tutorial,
    "scikit-learn": scikit_learn_split,
    "labels.copy()": copy_labels,
}
PLAN: dict[str, Contender] = {
    "fastsplit": lambda labels: fastsplit.plan(labels, SIZES, seed=0),
    "reference": lambda labels: reference.plan(labels, SIZES, seed=0),
}
ASSIGN: dict[str, Contender] = {
    "fastsplit": lambda planned: planned.plan.assign(planned.labels),
    "reference": lambda planned: reference.assign(*planned),
}
KFOLD: dict[str, Contender] = {
    "fastsplit": lambda labels: list(fastsplit.kfold(labels, FOLDS, seed=0)),
    "reference": lambda labels: reference.kfold(labels, FOLDS, seed=0),
    "scikit-learn": scikit_learn_kfold,
}
GROUP: dict[str, Contender] = {
    "fastsplit": lambda labels: fastsplit.group(labels).order,
    "reference": lambda labels: reference.group(labels).order,
    "stable argsort": lambda labels: np.argsort(labels, kind="stable"),
}
SHUFFLE: dict[str, Contender] = {
    "fastsplit": lambda indices: fastsplit.shuffle(indices, seed=0),
    "reference": lambda indices: reference.shuffle(indices, seed=0),
    "Generator.permutation": lambda indices: np.random.default_rng(0).permutation(indices),
}
