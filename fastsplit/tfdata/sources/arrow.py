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

    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        return replace(array_column(array.to_numpy()), leaf=array)  # shares the memory of the array

    def take(indices: Indices) -> NDArray[Any]:
        return np.asarray(array.take(pa.array(indices)).to_numpy(zero_copy_only=False))

    return Column(array, take, len(array), *sampled(take, len(array)), in_memory=True)
