"""The pictures of docs/exact-and-unbiased.md and docs/keys-and-cuts.md, drawn from what the splits do.

Run from the repository: ``python bench/pictures.py``. Seeds are fixed: every run draws the same pictures.
"""

from __future__ import annotations

import argparse
from html import escape
from math import log, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastsplit
from fastsplit.reference import expand_seed, rank_keys
from fastsplit.report.colors import PALETTE, REST

_DOCS = Path(__file__).parent.parent / "docs"
_WIDTH, _LEFT, _RIGHT = 960, 150, 24
_ROW, _STRIP = 66, 30  # pixels between two rows, and of the strip of keys in each
_TOP = 40
_SIZES, _NAMES = (0.7, 0.2, 0.1), ("train", "val", "test")
_SEED = 0
# Each color of text is read on white and on black: a page may be dark where the system is light.
_STYLE = "svg{color:#57606a}@media(prefers-color-scheme:dark){svg{color:#8b949e}}"
_BAND_ALPHA = 0.16
_HIGHEST = 1.5  # the largest chance that a picture shows, relative to the requested one


def pictures() -> dict[str, str]:
    """Return the pictures by the name of their file."""
    return {"chances.svg": chances(), "growth.svg": growth(), "keys.svg": keys()}


def keys() -> str:
    """Return the keys of three classes, the bands that their cuts share, and the cuts of each."""
    n_of = [600, 400, 200]
    labels = np.repeat([0, 1, 2], n_of)
    plan = fastsplit.plan(labels, _SIZES, seed=_SEED)
    bottom = _TOP + _ROW * len(n_of)
    # As in engine/layout.py: so wide that a class of average size has a cut outside about once in a thousand calls.
    reach = sqrt(2 * log(1000 * plan.cuts.size))
    parts = []
    for p in (0.7, 0.9):
        half = reach * sqrt(p * (1 - p) / np.mean(n_of))
        parts.append(_box(_x(p - half), _TOP - 12, _x(p + half) - _x(p - half), bottom - _TOP, "currentColor"))
        parts.append(_text(_x(p), _TOP - 20, f"band around {p}", anchor="middle"))
    for number, n in enumerate(n_of):
        fractions = _fractions(np.flatnonzero(labels == number))
        parts.append(_row(number, f"class of {n}", fractions, plan.cuts[number]))
    parts.append(_axis(bottom))
    return _picture("".join(parts), bottom + 56)


def growth() -> str:
    """Return the keys of one class when it was planned, and when it has twice as many examples."""
    n_of = [40, 80]
    plan = fastsplit.plan(np.zeros(n_of[0], dtype=int), _SIZES, seed=_SEED)
    parts = [
        _row(number, f"{n} examples", _fractions(np.arange(n)), plan.cuts[0], new_from=n_of[0])
        for number, n in enumerate(n_of)
    ]
    bottom = _TOP + _ROW * len(n_of)
    return _picture("".join([*parts, _axis(bottom)]), bottom + 56)


def chances() -> str:
    """Return how often an example of each class is tested, over the seeds of rounding.py, by both rules."""
    from rounding import FEW, SEEDS, SKEWED, TESTS, chances  # here: it imports scikit-learn

    parts, left = [], 60
    for labels, size in ((FEW, 0.25), (SKEWED, 0.1)):
        found = {name: chances(labels, [test(labels, size, seed) for seed in SEEDS]) for name, test in TESTS.items()}
        parts.append(_bars(left, np.bincount(labels), size, found))
        left += 480
    return _picture("".join(parts), 300)


