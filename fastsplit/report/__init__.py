"""The table and the picture of a split: how many examples are where, and how near every class is to its share."""

from __future__ import annotations

import importlib
import io
import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.plans import Plan

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEADINGS = ("split", "examples", "share", "largest deviation", "in class", "absent classes")


class _Row(NamedTuple):
    """One split, or the examples in none. ``worst`` is the class furthest from its ideal, None of no classes."""

    name: str
    size: Fraction
    counts: NDArray[np.int64]
    examples: int
    absent: int
    worst: int | None
    deviation: Fraction


class Report:
    """How many examples each split has, and how far its classes are from their ideals.

    The ideal of a class in a split is the size of the class times the size of the split; deviations from it are exact.

    Parameters
    ----------
    plan : Plan
        The split.

    Examples
    --------
    >>> import fastsplit
    >>> print(fastsplit.split([0] * 10 + [1] * 100, seed=0).report())
    110 examples, 2 classes, seed 0
    <BLANKLINE>
    split  examples   share  largest deviation  in class  absent classes
    train        88  80.00%                  0         -               0
    test         22  20.00%                  0         -               0
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.n = int(plan.totals.sum())
        rows = zip(plan.names, plan.sizes, plan.counts.T, strict=True)
        self._rows = [self._row(name, size, counts) for name, size, counts in rows]
        rest = Fraction(1 - sum(plan.sizes))
        self._none = self._row("(none)", rest, plan.totals - plan.counts.sum(axis=1)) if rest else None

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        rows = [*self._rows, self._none] if self._none else self._rows
        table = [_HEADINGS, *(self._cells(row) for row in rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            f"{self.n:,} examples, {len(self.plan.classes):,} classes, seed {self.plan.seed}",
            "",
            *("  ".join([cells[0].ljust(widths[0]), *map(str.rjust, cells[1:], widths[1:])]) for cells in table),
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers of the report in types that JSON has.

        Returns
        -------
        dict
            ``examples``, ``classes``, ``seed`` (a string, as JSON readers round large numbers), ``splits`` (a dict for
            each), ``none`` (the same for the examples in none, or None where the sizes sum to 1) and ``class_sizes``.
        """
        return {
            "examples": self.n,
            "classes": len(self.plan.classes),
            "seed": str(self.plan.seed),
            "splits": [self._fields(row) for row in self._rows],
            "none": self._fields(self._none) if self._none else None,
            "class_sizes": self.plan.totals.tolist(),
        }

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the share that each split has of every class, against the size of the class.

        The line is the share that was asked for; in the band about it a class is less than one example from its ideal.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; by default in a new figure.

        Returns
        -------
        matplotlib.axes.Axes
            Where it was drawn.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        if ax is None:
            ax = _matplotlib("pyplot").figure(figsize=(8, 5), layout="constrained").subplots()
        sizes = self.plan.totals
        span = np.geomspace(sizes.min(), sizes.max(), 400) if sizes.size else np.ones(1)
        for k, row in enumerate(self._rows):
            once = _distinct(sizes, row.counts)
            share, color = float(row.size), f"C{k % 10}"
            low, high = (np.clip(100 * (share + sign / span), 0, 100) for sign in (-1, 1))
            ax.fill_between(span, low, high, color=color, alpha=0.12, linewidth=0)
            ax.axhline(100 * share, color=color, linewidth=1)
            ax.scatter(
                sizes[once],
                100 * row.counts[once] / sizes[once],
                s=9,
                color=color,
                linewidth=0,
                label=f"{100 * share:.4g}% {row.name}",
            )
        ax.set_xscale("log")
        ax.set_ylim(-2, 102)
        ax.set_xlabel("examples of the class")
        ax.set_ylabel("share of the class in the split, %")
        ax.set_title(f"{self.n:,} examples, {len(sizes):,} classes; band: within one example of the ideal", fontsize=10)
        for text in ax.legend(loc="upper right").get_texts():
            text.set_parse_math(False)  # a dollar in the name of a split is a dollar
        return ax

    def save_plot(self, path: str | os.PathLike[str]) -> None:
        """Draw the picture of `plot` to a file, which is written only once the picture is made.

        Parameters
        ----------
        path : path_like
            The file; its suffix is the format, such as .png, .pdf or .svg.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If matplotlib does not know the format.
        """
        figure = _matplotlib("figure").Figure(figsize=(8, 5), layout="constrained")
        self.plot(figure.subplots())
        picture = io.BytesIO()
        figure.savefig(picture, format=Path(path).suffix[1:] or "png", dpi=150)
        Path(path).write_bytes(picture.getvalue())

    def _row(self, name: str, size: Fraction, counts: NDArray[np.int64]) -> _Row:
        totals = self.plan.totals
        examples, absent = int(counts.sum()), int(np.count_nonzero(counts == 0))
        if not counts.size:
            return _Row(name, size, counts, examples, absent, None, Fraction(0))
        # Python's integers, as the products need up to 93 bits; few classes differ in both their size and their count.
        once = _distinct(totals, counts)
        s, q = size.as_integer_ratio()
        deviations = [
            abs(q * count - n * s) for n, count in zip(totals[once].tolist(), counts[once].tolist(), strict=True)
        ]
        largest = max(deviations)
        worst = int(once[deviations.index(largest)])
        return _Row(name, size, counts, examples, absent, worst, Fraction(largest, q))

    def _cells(self, row: _Row) -> tuple[str, ...]:
        deviation, of = "0", "-"
        if row.deviation and row.worst is not None:
            # Cut, not rounded: what is below 1 must not be shown as 1.
            deviation = f"{float(row.deviation * 10_000 // 1 / 10_000):,.4f}"
            of = _shown(self._label(row.worst))
        return _shown(row.name), f"{row.examples:,}", f"{100 * self._share(row):.2f}%", deviation, of, f"{row.absent:,}"

    def _label(self, c: int) -> object:
        (label,) = self.plan.classes[c : c + 1].tolist()
        return label

    def _fields(self, row: _Row) -> dict[str, Any]:
        worst = None
        if row.worst is not None:
            worst = {
                "class": self._label(row.worst),
                "examples": int(row.counts[row.worst]),
                "ideal": str(int(self.plan.totals[row.worst]) * row.size),
                "deviation": float(row.deviation),
            }
        return {
            "name": row.name,
            "size": str(row.size),
            "examples": row.examples,
            "share": self._share(row),
            "absent_classes": row.absent,
            "largest_deviation": worst,
        }

    def _share(self, row: _Row) -> float:
        return row.examples / self.n if self.n else 0.0


def _distinct(sizes: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the first class of every pair (size, count); as complex numbers these are exact up to 2**53."""
    return np.sort(np.unique(sizes + 1j * counts, return_index=True)[1])


def _shown(value: object) -> str:
    """Return a name or a class in at most 40 characters of one line."""
    text = str(value) if str(value).isprintable() else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _matplotlib(module: str) -> Any:
    """Import a module of matplotlib, which is optional."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError("the picture of a split needs matplotlib: pip install 'fastsplit[plot]'") from error
