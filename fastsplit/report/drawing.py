"""The picture of a report as SVG, for pages: a strip per split, with the share of every class against its size."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from fastsplit.report import dots
from fastsplit.report.colors import PALETTE, REST, color_number
from fastsplit.report.dots import Strip
from fastsplit.report.findings import percent
from fastsplit.report.table import truncated

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 960, 150, 130, 8, 64
_ALL_STRIPS = 420  # the height of all strips, if none becomes too low or too high for it
_LOWEST, _HIGHEST = 34, 150
_SMALLEST, _STEP = 3.2, 2.2  # the diameter of the dot of one class, and how much each rank adds
_NAME = 20  # characters of a name that fit to the left
_LINE = 13  # between two lines of text
_WITH_TOP = 60  # the height of a strip from which on there is room for a text at 100%
_DECIMALS = 2  # of a deviation
_BAND_ALPHA = 0.14
_DOT_ALPHA = 0.7


def picture(strips: Sequence[Strip], sizes: NDArray[np.int64], banded: bool) -> str:
    """Return the picture of strips of classes of these sizes; a band shows what is within one example of the ideal."""
    step = min(_HIGHEST, max(_LOWEST, _ALL_STRIPS / max(1, len(strips))))
    canvas = _Canvas(step, dots.Axis.of(sizes), dots.top_of(strips))
    parts = [_axis(canvas, len(strips))]
    parts += [_strip(canvas, strip, number, banded) for number, strip in enumerate(strips)]
    parts.append(_legend(strips, canvas.bottom(len(strips)) + 52, step))
    height = canvas.bottom(len(strips)) + _BOTTOM
    return (
        f'<svg class="strips" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="currentColor" '
        f'aria-label="The share of every class in every split, against the size of the class">{"".join(parts)}</svg>'
    )


class _Canvas:
    """Where sizes and shares are on the picture."""

    def __init__(self, step: float, axis: dots.Axis, top: float) -> None:
        self.step, self.axis, self.top = step, axis, top
        self.left, self.right = _LEFT, _WIDTH - _RIGHT

    def x(self, sizes: NDArray[np.generic] | float) -> NDArray[np.float64]:
        low, high = np.log(self.axis.limits)
        return np.asarray(self.left + (np.log(sizes) - low) / (high - low) * (self.right - self.left))

    def y(self, number: int, heights: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.asarray(_TOP + (number + 1 - np.asarray(heights)) * self.step)

    def bottom(self, n_strips: int) -> float:
        return _TOP + n_strips * self.step


def _axis(canvas: _Canvas, n_strips: int) -> str:
    """Return the ticks of the sizes, through all strips."""
    bottom = canvas.bottom(n_strips)
    parts = []
    for tick in canvas.axis.ticks:
        x = f"{float(canvas.x(tick)):.1f}"
        parts.append(f'<path d="M{x} {_TOP}V{bottom:.1f}" stroke="currentColor" stroke-opacity=".13"/>')
        parts.append(f'<text x="{x}" y="{bottom + 16:.1f}" text-anchor="middle">{tick:,}</text>')
    middle = (canvas.left + canvas.right) / 2
    place = f'x="{middle}" y="{bottom + 32:.1f}" text-anchor="middle" opacity=".75"'
    parts.append(f"<text {place}>examples of the class</text>")
    return "".join(parts)


def _strip(canvas: _Canvas, strip: Strip, number: int, banded: bool) -> str:
    """Return one strip: its frame, texts, band and dots."""
    color = REST if strip.number is None else PALETTE[color_number(strip.number)]
    top, bottom = (float(canvas.y(number, height)) for height in (dots.TOP, dots.BOTTOM))
    ideal = float(canvas.y(number, dots.height(float(strip.size), canvas.top)))
    left, right = canvas.left, canvas.right
    parts = [f'<path d="M{left} {canvas.y(number, 0):.1f}H{right}" stroke="currentColor" stroke-opacity=".35"/>']
    if banded:
        sizes, low, high = canvas.axis.band(strip.size)
        edge = _points(canvas.x(sizes), canvas.y(number, dots.height(low, canvas.top)))
        back = _points(canvas.x(sizes)[::-1], canvas.y(number, dots.height(high, canvas.top))[::-1])
        parts.append(f'<path d="M{edge}L{back}Z" fill="{color}" fill-opacity="{_BAND_ALPHA}"/>')
    parts.append(f'<path d="M{left} {ideal:.1f}H{right}" stroke="{color}"/>')
    parts.append(_dots(canvas, strip, number, color))
    parts.append(_texts(strip, (top, ideal, bottom), float(canvas.y(number, dots.ABSENT)), canvas))
    return "".join(parts)


def _dots(canvas: _Canvas, strip: Strip, number: int, color: str) -> str:
    """Return the dots as one path per diameter: lines without length, and with round ends."""
    xs, ys = canvas.x(strip.dots.totals), canvas.y(number, strip.dots.heights(canvas.top))
    parts = []
    for rank, own in strip.dots.by_rank():
        path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in zip(xs[own].tolist(), ys[own].tolist(), strict=True))
        look = f'stroke-width="{_diameter(rank, canvas.step):.1f}" stroke-linecap="round" stroke-opacity="{_DOT_ALPHA}"'
        parts.append(f'<path class="dots" d="{path}" fill="none" stroke="{color}" {look}/>')
    return "".join(parts)


def _texts(strip: Strip, levels: tuple[float, float, float], absent: float, canvas: _Canvas) -> str:
    """Return the name and the size to the left; to the right where 100% and the size are, and how many are absent."""
    top, ideal, bottom = levels
    short = strip.name if len(strip.name) <= _NAME else strip.name[: _NAME - 1] + "…"
    middle, left, right = (top + bottom) / 2 + 4, canvas.left - 10, canvas.right + 8
    title = f"<title>{escape(strip.name)}</title>"
    parts = [f'<text x="{left}" y="{middle:.1f}" text-anchor="end" font-weight="600">{title}{escape(short)}</text>']
    if canvas.step > _WITH_TOP:
        words = f"off by {truncated(strip.deviation, _DECIMALS)}" if strip.deviation else "exact"
        parts.append(f'<text x="{left}" y="{middle + _LINE + 2:.1f}" text-anchor="end" opacity=".75">{words}</text>')
    if strip.absent and strip.number is not None:
        parts.append(f'<text x="{right}" y="{absent + 4:.1f}">{strip.absent:,} absent</text>')
    if not strip.absent or absent - ideal > _LINE:
        parts.append(f'<text x="{right}" y="{ideal + 4:.1f}" opacity=".75">{percent(strip.size)}</text>')
    if ideal - top > _LINE and canvas.step > _WITH_TOP:
        parts.append(f'<text x="{right}" y="{top + 4:.1f}" opacity=".75">{percent(canvas.top)}</text>')
    return "".join(parts)


def _legend(strips: Sequence[Strip], y: float, step: float) -> str:
    """Return how many classes dots of each diameter stand for."""
    ranks = sorted({rank for strip in strips for rank, _ in strip.dots.by_rank()})
    x, parts = (
        float(_LEFT),
        [f'<text x="{_LEFT - 10}" y="{y:.1f}" text-anchor="end" opacity=".75">classes per dot</text>'],
    )
    for rank in ranks:
        words = dots.rank_in_words(rank)
        parts.append(
            f'<path d="M{x + 6:.0f} {y - 4:.1f}h0" fill="none" stroke="currentColor" stroke-opacity=".6" '
            f'stroke-width="{_diameter(rank, step):.1f}" stroke-linecap="round"/>'
            f'<text x="{x + 18:.0f}" y="{y:.1f}">{words}</text>'
        )
        x += 34 + 6.6 * len(words)
    return "".join(parts)


def _diameter(rank: int, step: float) -> float:
    return min(_SMALLEST + _STEP * rank, step / 3)


def _points(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs.tolist(), ys.tolist(), strict=True))
