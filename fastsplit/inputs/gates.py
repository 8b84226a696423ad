"""Gates: the checks that need the classes, and so come after the scan or against a plan."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.labels import Labels
from fastsplit.inputs.options import MAX_CLASS

MAX_TABLE = 2**30  # cells of the table of classes and splits: 8 GB
_SHOWN = 10  # classes that an error message lists


def check_class_sizes(classes: NDArray[Any], counts: NDArray[np.int64], n_nonempty: int, min_per_split: int) -> None:
    """Refuse classes that are too large to count with, or too small for ``min_per_split`` in each non-empty split."""
    if counts.size and int(counts.max()) > MAX_CLASS:
        largest = int(counts.argmax())
        raise ValueError(
            f"labels must have at most 2**40 examples per class, got {counts[largest]} of {classes[largest]!r}"
        )
    needed = min_per_split * n_nonempty
    if min_per_split and (small := np.flatnonzero(counts < needed)).size:
        pairs = zip(classes[small[:_SHOWN]].tolist(), counts[small[:_SHOWN]].tolist(), strict=True)
        shown = ", ".join(f"{label!r} ({count})" for label, count in pairs)
        more = f" and {small.size - _SHOWN} more" if small.size > _SHOWN else ""
        raise ValueError(
            f"min_per_split={min_per_split} with {n_nonempty} splits needs at least {needed} examples per class; "
            f"{small.size} of {counts.size} classes have fewer: {shown}{more}"
        )


def warn_of_large_k(k: int, counts: NDArray[np.int64]) -> None:
    """Warn if there are more folds than examples of the largest class."""
    if counts.size and k > (largest := int(counts.max())):
        warnings.warn(
            f"k={k} is above the number of examples of the largest class, {largest}: every class is absent from some "
            "folds",
            stacklevel=3,
        )


def check_table(n_classes: int, n_columns: int) -> None:
    """Refuse a table of classes and splits that is too large to allocate."""
    if n_classes * n_columns > MAX_TABLE:
        raise ValueError(
            f"the table of classes and splits must have at most 2**30 cells, got {n_classes} classes and "
            f"{n_columns} splits"
        )


def check_fits_plan(labels: Labels, ids: NDArray[np.uint64] | None, classes: NDArray[Any], with_ids: bool) -> None:
    """Refuse strings for a plan of integer classes and the reverse, and missing ids for a plan made with ids."""
    if (classes.dtype.kind == "O") != (labels.names is not None) and classes.size and labels.values.size:
        expected, got = ("strings", "integers") if classes.dtype.kind == "O" else ("integers", "strings")
        raise TypeError(f"labels must be {expected}, as in the plan, got {got}")
    if with_ids and ids is None:
        raise ValueError("ids must be given, because the plan was made with ids")
