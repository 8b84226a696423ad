"""Rendering: what was measured, as Markdown tables and as a plot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from measure import Row

_MEMORY = {"labels.copy()": "--", "limit, shuffled": "-", "limit, ascending": ":"}  # lines and their styles
Points = dict[str, list[tuple[int, float]]]  # for each line of the plot, numbers of labels and seconds per label


def table(header: list[str], rows: list[list[str]]) -> str:
    """Lay out cells as a Markdown table."""
    lines = [f"| {' | '.join(cells)} |" for cells in (header, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(header)}", *lines[1:]])


def of_limit(row: Row, costs: Mapping[str, float]) -> str:
    """Return how many times as long as its limit a row takes, given the seconds per 8 bytes moved."""
    return f"{row.ns_per_label / (row.moved.seconds(costs) * 1e9):.2g}x" if row.moved else ""


def slowdowns(rows: list[Row], names: list[str], costs: Mapping[str, float]) -> str:
    """Lay out rows: fastsplit in ns per label and of the limit, the others relative to it, bold if they are faster."""

    def cell(row: Row, name: str) -> str:
        if name not in row.seconds:
            return ""
        ratio = row.slowdown(name)
        return f"**{ratio:.2f}x**" if ratio < 1 else f"{ratio:.3g}x"

    cells = [
        [row.title, f"{row.n:,}", f"{row.ns_per_label:.2f}", of_limit(row, costs), *(cell(row, name) for name in names)]
        for row in rows
    ]
    return table(["", "labels", "fastsplit, ns per label", "of the limit", *names], cells)


def replace_between(path: Path, marker: str, new: str) -> None:
    """Replace the text of a file between the comments ``<!-- marker -->`` and ``<!-- /marker -->``."""
    begin, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    head, rest = path.read_text(encoding="utf-8").split(begin)
    path.write_text(f"{head}{begin}\n{new}\n{end}{rest.split(end)[1]}", encoding="utf-8")


def draw(points: Points, path: Path) -> None:
    """Draw time per label against the number of labels; lines without points show the cost of memory alone."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    ax = figure.subplots()
    for name, line in points.items():
        style = {"color": "black", "linestyle": _MEMORY[name]} if name in _MEMORY else {"marker": "o", "markersize": 4}
        ns, seconds = zip(*line, strict=True)
        ax.loglog(ns, np.array(seconds) * 1e9, label=name, **style)
    ax.set_xlabel("labels")
    ax.set_ylabel("ns per label")
    ax.set_title("three stratified splits of int64 labels of 10 classes", fontsize=10)
    ax.grid(alpha=0.3)
    ax.legend()
    figure.savefig(path, dpi=150)