def _bars(left: int, n_of: NDArray[Any], size: float, found: dict[str, list[str]]) -> str:
    """Return bars per class and rule, and the line where all should be."""
    bottom, height, width = 220, 160, 42  # width: of a bar, with the figure above it
    parts = [_text(left, 28, f"{n_of.sum()} rows, {size:.0%} tested: how often a row is", weight=True)]
    step = 380 / len(n_of)
    for number, n in enumerate(n_of.tolist()):
        x = left + step * number + (step - 2 * width) / 2
        for k, (rule, color) in enumerate(zip(found, (PALETTE[1], PALETTE[0]), strict=True)):
            tall = height * float(found[rule][number]) / (_HIGHEST * size)
            parts.append(_box(x + k * width, bottom - tall, width - 4, tall, color, 1))
            parts.append(_text(x + k * width + width / 2 - 2, bottom - tall - 5, found[rule][number], anchor="middle"))
        parts.append(_text(x + width - 2, bottom + 18, f"class of {n}", anchor="middle"))
    ideal = bottom - height / _HIGHEST
    parts.append(f'<path d="M{left} {ideal}h390" stroke="currentColor" stroke-dasharray="5 4"/>')
    parts.append(f'<path d="M{left} {bottom}h390" stroke="currentColor" stroke-opacity=".4"/>')
    for k, (rule, color) in enumerate(zip(found, (PALETTE[1], PALETTE[0]), strict=True)):
        parts.append(
            _box(left + 130 * k, bottom + 40, 12, 12, color, 1) + _text(left + 130 * k + 18, bottom + 50, rule)
        )
    parts.append(f'<path d="M{left + 250} {bottom + 46}h26" stroke="currentColor" stroke-dasharray="5 4"/>')
    parts.append(_text(left + 284, bottom + 50, "as requested"))
    return "".join(parts)


def _fractions(positions: NDArray[Any]) -> NDArray[np.float64]:
    """Return the keys of positions, as fractions of the range of all keys."""
    return rank_keys(expand_seed(_SEED).split, positions.astype(np.uint64)) / 2.0**64


def _row(
    number: int, title: str, fractions: NDArray[np.float64], cuts: NDArray[Any], new_from: int | None = None
) -> str:
    """Return the keys of one class as strokes in the color of their split, and its cuts; new ones are short."""
    top = _TOP + _ROW * number
    splits = np.searchsorted(cuts / 2.0**64, fractions, side="left")
    new = np.arange(len(fractions)) >= (len(fractions) if new_from is None else new_from)
    parts = [_text(_LEFT - 12, top + _STRIP / 2 + 4, title, anchor="end", weight=True)]
    for k in range(len(_SIZES)):
        for is_new in (False, True):
            chosen = _x(fractions[(splits == k) & (new == is_new)])
            begin, tall = (top + _STRIP / 2, _STRIP / 2) if is_new else (top, _STRIP)
            path = "".join(f"M{x:.1f} {begin:.0f}v{tall:.0f}" for x in np.sort(chosen).tolist())
            if path:
                parts.append(f'<path d="{path}" stroke="{PALETTE[k]}" stroke-width="1.2"/>')
    for cut in (cuts / 2.0**64).tolist():
        parts.append(f'<path d="M{_x(cut):.1f} {top - 6}v{_STRIP + 12}" stroke="currentColor" stroke-width="2.5"/>')
    counts = np.bincount(splits, minlength=len(_SIZES)).tolist()
    words = ", ".join(f"{name} {count}" for name, count in zip(_NAMES, counts, strict=True))
    parts.append(_text(_LEFT, top + _STRIP + 18, words, alpha=0.8))
    return "".join(parts)


def _axis(y: float) -> str:
    ends = [_text(_x(0), y + 8, "key 0"), _text(_x(1), y + 8, "2^64", anchor="end")]
    parts = [f'<path d="M{_x(0)} {y - 8}H{_x(1)}" stroke="{REST}"/>', *ends]
    for k, name in enumerate(_NAMES):
        parts.append(_box(_LEFT + 90 * k, y + 26, 12, 12, PALETTE[k], 1) + _text(_LEFT + 90 * k + 18, y + 36, name))
    x = _LEFT + 90 * len(_NAMES)
    parts.append(
        f'<path d="M{x + 4} {y + 22}v20" stroke="currentColor" stroke-width="2.5"/>' + _text(x + 14, y + 36, "cut")
    )
    return "".join(parts)


def _x(fraction: Any) -> Any:
    return _LEFT + fraction * (_WIDTH - _LEFT - _RIGHT)


def _box(x: float, y: float, width: float, height: float, color: str, alpha: float = _BAND_ALPHA) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {place} fill="{color}" fill-opacity="{alpha}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", weight: bool = False, alpha: float = 1) -> str:
    look = f'text-anchor="{anchor}" opacity="{alpha}"' + (' font-weight="600"' if weight else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" {look} fill="currentColor">{escape(words)}</text>'


def _picture(content: str, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="system-ui, sans-serif" '
        f'font-size="13"><style>{_STYLE}</style>{content}</svg>\n'
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=_DOCS, help="the folder to write to (default: %(default)s)")
    out = parser.parse_args().out
    for name, picture in pictures().items():
        (out / name).write_text(picture, encoding="utf-8")
