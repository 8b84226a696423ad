"""The table of a report: one row per split."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastsplit.group_plans import GroupPlan
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.plans import Plan
from fastsplit.text import printable

AnyPlan: TypeAlias = Plan | GroupPlan | MultilabelPlan

_HEADINGS = ("split", "examples", "share", "largest deviation", "in class", "absent classes")
_HEADINGS_BY_GROUPS = ("groups", "RMS deviation")
REST = "(none)"  # the name of the row of the examples in no split
_DECIMALS = 4  # of a deviation
_CELL_WIDTH = 40  # characters of a name: a table of six columns stays readable


class ByGroups(NamedTuple):
    """What a row of a split by groups has beside the rest."""

    groups: int
    rms: float  # of the deviations of all classes


class Row(NamedTuple):
    """One split, or the examples in no split."""

    name: str
    size: Fraction
    counts: NDArray[np.int64]  # per class
    examples: int
    absent: int  # classes with examples, but none here
    worst: int | None  # the class with the largest deviation; None if there are no classes
    deviation: Fraction  # of that class
    by_groups: ByGroups | None = None


class Table(NamedTuple):
    """The rows of a report and the plan that they were computed from."""

    plan: AnyPlan
    examples: int
    splits: list[Row]
    rest: Row | None  # None if the sizes sum to 1

    @classmethod
    def of(cls, plan: AnyPlan, chosen: Sequence[int] | None = None) -> Table:
        """Compute the table of a plan, with the rows of the chosen splits only; by default, of all."""
        totals = plan.totals
        examples = plan.split_sizes.tolist()
        chosen = range(len(plan.names)) if chosen is None else chosen
        splits = [_row(plan.names[k], plan.sizes[k], plan.counts[:, k], totals, examples[k]) for k in chosen]
        rest_size, n_rest = 1 - sum(plan.sizes, Fraction(0)), plan.n_examples - sum(examples)
        rest = _row(REST, rest_size, totals - plan.counts.sum(axis=1), totals, n_rest) if rest_size else None
        if isinstance(plan, GroupPlan):
            n_splits = len(plan.names)
            numbers = np.bincount(np.minimum(plan.splits, n_splits), minlength=n_splits + 1).tolist()
            splits = [_with_groups(row, totals, numbers[k]) for row, k in zip(splits, chosen, strict=True)]
            rest = rest and _with_groups(rest, totals, numbers[-1])
        return cls(plan, plan.n_examples, splits, rest)

    def share(self, row: Row) -> float:
        """Return the fraction of all examples that are in a row."""
        return row.examples / self.examples if self.examples else 0.0

    def label(self, c: int) -> object:
        """Return the label of class ``c`` as a Python object, which JSON and str() take."""
        (label,) = self.plan.classes[c : c + 1].tolist()
        return label


def to_text(table: Table) -> str:
    """Return the table as aligned text."""
    rows = [*table.splits, table.rest] if table.rest else table.splits
    plan, in_groups = table.plan, ""
    headings: tuple[str, ...] = _HEADINGS
    if isinstance(plan, GroupPlan):
        headings += _HEADINGS_BY_GROUPS
        in_groups = f" in {len(plan.groups):,} groups, the largest of {plan.largest_group:,}"
    lines = aligned([headings, *(_cells(table, row) for row in rows)])
    title = f"{table.examples:,} examples{in_groups}, {len(plan.classes):,} classes, seed {plan.seed}"
    told = [line for note in notes(table) for line in ("", f"note: {note}")]
    told += [line for warning in warnings(table) for line in ("", f"warning: {warning}")]
    return "\n".join([title, "", *lines, *told])


def to_dict(table: Table) -> dict[str, Any]:
    """Return the table in types that JSON has."""
    return {
        "examples": table.examples,
        "classes": len(table.plan.classes),
        "seed": str(table.plan.seed),
        "splits": [_fields(table, row) for row in table.splits],
        "none": _fields(table, table.rest) if table.rest else None,
        "class_sizes": table.plan.totals.tolist(),
        **_fields_by_groups(table.plan),
    }


def _fields_by_groups(plan: AnyPlan) -> dict[str, Any]:
    if not isinstance(plan, GroupPlan):
        return {}
    return {"groups": len(plan.groups), "largest_group": plan.largest_group, "balance": plan.balance}


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows of cells as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]


def first_of_each_pair(totals: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return, ascending, the first class of every distinct pair of a total and a count.

    A pair is made one complex number: np.unique of those is several times faster than of rows, and both parts are exact
    up to 2**53.
    """
    return np.sort(np.unique(totals + 1j * counts, return_index=True)[1])


