"""Measure fastsplit against its contenders: ``python bench/report.py``.

Writes the marked sections of bench/RESULTS.md, the tables of README.md and docs/from-the-recipes.md, and
bench/time-per-label.png. Results are checked before anything is timed. ``--only readme`` measures nothing: it writes
the table of README.md from RESULTS.md, to which other scripts write too.
"""

from __future__ import annotations

import argparse
from statistics import median

import numpy as np

import fastsplit
import limits
import speeds
from cases import CASES, LARGE, labels_of, make_labels, splitting
from contenders import SIZES
from machine import BENCH, ROOT, machine
from measure import Row, measure, seconds_of
from memory import import_seconds, in_fresh_process, touch_memory
from moved import moved_by_split
from render import Points, draw, replace_between, slowdowns, table

RESULTS = BENCH / "RESULTS.md"
QUICK_SCALE = 0.01
BUDGET = 10  # seconds per row
_MOST_WITH_OTHERS = 10_000_000  # labels for which the plot shows the slow contenders
_MOST_IN_PLOT = 100_000_000
_FEWEST_IN_MEMORY = 10_000_000  # labels whose arrays are larger than any cache


def measured(scale: float, budget: float) -> list[Row]:
    """Measure all cases."""
    rows = []
    for case in CASES:
        rows.append(measure(case, scale, budget))
        print(f"{case.title}: {rows[-1].ns_per_label:.2f} ns per label", flush=True)
    return rows


def columns(rows: list[Row]) -> list[str]:
    """Return the names of all contenders but fastsplit."""
    return [name for name in dict.fromkeys(name for row in rows for name in row.seconds) if name != "fastsplit"]


def scaling() -> Points:
    """Measure seconds per label against the number of labels."""
    points: Points = {}
    n = 1000
    while n <= _MOST_IN_PLOT:
        others = ("labels.copy()", *(("best NumPy", "tutorial", "scikit-learn") if n <= _MOST_WITH_OTHERS else ()))
        for order, contenders in (("ascending", ()), ("shuffled", others)):
            case = splitting("", n, contenders, labels_of(10), order)
            row = measure(case, scale=1, budget=1, checked=n <= _MOST_WITH_OTHERS)  # the reference takes much memory
            for name, seconds in row.seconds.items():
                line = f"fastsplit, {order}" if name == "fastsplit" else name
                points.setdefault(line, []).append((n, seconds / n))
        n *= 10
    return points


def limit_lines(costs: dict[str, float]) -> Points:
    """Return the limits of both orders, where no cache holds the arrays."""
    ends = _FEWEST_IN_MEMORY, _MOST_IN_PLOT
    return {
        f"limit, {order}": [(n, moved_by_split(order).seconds(costs)) for n in ends]
        for order in ("shuffled", "ascending")
    }


def billion() -> float:
    """Return the ns per label of 10**9 uint8 labels of 10 classes, split ascending in uint32 positions."""
    labels = np.tile(np.arange(10, dtype=np.uint8), 10**8)
    options = {"seed": 0, "order": "ascending", "dtype": np.uint32}
    best = min(seconds_of(lambda: fastsplit.split(labels, SIZES, **options)) for _ in range(3))
    return best * 1e9 / len(labels)


def facts() -> str:
    """Measure peak memory, a billion labels and imports; return a list."""
    added = {order: in_fresh_process("memory", "added_by_split", LARGE, order) for order in ("ascending", "shuffled")}
    imports = import_seconds()
    return (
        "- Peak memory of a fresh process beyond the labels, in bytes per label at 2 x 10^7 int64 labels: "
        f"{added['ascending']:.1f} ascending,\n  {added['shuffled']:.1f} shuffled. The index arrays take 8 of them.\n"
        f"- 10^9 uint8 labels of 10 classes, ascending uint32 positions: {billion():.2f} ns per label (fastest of 3).\n"
        f"- `import fastsplit` takes {imports['fastsplit'] * 1e3:.0f} ms, `import numpy` "
        f"{imports['numpy'] * 1e3:.0f} ms."
    )


def machine_limits(costs: dict[str, dict[int, float]]) -> str:
    """Measure what the machine allows beside the memory costs, and the stages of splits; return two tables."""
    gains = limits.arithmetic_gains()
    stages = []
    for classes in (10, 1000):
        labels = make_labels(LARGE, classes)
        by_order = [limits.stage_costs(labels, order) for order in ("ascending", "shuffled")]
        for name in dict.fromkeys(name for found in by_order for name in found):
            cells = [f"{s[name][1] * 1e9:.2f} / {s[name][2] * 1e9:.2f}" if name in s else "" for s in by_order]
            stages.append([f"{name.replace('_', ' ')}, {classes:,} classes", *cells])
    return (
        "Two threads of arithmetic alone (sums of numbers in the cache) did "
        f"{gains[0]:.2f} to {gains[-1]:.2f} times as much as one,\n{median(gains):.2f} in the median: what this "
        "machine gives to two threads, and what no kernel can exceed.\n\n"
        f"{limits.rendered_costs(costs)}\n\n"
        f"{table(['stage, ns per label with 1 / 2 threads', 'ascending', 'shuffled'], stages)}"
    )


def write_cases() -> None:
    """Measure the cases, the facts and the limits; write them to RESULTS.md, its plot and README.md's table."""
    costs = limits.memory_costs(LARGE)
    of_threads = limits.costs_of_threads(costs)
    rows = measured(1, BUDGET)
    replace_between(RESULTS, "cases", f"{machine()}\n\n{slowdowns(rows, columns(rows), of_threads)}")
    speeds.write()
    draw(scaling() | limit_lines(of_threads), BENCH / "time-per-label.png")
    replace_between(RESULTS, "facts", facts())
    replace_between(RESULTS, "limits", machine_limits(costs))


def write_pipelines() -> None:
    """Measure the pipelines; write them to RESULTS.md and docs/from-the-recipes.md."""
    from pipelines import report  # here: it imports TensorFlow, whose threads should not run beside the cases

    results, recipes = report.measured()
    replace_between(RESULTS, "pipelines", f"{results}\n\n{machine()}")
    replace_between(ROOT / "docs" / "from-the-recipes.md", "table", f"{recipes}\n\n{machine()}")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print a table of small arrays and write nothing")
    parser.add_argument("--only", choices=["cases", "pipelines", "readme"], help="write a part (default: all)")
    args = parser.parse_args()
    if args.quick:
        rows = measured(QUICK_SCALE, budget=1)
        costs = limits.memory_costs(round(LARGE * QUICK_SCALE))
        print(slowdowns(rows, columns(rows), limits.costs_of_threads(costs)))
        return
    if args.only == "readme":
        speeds.write()
        return
    touch_memory()
    if args.only != "pipelines":
        write_cases()
    if args.only != "cases":
        write_pipelines()


if __name__ == "__main__":
    main()
