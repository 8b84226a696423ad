"""The page of a split: one HTML file with tables, a picture, findings, a search over all classes, and the data."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib import resources
from typing import Any

import numpy as np

from fastsplit.durable import replaced_file
from fastsplit.group_plans import GroupPlan
from fastsplit.report import drawing, fragments
from fastsplit.report.changes import Drift
from fastsplit.report.dots import MAX_STRIPS, strips
from fastsplit.report.findings import Finding, findings
from fastsplit.report.table import AnyPlan, Table, shown, to_dict
from fastsplit.text import printable

_FEW_CLASSES = 40  # are all shown, and need no picture beside their bars
_ENDS = 15  # classes that are shown of more: the largest and the smallest ones
_MAX_ROWS = 100  # of the table of splits, and of the splits to filter classes by


def write(table: Table, path: str | os.PathLike[str], drift: Drift | None) -> None:
    """Write the page to a file, which is replaced only when the page is complete."""
    page = to_html(table, drift).encode("utf-8")
    with replaced_file(path) as file:
        file.write(page)


def to_html(table: Table, drift: Drift | None) -> str:
    """Return the page as text."""
    found = findings(table, drift)
    style = fragments.color_rules("split") + _asset("page.css")
    script = _asset("page.js")
    # Nothing is fetched, and no other script runs, whatever the names of classes are.
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    title = f"Split of {table.examples:,} examples"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="split">
<h1>{title}</h1>
<p class="faint">{_about(table.plan)}</p>
<h2>What to know</h2>
<ul>{"".join(f'<li class="{finding.kind}">{escape(finding.text)}</li>' for finding in found)}</ul>
<h2>Splits</h2>
{_splits(table)}
{_picture(table)}
{_classes(table)}
<footer>Made by fastsplit. <button id="save">Save the data as JSON</button></footer>
<script type="application/json" id="data">{_embedded(_data(table, found))}</script>
<script>{script}</script>
</body>
</html>
"""


def _about(plan: AnyPlan) -> str:
    """Return the figures of the whole split."""
    parts = [f"{len(plan.classes):,} classes"]
    if plan.totals.size:
        low, middle, high = np.min(plan.totals), np.median(plan.totals), np.max(plan.totals)
        parts.append(
            f"of {low:,} to {high:,} examples, the median {middle:,.10g}" if low < high else f"of {low:,} examples each"
        )
    if isinstance(plan, GroupPlan):
        parts.append(f"{len(plan.groups):,} groups, the largest of {plan.largest_group:,} examples")
    return "; ".join([" ".join(parts[:2]), *parts[2:], f"seed {plan.seed}"])


def _splits(table: Table) -> str:
    """Return the table of the splits."""
    splits = table.splits[:_MAX_ROWS]
    rows = [*fragments.split_rows(table._replace(splits=splits), range(len(splits)))]
    headings = fragments.split_headings(table)
    if len(splits) < len(table.splits):
        rows.insert(len(splits), fragments.more(len(table.splits) - len(splits), "splits", len(headings)))
    return f'<div class="wide">{fragments.table_of(headings, rows, "splits")}</div>'


def _picture(table: Table) -> str:
    """Return the picture of many classes; few are seen better in their own bars."""
    plan = table.plan
    if len(plan.classes) <= _FEW_CLASSES:
        return ""
    banded = not isinstance(plan, GroupPlan)  # a group may be more than one example
    svg = drawing.picture(strips(table), plan.totals, banded)
    band = " In the shaded band, it is less than one example from its ideal." if banded else ""
    few = f" The first {MAX_STRIPS} of {len(table.splits):,} splits." if len(table.splits) > MAX_STRIPS else ""
    text = f"A dot is a class, or several of the same size and share; the line is the size of the split.{band}{few}"
    return f"<h2>The share of every class in each split</h2><p class='faint'>{text}</p><div class='wide'>{svg}</div>"


def _classes(table: Table) -> str:
    """Return the classes: all by their sizes, the largest and the smallest, and the search."""
    plan, density = table.plan, ""
    if len(plan.classes) > _FEW_CLASSES:
        density = f'<h2>Classes by size</h2><div class="wide" id="densities">{fragments.density_table(plan)}</div>'
    key = f"<p>{fragments.key(table)}</p>" if len(plan.names) <= MAX_STRIPS else ""
    options = "".join(
        f'<option value="{k}">absent from {escape(shown(row.name))}: {row.absent:,}</option>'
        for k, row in enumerate(table.splits[:_MAX_ROWS])
        if row.absent
    )
    search = f'type="search" placeholder="Search {len(plan.classes):,} classes" aria-label="Search classes"'
    limits = f'data-bars="{MAX_STRIPS}" data-columns="{fragments.MAX_COUNT_COLUMNS}"'
    return f"""{density}
<h2>Classes</h2>
{key}
<div class="controls"><input id="query" {search} autocomplete="off" spellcheck="false">
<select id="lacking" aria-label="Filter classes"><option value="-1">all classes</option>{options}</select></div>
<div class="wide" id="overview">{fragments.class_table(plan, _FEW_CLASSES, _ENDS)}</div>
<div class="wide" id="answer" {limits} hidden><p class="faint" id="found"></p>
{fragments.table_of(fragments.class_headings(plan), [], "rows")}</div>"""


def _data(table: Table, found: Sequence[Finding]) -> dict[str, Any]:
    """Return all that the page shows: the report, and the names and counts of all classes.

    Names are strings, because JavaScript rounds integers above 2**53.
    """
    plan = table.plan
    return {
        **to_dict(table),
        "findings": [finding._asdict() for finding in found],
        "class_names": [printable(label) for label in plan.classes.tolist()],
        "class_counts": plan.counts.T.tolist(),
    }


def _embedded(data: dict[str, Any]) -> str:
    """Return JSON that may stand in a script element, which any "</script" would end."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").strip()
