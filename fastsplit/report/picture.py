"""The picture of a report: the share of every class that each split has. Needs matplotlib."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fastsplit.durable import replaced_file
from fastsplit.group_plans import GroupPlan
from fastsplit.report import dots
from fastsplit.report.colors import PALETTE, REST, color_number
from fastsplit.report.findings import percent
from fastsplit.report.table import Row, Table, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DPI = 150  # 1200 pixels wide
_WIDTH = 8.0  # inches
_FEW_CLASSES = 24  # have bars with their names
_FEW_STRIPS = 6  # are high enough for a text at 100%, at the size and below
_BAR_INCHES, _STRIP_INCHES, _LEAST_INCHES = 0.3, 0.45, 4.0
_AROUND_INCHES = 1.3  # title, axis and legend
_LEGEND_COLUMNS = 6
_LEGEND_CHARACTERS, _HANDLE_CHARACTERS = 110, 7  # that fit side by side; as wide as what stands before a label
_LEGEND_LINES = 0.25  # inches per row of the legend
_BAND_ALPHA = 0.14
_DOT_ALPHA = 0.75
_SMALLEST, _STEP = 2.0, 1.7  # the diameter in points of the dot of one class, and how much each rank adds


def new_axes(table: Table) -> Axes:
    """Return the axes of a new figure of pyplot, which notebooks show."""
    axes: Axes = _matplotlib("pyplot").figure(figsize=_inches(table), layout="constrained").subplots()
    return axes


def draw(table: Table, ax: Axes) -> Axes:
    """Draw few classes as bars, many as dots."""
    plan = table.plan
    explained = _bars(table, ax) if len(plan.classes) <= _FEW_CLASSES else _strips(table, ax)
    more = f" in {len(plan.groups):,} groups" if isinstance(plan, GroupPlan) else ""
    first = (
        f", the first {dots.MAX_STRIPS} of {len(table.splits):,} splits" if len(table.splits) > dots.MAX_STRIPS else ""
    )
    title = f"{plan.n_examples:,} examples{more}, {len(plan.classes):,} classes{first}"
    ax.set_title(f"{title}\n{explained}", fontsize=9)
    legend = ax.get_legend()
    texts = [*ax.get_yticklabels(), *ax.texts, *(legend.get_texts() if legend else [])]
    for text in texts:
        text.set_parse_math(False)  # a dollar sign in a name is no formula
    return ax


def save(table: Table, path: str | os.PathLike[str]) -> None:
    """Draw to a file, which is written only when the picture is complete."""
    # A figure of its own, not pyplot's: it opens no window and is freed with this call.
    figure = _matplotlib("figure").Figure(figsize=_inches(table), layout="constrained")
    draw(table, figure.subplots())
    image = io.BytesIO()
    figure.savefig(image, format=Path(path).suffix[1:] or "png", dpi=_DPI)
    with replaced_file(path) as file:
        file.write(image.getvalue())


def _inches(table: Table) -> tuple[float, float]:
    """Return the size of a figure that has room for all bars or strips."""
    n_classes, rows = len(table.plan.classes), _rows(table)
    if n_classes > _FEW_CLASSES:
        return _WIDTH, _AROUND_INCHES + max(_LEAST_INCHES, _STRIP_INCHES * len(rows))
    labels = [_label(row) for _, row in rows]
    lines = len(rows) // _columns(labels)
    return _WIDTH, _AROUND_INCHES + _BAR_INCHES * max(3, n_classes) + _LEGEND_LINES * lines


def _rows(table: Table) -> list[tuple[int | None, Row]]:
    """Return the splits that are drawn with their numbers and, if these are all, the examples in no split."""
    rest = table.rest if len(table.splits) <= dots.MAX_STRIPS else None
    return [*enumerate(table.splits[: dots.MAX_STRIPS]), *([(None, rest)] if rest else [])]


def _label(row: Row) -> str:
    return f"{shown(row.name)} {percent(row.size)}"


def _bars(table: Table, ax: Axes) -> str:
    """Draw a bar per class, the largest on top: the shares of the splits side by side. Return what explains it."""
    plan = table.plan
    order = np.argsort(-plan.totals, kind="stable")
    totals, places = plan.totals[order], np.arange(len(order))
    left = np.zeros(len(order), dtype=np.int64)
    rows = _rows(table)
    for number, row in rows:
        counts = row.counts[order]
        shares, begins = (100 * part / np.maximum(1, totals) for part in (counts, left))
        look: Any = {"height": 0.7, "color": _color(number), "edgecolor": "white", "linewidth": 0.5}
        ax.barh(places, shares, left=begins, label=_label(row), **look)
        left += counts
    for cut in np.cumsum([float(row.size) for _, row in rows])[:-1]:
        ax.axvline(100 * cut, color="black", linewidth=0.8, linestyle=":")
    for place, c in zip(places.tolist(), order.tolist(), strict=True):
        lacking = [shown(row.name) for row in table.splits if row.size and not row.counts[c]] if plan.totals[c] else []
        absent = f"not in {', '.join(lacking) if len(lacking) <= 2 else f'{len(lacking)} splits'}" if lacking else ""
        ax.text(101, place, f"{plan.totals[c]:,}  {absent}", va="center", fontsize=9)
    ax.set_yticks(places, [shown(label) for label in plan.classes[order].tolist()])
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xlim(0, 100)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("share of the class, %")
    if rows:
        _legend(ax, *ax.get_legend_handles_labels())
    return "dotted: the sizes; to the right: examples of the class"


def _strips(table: Table, ax: Axes) -> str:
    """Draw a strip per split, the first on top. Return what explains it."""
    strips, axis = dots.strips(table), dots.Axis.of(table.plan.totals)
    banded = not isinstance(table.plan, GroupPlan)  # a group may be more than one example
    bases, top = [*range(len(strips))][::-1], dots.top_of(strips)
    for base, strip in zip(bases, strips, strict=True):
        if banded:
            sizes, low, high = axis.band(strip.size)
            edges = (base + dots.height(low, top), base + dots.height(high, top))
            ax.fill_between(sizes, *edges, color=_color(strip.number), alpha=_BAND_ALPHA, linewidth=0)
        _strip(ax, strip, base, top)
        if len(strips) <= _FEW_STRIPS:
            _beside(ax, base + dots.TOP, percent(top))
    ax.set_xscale("log")
    ax.set_xlim(axis.limits)
    ax.set_xticks(axis.ticks, [f"{tick:,}" for tick in axis.ticks])
    ax.set_xticks([], minor=True)
    ax.set_xlabel("examples of the class")
    ax.set_ylim(0, max(1, len(strips)))
    names = [f"{shown(strip.name)} {percent(strip.size)}" for strip in strips]
    ax.set_yticks([base + (dots.BOTTOM + dots.TOP) / 2 for base in bases], names)
    ax.tick_params(axis="y", length=0)
    line = _matplotlib("lines").Line2D
    ranks = sorted({rank for strip in strips for rank, _ in strip.dots.by_rank()})
    handles = [line([], [], color="gray", marker="o", linestyle="", markersize=_diameter(rank)) for rank in ranks]
    _legend(ax, handles, [dots.rank_in_words(rank) for rank in ranks], "classes per dot")
    return f"line: the size of the split{'; band: within one example of the ideal' if banded else ''}"


def _strip(ax: Axes, strip: dots.Strip, base: int, top: float) -> None:
    """Draw the line and the dots of one split."""
    color = _color(strip.number)
    ax.axhline(base + float(dots.height(float(strip.size), top)), color=color, linewidth=0.9)
    ax.axhline(base, color="gray", linewidth=0.5)
    for rank, own in strip.dots.by_rank():
        xs, ys = strip.dots.totals[own], base + strip.dots.heights(top)[own]
        ax.scatter(xs, ys, s=_diameter(rank) ** 2, color=color, alpha=_DOT_ALPHA, linewidth=0)
    if strip.absent and strip.number is not None:
        _beside(ax, base + dots.ABSENT, f"{strip.absent:,} absent")


def _beside(ax: Axes, height: float, text: str) -> None:
    """Write to the right of the axes."""
    ax.text(1.01, height, text, transform=ax.get_yaxis_transform(), va="center", fontsize=8)


def _legend(ax: Axes, handles: Any, labels: list[str], title: str | None = None) -> None:
    """Put the legend below the axes, where it covers no data."""
    place: Any = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "borderaxespad": 4.5, "frameon": False}
    ax.legend(handles, labels, ncols=_columns(labels), title=title, fontsize=8, title_fontsize=8, **place)


def _columns(labels: Sequence[str]) -> int:
    """Return how many labels fit side by side."""
    longest = max(map(len, labels), default=0)
    return max(1, min(_LEGEND_COLUMNS, len(labels), _LEGEND_CHARACTERS // (longest + _HANDLE_CHARACTERS)))


def _diameter(rank: int) -> float:
    return _SMALLEST + _STEP * rank


def _color(number: int | None) -> str:
    return REST if number is None else PALETTE[color_number(number)]


def _matplotlib(module: str) -> Any:
    """Import a module of matplotlib, which is optional."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError("the picture of a split needs matplotlib: pip install 'fastsplit[plot]'") from error
