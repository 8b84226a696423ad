"""Measure fastsplit beside its contenders, and write what came out: ``python bench/report.py [--quick]``.

Contenders of a row run by turns in one process; a figure is the median of its runs. Results are checked before anything
is timed. Writes bench/RESULTS.md, bench/time-per-label.png and the table of README.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import limits
import numpy as np
import pipelines
import sklearn
from contenders import SIZES, best_numpy, check, make_labels, scikit_learn, scikit_learn_kfold, tutorial

import fastsplit
from fastsplit import reference

HERE = Path(__file__).parent
Contender = Callable[[], Any]


@dataclass
class Row:
    """One comparison: what is done, ours, the others, and how often ours runs against each of theirs."""

    title: str
    n: int
    contenders: dict[str, Contender]
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def run(self, budget: float) -> None:
        """Run the contenders by turns until the budget of seconds is used up, three times at the least."""
        self.seconds = {name: [] for name in self.contenders}
        for contender in self.contenders.values():
            contender()
        begin, rounds = time.perf_counter(), 0
        while rounds < 3 or (time.perf_counter() - begin < budget and rounds < 100):
            for name, contender in self.contenders.items():
                start = time.perf_counter()
                contender()
                self.seconds[name].append(time.perf_counter() - start)
            rounds += 1

    def time(self, name: str) -> float:
        """Return the median of a contender's seconds."""
        return median(self.seconds[name])

    @property
    def ours(self) -> str:
        """The first contender is fastsplit."""
        return next(iter(self.contenders))

    def ratio(self, name: str) -> float:
        """Return how many times as long as fastsplit another takes."""
        return self.time(name) / self.time(self.ours)


def splitting(title: str, labels: Any, *, shuffle: bool, others: list[str], threads: int | None = None) -> Row:
    """Make a row that splits labels in three."""

    def ours() -> list[Any]:
        return list(fastsplit.split(labels, SIZES, seed=0, shuffle=shuffle, threads=threads))

    functions: dict[str, Contender] = {
        "reference": lambda: list(reference.split(labels, SIZES, seed=0, shuffle=shuffle)),
        "best NumPy": lambda: best_numpy(labels, shuffle=shuffle),
        "tutorial": lambda: tutorial(labels),
        "scikit-learn": lambda: scikit_learn(labels),
        "labels.copy()": lambda: labels.copy(),
        "1 thread": lambda: list(fastsplit.split(labels, SIZES, seed=0, shuffle=shuffle, threads=1)),
    }
    row = Row(title, len(labels), {"fastsplit": ours, **{name: functions[name] for name in others}})
    for name, contender in row.contenders.items():
        if name != "labels.copy()":
            check(name, labels, contender())
    return row


