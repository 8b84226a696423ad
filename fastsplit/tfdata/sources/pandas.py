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


def check_one_index(leaves: list[Any]) -> None:
    """Refuse Series of different indexes: rows are paired by position, which pandas itself would not do."""
    series = [leaf for leaf in leaves if type(leaf).__module__.partition(".")[0] == "pandas" and hasattr(leaf, "index")]
    for other in series[1:]:
        if not other.index.equals(series[0].index):
            raise ValueError(
                f"source must hold Series of one index, got {series[0].name!r} and {other.name!r} with different ones: "
                "rows are paired by position; align them, or pass their to_numpy()"
            )
