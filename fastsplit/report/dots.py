"""Dots: all classes by their sizes and shares, as few dots, each with the number of classes that it stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.report.table import Row, Table
from fastsplit.text import printable

MAX_STRIPS = 48  # of a picture: more would not fit a screen, nor a page of paper
_SIZE_STEPS = 300  # of the axis of sizes: 3 of 900 pixels, less than a dot is wide
_SHARE_STEPS = 60  # of the axis of shares: 1 or 2 pixels
_WIDEST_SPAN = 100  # the ratio of two sizes from which on the powers of ten are ticks enough
_MARGIN = 1.15  # the factor by which the axis of sizes is longer than the sizes, at both ends
_ALONE = 1.9  # the same factor if all classes have one size
_BAND_POINTS = 200  # per curve: a step is less than 5 of 900 pixels

_TOPS = (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)  # the shares at the top of a strip
_ROOM = 1.2  # the top is so many times the largest share, as far as it can be

# A strip has the height 1. Classes absent from a split have a row of their own, below the shares.
ABSENT = 0.08
BOTTOM, TOP = 0.22, 0.94


class Dots(NamedTuple):
    """Classes by total and count; those that would be drawn at the same place are one dot."""

    totals: NDArray[np.int64]
    counts: NDArray[np.int64]
    classes: NDArray[np.int64]  # how many each dot stands for

    @classmethod
    def of(cls, totals: NDArray[np.int64], counts: NDArray[np.int64]) -> Dots:
        """Return the dots of classes with these totals, above 0, and counts; those of many classes come first."""
        if not totals.size:
            return cls(totals, counts, totals)
        sizes = np.log(totals / totals.min())
        column = np.rint(sizes / max(float(sizes.max()), 1e-9) * _SIZE_STEPS)
        row = np.where(counts == 0, -1, np.rint(counts / totals * _SHARE_STEPS))
        _, first, classes = np.unique(column * (2 * _SHARE_STEPS) + row, return_index=True, return_counts=True)
        # Small dots are drawn last, so that large ones hide none.
        order = np.argsort(-classes, kind="stable")
        return cls(totals[first[order]], counts[first[order]], classes[order].astype(np.int64))

    def heights(self, top: float) -> NDArray[np.float64]:
        """Return the height of each dot in its strip."""
        return np.where(self.counts == 0, ABSENT, height(self.counts / self.totals, top))

    def by_rank(self) -> Iterator[tuple[int, NDArray[np.bool_]]]:
        """Return each rank of dots, the highest first, and which dots have it."""
        ranks = rank(self.classes)
        for number in range(int(ranks.max(initial=-1)), -1, -1):
            if (ranks == number).any():
                yield number, ranks == number


class Strip(NamedTuple):
    """One split in a picture: its dots, and where its ideal is."""

    name: str
    size: Fraction
    number: int | None  # of the split, which decides its color; None for the examples in no split
    absent: int
    deviation: Fraction  # the largest
    dots: Dots


def strips(table: Table) -> list[Strip]:
    """Return the strips of a picture, at most MAX_STRIPS."""
    present = table.plan.totals > 0  # of grown data, a class may have no examples
    totals = table.plan.totals[present]

    def strip(row: Row, number: int | None) -> Strip:
        found = Dots.of(totals, row.counts[present])
        return Strip(printable(row.name), row.size, number, row.absent, row.deviation, found)

    made = [strip(row, k) for k, row in enumerate(table.splits[:MAX_STRIPS])]
    return [*made, strip(table.rest, None)] if table.rest else made


def top_of(strips: Sequence[Strip]) -> float:
    """Return the share at the top of all strips: the smallest round one that is above all dots and sizes."""
    shares = [float((strip.dots.counts / strip.dots.totals).max(initial=float(strip.size))) for strip in strips]
    return min((top for top in _TOPS if top >= _ROOM * max(shares, default=1)), default=1)


def height(share: NDArray[np.float64] | float, top: float) -> NDArray[np.float64]:
    """Return the height of a share in a strip."""
    return np.asarray(BOTTOM + np.minimum(share, top) / top * (TOP - BOTTOM))


def rank(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank of dots, which decides how large they are drawn: 0 for one class, then one more per digit."""
    digits = np.searchsorted(10 ** np.arange(1, 19, dtype=np.int64), classes, side="right") + 1
    return np.where(classes == 1, 0, digits)


def rank_in_words(number: int) -> str:
    """Return how many classes a dot of this rank stands for."""
    return "1" if number == 0 else f"{max(2, 10 ** (number - 1)):,} to {10**number - 1:,}"


class Axis(NamedTuple):
    """The axis of sizes, which is logarithmic."""

    smallest: int  # of the sizes of the classes
    largest: int

    @classmethod
    def of(cls, totals: NDArray[np.int64]) -> Axis:
        """Return the axis of classes with these totals; classes without examples are not on it."""
        totals = totals[totals > 0]
        return cls(int(totals.min()), int(totals.max())) if totals.size else cls(1, 1)

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, which differ also if all classes have one size."""
        margin = _MARGIN if self.largest > self.smallest else _ALONE
        return self.smallest / margin, self.largest * margin

    @property
    def ticks(self) -> list[int]:
        """Powers of ten, and 2 and 5 times them if there is room; if few, the smallest and the largest size."""
        low, high = self.limits
        factors = (1,) if high / low > _WIDEST_SPAN else (1, 2, 5)
        powers = [10**power for power in range(len(str(int(high))))]
        found = [factor * power for power in powers for factor in factors if low <= factor * power <= high]
        alone = self.smallest == self.largest
        return found if len(found) > 1 and not alone else sorted({self.smallest, self.largest})

    def band(self, size: Fraction) -> tuple[NDArray[np.float64], ...]:
        """Return sizes of classes, and the lowest and highest share of those less than one example from their ideal."""
        sizes = np.geomspace(*self.limits, _BAND_POINTS)
        low, high = (np.clip(float(size) + sign / sizes, 0, 1) for sign in (-1, 1))
        return sizes, low, high
