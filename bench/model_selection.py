"""fastsplit.model_selection against sklearn.model_selection, and few labels: `python bench/model_selection.py`.

Writes CPU time, and the speed relative to scikit-learn, to RESULTS.md and docs/coming-from-scikit-learn.md. Both
modules run the same code on the same data in turns, and return equal arrays, which is checked before anything is timed.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import numpy as np
import sklearn.model_selection

import fastsplit
from cases import make_labels
from checks import check_kfold, check_split
from contenders import FOLDS, SIZES, Array, Examples, best_numpy, scikit_learn_kfold, scikit_learn_split
from machine import BENCH, ROOT, machine
from measure import interleaved
from render import replace_between, table

MODULES = {"scikit-learn": sklearn.model_selection, "fastsplit": fastsplit.model_selection}
SMALL_ROWS, SMALL_CLASSES = (50, 150, 1000), 3
FEW_LABELS, FEW_CLASSES = (100, 1000, 10_000), 10
ROWS_PER_CLASS, ROWS_PER_GROUP = 10, 10  # at least, however small the data
SHORTEST = 0.01  # seconds: shorter calls are repeated until they take as long
ROUNDS, BUDGET = 5, 3.0  # at least, and seconds per row
QUICK_SCALE, QUICK_BUDGET = 0.01, 0.1


@dataclass(frozen=True)
class Data:
    """What is split: features that nothing reads, labels and groups."""

    x: Array
    y: Array
    groups: Array

    @classmethod
    def of(cls, n: int, n_classes: int) -> Data:
        """Return n rows of equally many rows per class, in random order, and of groups of random sizes."""
        y = make_labels(n, min(n_classes, n // ROWS_PER_CLASS))
        return cls(np.zeros((n, 1)), y, np.random.default_rng(0).integers(0, n // ROWS_PER_GROUP, n))


Use = Callable[[Any, Data], list[Array]]  # takes a module and data


def split_by(name: str, module: Any, data: Data, **options: Any) -> list[Array]:
    """Return all arrays of a splitter."""
    groups = {"groups": data.groups} if "Group" in name else {}
    pairs = getattr(module, name)(**options).split(data.x, data.y, **groups)
    return list(itertools.chain.from_iterable(pairs))


def train_test_split(module: Any, data: Data) -> list[Array]:
    """Return the parts of the features and of the labels."""
    return list(module.train_test_split(data.x, data.y, test_size=0.2, stratify=data.y, random_state=0))


USES: dict[str, Use] = {
    "StratifiedKFold(5)": partial(split_by, "StratifiedKFold", n_splits=5),
    "StratifiedKFold(5, shuffle=True)": partial(split_by, "StratifiedKFold", n_splits=5, shuffle=True, random_state=0),
    "RepeatedStratifiedKFold(5, 10)": partial(
        split_by, "RepeatedStratifiedKFold", n_splits=5, n_repeats=10, random_state=0
    ),
    "StratifiedShuffleSplit(10)": partial(
        split_by, "StratifiedShuffleSplit", n_splits=10, test_size=0.2, random_state=0
    ),
    "StratifiedGroupKFold(5)": partial(split_by, "StratifiedGroupKFold", n_splits=5),
    "train_test_split(stratify=y)": train_test_split,
}
_MILLION = 1_000_000
CASES = [  # use, rows, classes
    ("StratifiedKFold(5)", _MILLION, 10_000),
    ("StratifiedKFold(5, shuffle=True)", _MILLION, 10_000),
    ("StratifiedKFold(5, shuffle=True)", _MILLION, 2),
    ("StratifiedShuffleSplit(10)", _MILLION, 2),
    ("StratifiedShuffleSplit(10)", _MILLION, 100),
    ("train_test_split(stratify=y)", _MILLION, 2),
    ("StratifiedGroupKFold(5)", 200_000, 10),
    *((use, n, SMALL_CLASSES) for n in SMALL_ROWS for use in USES),
]
IN_DOCS = [case for case in CASES if case[1] >= SMALL_ROWS[-1]]


def cpu_seconds_of(body: Callable[[], Any], calls: int) -> float:
    """Return the CPU time per call of all threads, in seconds."""
    start = time.process_time()
    for _ in range(calls):
        body()
    return (time.process_time() - start) / calls


def medians(bodies: Mapping[str, Callable[[], Any]], budget: float) -> dict[str, float]:
    """Return the median CPU time per call of each body, all run in turns."""
    calls = {name: max(1, round(SHORTEST / max(1e-9, cpu_seconds_of(body, 1)))) for name, body in bodies.items()}
    samplers = {name: partial(cpu_seconds_of, body, calls[name]) for name, body in bodies.items()}
    return {name: median(samples) for name, samples in interleaved(samplers, ROUNDS, budget).items()}


def check_equal(found: Mapping[str, list[Array]]) -> None:
    """Assert that fastsplit's arrays are scikit-learn's, to the bit."""
    for array, expected in zip(found["fastsplit"], found["scikit-learn"], strict=True):
        assert array.dtype == expected.dtype
        assert np.array_equal(array, expected)


def amount(seconds: float) -> str:
    """Write a time in microseconds or milliseconds."""
    number, unit = (seconds * 1e6, "us") if seconds < 1e-3 else (seconds * 1e3, "ms")
    return f"{number:.3g} {unit}" if number < 100 else f"{number:,.0f} {unit}"


def speed(base: float, seconds: float) -> str:
    """Write how many times as fast as the base, bold if slower."""
    ratio = base / seconds
    return f"**{ratio:.2f}x**" if ratio < 1 else f"{ratio:.3g}x"


def measured(scale: float, budget: float) -> dict[tuple[str, int, int], list[str]]:
    """Measure all cases; return the cells of their rows."""
    rows = {}
    for use, rows_at_full_scale, n_classes in CASES:
        n = rows_at_full_scale if rows_at_full_scale <= SMALL_ROWS[-1] else round(rows_at_full_scale * scale)
        data = Data.of(n, n_classes)
        bodies = {name: partial(USES[use], module, data) for name, module in MODULES.items()}
        check_equal({name: body() for name, body in bodies.items()})
        seconds = medians(bodies, budget)
        base, ours = seconds["scikit-learn"], seconds["fastsplit"]
        n_groups = len(np.unique(data.groups)) if "Group" in use else 0
        rows[use, rows_at_full_scale, n_classes] = [
            use,
            f"{n:,}",
            f"{len(np.unique(data.y)):,}" + (f", {n_groups:,} groups" if n_groups else ""),
            amount(base),
            amount(ours),
            speed(base, ours),
        ]
        print(*rows[use, rows_at_full_scale, n_classes], sep=" | ", flush=True)
    return rows


def laid_out(rows: list[list[str]]) -> str:
    """Lay the cells out as a table."""
    return table(["", "rows", "classes", "scikit-learn", "fastsplit", "speed"], rows)


def best_numpy_kfold(labels: Array) -> list[tuple[Array, Array]]:
    """Make all folds as fast as plain NumPy can: rows in random order, sorted by class, are dealt to the folds."""
    rng = np.random.default_rng(0)
    mixed = rng.permutation(len(labels))
    numbers = np.empty(len(labels), dtype=np.uint8)
    numbers[mixed[np.argsort(labels[mixed].astype(np.uint16), kind="stable")]] = np.arange(len(labels)) % FOLDS
    return [
        (rng.permutation(np.flatnonzero(numbers != fold)), rng.permutation(np.flatnonzero(numbers == fold)))
        for fold in range(FOLDS)
    ]


def splitting(labels: Array) -> dict[str, Callable[[], Any]]:
    """Return the ways to three splits; fastsplit takes a new seed in every call, of which the first is 0."""
    examples, seeds = Examples(labels), itertools.count()
    return {
        "fastsplit": lambda: list(fastsplit.split(labels, SIZES, seed=next(seeds))),
        "best NumPy": partial(best_numpy, examples, order="shuffled"),
        "scikit-learn": partial(scikit_learn_split, examples, order="shuffled"),
    }


def folding(labels: Array) -> dict[str, Callable[[], Any]]:
    """Return the ways to all pairs of five folds."""
    seeds = itertools.count()
    return {
        "fastsplit": lambda: list(fastsplit.kfold(labels, FOLDS, seed=next(seeds))),
        "best NumPy": partial(best_numpy_kfold, labels),
        "scikit-learn": partial(scikit_learn_kfold, labels),
    }


def of_few_labels(budget: float) -> str:
    """Measure `fastsplit.split` and `kfold` of few labels; return a table."""
    rows = []
    for n in FEW_LABELS:
        labels = make_labels(n, FEW_CLASSES)
        tasks = {"split, three splits": splitting(labels), "kfold(5), all pairs": folding(labels)}
        for title, bodies in tasks.items():
            for name, body in bodies.items():
                if title.startswith("split"):
                    check_split(name, Examples(labels), body(), order="shuffled")
                else:
                    check_kfold(name, labels, body())
            seconds = medians(bodies, budget)
            ours = seconds.pop("fastsplit")
            others = [f"{amount(other)}, {speed(other, ours)}" for other in seconds.values()]
            rows.append([title, f"{n:,}", amount(ours), *others])
    return table(["", "labels", "fastsplit", "best NumPy", "scikit-learn"], rows)


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print tables of small data and write nothing")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", "The least populated class", UserWarning)
    budget = QUICK_BUDGET if quick else BUDGET
    rows = measured(QUICK_SCALE if quick else 1, budget)
    few = of_few_labels(budget)
    if quick:
        print(f"\n{laid_out(list(rows.values()))}\n\n{few}")
        return
    replace_between(BENCH / "RESULTS.md", "model_selection", f"{laid_out(list(rows.values()))}\n\n{machine()}")
    replace_between(BENCH / "RESULTS.md", "few labels", f"{few}\n\n{machine()}")
    in_docs = [rows[case] for case in IN_DOCS]
    replace_between(ROOT / "docs" / "coming-from-scikit-learn.md", "table", f"{laid_out(in_docs)}\n\n{machine()}")


if __name__ == "__main__":
    main()
