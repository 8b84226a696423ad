"""Arrays of Python objects -> labels: all integers, all booleans, all strings, all bytes, or whole numbers."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.labels.base import Labels, check_missing, coded, decoded, whole

_KINDS: dict[str, tuple[type, ...]] = {  # a type is of the first kind that it fits: bool is a subclass of int
    "string": (str,),
    "bytes": (bytes,),
    "boolean": (bool, np.bool_),
    "integer": (Integral,),
    "float": (float, np.floating),
    "missing": (type(None),),
}
_MISSING_TYPES = ("NAType", "NaTType")  # pandas.NA and pandas.NaT, without importing pandas


def read_objects(array: NDArray[np.object_], what: str) -> Labels:
    """Return labels from a one-dimensional array of objects."""
    types = set(map(type, array))
    if any(hasattr(cls, "__array__") and not issubclass(cls, np.generic) for cls in types):
        array = _unwrapped(array)
        types = set(map(type, array))
    kinds = {_kind(cls) for cls in types}
    if "missing" in kinds or ("float" in kinds and kinds - {"float", "integer", "boolean"}):
        check_missing(np.fromiter(map(is_missing, array), dtype=bool, count=array.size), what)
    if kinds <= {"string"}:
        return coded(*_factorized(array if types <= {str} else [str.__str__(x) for x in array], array.size))
    if kinds == {"bytes"}:
        return decoded(*_factorized(array if types <= {bytes} else map(bytes, array), array.size), what)
    if kinds == {"boolean"}:
        return Labels(array.astype(bool))
    if kinds <= {"integer", "boolean"}:
        return Labels(_integers(array, what))
    if kinds == {"float"}:
        return Labels(whole(np.array(array.tolist()), what))
    if kinds <= {"integer", "boolean", "float"}:
        floats = [x if isinstance(x, float | np.floating) else 0.0 for x in array]
        whole(np.array(floats), what)  # only checked, because the integers may need more bits
        return Labels(_integers(array, what))
    names = ", ".join(sorted(cls.__name__ for cls in types))
    raise TypeError(f"{what} must be all integers, all booleans or all strings, got objects of type {names}")


def _unwrapped(array: NDArray[np.object_]) -> NDArray[np.object_]:
    """Take the value out of every array or tensor of no dimension; a masked one is missing."""
    result = np.empty(array.size, dtype=object)
    for i, x in enumerate(array):
        value = np.asarray(x) if hasattr(x, "__array__") and not isinstance(x, np.generic) else x
        scalar = isinstance(value, np.ndarray) and value.ndim == 0
        result[i] = None if x is np.ma.masked else value[()] if scalar else x
    return result


def _kind(cls: type) -> str:
    """Return the kind of label that objects of a type are."""
    if cls.__name__ in _MISSING_TYPES:
        return "missing"
    return next((kind for kind, classes in _KINDS.items() if issubclass(cls, classes)), "other")


def is_missing(x: object) -> bool:
    """Return whether an object marks a missing label: None, NaN, NaT or pandas.NA."""
    return x is None or type(x).__name__ in _MISSING_TYPES or (isinstance(x, float | np.floating) and x != x)


def _factorized(objects: Any, n: int) -> tuple[NDArray[np.int64], list[Any]]:
    """Return the number of each object among the distinct ones, and these in the order of their appearance."""
    distinct: dict[Any, int] = {}
    codes = np.fromiter((distinct.setdefault(x, len(distinct)) for x in objects), dtype=np.int64, count=n)
    return codes, list(distinct)


def _integers(array: NDArray[np.object_], what: str) -> NDArray[Any]:
    """Return whole numbers as int64, or as uint64 if they do not fit."""
    numbers = array.tolist()
    low, high = int(min(numbers)), int(max(numbers))
    for dtype in (np.int64, np.uint64):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return array.astype(dtype)
    raise ValueError(f"{what} must fit one 64-bit integer type, got {low} to {high}")
