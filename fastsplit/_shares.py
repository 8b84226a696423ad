"""Shares of splits as exact ratios, and what the kernels need of them."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from numbers import Rational
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Shares(tuple[Fraction, ...]):
    """The shares of the splits, which sum to at most 1."""

    @cached_property
    def weights(self) -> tuple[NDArray[np.int64], int]:
        """The shares, and what is left to 1 if there is any, as numerators over one denominator."""
        rest = 1 - sum(self, Fraction(0))
        columns = [*self, rest] if rest else [*self]
        q = math.lcm(*(share.denominator for share in columns))
        return _frozen(np.array([int(share * q) for share in columns], dtype=np.int64)), q

    @cached_property
    def ideals(self) -> NDArray[np.uint64]:
        """Where the shares alone would cut the range of keys."""
        numerators, q = self.weights
        cuts = [min((int(below) << 64) // q, 2**64 - 1) for below in numerators.cumsum()[:-1]]
        return _frozen(np.array(cuts, dtype=np.uint64))

    @cached_property
    def taking(self) -> int:
        """How many splits have a share above 0."""
        return sum(share > 0 for share in self)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def ratio(size: Any) -> Fraction:
    """Read a number as the ratio that was meant: 0.7 as 7/10, 1/3 as 1/3, 0.1 * 3 as 3/10.

    A float is the decimal that it prints as if that is short, else the simplest ratio within a few units in its last
    place.
    """
    if isinstance(size, Decimal) and size.adjusted() < -100:  # nothing, but as a ratio it might fill the memory
        return Fraction(0)
    if isinstance(size, Rational | Decimal):
        return Fraction(size)
    info = np.finfo(size.dtype if isinstance(size, np.floating) else np.float64)
    exact: Fraction = Fraction(str(size))
    if 10**info.precision % exact.denominator == 0:
        return exact
    tolerance = 4 * Fraction(float(info.eps)) * exact
    simplest = (exact.limit_denominator(10**digits) for digits in range(1, info.precision + 1))
    return next((ratio for ratio in simplest if abs(ratio - exact) <= tolerance), exact)
