"""The card of a split, which a notebook shows: its splits and its classes, small however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from fastsplit.group_plans import GroupPlan
from fastsplit.report.fragments import (
    class_table,
    color_rules,
    density_table,
    more,
    split_headings,
    split_rows,
    table_of,
)
from fastsplit.report.table import AnyPlan, Table

_FEW_CLASSES = 12  # are all shown
_FEW_SPLITS = 24
_ENDS = 5  # classes, and splits, that are shown of more: the first and the last ones

# Text, lines and background are those of the page around, light or dark. Notebooks have rules for tables; the class is
# named twice to precede them.
_STYLE = (
    ".fastsplit{font-size:13px;line-height:1.4;overflow-x:auto}"
    ".fastsplit.fastsplit table{border-collapse:collapse;margin:6px 0 10px;border:0}"
    ".fastsplit.fastsplit th,.fastsplit.fastsplit td{padding:2px 12px 2px 0;border:0;text-align:left}"
    ".fastsplit td,.fastsplit th{white-space:nowrap}"
    ".fastsplit.fastsplit thead th{font-weight:600;opacity:.7}"
    ".fastsplit.fastsplit thead{border-bottom:1px solid color-mix(in srgb,currentColor 30%,transparent)}"
    ".fastsplit.fastsplit .n{text-align:right;font-variant-numeric:tabular-nums}"
    ".fastsplit .none{font-weight:700}.fastsplit .zero,.fastsplit .more td{opacity:.65}"
    ".fastsplit .bar,.fastsplit .track{display:flex;gap:1px;width:180px;height:11px;border-radius:2px;overflow:hidden;"
    "background:color-mix(in srgb,currentColor 12%,transparent)}"
    ".fastsplit .track{width:90px}.fastsplit i{display:block;flex:1 1 0;min-width:0}"
    ".fastsplit .track i{flex:none}.fastsplit .kd{background:currentColor;opacity:.5}"
    ".fastsplit ul{margin:6px 0;padding-left:18px}"
)


def card(plan: AnyPlan, title: str, sentences: Sequence[str] = ()) -> str:
    """Return the card as a piece of HTML that is complete with its style; sentences stand above the tables."""
    n_splits = len(plan.names)
    few = n_splits <= _FEW_SPLITS
    numbers = [*range(n_splits)] if few else [*range(_ENDS), *range(n_splits - _ENDS, n_splits)]
    table = Table.of(plan, numbers)
    headings, rows = split_headings(table), [*split_rows(table, numbers)]
    if not few:
        rows.insert(_ENDS, more(n_splits - len(numbers), "splits", len(headings)))
    in_groups = f" in {len(plan.groups):,} groups" if isinstance(plan, GroupPlan) else ""
    about = f"{table.examples:,} examples{in_groups}, {len(plan.classes):,} classes, seed {plan.seed}"
    known = f"<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in sentences)}</ul>" if sentences else ""
    parts = [
        f"<style>{_STYLE}{color_rules('fastsplit')}</style>",
        f"<div><strong>{title}</strong> {about}</div>",
        known,
    ]
    parts.append(table_of(headings, rows))
    if len(plan.classes):
        parts.append(class_table(plan, _FEW_CLASSES, _ENDS))
    if len(plan.classes) > _FEW_CLASSES:
        parts.append(density_table(plan))
    return f'<div class="fastsplit">{"".join(parts)}</div>'
