"""Gates: the checks that need the classes, and so come after the scan or against a plan."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.callers import warn_caller
from fastsplit.inputs.ids import Ids
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.options import MAX_CLASS
from fastsplit.inputs.sizes import Shares
from fastsplit.text import printable

Counted: TypeAlias = tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]]  # classes, totals, counts per split

MAX_TABLE = 2**30  # cells of the table of classes and splits: 8 GB
_MAX_POSITION = 2**48  # hashes of strings, and negative numbers modulo 2**64, are larger
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
            f"{small.size} of {counts.size} classes have fewer: {shown}{more}; make one class of them, or split "
            "without them"
        )


def check_split_sizes(n: int, n_classes: int, shares: Shares, min_per_split: int) -> None:
    """Refuse splits that are too small for ``min_per_split`` of each class; a split has at least floor(n * share)."""
    if min_per_split == 0 or shares.n_nonempty == 0:
        return
    needed = min_per_split * n_classes
    smallest = min(share for share in shares if share > 0)
    if n * smallest.numerator // smallest.denominator < needed:
        raise ValueError(
            f"min_per_split={min_per_split} with {n_classes} classes needs at least {needed} examples in every split; "
            f"a split of size {smallest} has {float(n * smallest):g} of {n}: make it larger, or leave it at 0"
        )


def check_units(classes: NDArray[Any]) -> None:
    """Refuse classes whose shared ids are too few, or too unequal, to give every split its minimum."""
    if len(classes):
        shown = ", ".join(map(repr, classes[:_SHOWN].tolist()))
        more = f" and {len(classes) - _SHOWN} more" if len(classes) > _SHOWN else ""
        raise ValueError(
            "min_per_split cannot be kept: rows that share an id stay together in the random order of their ids, and "
            f"with this seed these classes have too few ids, or too many rows of one: {shown}{more}"
        )


def check_whole_groups(
    sizes: tuple[tuple[str, ...], Shares], classes: NDArray[Any], counts: NDArray[np.int64], min_per_split: int
) -> None:
    """Refuse a split by groups, of these names and shares, whose counts (C, K) are not all at least the minimum."""
    names, shares = sizes
    short = counts < shares.minimum(min_per_split)[: len(shares)]
    if short.any():
        c, split = (int(index) for index in np.argwhere(short)[0])
        (label,) = classes[c : c + 1].tolist()
        n_more = int(short.any(axis=1).sum()) - 1
        more = f", and {n_more} more classes are too few" if n_more else ""
        raise ValueError(
            f"min_per_split={min_per_split} cannot be kept, because groups stay whole: class {label!r} has "
            f"{counts[c, split]} examples in {printable(names[split])}{more}; try balance='closest', another seed or a "
            "smaller minimum"
        )


def check_groups_for_folds(k: int, n_groups: int) -> None:
    """Refuse more folds than groups."""
    if k > n_groups:
        raise ValueError(f"k must be at most the number of groups, {n_groups}, got {k}: some folds would be empty")


def warn_of_empty_splits(names: tuple[str, ...], shares: Shares, splits: NDArray[Any]) -> None:
    """Warn if a split of a share above 0 has none of the groups, whose splits these are."""
    n_groups = np.bincount(splits, minlength=len(shares))[: len(shares)]
    empty = [name for name, share, n in zip(names, shares, n_groups.tolist(), strict=True) if share and not n]
    if empty and len(splits):
        shown = printable(", ".join(empty[:_SHOWN])) + (
            f" and {len(empty) - _SHOWN} more" if len(empty) > _SHOWN else ""
        )
        warn_caller(
            f"{len(empty)} of {len(shares)} splits are empty ({shown}), because groups stay whole (number of groups: "
            f"{len(splits)}): pass finer groups, or fewer splits",
        )


def warn_of_empty_folds(k: int, totals: NDArray[np.int64], fold_sizes: NDArray[np.int64]) -> None:
    """Warn if there are more folds than examples of the largest class, or if shared ids leave a fold empty."""
    if totals.size and k > (largest := int(totals.max())):
        warn_caller(
            f"k={k} is above the number of examples of the largest class, {largest}: every class is absent from some "
            "folds",
        )
    elif n_empty := np.count_nonzero(fold_sizes == 0):
        warn_caller(
            f"{n_empty} of k={k} folds are empty, because rows that share an id stay together: use fewer folds",
        )


def warn_of_reordered(classes: NDArray[Any], counts: NDArray[np.int64], folds: NDArray[Any], y: Any) -> None:
    """Warn if y has the examples per class that folds were made from, but others in each fold."""
    try:
        values, names = read_labels(y)
    except (TypeError, ValueError):  # a target that is no labels: folds may have been made from others, of strata
        return
    known = values if names is None else names
    if (known.dtype.kind == "O") != (classes.dtype.kind == "O"):
        return
    codes = np.minimum(np.searchsorted(classes, known), len(classes) - 1)
    if not np.array_equal(classes[codes], known):
        return
    of_each = codes if names is None else codes[values]
    found = np.bincount(of_each * counts.shape[1] + folds, minlength=counts.size).reshape(counts.shape)
    if np.array_equal(found.sum(axis=1), counts.sum(axis=1)) and not np.array_equal(found, counts):
        warn_caller(
            "y has as many examples per class as the labels that these folds were made from, but others in each fold: "
            "folds are positions, so make them again after rows are sorted or shuffled"
        )


def warn_of_fewer_labels(n: int, totals: NDArray[np.int64]) -> None:
    """Warn if labels without ids are fewer than a plan was made from: new ones alone would be split as the first."""
    if 0 < n < (planned := int(totals.sum())):
        warn_caller(
            f"labels are {n}, fewer than the {planned} that the plan was made from; without ids they are split as the "
            "first of these: pass all labels, old ones first, or their positions as ids, or make the plan with ids",
        )


def warn_of_other_rows(names: tuple[str, ...], planned: Counted, found: Counted) -> None:
    """Warn if the first rows of data without ids have other counts than the rows that a plan was made from.

    Parameters
    ----------
    names : tuple of str
        The K splits.
    planned, found : tuple of ndarray
        The classes, shape (C,), their totals, shape (C,), and their counts per split, shape (C, K), of the plan and of
        as many rows of the data; of the data, with all classes of the plan.
    """
    classes, totals, counts = found
    n = int(planned[1].sum())
    if totals.sum() < n:  # of fewer rows, another warning tells
        return
    rows = np.searchsorted(classes, planned[0].astype(classes.dtype))
    for of_data, of_plan in ((totals[:, None], planned[1][:, None]), (counts, planned[2])):
        expected = np.zeros_like(of_data)
        expected[rows] = of_plan
        if not np.array_equal(of_data, expected):
            c, k = divmod(int(np.abs(of_data - expected).argmax()), of_data.shape[1])
            (label,) = classes[c : c + 1].tolist()
            split = f" in {printable(names[k])}" if of_data is counts else ""
            warn_caller(
                f"the plan has no ids: rows are known by their position, and the first {n:,} rows are not those that "
                f"it was made from (class {printable(repr(label))} has {of_data[c, k]:,} of them{split}, "
                f"{expected[c, k]:,} planned); put the old rows first in the same order, or make the plan again with "
                "ids="
            )
            return


def check_table(n_classes: int, n_columns: int) -> None:
    """Refuse a table of classes and splits that is too large to allocate."""
    if n_classes * n_columns > MAX_TABLE:
        raise ValueError(
            f"the table of classes and splits must have at most 2**30 cells, got {n_classes} classes and "
            f"{n_columns} splits"
        )


def check_kind_of_ids(labels: Labels, ids: Ids | None, planned: str | None) -> None:
    """Refuse strings for a plan made with integer ids, and the reverse: other ids, even if they print equal."""
    if planned is not None and ids is not None and ids.kind != planned and labels.values.size:
        raise TypeError(f"{ids.what} must be {planned}, as the plan was made with, got {ids.kind}")


def check_kind_of_labels(labels: Labels, classes: NDArray[Any]) -> None:
    """Refuse strings for a plan of integer classes, and the reverse."""
    if (classes.dtype.kind == "O") != (labels.names is not None) and classes.size and labels.values.size:
        expected, got = ("strings", "integers") if classes.dtype.kind == "O" else ("integers", "strings")
        raise TypeError(f"labels must be {expected}, as in the plan, got {got}")


def check_fits_plan(labels: Labels, ids: NDArray[np.uint64] | None, classes: NDArray[Any], with_ids: bool) -> None:
    """Refuse strings for a plan of integer classes and the reverse, and ids that are not of the plan's kind."""
    check_kind_of_labels(labels, classes)
    if with_ids and ids is None:
        raise ValueError("ids must be given, because the plan was made with ids")
    if not with_ids and ids is not None and ids.size and int(ids.max()) >= _MAX_POSITION:
        raise ValueError(
            "ids must be positions, integers from 0 on, because the plan was made without ids; for ids of another kind "
            "make the plan with ids"
        )
