"""Sizes: fractions or counts per split -> exact shares."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from numbers import Rational, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.options import BOOLEANS, INTEGERS, described, integer_argument
from fastsplit.typing import SizesLike

MAX_SPLITS = 254  # a byte per example: 255 marks the examples in no split
MAX_FOLDS = 32_768
_MAX_DENOMINATOR = 2**53  # shares beyond it are rounded to it: a float has no more precision
_USUAL_NAMES = {2: ("train", "test"), 3: ("train", "val", "test")}
_NUMBERS = (float, int, Real, Decimal)


class Shares(tuple[Fraction, ...]):
    """The exact shares of the splits, which sum to at most 1.

    Columns are the splits and, if the shares sum to less than 1, a rest column for the examples in no split.
    """

    @cached_property
    def numerators(self) -> NDArray[np.int64]:
        """The share of each column in units of 1 / ``denominator``, shape (columns,)."""
        return _frozen(np.array([int(share * self.denominator) for share in self._columns], dtype=np.int64))

    @cached_property
    def denominator(self) -> int:
        """The least common denominator of all columns."""
        return math.lcm(*(share.denominator for share in self._columns))

    @cached_property
    def ideal_cuts(self) -> NDArray[np.uint64]:
        """Where the shares alone cut the range of keys, shape (columns - 1,)."""
        ends = self.numerators.cumsum()[:-1].tolist()
        return _frozen(np.array([min((end << 64) // self.denominator, 2**64 - 1) for end in ends], dtype=np.uint64))

    @property
    def rest_column(self) -> int | None:
        """The number of the rest column, or None if the shares sum to 1."""
        return len(self) if len(self._columns) > len(self) else None

    def minimum(self, min_per_split: int) -> NDArray[np.int64]:
        """Return the minimum of each class in each column: none in splits of size 0 and in the rest column."""
        return np.array([min_per_split if k < len(self) and self[k] > 0 else 0 for k in range(len(self._columns))])

    @cached_property
    def n_nonempty(self) -> int:
        """The number of splits with a share above 0."""
        return sum(share > 0 for share in self)

    @cached_property
    def _columns(self) -> tuple[Fraction, ...]:
        rest = 1 - sum(self, Fraction(0))
        return (*self, rest) if rest else tuple(self)


class Sizes(NamedTuple):
    """The name and the exact share of every split."""

    names: tuple[str, ...]
    shares: Shares


def read_sizes(sizes: SizesLike, n: int) -> Sizes:
    """Return the names and exact shares of splits given as fractions, or as integer counts of ``n`` examples."""
    if isinstance(sizes, Mapping):
        names, given = tuple(sizes.keys()), list(sizes.values())
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"sizes must be named by strings, got the name {name!r}")
    elif (isinstance(sizes, Sequence) and not isinstance(sizes, str | bytes)) or getattr(sizes, "ndim", 0) == 1:
        given = list(sizes)
        names = _USUAL_NAMES.get(len(given)) or tuple(map(str, range(len(given))))
    else:
        raise TypeError(
            "sizes must be a sequence of fractions or counts, such as (0.8, 0.2), or a mapping of names to them, "
            f"got {described(sizes)}"
        )
    if not 1 <= len(given) <= MAX_SPLITS:
        raise ValueError(f"sizes must describe 1 to {MAX_SPLITS} splits, got {len(given)}")
    for size in given:
        if isinstance(size, BOOLEANS) or not isinstance(size, _NUMBERS):
            raise TypeError(f"sizes must be numbers, got {described(size)}")
        if not math.isfinite(size) or size < 0:
            raise ValueError(f"sizes must be finite and not negative, got {size}")
    counts = all(isinstance(size, INTEGERS) for size in given)
    return Sizes(names, _shares_of_counts(given, n) if counts else _shares_of_fractions(*given))


def read_folds(k: int) -> Sizes:
    """Return the equal shares of ``k`` folds."""
    k = integer_argument("k", k, minimum=2, maximum=MAX_FOLDS)
    return Sizes(tuple(map(str, range(k))), Shares((Fraction(1, k),) * k))


def ratio(size: Any) -> Fraction:
    """Read a number as the ratio that was meant: 0.7 as 7/10, 1/3 as 1/3, 0.1 * 3 as 3/10.

    A float stands for the decimal that it prints as if that is short, else for the simplest ratio within a few units in
    its last place.
    """
    if isinstance(size, Decimal) and size.adjusted() < -100:  # as a ratio, 1E-999999999 would fill the memory
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


def _shares_of_counts(given: list[Any], n: int) -> Shares:
    counts = [operator.index(size) for size in given]
    if sum(counts) > n:
        raise ValueError(
            f"sizes given as counts must sum to at most the number of labels, {n}, got {sum(counts)}; "
            "give fractions as floats, such as 1.0"
        )
    return Shares(Fraction(count, max(n, 1)) for count in counts)


@lru_cache(maxsize=64, typed=True)
def _shares_of_fractions(*given: Any) -> Shares:
    shares = [ratio(size) for size in given]
    if math.lcm(*(share.denominator for share in shares)) > _MAX_DENOMINATOR:
        shares = [Fraction(round(share * _MAX_DENOMINATOR), _MAX_DENOMINATOR) for share in shares]
    error = 1 - sum(shares, Fraction(0))
    if abs(error) <= len(shares) * Fraction(8, 2**52):  # what floating-point arithmetic leaves of a sum to 1
        shares[shares.index(max(shares))] += error
    if sum(shares) > 1:
        raise ValueError(
            f"sizes given as fractions must sum to at most 1, got {' + '.join(str(size) for size in given)} "
            f"= {float(sum(shares))}; give counts as integers"
        )
    return Shares(shares)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