def _row(name: str, size: Fraction, counts: NDArray[np.int64], totals: NDArray[np.int64], examples: int) -> Row:
    """Compute a row of so many examples; deviations are exact."""
    absent = int(np.count_nonzero((counts == 0) & (totals > 0)))
    if not counts.size:
        return Row(name, size, counts, examples, absent, None, Fraction(0))
    # In Python's integers, because the products have up to 93 bits. Most classes share their total and their count with
    # another, so only few products are needed.
    once = first_of_each_pair(totals, counts)
    numerator, denominator = size.as_integer_ratio()
    pairs = zip(totals[once].tolist(), counts[once].tolist(), strict=True)
    deviations = [abs(denominator * count - numerator * total) for total, count in pairs]
    largest = max(deviations)
    worst = int(once[deviations.index(largest)])
    return Row(name, size, counts, examples, absent, worst, Fraction(largest, denominator))


def _with_groups(row: Row, totals: NDArray[np.int64], n_groups: int) -> Row:
    """Return a row with its number of groups and the root mean square of its deviations, which is rounded once."""
    numerator, denominator = row.size.as_integer_ratio()
    pairs = zip(totals.tolist(), row.counts.tolist(), strict=True)
    squares = sum((denominator * count - numerator * total) ** 2 for total, count in pairs)
    rms = math.sqrt(Fraction(squares, denominator**2 * max(1, len(totals))))
    return row._replace(by_groups=ByGroups(n_groups, rms))


def notes(table: Table) -> list[str]:
    """Say which splits are an example or more from their size.

    None is if a plan is new and no ids are shared: rows that share an id stay together, and later examples are random.
    """
    if isinstance(table.plan, GroupPlan) or not table.plan.with_ids:
        return []
    off = [(row.name, row.examples - table.examples * row.size) for row in table.splits]
    totals = ", ".join(f"{shown(name)} {float(by):+,.1f}" for name, by in off if abs(by) >= 1)
    why = "rows that share an id stay together, or examples came after the plan was made"
    return [f"examples above (+) or below (-) the size of a split: {totals}; {why}"] if totals else []


def warnings(table: Table) -> list[str]:
    """Say for which splits the largest group is too large."""
    plan = table.plan
    if not isinstance(plan, GroupPlan):
        return []
    small = [row for row in table.splits if 0 < row.size * table.examples < plan.largest_group]
    if not small:
        return []
    shown_sizes = ", ".join(f"{shown(row.name)} {float(row.size * table.examples):,.1f}" for row in small)
    return [f"the largest group has {plan.largest_group:,} examples, more than the size of {shown_sizes}"]


def _cells(table: Table, row: Row) -> tuple[str, ...]:
    """Return the texts of a row, one per heading."""
    deviation, of = "0", "-"
    if row.deviation and row.worst is not None:
        deviation = truncated(row.deviation, _DECIMALS)
        of = shown(table.label(row.worst))
    share = f"{100 * table.share(row):.2f}%"
    more = (f"{row.by_groups.groups:,}", f"{row.by_groups.rms:,.{_DECIMALS}f}") if row.by_groups else ()
    return shown(row.name), f"{row.examples:,}", share, deviation, of, f"{row.absent:,}", *more


def _fields(table: Table, row: Row) -> dict[str, Any]:
    """Return a row in types that JSON has; exact fractions are strings."""
    worst = None
    if row.worst is not None:
        worst = {
            "class": table.label(row.worst),
            "examples": int(row.counts[row.worst]),
            "ideal": str(int(table.plan.totals[row.worst]) * row.size),
            "deviation": float(row.deviation),
        }
    return {
        "name": row.name,
        "size": str(row.size),
        "examples": row.examples,
        "share": table.share(row),
        "absent_classes": row.absent,
        "largest_deviation": worst,
        **({"groups": row.by_groups.groups, "rms_deviation": row.by_groups.rms} if row.by_groups else {}),
    }


def truncated(number: Fraction, decimals: int) -> str:
    """Return a positive number with so many decimals, truncated: a deviation below 1 must not be shown as 1."""
    steps = 10**decimals
    return f"{int(number * steps) / steps:,.{decimals}f}"


def shown(value: object) -> str:
    """Return a name or a label as one line that fits a cell."""
    text = printable(value)
    return text if len(text) <= _CELL_WIDTH else text[: _CELL_WIDTH - 3] + "..."
