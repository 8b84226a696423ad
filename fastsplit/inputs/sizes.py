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

from fastsplit.inputs.callers import warn_caller
from fastsplit.inputs.options import BOOLEANS, INTEGERS, described, integer_argument
from fastsplit.typing import SizesLike

MAX_SPLITS = 254  # a byte per example: 255 marks the examples in no split
MAX_FOLDS = 32_768
_MAX_DENOMINATOR = 2**53  # shares beyond it are rounded to it: a float has no more precision
_EXACT = Fraction(8, 2**52)  # the precision of a size of which every digit counts: some roundings of float64
_SINGLE_BITS = 24  # of a float32; a Python float with no more of them, but more than a ratio such as 57/256, was one
_RATIO_BITS = 16  # at most these has a ratio whose denominator is a power of two and that somebody means
_HALF_BITS, _HALF_DIGITS, _HALF_EPS = 11, 5, Fraction(1, 2**10)  # of a float16: in binary, as printed, above 1
_SPARSE = Fraction(1, 2)
_DUST_BITS = 4  # at most these has a difference of a few roundings; a small number that somebody means has more
_MAX_ROUNDINGS = 16  # a sum of many sizes may be off by an eps per size, but no sum is off by more than so many
_USUAL_NAMES = {2: ("train", "test"), 3: ("train", "val", "test")}
_PERCENT = 100  # integer sizes with this sum look like percentages
_NUMBERS = (float, int, Real, Decimal)
_SEQUENCES = (tuple, list, Sequence)  # an abstract class last, as of INTEGERS


class Shares(tuple[Fraction, ...]):
    """The exact shares of the splits, which sum to at most 1.

    Columns are the splits and, if the shares sum to less than 1, a rest column for the examples in no split.
    """

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """The hash of the tuple, once: that of a fraction takes a microsecond."""
        return super().__hash__()

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
        return min_per_split * self._is_nonempty_split

    @cached_property
    def _is_nonempty_split(self) -> NDArray[np.int64]:
        """1 for each column that is a split of a share above 0, else 0."""
        return _frozen(np.array([k < len(self) and share > 0 for k, share in enumerate(self._columns)], dtype=np.int64))

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


def read_sizes(sizes: SizesLike, n: int, what: str = "labels") -> Sizes:
    """Return the names and exact shares of splits given as fractions, or as integer counts of ``n`` examples.

    One size may be None: its split gets what the others leave. Errors call the examples ``what``.
    """
    names, given = _named(sizes)
    if {*map(type, given)} == {float}:
        return Sizes(names, _shares_of_fractions(given))
    _check(given)
    known = [size for size in given if size is not None]
    shares = _shares(known, n, what)
    if len(known) < len(given):
        rest = given.index(None)
        shares = Shares((*shares[:rest], 1 - sum(shares, Fraction(0)), *shares[rest:]))
    return Sizes(names, shares)


def are_counts(sizes: SizesLike) -> bool:
    """Return whether sizes are counts, so that their shares depend on the number of examples."""
    _, given = _named(sizes)
    _check(given)
    known = [size for size in given if size is not None]
    return bool(known) and all(isinstance(size, INTEGERS) for size in known)


def read_folds(k: int, n: int, what: str = "labels") -> Sizes:
    """Return the equal shares of ``k`` folds of ``n`` examples, which errors call ``what``."""
    k = integer_argument("k", k, minimum=2, maximum=MAX_FOLDS)
    if k > n:
        raise ValueError(f"k must be at most the number of {what}, {n}, got {k}: some folds would be empty")
    return _equal_sizes(k)


@lru_cache(maxsize=64)
def _equal_sizes(k: int) -> Sizes:
    return Sizes(tuple(map(str, range(k))), Shares((Fraction(1, k),) * k))


class Written(NamedTuple):
    """A size as it was written: its exact value, the ratio that was meant, and the precision of the number."""

    value: Fraction
    share: Fraction
    eps: Fraction


