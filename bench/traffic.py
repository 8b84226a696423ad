"""Bytes that a plan over partitions moves, computed: `python bench/traffic.py` writes the table of their page."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.bands import TallyRequest, bands_of
from fastsplit.engine.narrowing import Bands
from fastsplit.engine.seeds import expand_seed
from fastsplit.engine.tally import REACH
from fastsplit.inputs.sizes import read_sizes
from machine import ROOT
from render import replace_between, table

PAGE = ROOT / "docs" / "larger-than-memory.md"
SIZES = (0.7, 0.2, 0.1)
LABEL_BYTES = 4
UNITS = {"TB": 1e12, "GB": 1e9, "MB": 1e6, "kB": 1e3}


class Shape(NamedTuple):
    """How many examples, in classes of equal size and partitions of equal size."""

    examples: int
    classes: int
    parts: int


SHAPES = [
    Shape(10**10, 1_000, 1_000),
    Shape(10**11, 1_000, 2_000),
    Shape(10**12, 1_000, 10_000),
    Shape(10**12, 1_000, 100),
    Shape(10**12, 100_000, 1_000),
]


class Traffic(NamedTuple):
    """Bytes of the labels, and of what all partitions send or the driver receives."""

    labels: int
    counts: int
    two_scans: int
    driver: int
    one_scan: int


def tally_bytes(totals: NDArray[np.int64], bands: Bands) -> int:
    """Return about how many bytes a tally takes, of so many examples per class, shape (C,), with these bands.

    It has a label, a count and an offset per class, what is below each band, and eight bytes per key in a band.
    """
    low, high = bands
    inside = float(np.minimum(((high - low) / 2.0**64).sum(axis=1), 1) @ totals)
    n_cuts: int = low.shape[1]
    return int(8 * inside) + len(totals) * (16 + 12 * n_cuts)


def count_bytes(n_classes: int) -> int:
    """Return about how many bytes the counts of so many classes take."""
    return 12 * n_classes


def traffic(shape: Shape) -> Traffic:
    """Return the bytes for labels of four bytes and splits of 70/20/10."""
    request = TallyRequest(read_sizes(SIZES, 0).shares, expand_seed(0), 0, REACH)
    n, n_classes, n_parts = shape
    whole = np.full(n_classes, n // n_classes)
    part = np.full(n_classes, n // n_classes // n_parts)
    bands = bands_of(whole, request)  # in the second scan, those of all labels
    return Traffic(
        labels=n * LABEL_BYTES,
        counts=n_parts * count_bytes(n_classes),
        two_scans=n_parts * tally_bytes(part, bands),
        driver=tally_bytes(whole, bands),
        one_scan=n_parts * tally_bytes(part, bands_of(part, request)),
    )


def amount(n_bytes: int) -> str:
    """Write a number of bytes with two digits."""
    name, unit = next(((name, unit) for name, unit in UNITS.items() if n_bytes >= unit), ("B", 1))
    return f"{float(f'{n_bytes / unit:.2g}'):g} {name}"


def rendered() -> str:
    """Lay out the table."""
    rows = [[f"{n:.0e}".replace("e+", "e") for n in shape[:1]] + [f"{n:,}" for n in shape[1:]] for shape in SHAPES]
    cells = [row + [amount(n) for n in traffic(shape)] for row, shape in zip(rows, SHAPES, strict=True)]
    header = ["labels", "classes", "partitions", "4 bytes each", "counts, up", "tallies, up", "at the driver"]
    return table([*header, "one scan, up"], cells)


if __name__ == "__main__":
    replace_between(PAGE, "traffic", rendered())
