"""Arrow arrays and chunked arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.tfdata.sources.base import Column, Indices, check_no_nulls, sampled
from fastsplit.tfdata.sources.concatenation import Concatenation
from fastsplit.tfdata.sources.numpy import array_column


def arrow_column(leaf: Any) -> Column:
    """Return an Arrow array as a column; the chunks of a chunked array are not copied into one."""
    import pyarrow as pa

    if not isinstance(leaf, pa.Array | pa.ChunkedArray):
        raise TypeError(f"source must hold columns, got a pyarrow {type(leaf).__name__}; pass a dict of its columns")
    check_no_nulls(leaf.null_count)
    if isinstance(leaf, pa.Array):
        return _array_column(leaf)
    columns = [_array_column(chunk) for chunk in leaf.chunks or [pa.array([], leaf.type)]]
    return replace(Concatenation(columns).column, leaf=leaf)


def _array_column(array: Any) -> Column:
    import pyarrow as pa

    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return replace(_array_column(array.storage), leaf=array)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return replace(array_column(array.to_numpy()), leaf=array)  # shares the memory of the array
    if pa.types.is_fixed_size_list(kind):
        return _list_column(array)
    if pa.types.is_nested(kind):
        raise TypeError(
            f"source must hold numbers, booleans, strings or lists of fixed size, got {kind}; "
            "wrap the column in an object with take(indices)"
        )
    if pa.types.is_dictionary(kind):  # of which some versions of Arrow concatenate or convert not all kinds
        check_no_nulls(array.dictionary.null_count and array.dictionary_decode().null_count)

    def take(indices: Indices) -> NDArray[Any]:
        if pa.types.is_dictionary(kind):
            taken = array.dictionary.take(array.indices.take(pa.array(indices)))
        else:
            taken = array.take(pa.array(indices))
        return np.asarray(taken.to_numpy(zero_copy_only=False))

    return Column(array, take, len(array), *sampled(take, len(array)), in_memory=True)


def _list_column(array: Any) -> Column:
    """Return lists of one size as rows of an array."""
    values, size = array.flatten(), array.type.list_size
    check_no_nulls(values.null_count)
    inner = _array_column(values)

    def take(indices: Indices) -> NDArray[Any]:
        places = (indices[:, None] * size + np.arange(size)).ravel()
        return inner.rows(places).reshape(len(indices), size, *inner.shape)

    return Column(array, take, len(array), inner.dtype, (size, *inner.shape), in_memory=True)