def as_written(size: Any) -> Written:
    """Read a number as the ratio that was meant: 0.7 as 7/10, 1/3 as 1/3, 0.1 * 3 as 3/10.

    A float stands for the decimal that it prints as if that is short, else for the simplest ratio within a few units in
    its last place. A Python float that was a float32, as after ``tolist()``, is read as one.
    """
    if isinstance(size, Decimal) and size.adjusted() < -100:  # as a ratio, 1E-999999999 would fill the memory
        return Written(Fraction(0), Fraction(0), _EXACT)
    if isinstance(size, Rational | Decimal):
        return Written(Fraction(size), Fraction(size), _EXACT)
    size = _as_computed(size)
    value, printed, info = Fraction(*size.as_integer_ratio()), Fraction(str(size)), np.finfo(size.dtype)
    eps = Fraction(float(info.eps))
    if 10**info.precision % printed.denominator == 0:
        # Short decimals are sparser than floats, so that rounding hardly gives one by chance; but not than float16.
        return Written(value, printed, _EXACT if eps * 10**info.precision < _SPARSE else eps)
    tolerance = 4 * eps * abs(printed)
    simplest = (printed.limit_denominator(10**digits) for digits in range(1, info.precision + 1))
    share = next((ratio for ratio in simplest if abs(ratio - printed) <= tolerance), printed)
    return Written(value, share, max(_EXACT, eps))


def _as_computed(size: Any) -> np.floating[Any]:
    """Return a real number in the NumPy type that it was computed in, which may be narrower than its own."""
    if not isinstance(size, np.floating) or size == np.float64(size):
        size = size if isinstance(size, np.float16 | np.float32) else np.float64(size)
    wide = isinstance(size, np.float64) and _RATIO_BITS < _bits(Fraction(*size.as_integer_ratio())) <= _SINGLE_BITS
    return np.float32(size) if wide and size == np.float32(size) else size


def _named(sizes: SizesLike) -> tuple[tuple[str, ...], list[Any]]:
    """Return the names of the splits and their sizes, which are not checked."""
    if isinstance(sizes, Mapping):
        names, given = tuple(sizes.keys()), list(sizes.values())
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"sizes must be named by strings, got the name {name!r}")
    elif isinstance(sizes, _SEQUENCES) and not isinstance(sizes, str | bytes):
        given = list(sizes)
        names = _USUAL_NAMES.get(len(given)) or tuple(map(str, range(len(given))))
    elif getattr(sizes, "ndim", 0) == 1:
        given = list(np.asarray(sizes))
        names = _USUAL_NAMES.get(len(given)) or tuple(map(str, range(len(given))))
    else:
        raise TypeError(
            "sizes must be a sequence of fractions or counts, such as (0.8, 0.2), or a mapping of names to them, "
            f"got {described(sizes)}"
        )
    return names, given


def _check(given: Sequence[Any]) -> None:
    """Refuse sizes that are too many, no numbers, or not finite."""
    if not 1 <= len(given) <= MAX_SPLITS:
        raise ValueError(f"sizes must describe 1 to {MAX_SPLITS} splits, got {len(given)}")
    for size in given:
        if size is None:
            continue
        if isinstance(size, BOOLEANS) or not isinstance(size, _NUMBERS):
            raise TypeError(f"sizes must be numbers, or None for what the others leave, got {described(size)}")
        if not math.isfinite(size):
            raise ValueError(f"sizes must be finite and not negative, got {size}")
    if (n_rest := sum(size is None for size in given)) > 1:
        raise ValueError(f"sizes must have at most one None, for what the others leave, got {n_rest} of them")


