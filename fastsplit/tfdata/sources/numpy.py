"""NumPy arrays and memory maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.gather import gather
from fastsplit.tfdata.sources.base import (
    Column,
    Indices,
    Take,
    aligned,
    check_no_nulls,
    check_strings,
    tensor_dtype,
)


def array_column(array: NDArray[Any]) -> Column:
    """Return an array as a column; rows are read from the array when they are taken."""
    if isinstance(array, np.ma.MaskedArray):
        check_no_nulls(int(np.ma.getmaskarray(array).sum()))
        array = array.data
    take = _take_of(array)
    return Column(array, take, len(array), tensor_dtype(array.dtype), array.shape[1:], not _is_mapped(array))


def _is_mapped(array: Any) -> bool:
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False


def _take_of(array: NDArray[Any]) -> Take:
    if array.dtype == object:
        check_strings(array)
    if array.dtype.kind == "T" and hasattr(array.dtype, "na_object"):
        check_strings(array.astype(object))
    if array.dtype.kind == "U":
        return lambda indices: np.char.encode(array[indices], "utf-8")
    if array.dtype.kind == "T":
        return lambda indices: array[indices].astype(object)
    if array.dtype.kind in "SO" or not array.dtype.isnative or (len(array) and not array[0].flags.c_contiguous):
        native = array.dtype.newbyteorder("=")
        return lambda indices: np.asarray(array[indices], dtype=native)

    def take(indices: Indices) -> NDArray[Any]:
        # One thread: TensorFlow makes several chunks at a time.
        return gather(array, indices, 1, out=aligned((len(indices), *array.shape[1:]), array.dtype))

    return take
