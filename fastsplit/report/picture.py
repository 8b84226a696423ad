"""The picture of a report: the share of every class that each split has. Needs matplotlib."""

from __future__ import annotations

import importlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fastsplit.durable import replaced_file
from fastsplit.group_plans import GroupPlan
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.plans import Plan
from fastsplit.report.table import first_of_each_pair
from fastsplit.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INCHES = (8, 5)
_DPI = 150  # 1200 x 750 pixels
_COLORS = 10  # matplotlib's cycle, C0 to C9
_BAND_POINTS = 400  # per curve: a step is at most 3 of the 1200 pixels
_BAND_ALPHA = 0.12  # faint: bands of neighbouring splits overlap
_MARGIN = 2  # percent below 0 and above 100, so that dots there are not cut off


def new_axes() -> Axes:
    """Return the axes of a new figure of pyplot, which notebooks show."""
    axes: Axes = _matplotlib("pyplot").figure(figsize=_INCHES, layout="constrained").subplots()
    return axes


def draw(plan: Plan | GroupPlan | MultilabelPlan, ax: Axes) -> Axes:
    """Draw one dot per split and class, and per split the line of its size with the band of one example if it holds."""
    present = plan.totals > 0  # of grown data, a class may have no examples
    totals = plan.totals[present]
    by_groups = isinstance(plan, GroupPlan)  # a group may be more than one example
    grid = np.geomspace(totals.min(), totals.max(), _BAND_POINTS) if totals.size else np.ones(1)
    for k, (name, size) in enumerate(zip(plan.names, plan.sizes, strict=True)):
        counts = plan.counts[present, k]
        once = first_of_each_pair(totals, counts)  # classes whose dots would coincide are drawn once
        percent, color = 100 * float(size), f"C{k % _COLORS}"
        label = f"{percent:.4g}% {printable(name)}"
        if not by_groups:
            low, high = (np.clip(percent + sign * 100 / grid, 0, 100) for sign in (-1, 1))
            ax.fill_between(grid, low, high, color=color, alpha=_BAND_ALPHA, linewidth=0)
        ax.axhline(percent, color=color, linewidth=1)
        ax.scatter(totals[once], 100 * counts[once] / totals[once], s=9, color=color, linewidth=0, label=label)
    ax.set_xscale("log")
    ax.set_ylim(-_MARGIN, 100 + _MARGIN)
    ax.set_xlabel("examples of the class")
    ax.set_ylabel("share of the class in the split, %")
    more = f" in {len(plan.groups):,} groups" if isinstance(plan, GroupPlan) else ""
    band = "" if by_groups else "; band: within one example of the ideal"
    ax.set_title(f"{plan.n_examples:,} examples{more}, {len(totals):,} classes{band}", fontsize=10)
    for text in ax.legend(loc="upper right").get_texts():
        text.set_parse_math(False)  # a dollar sign in the name of a split is no formula
    return ax


def save(plan: Plan | GroupPlan | MultilabelPlan, path: str | os.PathLike[str]) -> None:
    """Draw to a file, which is written only when the picture is complete."""
    # A figure of its own, not pyplot's: it opens no window and is freed with this call.
    figure = _matplotlib("figure").Figure(figsize=_INCHES, layout="constrained")
    draw(plan, figure.subplots())
    image = io.BytesIO()
    figure.savefig(image, format=Path(path).suffix[1:] or "png", dpi=_DPI)
    with replaced_file(path) as file:
        file.write(image.getvalue())


def _matplotlib(module: str) -> Any:
    """Import a module of matplotlib, which is optional."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError("the picture of a split needs matplotlib: pip install 'fastsplit[plot]'") from error
