"""Targets: numbers, dates and durations in every container that holds them -> floats in the same order."""

from __future__ import annotations

import datetime
import operator
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.inputs.labels.arrow import exported
from fastsplit.inputs.labels.objects import is_missing
from fastsplit.inputs.options import BOOLEANS, INTEGERS, described, integer_argument
from fastsplit.text import printable
from fastsplit.typing import SizesLike

DEFAULT_SIZES = (0.8, 0.2)
MAX_COLUMNS = 4  # of more, even neighbours along a curve are far apart in most columns
_ORDERED = 1 << 62  # `in_order` takes numbers below it
_BITS_OF_ONE = np.uint64(0x3FF0 << 48)  # of the float 1.0
_ACCEPTED = "numbers, dates or durations"
_TIMES = (datetime.date, datetime.time, datetime.timedelta)
_WHOLE = 2.0**53  # up to it, float64 holds every integer
_EXACT_FLOATS = (2, 4, 8)  # bytes of the floats that float64 holds


def in_order(numbers: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Return floats in the order of numbers below 2**62, by their bits: those of 1.0 and of all floats above it."""
    return (numbers + _BITS_OF_ONE).view(np.float64)


def read_targets(y: Any) -> list[NDArray[np.float64]]:
    """Return for each column of a target floats (N,) in the order of its values, equal where these are equal.

    Parameters
    ----------
    y : array_like, shape (N,) or (N, d)
        Numbers, dates or durations: in an array, a sequence, a pandas or Arrow column or table, or a container with
        ``__arrow_c_stream__`` or ``__arrow_c_array__``. Integers of 64 bits stay distinct.

    Raises
    ------
    ValueError
        If the shape is another, or a value is missing or not finite.
    TypeError
        If values are of another type.
    """
    columns = _columns(y)
    if not 1 <= len(columns) <= MAX_COLUMNS:
        raise ValueError(
            f"y must have 1 to {MAX_COLUMNS} columns, one row per example, got {len(columns)} columns; choose the most "
            "important columns, or pass numpy.transpose(y) if these are the examples"
        )
    names = ["y"] if len(columns) == 1 else [f"column {j} of y" for j in range(len(columns))]
    return [_ordered(_array_of(column, name), name) for column, name in zip(columns, names, strict=True)]


def read_within(within: Any, n: int) -> Labels | None:
    """Return the classes inside which strata are made, one per example."""
    if within is None:
        return None
    read = read_labels(within, "within")
    if len(read.values) != n:
        raise ValueError(f"within must have one label per example, {n}, got {len(read.values)}")
    return read


def read_bins(bins: Any, n: int, sizes_or_k: Any) -> int | None:
    """Return the number of quantile bins, which need no sizes."""
    if bins is None:
        return None
    if sizes_or_k is not DEFAULT_SIZES:
        raise TypeError(
            f"bins and sizes_or_k exclude each other, got bins={bins} and sizes_or_k={described(sizes_or_k)}; bins "
            "serve all sizes"
        )
    number = integer_argument("bins", bins, minimum=2)
    if number > n:
        raise ValueError(f"bins must be at most the number of examples, {n}, got {number}")
    return number


def read_sizes_or_k(sizes_or_k: Any) -> int | SizesLike:
    """Return the number of folds as an int, or sizes as they are, to be read by `read_sizes`."""
    if isinstance(sizes_or_k, INTEGERS) and not isinstance(sizes_or_k, BOOLEANS):
        return operator.index(sizes_or_k)
    sized = isinstance(sizes_or_k, Mapping | Sequence) and not isinstance(sizes_or_k, str | bytes)
    if not sized and getattr(sizes_or_k, "ndim", 0) != 1:
        raise TypeError(
            "sizes_or_k must be sizes, such as (0.8, 0.2), as for split, or the number of folds, as for kfold, got "
            f"{described(sizes_or_k)}"
        )
    return cast(SizesLike, sizes_or_k)


def _columns(y: Any) -> list[Any]:
    """Return the columns of a target, not read yet."""
    libraries = {cls.__module__.partition(".")[0] for cls in type(y).__mro__}
    if "pandas" in libraries and "pandas" in sys.modules:
        return [y.iloc[:, j] for j in range(y.shape[1])] if getattr(y, "ndim", 1) == 2 else [y]
    if "pyarrow" in libraries and "pyarrow" in sys.modules:
        return list(getattr(y, "columns", [y]))  # a table has columns
    if (array := exported(y)) is not None:
        return list(array.combine_chunks().flatten()) if str(array.type).startswith("struct") else [array]
    if isinstance(y, np.ma.MaskedArray):
        _check_missing(np.ma.getmaskarray(y), "y")
        y = y.data
    try:
        array = np.asarray(y)
    except ValueError as error:
        raise ValueError(f"y must be of shape (N,) or (N, d): {printable(str(error))}") from error
    if isinstance(y, Sequence) and array.dtype.kind == "f" and np.any(np.abs(array) >= _WHOLE):
        array = np.array(y, dtype=object)  # NumPy makes floats of [2**63, -1]
    if array.ndim not in (1, 2):
        raise ValueError(f"y must be of shape (N,) or (N, d), got {_shape(array, y)}")
    return [array] if array.ndim == 1 else list(array.T)


def _shape(array: NDArray[Any], y: Any) -> str:
    return f"shape {array.shape}" if array.ndim else described(y)


def _array_of(column: Any, what: str) -> NDArray[Any]:
    """Return a column as an array of NumPy, without missing values."""
    if isinstance(column, np.ndarray):
        return column
    if type(column).__module__.partition(".")[0] == "pyarrow":
        return _array_of_arrow(column, what)
    return _array_of_pandas(column, what)


def _array_of_pandas(column: Any, what: str) -> NDArray[Any]:
    import pandas as pd

    dtype = getattr(column, "dtype", None)
    if dtype is None or isinstance(dtype, pd.CategoricalDtype):
        raise _type_error(what, f"a {type(column).__name__}" if dtype is None else "categories; pass their codes")
    values = pd.array(column, copy=False)
    if isinstance(dtype, pd.ArrowDtype):
        return _array_of_arrow(values.__arrow_array__(), what)
    if isinstance(dtype, np.dtype | pd.SparseDtype):
        return np.asarray(column)
    _check_missing(np.asarray(pd.isna(values)), what)
    if hasattr(values, "asi8"):  # of dates with a time zone, and of periods
        return np.asarray(values.asi8)
    if not pd.api.types.is_numeric_dtype(dtype):
        raise _type_error(what, f"dtype {dtype}")
    return np.asarray(values.to_numpy(dtype=dtype.numpy_dtype))


def _array_of_arrow(column: Any, what: str) -> NDArray[Any]:
    import pyarrow as pa

    if not isinstance(column, pa.Array | pa.ChunkedArray):
        raise _type_error(what, described(column))
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    kind, is_a = column.type, pa.types
    if column.null_count:
        _check_missing(column.is_null().to_numpy(zero_copy_only=False), what)
    if is_a.is_temporal(kind) and not is_a.is_interval(kind):
        column = column.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    elif is_a.is_null(kind):  # and empty
        return np.empty(0)
    elif is_a.is_decimal(kind):
        return np.array(column.to_pylist(), dtype=object)
    elif not (is_a.is_integer(kind) or is_a.is_floating(kind) or is_a.is_boolean(kind)):
        raise _type_error(what, f"the Arrow type {kind}")
    return np.asarray(column.to_numpy(zero_copy_only=False))


def _ordered(array: NDArray[Any], what: str) -> NDArray[np.float64]:
    """Return floats in the order of an array's values, equal where these are equal."""
    kind = array.dtype.kind
    if kind == "O":
        return _ordered_objects(array, what)
    if kind in "mM":
        _check_missing(np.isnat(array), what)
        array, kind = array.astype(np.int64), "i"
    if kind not in "iubf":
        hint = "; pass its real part, or real and imaginary part as two columns" if kind == "c" else ""
        hint = "; classes need no strata: pass them to split or kfold" if kind in "USTV" else hint
        raise _type_error(what, f"dtype {array.dtype}{hint}")
    if kind == "f":
        _check_finite(array, what)
        if array.dtype.itemsize not in _EXACT_FLOATS:
            return _ranks(array)
        return np.ascontiguousarray(array, dtype=np.float64)
    if len(array) == 0:
        return np.empty(0)
    low, high = int(array.min()), int(array.max())
    if high - low >= _ORDERED:
        return _ranks(array)
    return in_order(array.astype(np.uint64) - np.uint64(low % 2**64))


def _ordered_objects(array: NDArray[np.object_], what: str) -> NDArray[np.float64]:
    """Return floats in the order of Python objects: all numbers, or all of one type of times."""
    missing = (is_missing(x) or (isinstance(x, Decimal) and x.is_nan()) for x in array)
    _check_missing(np.fromiter(missing, dtype=bool, count=len(array)), what)
    types = set(map(type, array))
    numbers = all(issubclass(cls, Real | Decimal | np.bool_) for cls in types)
    times = len(types) == 1 and issubclass(next(iter(types)), _TIMES)
    if not numbers and not times:
        raise _type_error(what, f"objects of type {', '.join(sorted(cls.__name__ for cls in types))}")
    if numbers:
        infinite = np.fromiter((x in (np.inf, -np.inf) for x in array), dtype=bool, count=len(array))
        _check_finite(np.where(infinite, np.inf, 0.0), what)
    try:
        return _ranks(array)
    except TypeError as error:  # some times have a zone and others have none
        raise _type_error(what, f"objects that cannot be sorted: {error}") from error


def _ranks(array: NDArray[Any]) -> NDArray[np.float64]:
    """Return the rank of each value among the distinct ones: exact for all that can be compared, but slow."""
    return np.unique(array, return_inverse=True)[1].astype(np.float64)


def _check_finite(array: NDArray[Any], what: str) -> None:
    finite = np.isfinite(array)
    if finite.all():
        return
    n_missing = int(np.count_nonzero(np.isnan(array)))
    n_infinite = len(array) - int(np.count_nonzero(finite)) - n_missing
    counts = [f"{count} {name}" for count, name in ((n_missing, "NaN"), (n_infinite, "infinite")) if count]
    raise ValueError(
        f"{what} must be finite, got {' and '.join(counts)} of {len(array)}, the first at position "
        f"{int(np.argmin(finite))}; drop these rows, or stratify them on their own: replace their values, such as by "
        "numpy.nan_to_num(y), and pass within=numpy.isfinite(y)"
    )


def _check_missing(missing: NDArray[np.bool_], what: str) -> None:
    count = int(np.count_nonzero(missing))
    if count:
        first = int(np.flatnonzero(missing if missing.ndim == 1 else missing.any(axis=1))[0])
        raise ValueError(
            f"{what} must not be missing, got {count} missing of {missing.size}, the first at position {first}; drop "
            "these rows, or stratify them on their own: fill them with any value, and pass as within= whether they "
            "were missing"
        )


def _type_error(what: str, got: str) -> TypeError:
    return TypeError(f"{what} must be {_ACCEPTED}, got {printable(got)}")
