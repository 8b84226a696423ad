"""group: labels -> the positions of each class."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit.engine import pipeline
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import read_threads


class Grouping(NamedTuple):
    """The positions of each class: those of class ``c`` are ``order[offsets[c]:offsets[c + 1]]``, ascending.

    Attributes
    ----------
    classes : ndarray, shape (C,)
        The label values, ascending.
    order : ndarray of intp, shape (N,)
        The positions 0 .. N - 1, class by class.
    offsets : ndarray of int64, shape (C + 1,)
        Where each class begins in ``order``, and N.
    """

    classes: NDArray[Any]
    order: NDArray[np.intp]
    offsets: NDArray[np.int64]


def group(labels: ArrayLike, *, threads: int | None = None) -> Grouping:
    """Sort positions by class: a stable counting sort.

    Parameters
    ----------
    labels, threads
        As for `split`.

    Returns
    -------
    Grouping
        The classes, the positions class by class, and where each class begins.

    Raises
    ------
    ValueError, TypeError
        As for `split`.

    Examples
    --------
    >>> import fastsplit
    >>> classes, order, offsets = fastsplit.group([5, 3, 5, 5])
    >>> classes, order, offsets
    (array([3, 5]), array([1, 0, 2, 3]), array([0, 1, 4]))
    """
    return Grouping(*pipeline.grouped(read_labels(labels), read_threads(threads)))
