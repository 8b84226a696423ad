"""pandas Series and Index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from fastsplit.tfdata.sources.base import Column, check_no_nulls, sampled
from fastsplit.tfdata.sources.numpy import array_column


def pandas_column(leaf: Any) -> Column:
    """Return a Series or an Index as a column, by position; its index labels are ignored."""
    if getattr(leaf, "ndim", 1) != 1:
        raise TypeError("source must hold columns, got a DataFrame; pass dict(frame), or frame.to_numpy()")
    if isinstance(leaf.dtype, np.dtype):
        return replace(array_column(leaf.to_numpy()), leaf=leaf)
    check_no_nulls(int(leaf.isna().sum()))
    values = leaf.array

    def take(indices: Any) -> Any:
        return values.take(indices).to_numpy()

    return Column(leaf, take, len(leaf), *sampled(take, len(leaf)), in_memory=True)
