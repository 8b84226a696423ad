"""Fragments of HTML that a notebook's card and a page have in common: tables of splits and of classes, with bars."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from html import escape

import numpy as np

from fastsplit.report.colors import PALETTE, REST, color_number
from fastsplit.report.densities import Density, densities
from fastsplit.report.dots import MAX_STRIPS
from fastsplit.report.findings import percent
from fastsplit.report.table import AnyPlan, Row, Table, shown, truncated
from fastsplit.text import printable

MAX_COUNT_COLUMNS = 8  # splits whose counts have columns of their own; bars alone show more
_DECIMALS = 2  # of a deviation
_NARROWEST_WHOLE = 0.25  # a share above it is drawn against the whole; if all are below, against the widest
_NARROW = 1e-9  # of no examples at all
_NARROWEST_TRACK = 0.01  # what is not none is seen
_TITLE = 300  # characters of a name that appears where the mouse points


def color_rules(scope: str) -> str:
    """Return the CSS of the colors of splits, for what is inside elements of a class."""
    colors = [*((f"k{number}", color) for number, color in enumerate(PALETTE)), ("kr", REST)]
    return "".join(f".{scope} .{kind}{{background:{color}}}" for kind, color in colors)


def color_class(number: int | None) -> str:
    """Return the CSS class of a split, or of the examples in no split."""
    return "kr" if number is None else f"k{color_number(number)}"


def cell(content: str, kind: str = "") -> str:
    """Return a cell of a table with HTML inside."""
    return f'<td class="{kind}">{content}</td>' if kind else f"<td>{content}</td>"


def name(value: object) -> str:
    """Return a name or a label: short, and whole where the mouse points at it."""
    short, whole = shown(value), printable(value)
    title = f' title="{escape(whole[:_TITLE])}"' if short != whole else ""
    return f"<bdi{title}>{escape(short)}</bdi>"


def heading(content: str, kind: str = "n") -> str:
    """Return the heading of a column, by default of one of numbers, which are aligned to the right."""
    return f'<th class="{kind}">{content}</th>' if kind else f"<th>{content}</th>"


def table_of(headings: Sequence[str], rows: Iterable[str], identifier: str = "") -> str:
    """Return a table; the identifier is that of its body."""
    body = f'<tbody id="{identifier}">' if identifier else "<tbody>"
    return f"<table><thead><tr>{''.join(headings)}</tr></thead>{body}{''.join(rows)}</tbody></table>"


def more(n: int, noun: str, columns: int) -> str:
    """Return the row that stands for so many others."""
    return f'<tr class="more"><td colspan="{columns}">… {n:,} more {noun}</td></tr>'


def track(color: str, fraction: float) -> str:
    """Return a bar that is filled up to a fraction of its width."""
    return f'<span class="track"><i class="{color}" style="width:{100 * fraction:.2f}%"></i></span>'


def bar(names: Sequence[str], counts: Sequence[int], rest: int | None) -> str:
    """Return the shares of splits side by side, as wide as they have examples, and last the examples in no split."""
    parts = [(shown(label), n, color_class(k)) for k, (label, n) in enumerate(zip(names, counts, strict=True))]
    parts += [] if rest is None else [("in no split", rest, color_class(None))]
    total = sum(n for _, n, _ in parts)
    if not total:
        return '<span class="bar"></span>'
    words = escape(", ".join(f"{label} {n:,} ({n / total:.1%})" for label, n, _ in parts))
    pieces = "".join(f'<i class="{color}" style="flex-grow:{n}"></i>' for _, n, color in parts if n)
    return f'<span class="bar" role="img" aria-label="{words}" title="{words}">{pieces}</span>'


def key(table: Table) -> str:
    """Return the colors of the splits with their names and sizes."""
    items = [(row.name, row.size, color_class(k)) for k, row in enumerate(table.splits)]
    items += [(table.rest.name, table.rest.size, "kr")] if table.rest else []
    one = '<span class="key"><i class="{}"></i>{} {}</span>'
    return " ".join(one.format(color, name(label), percent(size)) for label, size, color in items)


def split_rows(table: Table, numbers: Sequence[int]) -> Iterator[str]:
    """Return a row per split of the table, and one of the examples in no split."""
    widest = max([*map(table.share, table.splits), table.share(table.rest) if table.rest else 0.0, _NARROW])
    widest = 1 if widest > _NARROWEST_WHOLE else widest
    rows = [*zip(table.splits, numbers, strict=True), *([(table.rest, None)] if table.rest else [])]
    for row, number in rows:
        share = table.share(row)
        figures = (f"{row.examples:,}", percent(row.size), f"{100 * share:.2f}%")
        cells = [cell(name(row.name)), *(cell(text, "n") for text in figures)]
        cells += [cell(track(color_class(number), share / widest)), *_deviation(table, row)]
        yield f"<tr>{''.join(cells)}{cell(f'{row.absent:,}', 'n')}{_by_groups(row)}</tr>"


def split_headings(table: Table) -> list[str]:
    """Return the headings of the rows of splits."""
    headings = [heading("split", ""), *map(heading, ("examples", "size", "share")), heading("", "")]
    headings += [heading("largest deviation"), heading("in class", ""), heading("absent classes")]
    by_groups = table.splits and table.splits[0].by_groups
    return [*headings, heading("groups"), heading("RMS deviation")] if by_groups else headings


def _by_groups(row: Row) -> str:
    """Return the cells that only splits by groups have."""
    if row.by_groups is None:
        return ""
    return cell(f"{row.by_groups.groups:,}", "n") + cell(f"{row.by_groups.rms:,.{_DECIMALS}f}", "n")


def _deviation(table: Table, row: Row) -> list[str]:
    """Return the cells of the largest deviation of a split, and of its class."""
    if not row.deviation or row.worst is None:
        return [cell("0", "n"), cell("")]
    return [cell(truncated(row.deviation, _DECIMALS), "n"), cell(name(table.label(row.worst)))]


def class_headings(plan: AnyPlan) -> list[str]:
    """Return the headings of the rows of classes."""
    headings = [heading("class", ""), heading("examples")]
    if len(plan.names) <= MAX_STRIPS:
        headings.append(heading("shares of the splits", ""))
    if len(plan.names) <= MAX_COUNT_COLUMNS:
        headings += [heading(name(label)) for label in plan.names]
    return [*headings, heading("deviation")]


def class_rows(plan: AnyPlan, classes: Iterable[int]) -> Iterator[str]:
    """Return a row per class."""
    for c in classes:
        (label,) = plan.classes[c : c + 1].tolist()
        total, counts = int(plan.totals[c]), plan.counts[c].tolist()
        rest = total - sum(counts) if has_rest(plan) else None
        pairs = zip(counts, plan.sizes, strict=True)
        off = max((abs(count - total * size) for count, size in pairs), default=Fraction(0))
        cells = [cell(name(label)), cell(f"{total:,}", "n")]
        if len(counts) <= MAX_STRIPS:
            cells.append(cell(bar(plan.names, counts, rest)))
        if len(counts) <= MAX_COUNT_COLUMNS:
            cells += [cell(f"{n:,}", "n" if n else "n none") for n in counts]
        yield f"<tr>{''.join(cells)}{cell(truncated(off, _DECIMALS) if off else '0', 'n')}</tr>"


def class_table(plan: AnyPlan, few: int, ends: int) -> str:
    """Return a table of all classes, the largest first; of more than a few, the largest and the smallest ones."""
    order = np.argsort(-plan.totals, kind="stable").tolist()
    headings = class_headings(plan)
    if len(order) <= few:
        return table_of(headings, class_rows(plan, order))
    rows = [*class_rows(plan, order[:ends] + order[-ends:])]
    rows.insert(ends, more(len(order) - 2 * ends, "classes", len(headings)))
    return table_of(headings, rows)


def density_table(plan: AnyPlan) -> str:
    """Return a table of all classes, with a row per range of sizes."""
    wanted = np.array([size > 0 for size in plan.sizes], dtype=bool)
    rows = densities(plan.totals, plan.counts, wanted)
    most = max((row.classes for row in rows), default=1)
    headings = [heading("examples per class"), heading("classes"), heading("", "")]
    headings += [heading("shares of the splits", "")] if len(plan.names) <= MAX_STRIPS else []
    headings.append(heading("absent from a split"))
    return table_of(headings, (_density_row(plan, row, most) for row in rows))


def _density_row(plan: AnyPlan, row: Density, most: int) -> str:
    rest = row.examples - int(row.counts.sum()) if has_rest(plan) else None
    shares = cell(bar(plan.names, row.counts.tolist(), rest)) if len(plan.names) <= MAX_STRIPS else ""
    density = track("kd", max(_NARROWEST_TRACK, row.classes / most))
    lacking = cell(f"{row.lacking:,}", "n" if row.lacking else "n zero")
    return f"<tr>{cell(row.sizes, 'n')}{cell(f'{row.classes:,}', 'n')}{cell(density)}{shares}{lacking}</tr>"


def has_rest(plan: AnyPlan) -> bool:
    """Return whether the sizes leave some examples in no split."""
    return sum(plan.sizes, Fraction(0)) < 1
