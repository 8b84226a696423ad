"""Labels and ids in every container that holds them -> an array of integers."""

from __future__ import annotations

import operator
import sys
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.options import described


@dataclass(frozen=True)
class Labels:
    """Labels as integers, shape (N,); if ``names`` is given, they are positions in this sorted array of strings."""

    values: NDArray[Any]
    names: NDArray[np.object_] | None = None


def read_labels(labels: Any, what: str = "labels") -> Labels:
    """Return labels as integers; an array of integers is not copied.

    Parameters
    ----------
    labels : array_like, shape (N,)
        Integers, booleans or strings in an array, a sequence, or a pandas or Arrow container. Objects must be all
        integers, all booleans or all strings.
    what : str
        The argument that error messages name.

    Raises
    ------
    ValueError
        If labels are not one-dimensional, a label is missing, or integers do not fit 64 bits.
    TypeError
        If labels are of another type.
    """
    library = type(labels).__module__.partition(".")[0]
    if library == "pandas" and "pandas" in sys.modules:
        return _read_pandas(labels, what)
    if library == "pyarrow" and "pyarrow" in sys.modules:
        return _read_arrow(labels, what)
    if isinstance(labels, np.ma.MaskedArray):
        _check_missing(np.ma.getmaskarray(labels), what)
        labels = labels.data
    try:
        strings = isinstance(labels, list | tuple) and labels and isinstance(labels[0], str)
        array = np.array(labels, dtype=object) if strings else np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"{what} must be one-dimensional: {error}") from error
    if array.ndim == 0:
        raise TypeError(f"{what} must be a one-dimensional array, got {described(labels)}")
    if array.ndim != 1:
        hint = {2: "; for one-hot rows pass their argmax(axis=1), for a column its ravel()"}.get(array.ndim, "")
        raise ValueError(f"{what} must be one-dimensional, got shape {array.shape}{hint}")
    if isinstance(labels, list | tuple) and array.dtype.kind in "fUO":
        # NumPy converts [2**63, -1] to floats and [1, "a"] to strings: look at the objects themselves.
        array = np.array(labels, dtype=object) if labels else array.astype(np.intp)
    kind = array.dtype.kind
    if kind in "iub":
        return Labels(array)
    if kind == "f":
        _check_missing(np.isnan(array), what)
        raise TypeError(
            f"{what} must be integers, booleans or strings, got dtype {array.dtype}; convert with astype(int)"
        )
    if kind == "U":
        names, codes = np.unique(array, return_inverse=True)
        return Labels(codes.astype(np.int32), names.astype(object))
    if kind in "OT":
        return _read_objects(array.astype(object), what)
    hint = "; decode them with numpy.char.decode" if kind == "S" else ""
    raise TypeError(f"{what} must be integers, booleans or strings, got dtype {array.dtype}{hint}")


def _read_objects(array: NDArray[np.object_], what: str) -> Labels:
    """Return labels from an array of objects: all integers, all booleans or all strings."""
    objects = array.tolist()
    kinds = set(map(type, objects))
    if all(issubclass(kind, str) for kind in kinds):
        distinct: dict[str, int] = {}
        codes = np.fromiter((distinct.setdefault(x, len(distinct)) for x in objects), dtype=np.int64, count=array.size)
        return _coded(codes, [str.__str__(x) for x in distinct])  # a subclass may override __str__
    if all(issubclass(kind, Integral | bool | np.bool_) for kind in kinds):
        return Labels(_read_integers(objects, what))
    if any(kind.__hash__ is None for kind in kinds):
        raise TypeError(f"{what} must be integers, booleans or strings, got an array of unhashable objects")
    _check_missing(np.fromiter(map(_is_missing, objects), dtype=bool, count=array.size), what)
    names = ", ".join(sorted({kind.__name__ for kind in kinds}))
    raise TypeError(f"{what} must be all integers, all booleans or all strings, got objects of type {names}")


