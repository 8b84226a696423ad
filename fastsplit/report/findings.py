"""Findings: what a person should know about a split, in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.group_plans import GroupPlan
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.plans import Plan
from fastsplit.report.changes import Drift
from fastsplit.report.table import Row, Table, notes, shown, truncated, warnings

_NAMED = 5  # classes or splits that are named one by one; the others are counted
_DECIMALS = 2  # of a deviation


class Finding(NamedTuple):
    """One sentence or two, and how much they matter."""

    kind: Literal["good", "note", "warning"]
    text: str


def findings(table: Table, drift: Drift | None = None) -> list[Finding]:
    """Return what a person should know, in the order in which it matters: warnings, notes, good news."""
    if not table.examples:
        return [Finding("warning", "There are no examples.")]
    parts = (_drift(drift), _absent(table), _empty(table), _deviation(table), _special(table), _small(table))
    found = [*(Finding("warning", f"{text[0].upper()}{text[1:]}.") for text in warnings(table))]
    found += [*(Finding("note", f"{text[0].upper()}{text[1:]}.") for text in notes(table))]
    found += [finding for part in parts for finding in part]
    return sorted(found, key=lambda finding: ("warning", "note", "good").index(finding.kind))


def told(table: Table) -> list[str]:
    """Return what a person should know of classes that splits lack: the lines below a printed table."""
    return [finding.text for finding in (*_absent(table), *_way_out(table)) if finding.kind != "good"]


def _drift(drift: Drift | None) -> Iterator[Finding]:
    """Say what came after the plan was made, and how far the shares are from the sizes since then."""
    if drift is None:
        return
    new, gone = (int(np.maximum(sign * drift.new, 0).sum()) for sign in (1, -1))
    if not new and not gone:
        yield Finding("good", "The data is as large as when the plan was made: no class has more or fewer examples.")
        return
    classes = f", with {_counted(drift.n_new_classes, 'new class')}" if drift.n_new_classes else ""
    if new < gone:
        text = f"The data has fewer examples than the {drift.planned:,} that the plan was made from{classes}."
    else:
        fewer = f"; some classes have fewer examples now, {gone:,} in all" if gone else ""
        text = f"{_counted(new, 'example')} came after the plan was made{classes}{fewer}."
    yield Finding("note", text)
    sizes = np.nan_to_num(np.abs(drift.drift))
    c, k = np.unravel_index(int(sizes.argmax()), sizes.shape)
    if sizes[c, k]:
        of = f"class {named(drift.plan, [int(c)])} in {split_name(drift.plan.names[k])}"
        yield Finding(
            "note", f"The share that has drifted farthest from its size is that of {of}: {drift.drift[c, k]:+.2%}."
        )


def _absent(table: Table) -> Iterator[Finding]:
    """Say which classes each split lacks."""
    lacking = [row for row in table.splits if row.absent and row.examples]
    totals = table.plan.totals
    n_classes = int(np.count_nonzero(totals))
    for row in lacking if len(lacking) <= _NAMED else []:
        absent = np.flatnonzero((row.counts == 0) & (totals > 0))
        largest = absent[np.argsort(-totals[absent], kind="stable")]
        which = "it has" if len(absent) == 1 else "the largest of them has"
        text = f"{split_name(row.name)} lacks {len(absent):,} of {n_classes:,} classes: {named(table.plan, largest)}"
        yield Finding("warning", f"{text}; {which} {_counted(int(totals[largest[0]]), 'example')}.")
    if len(lacking) > _NAMED:
        least, most = (choose(row.absent for row in lacking) for choose in (min, max))
        largest_absent = max(int(totals[row.counts == 0].max()) for row in lacking)
        each = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        text = f"{len(lacking):,} splits lack {each} of {n_classes:,} classes each"
        yield Finding("warning", f"{text}; the largest class that one lacks has {_counted(largest_absent, 'example')}.")
    if not lacking:
        yield Finding("good", "Every class is in every split.")


def _small(table: Table) -> Iterator[Finding]:
    """Say which classes are too small for the sizes, and what helps."""
    plan, rows = table.plan, [row for row in table.splits if row.size]
    if not rows:
        return
    totals = plan.totals[plan.totals > 0]
    smallest = min(rows, key=lambda row: row.size)
    enough = math.ceil(1 / smallest.size)
    small, fewer = int(np.count_nonzero(totals < enough)), int(np.count_nonzero(totals < len(rows)))
    if not small:
        return
    of = "it" if small == 1 else "each"
    alike = sum(row.size == smallest.size for row in rows) > 1
    which = (
        f"a split of {percent(smallest.size)}" if alike else f"{split_name(smallest.name)} ({percent(smallest.size)})"
    )
    size = f"{which} has, on average, less than one example of {of}"
    yield Finding("note", f"{_have(small, 'class')} fewer than {enough:,} examples: {size}.")
    if fewer:
        yield Finding(
            "note", f"{_have(fewer, 'class')} fewer examples than there are splits, and cannot be in all of them."
        )
    yield from _way_out(table)


def _way_out(table: Table) -> Iterator[Finding]:
    """Say what puts every class in every split, where some class is absent that need not be."""
    rows = [row for row in table.splits if row.size and row.examples]
    enough = table.plan.totals >= len(rows)
    if isinstance(table.plan, Plan) and any(np.any(enough & (row.counts == 0)) for row in rows):
        yield Finding("note", f"min_per_split=1 puts every class of at least {len(rows):,} examples in every split.")


def _empty(table: Table) -> Iterator[Finding]:
    """Say which splits have no examples, and how many examples are in no split."""
    for wanted, kind, why in (
        (True, "warning", "has no examples, although its size is above 0"),
        (False, "note", "has size 0"),
    ):
        rows = [row for row in table.splits if not row.examples and bool(row.size) is wanted]
        for row in rows[:_NAMED]:
            yield Finding(kind, f"{split_name(row.name)} {why}.")  # type: ignore[arg-type]
        if len(rows) > _NAMED:
            yield Finding(kind, f"{_counted(len(rows) - _NAMED, 'more split')} {why.replace('has', 'have', 1)}.")  # type: ignore[arg-type]
    if table.rest is not None:
        sizes = percent(1 - table.rest.size)
        yield Finding("note", f"{_counted(table.rest.examples, 'example')} are in no split: the sizes sum to {sizes}.")


def _deviation(table: Table) -> Iterator[Finding]:
    """Say how far the classes are from their ideals, and why if they are farther than rounding explains."""
    worst = max([*table.splits, *([table.rest] if table.rest else [])], key=lambda row: row.deviation)
    if worst.deviation == 0:
        yield Finding("good", "Every class has exactly its ideal number of examples in every split.")
    elif worst.deviation < 1:
        yield Finding("good", "Every class is less than one example from its ideal in every split.")
    else:
        plan = table.plan
        text = f"The largest deviation is {_off(table, worst)}."
        if isinstance(plan, GroupPlan):
            yield Finding("note", f"{text} Groups stay whole, so that classes may deviate by more than one example.")
        elif isinstance(plan, MultilabelPlan):
            yield Finding("note", f"{text} Examples of several labels stay whole, so that labels deviate.")
        else:
            ids = "rows share ids, " if plan.with_ids else ""
            text += f" Cause: {ids}examples came after the plan was made, or min_per_split moved some."
            yield Finding("warning", text)


def _special(table: Table) -> Iterator[Finding]:
    """Say what only some kinds of plans have."""
    plan = table.plan
    if gone := np.flatnonzero(plan.totals == 0).tolist():
        yield Finding("note", f"{_have(len(gone), 'class')} no examples in this data: {named(plan, gone)}.")
    if isinstance(plan, GroupPlan):
        yield Finding("good", f"Every one of the {len(plan.groups):,} groups is in one split only.")
        if not plan.fair:
            yield Finding("note", "With balance='closest', large groups go to small splits less often than requested.")
    if isinstance(plan, MultilabelPlan) and (unlabeled := int(plan.unlabeled.sum())):
        yield Finding("note", f"{_have(unlabeled, 'example')} no label.")


def _off(table: Table, row: Row) -> str:
    """Return the largest deviation of a row as words."""
    assert row.worst is not None
    count, ideal = int(row.counts[row.worst]), int(table.plan.totals[row.worst]) * row.size
    which = f"class {named(table.plan, [row.worst])} in {split_name(row.name)}"
    direction = "more" if count > ideal else "fewer"
    return f"that of {which}: {count:,} examples, {truncated(row.deviation, _DECIMALS)} {direction} than its ideal"


def named(plan: Plan | GroupPlan | MultilabelPlan, classes: Sequence[int] | NDArray[np.intp]) -> str:
    """Return the names of the first few classes, and how many more there are."""
    labels = plan.classes[np.asarray(classes[:_NAMED], dtype=np.intp)].tolist()
    texts = [f"'{shown(label)}'" if isinstance(label, str) else shown(label) for label in labels]
    more = f" and {len(classes) - _NAMED:,} more" if len(classes) > _NAMED else ""
    return ", ".join(texts) + more


def split_name(name: str) -> str:
    """Return the name of a split within a sentence, where a number alone would not be taken for a name."""
    return f"split {name}" if name.isdigit() else shown(name)


def percent(size: Fraction | float) -> str:
    """Return a size as a percentage, as long as it needs to be, up to four digits."""
    return f"{100 * float(size):.4g}%"


def _counted(n: int, noun: str) -> str:
    """Return a number with its noun."""
    if n == 1:
        return f"1 {noun}"
    return f"{n:,} {noun}es" if noun.endswith("s") else f"{n:,} {noun}s"


def _have(n: int, noun: str) -> str:
    return f"{_counted(n, noun)} {'has' if n == 1 else 'have'}"
