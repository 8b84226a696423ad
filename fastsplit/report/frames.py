"""Frames: the report as a table of pandas, polars or Arrow."""

from __future__ import annotations

import importlib
from typing import Any, Literal, TypeAlias

import numpy as np

from fastsplit.report.table import Table

Library: TypeAlias = Literal["pandas", "polars", "arrow"]
Rows: TypeAlias = Literal["splits", "classes"]

_LIBRARIES: dict[str, str] = {"pandas": "pandas", "polars": "polars", "arrow": "pyarrow"}  # name -> what to install


def to_frame(table: Table, library: Library | None, rows: Rows) -> Any:
    """Return the splits, or every pair of a class and a split, as a table of a library."""
    if rows not in ("splits", "classes"):
        raise ValueError(f"rows must be 'splits' or 'classes', got {rows!r}")
    if library is not None and library not in _LIBRARIES:
        raise ValueError(f"library must be 'pandas', 'polars', 'arrow' or None, got {library!r}")
    module, name = _imported(library)
    columns = _splits(table) if rows == "splits" else _classes(table)
    if name == "arrow":
        return module.table(columns)
    return module.DataFrame(columns)


def _imported(library: Library | None) -> tuple[Any, str]:
    """Return the module that was asked for, or the first that is installed, and its name."""
    for name in [library] if library else [*_LIBRARIES]:
        try:
            return importlib.import_module(_LIBRARIES[name]), name
        except ImportError:
            continue
    wanted = [_LIBRARIES[library]] if library else [*_LIBRARIES.values()]
    raise ImportError(f"to_frame needs {' or '.join(wanted)}: pip install {wanted[0]}")


def _splits(table: Table) -> dict[str, Any]:
    """Return a column per figure of a split; the class of the largest deviation is text, because some have none."""
    rows = [*table.splits, *([table.rest] if table.rest else [])]
    columns: dict[str, Any] = {
        "split": [row.name for row in rows],
        "size": [float(row.size) for row in rows],
        "examples": [row.examples for row in rows],
        "share": [table.share(row) for row in rows],
        "largest_deviation": [float(row.deviation) for row in rows],
        "in_class": [str(table.label(row.worst)) if row.worst is not None and row.deviation else None for row in rows],
        "absent_classes": [row.absent for row in rows],
    }
    by_groups = [row.by_groups for row in rows if row.by_groups]
    if by_groups:
        columns |= {"groups": [own.groups for own in by_groups], "rms_deviation": [own.rms for own in by_groups]}
    return columns


def _classes(table: Table) -> dict[str, Any]:
    """Return a row per class and split: the count, its share of the class, and how far it is from the ideal."""
    rows = [*table.splits, *([table.rest] if table.rest else [])]
    plan, n_splits = table.plan, len(rows)
    counts = np.stack([row.counts for row in rows], axis=1)
    ideals = plan.totals[:, None] * np.array([float(row.size) for row in rows])
    with np.errstate(invalid="ignore"):  # 0 of 0 examples
        shares = counts / plan.totals[:, None]
    labels = np.repeat(plan.classes, n_splits)
    return {
        # Integers stay an array, as Arrow has no type for lists of those above 2**63; strings become a list, as
        # not every library reads those of NumPy.
        "class": labels if labels.dtype.kind in "biu" else labels.tolist(),
        "split": [row.name for row in rows] * len(plan.classes),
        "examples": counts.ravel(),
        "share": shares.ravel(),
        "ideal": ideals.ravel(),
        "deviation": (counts - ideals).ravel(),
    }