def _shares(given: list[Any], n: int, what: str) -> Shares:
    """Return the shares of sizes of which none is None."""
    if not all(isinstance(size, INTEGERS) for size in given):
        return _shares_of_fractions(given)
    counts = [operator.index(size) for size in given]
    if counts and min(counts) < 0:
        raise ValueError(f"sizes must be finite and not negative, got {min(counts)}")
    if sum(counts) > n:
        raise ValueError(
            f"sizes given as counts must sum to at most the number of {what}, {n}, got {sum(counts)}; "
            "give fractions as floats, such as 1.0"
        )
    if sum(counts) == _PERCENT and n > 2 * _PERCENT and len(counts) > 1:  # most examples are in no split
        warn_caller(
            f"integer sizes are counts: {' + '.join(map(str, counts))} takes {_PERCENT} of {n} examples; for "
            "percentages pass fractions, such as 0.8",
        )
    return Shares(Fraction(count, max(n, 1)) for count in counts)


def _shares_of_fractions(given: Sequence[Any]) -> Shares:
    shares, rounded = _read_fractions(*given)
    if rounded is not None:
        warn_caller(
            f"sizes sum to {rounded:.6g} and seem to be rounded to half precision: they are read as if they summed "
            "to 1; pass decimals, such as 0.7, or fractions.Fraction",
        )
    return shares


@lru_cache(maxsize=64, typed=True)
def _read_fractions(*given: Any) -> tuple[Shares, float | None]:
    """Return the shares, and what the sizes sum to if they are taken for numbers rounded to half precision."""
    _check(given)
    written = [as_written(size) for size in given]
    value = sum((size.value for size in written), Fraction(0))
    error = abs(1 - value)
    roundings = min(len(written), _MAX_ROUNDINGS)
    tolerance = max(len(written) * _EXACT, roundings * max(size.eps for size in written))
    halves = tolerance < error <= roundings * _HALF_EPS and _are_halves(given)
    if halves:
        written, tolerance = [as_written(np.float16(size)) for size in given], roundings * _HALF_EPS
    shares = _without_dust(written, given, tolerance)
    total = sum(shares, Fraction(0))
    complete = error <= tolerance or total == 1
    if complete:
        shares = [share / total for share in shares]
    elif total > 1 >= value:
        shares = [max(size.value, Fraction(0)) for size in written]
    if math.lcm(*(share.denominator for share in shares)) > _MAX_DENOMINATOR:
        shares = [Fraction(round(share * _MAX_DENOMINATOR), _MAX_DENOMINATOR) for share in shares]
        if complete:
            shares[shares.index(max(shares))] += 1 - sum(shares, Fraction(0))
    if sum(shares) > 1:
        raise ValueError(
            f"sizes given as fractions must sum to at most 1, got {' + '.join(str(size) for size in given)} "
            f"= {float(sum(shares))}; give counts as integers"
        )
    return Shares(shares), float(value) if halves else None


def _without_dust(written: list[Written], given: tuple[Any, ...], tolerance: Fraction) -> list[Fraction]:
    """Return the shares that were meant, with 0 for what floating-point arithmetic leaves of 1 - 0.8 - 0.2."""
    shares = [size.share for size in written]
    total = sum(shares, Fraction(0))
    for i, size in enumerate(written):
        if size.value < -tolerance:
            raise ValueError(f"sizes must be finite and not negative, got {given[i]}")
        few_bits = size.value <= tolerance and _bits(size.value) <= _DUST_BITS
        if size.value < 0 or (few_bits and total - size.share >= 1):
            shares[i] = Fraction(0)
    return shares


def _are_halves(given: tuple[Any, ...]) -> bool:
    """Return whether Python floats were float16, as after ``tolist()``: they have few bits, but many digits."""
    if not all(isinstance(size, float) and _bits(Fraction(size)) <= _HALF_BITS for size in given):
        return False
    return any(len(repr(size).lstrip("0.")) > _HALF_DIGITS for size in given)


def _bits(value: Fraction) -> int:
    """Return how many bits the significand of a binary fraction needs."""
    numerator = abs(value.numerator)
    return (numerator // (numerator & -numerator)).bit_length() if numerator else 0


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
