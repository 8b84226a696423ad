"""The table of speeds in README.md, taken from bench/RESULTS.md: how long users wait today, and with fastsplit."""

from __future__ import annotations

from typing import NamedTuple

from machine import BENCH, ROOT
from render import replace_between, table

_COLUMNS = ["scikit-learn", "tutorial", "best NumPy"]
_CASES = {  # titles of RESULTS.md; of the few labels the case with the smallest lead
    "three splits, 10 classes": "split, 10 classes",
    "three splits, 1,000 classes": "split, 1,000 classes",
    "three splits, 27,000 classes": "split, 27,000 classes",
    "three splits, few labels": "split, 1,000 labels, all contenders interleaved",
    "five folds, all ten arrays": "kfold(5), all ten arrays",
}
_BY_CPU_TIME = "(CPU time)"
_DROP_IN = ("train_test_split(stratify=y)", "1,000,000")
_GROUPS = "200,000 / 18,960 / 10, mixed"


class Line(NamedTuple):
    """A line of the README's table: seconds of fastsplit, and times as long as it that others take."""

    title: str
    labels: str
    seconds: float
    slowdowns: dict[str, str]  # as they stand in RESULTS.md, such as "83x"; a row without some contenders lacks them

    def cells(self) -> list[str]:
        """Return the cells: the times of the others, and how many times as long that is; then fastsplit's."""
        others = [self._other(self.slowdowns.get(name, "")) for name in _COLUMNS]
        return [self.title, self.labels, *others, _amount(self.seconds)]

    def _other(self, slowdown: str) -> str:
        return f"{_amount(self.seconds * float(slowdown.strip('*x')))}, {slowdown}" if slowdown else ""


def section(results: str, marker: str) -> str:
    """Return what stands between two comments of RESULTS.md."""
    return results.partition(f"<!-- {marker} -->\n")[2].partition(f"\n<!-- /{marker} -->")[0]


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of the only table of a text, by the headings of its columns."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    header, _, *rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]


def seconds_in(cell: str) -> float:
    """Return the seconds of a cell such as "1,849 ms" or "55.6 us"."""
    figure, unit = cell.split()
    return float(figure.replace(",", "")) * {"s": 1, "ms": 1e-3, "us": 1e-6}[unit]


def _amount(seconds: float) -> str:
    """Write a time with three digits."""
    unit, factor = ("s", 1) if seconds >= 1 else ("ms", 1e3) if seconds >= 1e-3 else ("us", 1e6)
    return f"{seconds * factor:#.3g}".rstrip(".") + f" {unit}"


def lines(results: str) -> list[Line]:
    """Return the lines of the README's table."""
    cases = {row[""]: row for row in rows_of(section(results, "cases"))}
    found = []
    for title, case in _CASES.items():
        row = cases[case]
        seconds = float(row["fastsplit, ns per label"]) * int(row["labels"].replace(",", "")) * 1e-9
        found.append(Line(title, row["labels"], seconds, row))
    groups = rows_of(section(results, "groups"))
    (mine,) = [row for row in groups if (row["rows / groups / classes"], row[""]) == (_GROUPS, "fastsplit")]
    title = f"five folds of whole groups {_BY_CPU_TIME}"
    found.append(Line(title, _GROUPS.split()[0], seconds_in(mine["CPU time"]), {"scikit-learn": mine["speed"]}))
    (row,) = [row for row in rows_of(section(results, "model_selection")) if (row[""], row["rows"]) == _DROP_IN]
    title = f"`train_test_split`, scikit-learn's result to the bit {_BY_CPU_TIME}"
    return [*found, Line(title, row["rows"], seconds_in(row["fastsplit"]), {"scikit-learn": row["speed"]})]


def rendered(results: str) -> str:
    """Return the README's table, and below it the line that says what it was measured on."""
    cells = [line.cells() for line in lines(results)]
    return f"{table(['', 'labels', *_COLUMNS, 'fastsplit'], cells)}\n\n{section(results, 'cases').splitlines()[0]}"


def write() -> None:
    """Write the table to README.md."""
    replace_between(ROOT / "README.md", "table", rendered((BENCH / "RESULTS.md").read_text(encoding="utf-8")))
