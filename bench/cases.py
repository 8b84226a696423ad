"""The list of cases: what is measured, on which input, against which contenders.

bench/test_cases.py checks and times them, bench/report.py lays them out, bench/compare.py runs two commits on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import fastsplit
import moved
from checks import check_assign, check_group, check_kfold, check_plan, check_shuffle, check_split
from contenders import ASSIGN, FOLDS, GROUP, KFOLD, PLAN, SHUFFLE, SIZES, SPLIT, Array, Contender, Examples, Planned
from moved import Moved, moved_by_folds, moved_by_split

LARGE = 20_000_000  # labels: an array that no cache holds
FEW = 1_000  # labels: calls from Python are most of the time
RARE = 20  # examples per class
COLUMNS, BATCH = 32, 1024  # of the rows of the epoch
_TWENTY_SEVEN_THOUSAND = 1_528_329, 27_000  # labels and classes, 57 examples per class


@dataclass(frozen=True)
class Case:
    """One row.

    Parameters
    ----------
    title : str
        What is done, and to what.
    n : int
        The number of labels at full scale.
    make : callable
        Returns the input, given the number of labels.
    contenders : mapping
        Each takes the input and returns its result; the first is fastsplit.
    check : callable
        Takes the name of a contender, the input and the result.
    moved : Moved, optional
        The bytes that it must move; None if its arrays fit in a cache, or if its time is not that of memory.
    """

    title: str
    n: int
    make: Callable[[int], Any]
    contenders: Mapping[str, Contender]
    check: Callable[[str, Any, Any], None]
    moved: Moved | None = None

    def size(self, scale: float) -> int:
        """Return the number of labels at a scale, at least as many as the smallest case has."""
        return min(self.n, max(FEW, round(self.n * scale)))


def make_labels(n: int, classes: int, spread: str = "balanced", dtype: str = "int64") -> Array:
    """Return n labels in random order.

    Parameters
    ----------
    n, classes : int
        The number of labels, and of classes.
    spread : {"balanced", "zipf", "huge", "rare"}
        Balanced; the c-th class in proportion to 1 / c; the first class nine tenths; `RARE` examples in each class,
        whatever ``classes`` is.
    dtype : str
        The integer type of the labels.
    """
    rng = np.random.default_rng(n + classes)
    if spread == "rare":
        return (rng.permutation(n) // RARE).astype(dtype)
    weights = 1 / np.arange(1, classes + 1) if spread == "zipf" else np.ones(classes)
    if spread == "huge":
        weights[0] = 9 * (classes - 1)
    edges = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(edges, rng.random(n)), classes - 1).astype(dtype)


def splitting(
    title: str,
    n: int,
    others: tuple[str, ...],
    labels: Callable[[int], Array],
    order: str = "shuffled",
    with_ids: bool = False,
    label: int = moved.LABEL,
) -> Case:
    """Return a case that splits examples in three.

    Given are the contenders beside fastsplit, a maker of labels, and the bytes of a label; 0 if it is no integer.
    """

    def make(size: int) -> Examples:
        ids = np.random.default_rng(size).integers(0, 2**62, size) if with_ids else None
        return Examples(labels(size), ids)

    contenders = {name: partial(SPLIT[name], order=order) for name in ("fastsplit", *others)}
    in_memory = n > FEW and label > 0
    moves = moved_by_split(order, label, moved.WORD if with_ids else 0) if in_memory else None
    return Case(title, n, make, contenders, partial(check_split, order=order), moves)


def labels_of(classes: int, spread: str = "balanced", dtype: str = "int64") -> Callable[[int], Array]:
    """Return a function that makes labels, given how many."""
    return partial(make_labels, classes=classes, spread=spread, dtype=dtype)


def _labels_of_many_classes(n: int) -> Array:
    labels, classes = _TWENTY_SEVEN_THOUSAND
    return make_labels(n, n * classes // labels)


def _strings(n: int) -> Array:
    return np.char.add("class ", make_labels(n, 1000).astype(str))


def _planned(n: int) -> Planned:
    labels = make_labels(n, 1000)
    return Planned(fastsplit.plan(labels, SIZES, seed=0), labels)


def _dataset(n: int) -> Any:
    from fastsplit import tfdata

    rows = np.random.default_rng(0).random((n, COLUMNS), dtype=np.float32)
    source = rows, make_labels(n, 10)
    return tfdata.dataset(source, np.arange(n), batch_size=BATCH, shuffle=True, seed=0, gather="tensor")


def _epoch(dataset: Any) -> int:
    return sum(rows.shape[0] for rows, _ in dataset)


_NUMPY = ("best NumPy", "reference")
_ALL = (*_NUMPY, "tutorial", "scikit-learn")

CASES = [
    splitting(
        "split, ascending, 10 classes", LARGE, (*_NUMPY, "labels.copy()", "1 thread"), labels_of(10), "ascending"
    ),
    splitting("split, ascending, 1,000 classes", LARGE, (*_NUMPY, "1 thread"), labels_of(1000), "ascending"),
    *(
        splitting(f"split, ascending, {dtype} labels", LARGE, _NUMPY, labels_of(100, dtype=dtype), "ascending", label=n)
        for dtype, n in (("uint8", 1), ("int16", 2), ("int32", 4))
    ),
    splitting("split, 10 classes", LARGE, (*_ALL, "1 thread"), labels_of(10)),
    splitting("split, 1,000 classes", LARGE, (*_NUMPY, "scikit-learn", "1 thread"), labels_of(1000)),
    splitting("split, one class of nine tenths", LARGE, _NUMPY, labels_of(100, "huge")),
    splitting("split, 10 classes, with ids", LARGE, ("reference",), labels_of(10), with_ids=True),
    splitting("split, 27,000 classes", _TWENTY_SEVEN_THOUSAND[0], (*_NUMPY, "scikit-learn"), _labels_of_many_classes),
    splitting("split, 100,000 classes by Zipf", LARGE // 2, _NUMPY, labels_of(100_000, "zipf")),
    splitting(f"split, {RARE} examples per class", LARGE // 10, _NUMPY, labels_of(0, "rare")),
    splitting("split, string labels", LARGE // 20, ("reference",), _strings, label=0),
    splitting(f"split, {FEW:,} labels", FEW, ("best NumPy",), labels_of(10)),
    splitting(f"split, {FEW:,} labels, all contenders interleaved", FEW, _ALL, labels_of(10)),
    Case("plan, 1,000 classes", LARGE, labels_of(1000), PLAN, check_plan, moved.PLAN),
    Case("assign, 1,000 classes", LARGE, _planned, ASSIGN, check_assign, moved.ASSIGN),
    Case("kfold(5), all ten arrays", LARGE, labels_of(10), KFOLD, check_kfold, moved_by_folds(FOLDS)),
    Case("group, 10 classes", LARGE, labels_of(10), GROUP, check_group, moved.GROUP),
    Case("group, 1,000 classes", LARGE, labels_of(1000), GROUP, check_group, moved.GROUP),
    Case("shuffle", LARGE // 2, np.arange, SHUFFLE, check_shuffle, moved.SHUFFLE),
]
# An epoch of a pipeline, for the comparison of two commits alone: bench/pipelines/ measures pipelines against others.
EPOCH = Case(
    f"tf.data epoch, batch {BATCH:,}",
    LARGE // 20,
    _dataset,
    {"fastsplit": _epoch},
    lambda name, dataset, found: None,
)
