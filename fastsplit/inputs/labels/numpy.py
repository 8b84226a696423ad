"""NumPy arrays -> labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.labels.base import Labels, decoded, type_error, whole
from fastsplit.inputs.labels.objects import read_objects


def read_array(array: NDArray[Any], what: str) -> Labels:
    """Return labels from an array of any dtype that holds labels."""
    check_one_dimensional(array, what)
    kind = array.dtype.kind
    if kind in "iub":
        return Labels(array)
    if kind == "f":
        return Labels(whole(array, what))
    if kind == "U":
        names, codes = np.unique(array, return_inverse=True)
        return Labels(codes.astype(np.int32), names.astype(object))
    if kind == "S":
        names, codes = np.unique(array, return_inverse=True)
        return decoded(codes, names.tolist(), what)
    if kind in "OT":
        return read_objects(array.astype(object), what)
    hint = f"; pass one of its fields, such as {what}[{array.dtype.names[0]!r}]" if array.dtype.names else ""
    raise type_error(what, f"dtype {array.dtype}{hint}")


def check_one_dimensional(array: NDArray[Any], what: str) -> None:
    """Refuse other shapes, with what to pass instead of rows."""
    if array.ndim == 1:
        return
    hint = ""
    if array.ndim == 2 and array.size:
        combinations = f"numpy.unique({what}, axis=0, return_inverse=True)[1].ravel()"  # a column in NumPy 2.0.0
        if array.dtype.kind in "OT":  # which numpy.unique does not take
            combinations = f"['/'.join(map(str, row)) for row in {what}]"
        kind = "column" if 1 in array.shape else kind_of_rows(array)
        if kind == "multilabel" and what != "labels":
            kind = "columns"  # of groups or ids
        hint = (
            "; "
            + {
                "column": f"for a column or a row pass numpy.ravel({what})",
                "one-hot": f"for one-hot rows pass numpy.argmax({what}, axis=1)",
                "multilabel": "rows of 0 and 1 with several 1 or none are several labels per example: pass them to "
                f"fastsplit.split_multilabel, or combine them into one label, such as {combinations}",
                "columns": f"combine the columns into one label per example, such as {combinations}",
            }[kind]
        )
    raise ValueError(f"{what} must be one-dimensional, got shape {array.shape}{hint}")


def kind_of_rows(array: NDArray[Any]) -> str:
    """Say what a two-dimensional array seems to be: "column", "one-hot", "multilabel" or other "columns"."""
    if array.shape[1] == 1:
        return "column"
    if array.dtype.kind not in "iubf" or not ((array == 0) | (array == 1)).all():
        return "columns"
    return "one-hot" if (array.sum(axis=1) == 1).all() else "multilabel"
