"""The types of arguments, for annotations in code that calls fastsplit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["ArrayLike", "Balance", "DTypeLike", "Order", "SeedLike", "Size", "SizesLike"]

Balance: TypeAlias = Literal["fair", "closest"]
"""How groups are balanced: with exact probabilities, or as closely as possible."""

Order: TypeAlias = Literal["shuffled", "ascending"]
"""The order of an index array."""

SeedLike: TypeAlias = "int | np.integer[Any] | np.random.SeedSequence | np.random.Generator | None"
"""What stands for a seed; None takes fresh entropy."""

Size: TypeAlias = "float | Fraction | Decimal | np.floating[Any] | np.integer[Any]"
"""The size of one split: a fraction, or an integer count."""

SizesLike: TypeAlias = "Sequence[Size | None] | Mapping[str, Size | None] | NDArray[Any]"
"""The sizes of all splits; a mapping names them. One may be None: what the others leave."""
