"""What ``fastsplit demo`` compares with: the ways to split that are in use, and a line of text that draws a split."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Way = Callable[[Array], list[Array]]  # labels -> an index array per split

SIZES = (0.7, 0.2, 0.1)
_DATA = "places_lt.csv"
_HEIGHTS, _ASCII_HEIGHTS = "▁▂▃▄▅▆▇█", "._-=+*%#"
_ABSENT = " "
_COLUMNS = 73  # of 5 classes each


class Photos(NamedTuple):
    """The labels of a real data set."""

    labels: NDArray[np.str_]
    classes: NDArray[np.intp]  # the number of each label's class


def photos() -> Photos:
    """Return the labels of the training list of Places-LT, which is sorted by class (Liu et al., CVPR 2019)."""
    with resources.files(__package__).joinpath(_DATA).open(encoding="utf-8") as file:
        rows = [(row["class"], int(row["images"])) for row in csv.DictReader(file)]
    names, sizes = zip(*rows, strict=True)
    classes = np.repeat(np.arange(len(names)), sizes)
    return Photos(np.array(names)[classes], classes)


def at_random(labels: Array) -> list[Array]:
    """Split without a look at the labels."""
    return _cut(np.random.default_rng(0).permutation(len(labels)))


def tutorial(labels: Array) -> list[Array]:
    """Split as many tutorials do: the last shuffle undoes the loop over the classes."""
    rng, picked = np.random.default_rng(0), []
    for label in np.unique(labels):
        where = np.where(labels == label)[0]
        picked.append(rng.choice(where, len(where), replace=False))
    together = np.concatenate(picked)
    rng.shuffle(together)
    return _cut(together)


def _cut(order: Array) -> list[Array]:
    """Return the first seven tenths, the next two and the next one; int() loses an example or two."""
    train, val, test = (int(size * len(order)) for size in SIZES)
    return [order[:train], order[train : train + val], order[train + val : train + val + test]]


def scikit_learn() -> Way:
    """Return scikit-learn's way to three splits: two calls.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.
    """
    from sklearn.model_selection import train_test_split

    def split(labels: Array) -> list[Array]:
        share = SIZES[1] / (SIZES[1] + SIZES[2])
        train, rest = train_test_split(np.arange(len(labels)), train_size=SIZES[0], stratify=labels, random_state=0)
        val, test = train_test_split(rest, train_size=share, stratify=labels[rest], random_state=0)
        return [train, val, test]

    return split


def scikit_learn_in_two() -> Way:
    """Return scikit-learn's way to a test set of the same size without a validation set; errors are the same."""
    from sklearn.model_selection import train_test_split

    def split(labels: Array) -> list[Array]:
        positions = np.arange(len(labels))
        return list(train_test_split(positions, test_size=SIZES[-1], stratify=labels, random_state=0))

    return split


def skyline(totals: Sequence[int], counts: Sequence[int], size: float, encoding: str | None) -> str:
    """Draw the share of classes in a split as a line of text, the largest classes on the left.

    A column stands for the same number of classes each and shows the share that is farthest from ``size``: half the
    height is ``size``, a blank is a class that is absent.
    """
    heights = _HEIGHTS if _can_encode(_HEIGHTS, encoding) else _ASCII_HEIGHTS
    order = np.argsort(-np.asarray(totals), kind="stable")
    shares = np.asarray(counts)[order] / np.asarray(totals)[order]
    columns = []
    for part in np.array_split(shares, min(_COLUMNS, len(shares))):
        share = part[np.abs(part - size).argmax()]
        eighths = round(float(share) / size * len(heights) / 2)
        columns.append(heights[min(max(eighths, 1), len(heights)) - 1] if share else _ABSENT)
    return "".join(columns)


def _can_encode(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
