"""pandas containers -> labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastsplit.inputs.labels.arrow import read_arrow
from fastsplit.inputs.labels.base import Labels, check_missing, recoded, type_error
from fastsplit.inputs.labels.numpy import kind_of_rows, read_array
from fastsplit.inputs.labels.objects import read_objects


def read_pandas(labels: Any, what: str) -> Labels:
    """Return labels from a Series, an Index or an extension array of any dtype that holds labels."""
    import pandas as pd

    if getattr(labels, "ndim", 1) != 1:
        raise _shape_error(labels, what)
    if isinstance(labels, pd.MultiIndex):
        raise type_error(what, f"a MultiIndex; pass one of its levels, or {what}.factorize()[0] for each combination")
    if not hasattr(labels, "dtype"):
        raise type_error(what, f"a {type(labels).__name__}")
    dtype = labels.dtype
    if isinstance(dtype, np.dtype):
        return read_array(labels.to_numpy(), what)
    values = pd.array(labels, copy=False)
    if isinstance(dtype, pd.ArrowDtype):
        return read_arrow(values.__arrow_array__(), what)
    if isinstance(dtype, pd.SparseDtype):
        return read_array(np.asarray(values), what)
    check_missing(np.asarray(pd.isna(values)), what)
    if isinstance(dtype, pd.CategoricalDtype):
        return _read_categorical(values, what)
    if isinstance(dtype, pd.IntervalDtype):
        return read_pandas(pd.Categorical(values), what)
    if pd.api.types.is_string_dtype(dtype):
        if getattr(dtype, "storage", "").startswith("pyarrow"):
            return read_arrow(values.__arrow_array__(), what)
        # Not by pandas.factorize, which before pandas 3 compares strings up to their first NUL.
        return read_objects(np.asarray(values, dtype=object), what)
    if pd.api.types.is_numeric_dtype(dtype) and isinstance(getattr(dtype, "numpy_dtype", None), np.dtype):
        return read_array(np.asarray(values.to_numpy(dtype=dtype.numpy_dtype)), what)
    raise type_error(what, f"dtype {dtype}")


def _read_categorical(labels: Any, what: str) -> Labels:
    """Return the labels of a Categorical; intervals, as `pandas.cut` makes them, are named as they print."""
    import pandas as pd

    categories = labels.categories
    if len(categories) == 0:
        return Labels(np.empty(len(labels), dtype=np.intp))
    if isinstance(categories, pd.IntervalIndex):
        categories = categories.astype(str)
    try:
        read = read_pandas(categories, what)
    except (TypeError, ValueError):  # of a category that may be unused; otherwise, say which label has it
        dense = labels.astype(categories.dtype)
        return read_array(dense, what) if isinstance(dense, np.ndarray) else read_pandas(dense, what)
    return recoded(np.asarray(labels.codes), read)


def _shape_error(labels: Any, what: str) -> ValueError:
    """Return the error for a DataFrame, with what to pass instead."""
    hint = {
        "column": f"pass its column, {what}.iloc[:, 0]",
        "one-hot": f"for one-hot rows pass {what}.idxmax(axis=1)",
        "multilabel": "rows of 0 and 1 with several 1 or none are several labels per example: pass them to "
        f"fastsplit.split_multilabel, or combine them into one label, such as {what}.groupby(list({what}), "
        "dropna=False).ngroup()",
        "columns": f"pass one of its columns, or combine them, such as by {what}.groupby(list({what}), "
        "dropna=False).ngroup()",
    }[kind_of_rows(labels.to_numpy())]
    return ValueError(f"{what} must be one-dimensional, got a {type(labels).__name__} of shape {labels.shape}; {hint}")