def _read_integers(objects: list[Any], what: str) -> NDArray[Any]:
    """Return Python's integers as an array, without their hashes: whoever knows them makes a dict take minutes."""
    numbers = list(map(operator.index, objects))
    low, high = min(numbers), max(numbers)
    for dtype in (np.int64, np.uint64):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return np.array(numbers, dtype=dtype)
    raise ValueError(f"{what} must fit one 64-bit integer type, got {low} to {high}")


def _read_pandas(labels: Any, what: str) -> Labels:
    import pandas as pd

    if getattr(labels, "ndim", 1) != 1:
        raise ValueError(f"{what} must be one-dimensional, got a {type(labels).__name__} of shape {labels.shape}")
    if isinstance(labels, pd.MultiIndex) or not hasattr(labels, "dtype"):
        raise TypeError(f"{what} must be integers, booleans or strings, got a {type(labels).__name__}")
    dtype = labels.dtype
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return read_labels(labels.to_numpy(), what)
    values = pd.array(labels, copy=False) if not isinstance(dtype, np.dtype) else labels.to_numpy()
    if isinstance(dtype, pd.ArrowDtype):
        return _read_arrow(values.__arrow_array__(), what)
    _check_missing(np.asarray(pd.isna(values)), what)
    if isinstance(dtype, pd.CategoricalDtype):
        categories = read_labels(dtype.categories, what) if len(dtype.categories) else Labels(np.empty(0, np.intp))
        return _recoded(np.asarray(values.codes), categories)
    if isinstance(dtype, np.dtype):
        return read_labels(values, what)
    if pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        return Labels(np.asarray(values.to_numpy(dtype=dtype.numpy_dtype)))
    if pd.api.types.is_string_dtype(dtype):
        codes, names = pd.factorize(values)
        return _coded(codes, [str(name) for name in names])
    raise TypeError(f"{what} must be integers, booleans or strings, got dtype {dtype}")


def _read_arrow(labels: Any, what: str) -> Labels:
    import pyarrow as pa

    if isinstance(labels, pa.ChunkedArray):
        labels = pa.concat_arrays(labels.unify_dictionaries().chunks) if labels.num_chunks else labels.combine_chunks()
    if not isinstance(labels, pa.Array):
        raise TypeError(f"{what} must be a one-dimensional array, got {described(labels)}")
    if labels.null_count:
        _check_missing(labels.is_null().to_numpy(zero_copy_only=False), what)
    kind = labels.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        labels = labels.cast(pa.large_string()).dictionary_encode()
    if isinstance(labels, pa.DictionaryArray):
        if labels.dictionary.null_count:
            valid = labels.dictionary.is_valid().to_numpy(zero_copy_only=False)
            _check_missing(~valid[labels.indices.to_numpy(zero_copy_only=False)], what)
            raise TypeError(f"{what} must have a dictionary without nulls, got one with nulls")
        if pa.types.is_integer(labels.dictionary.type):
            categories = read_labels(labels.dictionary, what)
        else:
            categories = read_labels(np.array(labels.dictionary.to_pylist(), dtype=object), what)
        return _recoded(labels.indices.to_numpy(zero_copy_only=False), categories)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return Labels(labels.to_numpy(zero_copy_only=False))
    raise TypeError(f"{what} must be integers, booleans or strings, got the Arrow type {kind}")


def _coded(codes: NDArray[Any], names: list[str]) -> Labels:
    """Return labels from codes into distinct strings; the names are the same strings, sorted."""
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return Labels(rank[codes], np.array([names[i] for i in order], dtype=object))


def _recoded(codes: NDArray[Any], categories: Labels) -> Labels:
    """Return labels from codes into categories, which are labels themselves."""
    return Labels(categories.values[codes], categories.names)


def _is_missing(x: object) -> bool:
    """Return whether an object marks a missing label: None, NaN, NaT or pandas.NA."""
    return x is None or type(x).__name__ in ("NAType", "NaTType") or (isinstance(x, float | np.floating) and x != x)


def _check_missing(missing: NDArray[np.bool_], what: str) -> None:
    """Raise ValueError if any label is missing."""
    count = int(np.count_nonzero(missing))
    if count:
        first = int(np.argmax(missing))
        raise ValueError(
            f"{what} must not be missing, got {count} missing of {missing.size}, the first at position {first}"
        )