def rows(scale: float) -> list[Row]:
    """Make all rows; ``scale`` shrinks the arrays."""
    n = int(2e7 * scale)
    ten, thousand = make_labels(n, 10), make_labels(n, 1000)
    numpys = ["best NumPy", "reference"]
    everyone = [*numpys, "tutorial", "scikit-learn"]
    result = [
        splitting("split, ascending, 10 classes", ten, shuffle=False, others=[*numpys, "labels.copy()", "1 thread"]),
        splitting("split, ascending, 1,000 classes", thousand, shuffle=False, others=[*numpys, "1 thread"]),
        splitting("split, 10 classes", ten, shuffle=True, others=[*everyone, "1 thread"]),
        splitting("split, 1,000 classes", thousand, shuffle=True, others=[*numpys, "scikit-learn", "1 thread"]),
    ]
    for labels, classes in ((ten, "10"), (thousand, "1,000")):
        expected = np.argsort(labels, kind="stable")
        assert np.array_equal(fastsplit.group(labels).order, expected)
        result.append(
            Row(
                f"group, {classes} classes",
                n,
                {
                    "fastsplit": lambda labels=labels: fastsplit.group(labels),
                    "stable argsort": lambda labels=labels: np.argsort(labels, kind="stable"),
                    "reference": lambda labels=labels: reference.group(labels),
                },
            )
        )
    pairs = list(fastsplit.kfold(ten, seed=0))
    assert all(np.array_equal(np.sort(np.concatenate(pair)), np.arange(n)) for pair in pairs)
    del pairs
    result.append(
        Row(
            "kfold(5), all ten arrays",
            n,
            {
                "fastsplit": lambda: list(fastsplit.kfold(ten, seed=0)),
                "scikit-learn": lambda: scikit_learn_kfold(ten, 5),
            },
        )
    )
    indices = np.arange(n // 2)
    assert np.array_equal(fastsplit.shuffle(indices, seed=0), reference.shuffle(indices, seed=0))
    generator = np.random.default_rng(0)
    result.append(
        Row(
            "shuffle",
            len(indices),
            {
                "fastsplit": lambda: fastsplit.shuffle(indices, seed=0),
                "Generator.permutation": lambda: generator.permutation(indices),
                "reference": lambda: reference.shuffle(indices, seed=0),
            },
        )
    )
    many = make_labels(int(1_528_329 * scale), int(27_000 * scale))
    result.append(splitting("split, 27,000 classes", many, shuffle=True, others=["scikit-learn", "best NumPy"]))
    zipf, flat = make_labels(n // 2, 100_000, "zipf"), make_labels(n // 2, 10)
    long_tailed = splitting("split, 100,000 classes by Zipf", zipf, shuffle=True, others=["best NumPy"])
    long_tailed.contenders["10 classes"] = lambda: list(fastsplit.split(flat, SIZES, seed=0))
    result.append(long_tailed)
    few = make_labels(1000, 10)
    result.append(splitting("split, 1,000 labels", few, shuffle=True, others=["best NumPy"]))
    result.append(splitting("split, 1,000 labels, everyone by turns", few, shuffle=True, others=everyone))
    return result


# What was aimed at: how many times as long as fastsplit each takes at the least, and why it cannot be, or is not.
TARGETS = [
    ("split, ascending, 10 classes", "best NumPy", 40, "below the time of copying the labels"),
    ("split, ascending, 1,000 classes", "best NumPy", 40, "below the time of copying the labels"),
    ("split, ascending, 10 classes", "labels.copy()", 0.4, "count and emit, as below; the rest is small"),
    ("split, 10 classes", "best NumPy", 15, "the machine's second CPU (see below): order is arithmetic in cache"),
    ("split, 10 classes", "tutorial", 60, "order: a scatter and a sort in cache, four fifths of the time"),
    ("split, 10 classes", "scikit-learn", 60, ""),
    ("group, 10 classes", "stable argsort", 20, "fresh pages and reading twice"),
    ("group, 1,000 classes", "stable argsort", 20, "fresh pages and reading twice"),
    ("kfold(5), all ten arrays", "scikit-learn", 40, "40 bytes a label written to fresh pages"),
    ("shuffle", "Generator.permutation", 8, "the scatter waits for memory, the sort is arithmetic"),
    (
        "split, 27,000 classes",
        "scikit-learn",
        60,
        "selection takes two fifths; what bounds it was not found (see NOTES.md)",
    ),
    ("split, 100,000 classes by Zipf", "10 classes", 0.2, ""),
    ("split, ascending, 10 classes", "1 thread", 1.7, "two threads of arithmetic alone gain no more (see below)"),
    ("split, 10 classes", "1 thread", 1.7, "two threads of arithmetic alone gain no more (see below)"),
    ("split, 1,000 labels", "best NumPy", 1, "calls from Python"),
    (
        "split, 1,000 labels, everyone by turns",
        "best NumPy",
        1,
        "calls from Python, with the caches full of others' code",
    ),
]


def targets(measured: list[Row]) -> str:
    """Lay out what was aimed at beside what was measured."""
    by_title = {row.title: row for row in measured}
    lines = ["| | against | aimed at | measured | where it falls short, what takes the time |", "|---|---|---|---|---|"]
    for title, contender, least, reason in TARGETS:
        ratio = by_title[title].ratio(contender)
        shown = f"{ratio:.3g}x" if ratio >= least else f"**{ratio:.3g}x**"
        lines.append(f"| {title} | {contender} | {least:g}x | {shown} | {'' if ratio >= least else reason} |")
    return "\n".join(lines)


def scaling(largest: int) -> dict[str, list[tuple[int, float]]]:
    """Measure seconds a label against the number of labels: 10 classes, int64, in three splits."""
    found: dict[str, list[tuple[int, float]]] = {}
    n = 1000
    while n <= largest:
        others = ["labels.copy()", "best NumPy", "tutorial", "scikit-learn"] if n <= 10_000_000 else ["labels.copy()"]
        for shuffle in (False, True):
            row = splitting("", make_labels(n, 10), shuffle=shuffle, others=others if shuffle else [])
            row.run(1)
            for name in row.contenders:
                label = f"fastsplit, {'shuffled' if shuffle else 'ascending'}" if name == row.ours else name
                found.setdefault(label, []).append((n, row.time(name) / n))
        n *= 10
    return found


def draw(found: dict[str, list[tuple[int, float]]], path: Path) -> None:
    """Draw time per label against the number of labels; copying the labels is the limit that memory sets."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    ax = figure.subplots()
    for name, points in found.items():
        style = {"color": "black", "linestyle": "--"} if name == "labels.copy()" else {"marker": "o", "markersize": 4}
        ns, seconds = zip(*points, strict=True)
        ax.loglog(ns, np.array(seconds) * 1e9, label=name, **style)
    ax.set_xlabel("labels")
    ax.set_ylabel("ns a label")
    ax.set_title("three stratified splits of int64 labels of 10 classes", fontsize=10)
    ax.grid(alpha=0.3)
    ax.legend()
    figure.savefig(path, dpi=150)


def billion() -> float:
    """Return the seconds a label that 10**9 uint8 labels take, ascending, in uint32 positions."""
    labels = np.tile(np.arange(10, dtype=np.uint8), 10**8)
    best = min(_timed(lambda: fastsplit.split(labels, SIZES, seed=0, shuffle=False, dtype=np.uint32)) for _ in range(3))
    return best / len(labels)


def _timed(contender: Contender) -> float:
    start = time.perf_counter()
    contender()
    return time.perf_counter() - start


def touch_memory() -> None:
    """Write once to most of the memory that is free.

    A virtual machine gets its memory from the host page by page; the first touch of a page takes many times as long as
    any after it, and would be charged to whichever contender comes first.
    """
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            name, kibibytes = line.split()[:2]
            if name == "MemAvailable:":
                np.ones(int(kibibytes) * 1024 // 10)  # eight bytes each: eight tenths of it


def memory(n: int, shuffle: bool) -> float:
    """Return the bytes a label that a split adds to the peak of a fresh process."""
    script = (
        "import resource, numpy as np, fastsplit\n"
        f"labels = np.arange({n}) % 10\n"
        "fastsplit.split(labels[:100_000], (0.7, 0.2, 0.1), seed=0)\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "before = peak()\n"
        "current = int(open('/proc/self/statm').read().split()[1]) * resource.getpagesize()\n"
        "balloon = np.ones(max(0, before - current) // 8)\n"  # so that what is freed already does not count
        f"parts = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, shuffle={shuffle})\n"
        f"print((peak() - before) / {n})\n"
    )
    return float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)


def import_times() -> tuple[float, float]:
    """Return the median seconds that a fresh interpreter takes to import fastsplit, and to import numpy."""
    # Without site, whose hooks for editable installs take a part of the time.
    paths = [str(Path(package.__file__).parents[1]) for package in (fastsplit, np)]
    seconds: dict[str, list[float]] = {"fastsplit": [], "numpy": []}
    for _ in range(31):
        for module, times in seconds.items():
            script = f"import sys; sys.path[:0] = {paths}; import {module}"
            start = time.perf_counter()
            subprocess.run([sys.executable, "-S", "-c", script], check=True)
            times.append(time.perf_counter() - start)
    return median(seconds["fastsplit"]), median(seconds["numpy"])


def machine() -> str:
    """Describe what the figures were measured on, and with."""
    cpu = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        cpu = found.group(1) if found else cpu
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.splitlines() or ["unknown"]
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=HERE).stdout
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "fastsplit", "csrc"], cwd=HERE.parent).returncode
    return (
        f"{cpu}, {os.cpu_count()} CPUs; {compiler[0]}; Python {platform.python_version()}, NumPy {np.__version__}, "
        f"scikit-learn {sklearn.__version__}; fastsplit {fastsplit.__version__} at commit {commit.strip()}"
        f"{' with changes' if changed else ''}."
    )


def table(measured: list[Row], names: list[str]) -> str:
    """Lay out rows as Markdown: ours in ns a label, the others as multiples of it, in bold where they are faster."""
    lines = [f"| | labels | fastsplit, ns a label | {' | '.join(names)} |", "|---" * (3 + len(names)) + "|"]
    for row in measured:
        cells = []
        for name in names:
            ratio = row.ratio(name) if name in row.contenders else None
            cells.append("" if ratio is None else f"**{ratio:.2f}x**" if ratio < 1 else f"{ratio:.3g}x")
        lines.append(f"| {row.title} | {row.n:,} | {row.time(row.ours) / row.n * 1e9:.2f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def replace_between(text: str, marker: str, new: str) -> str:
    """Replace what stands between the two comments ``<!-- marker -->`` and ``<!-- /marker -->``."""
    begin, end = f"<!-- {marker} -->", f"<!-- /{marker} -->"
    head, rest = text.split(begin)
    return f"{head}{begin}\n{new}\n{end}{rest.split(end)[1]}"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print a table of small arrays, and write nothing")
    quick = parser.parse_args().quick
    if not quick:
        touch_memory()
    measured = rows(0.01 if quick else 1)
    for row in measured:
        row.run(1 if quick else 10)
        print(f"{row.title}: {row.time(row.ours) / row.n * 1e9:.2f} ns a label", flush=True)
    names = list(dict.fromkeys(name for row in measured for name in row.contenders if name != row.ours))
    everything = table(measured, names)
    if quick:
        print(everything)
        return
    draw(scaling(100_000_000), HERE / "time-per-label.png")
    ours, numpys = import_times()
    where = limits.report(20_000_000, {f"{c:,} classes": make_labels(20_000_000, c) for c in (10, 1000)})
    results = f"""# Results

{machine()}

Written by `python bench/report.py`. The contenders of a row ran by turns in one process; figures are medians. The
columns say how many times as long as fastsplit (all CPUs) each takes; a bold figure below 1 says that it is faster.

{everything}

![Time per label against the number of labels](time-per-label.png)

- Peak memory beyond the labels, of a fresh process (`resource.getrusage`), bytes a label at 2 x 10^7 int64 labels:
  {memory(20_000_000, False):.1f} ascending, {memory(20_000_000, True):.1f} shuffled. The index arrays are 8 of it.
- 10^9 uint8 labels of 10 classes, ascending uint32 positions: {billion() * 1e9:.2f} ns a label (fastest of 3).
- `import fastsplit` takes {ours * 1e3:.0f} ms, `import numpy` {numpys * 1e3:.0f} ms.

## Targets

{targets(measured)}

## Where the time goes

{where}

## Pipelines

<!-- pipelines -->
{pipelines.report()}
<!-- /pipelines -->
"""
    (HERE / "RESULTS.md").write_text(results, encoding="utf-8")
    readme = HERE.parent / "README.md"
    chosen = [row for row in measured if row.title.startswith("split")]
    short = table(chosen, ["best NumPy", "tutorial", "scikit-learn"])
    readme.write_text(
        replace_between(readme.read_text(encoding="utf-8"), "table", f"{short}\n\n{machine()}"), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
