"""Labels as scikit-learn's splitters take them -> the positions of each class, read once for all splits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.few import group_few
from fastsplit.engine.pipeline import grouped
from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import read_threads
from fastsplit.model_selection._sklearn import type_of_target

_FEW = 1000  # labels: so many that are far apart NumPy sorts faster than the kernels are called


class Strata(NamedTuple):
    """The positions of each class: those of class ``c`` are ``order[offsets[c]:offsets[c + 1]]``, ascending.

    Attributes
    ----------
    order : ndarray of intp, shape (N,)
        The positions 0 .. N - 1, class by class, in the order in which `numpy.unique` sorts the classes.
    offsets : ndarray of int64, shape (C + 1,)
        Where each class begins in ``order``, and N.
    """

    order: NDArray[np.intp]
    offsets: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of examples of each class."""
        return np.diff(self.offsets)

    @property
    def codes(self) -> NDArray[np.intp]:
        """The class of each example, from 0 to C - 1."""
        codes = np.empty(len(self.order), dtype=np.intp)
        codes[self.order] = np.repeat(np.arange(len(self.offsets) - 1), self.counts)
        return codes

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each class begins and ends in ``order``."""
        edges = self.offsets.tolist()
        return list(pairwise(edges))


def strata_of(values: NDArray[Any]) -> Strata:
    """Group the examples by their values, an array of one dimension and of any dtype that NumPy sorts."""
    found = None
    # Strings sort alike here and there. Others than str itself may not: they may have an order of their own.
    if values.dtype.kind in "iub" or (values.dtype.kind == "O" and set(map(type, values.tolist())) == {str}):
        labels = read_labels(values)
        found = group_few(labels) if len(values) < _FEW else grouped(labels, read_threads(None))
    if found is None:  # others, or a few integers that are far apart
        codes = np.unique(values, return_inverse=True)[1]
        found = grouped(read_labels(codes), read_threads(None))
    return Strata(*found[1:])


def target_strata(y: Any) -> Strata | None:
    """Group the examples by a target that scikit-learn calls binary or multiclass; None if it may be none.

    `type_of_target` would say it, but sorts all labels. Nothing is warned of, so that scikit-learn can be asked again.
    """
    if type(y) is not np.ndarray or not (y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1)) or len(y) == 0:
        return None
    y = y.reshape(-1)
    if y.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            whole = y.astype(np.int64)
        return strata_of(whole) if (whole == y).all() else None
    known = y.dtype.kind in "iubU" or (y.dtype.kind == "O" and isinstance(y[0], str))
    return strata_of(y) if known else None


def warn_of_continuous(y: NDArray[Any], strata: Strata) -> None:
    """Let scikit-learn warn, as some versions do, of so many classes that the target may be meant for a regression."""
    if len(strata.offsets) - 1 > len(y) / 2:
        type_of_target(y)
