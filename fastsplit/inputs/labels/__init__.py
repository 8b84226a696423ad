"""Labels and ids in every container that holds them -> an array of integers; one module per kind of container."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from fastsplit.inputs.labels.arrow import exported, read_arrow
from fastsplit.inputs.labels.base import Labels, check_missing
from fastsplit.inputs.labels.numpy import check_one_dimensional, read_array
from fastsplit.inputs.labels.objects import read_objects
from fastsplit.inputs.labels.pandas import read_pandas
from fastsplit.inputs.options import described
from fastsplit.text import printable

__all__ = ["Labels", "read_labels"]


def read_labels(labels: Any, what: str = "labels") -> Labels:
    """Return labels as integers; an array of integers is not copied.

    Parameters
    ----------
    labels : array_like, shape (N,)
        Integers, booleans, strings, UTF-8 bytes or floats that are all whole: in an array, a sequence, a pandas or
        Arrow container, or one with ``__arrow_c_stream__`` or ``__arrow_c_array__``. Objects must be all of one of
        these kinds. Floats become int64.
    what : str
        The argument that error messages name.

    Raises
    ------
    ValueError
        If labels are not one-dimensional, a label is missing, integers do not fit 64 bits, floats are not whole, or
        bytes are not UTF-8.
    TypeError
        If labels are of another type.
    """
    if type(labels) is np.ndarray and labels.dtype.kind in "iub" and labels.ndim == 1:
        return Labels(labels)  # the usual case, at once
    if isinstance(labels, Labels):
        return labels  # read before, by a reader of files
    libraries = {cls.__module__.partition(".")[0] for cls in type(labels).__mro__}
    if "pandas" in libraries and "pandas" in sys.modules:
        return read_pandas(labels, what)
    if "pyarrow" in libraries and "pyarrow" in sys.modules:
        return read_arrow(labels, what)
    if (array := exported(labels)) is not None:
        return read_arrow(array, what)
    if isinstance(labels, np.ma.MaskedArray):
        check_missing(np.ma.getmaskarray(labels), what)
        labels = labels.data
    if isinstance(labels, Sequence) and not isinstance(labels, str | bytes):
        return _read_sequence(labels, what)
    array = np.asarray(labels)
    if array.ndim == 0:
        raise TypeError(f"{what} must be a one-dimensional array, got {described(labels)}")
    return read_array(array, what)


def _read_sequence(labels: Sequence[Any], what: str) -> Labels:
    if len(labels) == 0 or not isinstance(labels[0], str | bytes):
        try:
            array = np.asarray(labels)
        except ValueError as error:
            hint = "; several labels per example are for fastsplit.split_multilabel" if what == "labels" else ""
            raise ValueError(f"{what} must be one-dimensional: {printable(str(error)).rstrip('.')}{hint}") from error
        check_one_dimensional(array, what)
        if len(labels) == 0 or array.dtype.kind not in "fUSO":
            return read_array(array, what)
    # NumPy converts [2**63, -1] to floats, [1, "a"] to strings, and drops zeros at the end of strings.
    return read_objects(np.fromiter(labels, dtype=object, count=len(labels)), what)
