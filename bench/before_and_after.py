"""The picture of docs/before-and-after.svg: the classes of a test set, as four ways to split leave them.

Run from the repository: ``python bench/before_and_after.py``.
"""

from __future__ import annotations

import argparse
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contenders import Examples, fastsplit_split, scikit_learn_split, tutorial
from fastsplit.report import drawing
from fastsplit.report.dots import Dots, Strip

_PICTURE = Path(__file__).parent.parent / "docs" / "before-and-after.svg"
_N_CLASSES = 365
_LARGEST, _SMALLEST = 5000, 10  # examples: scikit-learn cannot split classes that are much smaller three ways
_SIZE = Fraction(1, 10)  # of the test set, the last of contenders.SIZES
# Each color of text is read on white and on black: a page may be dark where the system is light.
_STYLE = "svg{color:#57606a}@media(prefers-color-scheme:dark){svg{color:#8b949e}}"
_COLORS = {"random": 4, "the tutorial's": 1, "scikit-learn": 9, "fastsplit": 0}
_HEADING = 34  # pixels


def labels() -> NDArray[Any]:
    """Return labels of long-tailed classes, in random order."""
    sizes = np.maximum(_SMALLEST, _LARGEST / np.arange(1, _N_CLASSES + 1) ** 1.1).astype(int)
    return np.random.default_rng(0).permutation(np.repeat(np.arange(_N_CLASSES), sizes))


def test_sets(examples: NDArray[Any]) -> dict[str, NDArray[np.int64]]:
    """Return how many examples of each class the test set has, by the way to split."""
    np.random.seed(0)  # noqa: NPY002 - the tutorial's recipe is as published
    of = Examples(examples)
    parts = {
        "random": np.random.default_rng(0).permutation(len(examples))[: round(len(examples) * _SIZE)],
        "the tutorial's": tutorial(of, order="shuffled")[-1],
        "scikit-learn": scikit_learn_split(of, order="shuffled")[-1],
        "fastsplit": fastsplit_split(of, order="shuffled")[-1],
    }
    return {name: np.bincount(examples[part], minlength=_N_CLASSES) for name, part in parts.items()}


def picture() -> str:
    """Return the picture with a heading."""
    examples = labels()
    totals = np.bincount(examples)
    strips = []
    for name, counts in test_sets(examples).items():
        deviation = max(
            abs(Fraction(n) - total * _SIZE) for n, total in zip(counts.tolist(), totals.tolist(), strict=True)
        )
        absent = int(np.count_nonzero(counts == 0))
        strips.append(Strip(name, _SIZE, _COLORS[name], absent, deviation, Dots.of(totals, counts)))
    inner = drawing.picture(strips, totals, banded=True)
    (width, height), *_ = re.findall(r'viewBox="0 0 (\d+) (\d+)"', inner)
    width, height = int(width), int(height)
    heading = f"A test set of 10%: the share of each of {_N_CLASSES} long-tailed classes that is in it"
    placed = inner.replace("<svg ", f'<svg y="{_HEADING}" width="{width}" height="{height}" ', 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + _HEADING}">'
        f"<style>{_STYLE}</style>"
        f'<text x="{width // 2}" y="22" text-anchor="middle" font-family="system-ui, sans-serif" font-size="15" '
        f'font-weight="600" fill="currentColor">{heading}</text>{placed}</svg>\n'
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_PICTURE, help="the file to write (default: %(default)s)")
    parser.parse_args().out.write_text(picture(), encoding="utf-8")
