"""Whole groups in five folds, against scikit-learn's StratifiedGroupKFold: `python bench/groups.py`.

Writes a section of RESULTS.md. In every round both split the same labels and groups, with a new seed, one after the
other, and make the index arrays of all folds. Outside the timing, groups are checked to be whole and deviations
counted.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings
from collections.abc import Callable
from functools import partial
from statistics import mean, median
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

import fastsplit
from contenders import FOLDS, Array
from machine import BENCH, machine
from measure import interleaved
from model_selection import SHORTEST, amount, speed
from render import replace_between, table

SEEDS, QUICK_SEEDS = 7, 2
QUICK_ROWS = 10_000  # at most
SCIKIT_LEARN_ROWS = 1_000_000  # at most: 10 million rows would take it minutes
MAIN_CLASSES = (0.6, 0.3)  # the shares of a group's two main classes, in mixed data

Pairs = list[tuple[Array, Array]]


class Shape(NamedTuple):
    """How many rows, groups before those without a row are left out, and classes; and the kind of data."""

    rows: int
    groups: int
    classes: int
    kind: str


SHAPES = [
    Shape(1_000, 100, 4, "uniform"),
    Shape(1_000, 100, 4, "mixed"),
    Shape(10_000, 1_000, 10, "mixed"),
    Shape(50_000, 5_000, 100, "mixed"),
    Shape(200_000, 20_000, 10, "mixed"),
    Shape(10_000_000, 1_000_000, 100, "mixed"),
]


class Data(NamedTuple):
    """The class and the group of each row."""

    labels: Array
    groups: Array


class Sample(NamedTuple):
    """What one round measures of one contender."""

    cpu: float
    wall: float
    largest: float
    rms: float
    size: float


def make(shape: Shape) -> Data:
    """Return uniform rows, or groups of heavy-tailed sizes that mainly consist of two classes each.

    Classes are drawn with probabilities of 1 / rank.
    """
    rng = np.random.default_rng(0)
    n, n_groups, n_classes, kind = shape
    if kind == "uniform":
        return Data(rng.integers(0, n_classes, n), rng.integers(0, n_groups, n))
    edges = rng.lognormal(size=n_groups).cumsum()
    groups = np.searchsorted(edges, rng.random(n) * edges[-1])
    by_rank = (1 / np.arange(1, n_classes + 1)).cumsum()

    def drawn(size: int) -> Array:
        return np.searchsorted(by_rank, rng.random(size) * by_rank[-1])

    which = np.searchsorted(np.cumsum(MAIN_CLASSES), rng.random(n))  # the first or the second class, or any
    choices = np.stack([drawn(n_groups)[groups], drawn(n_groups)[groups], drawn(n)])
    return Data(choices[which, np.arange(n)], groups)


def by_scikit_learn(data: Data, seed: int) -> Pairs:
    """Return all pairs of scikit-learn."""
    cv = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(cv.split(data.labels, data.labels, data.groups))


def by_fastsplit(data: Data, seed: int, threads: int | None) -> Pairs:
    """Return all pairs of fastsplit."""
    return list(fastsplit.kfold(data.labels, FOLDS, groups=data.groups, seed=seed, threads=threads))


def contenders(shape: Shape) -> dict[str, Callable[[Data, int], Pairs]]:
    """Return what is compared, the base first."""
    ours = {"fastsplit, one thread": partial(by_fastsplit, threads=1), "fastsplit": partial(by_fastsplit, threads=None)}
    return {"scikit-learn": by_scikit_learn, **ours} if shape.rows <= SCIKIT_LEARN_ROWS else ours


def deviations(data: Data, pairs: Pairs) -> tuple[float, float, float]:
    """Return how far counts are from a fifth: at most and in the root mean square over classes, and sizes at most."""
    n = len(data.labels)
    fold_of = np.full(n, FOLDS)
    for fold, (train, test) in enumerate(pairs):
        fold_of[test] = fold
        assert len(train) + len(test) == n
    assert fold_of.max() < FOLDS
    per_group = np.zeros(data.groups.max() + 1, dtype=int)
    per_group[data.groups] = fold_of
    assert np.array_equal(per_group[data.groups], fold_of), "a group is in two folds"
    counts = np.bincount(data.labels * FOLDS + fold_of, minlength=FOLDS * (data.labels.max() + 1)).reshape(-1, FOLDS)
    off = counts - counts.sum(axis=1, keepdims=True) / FOLDS
    sizes = counts.sum(axis=0) - n / FOLDS
    return float(np.abs(off).max()), float(np.sqrt((off**2).mean())), float(np.abs(sizes).max())


def sample(body: Callable[[int], Pairs], data: Data, seeds: itertools.count[int], calls: int) -> Sample:
    """Time a contender with the next seed, and count how far its folds deviate."""
    seed = next(seeds)
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(calls):
        pairs = body(seed)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Sample(cpu / calls, wall / calls, *deviations(data, pairs))


def measured(shape: Shape, n_seeds: int) -> list[list[str]]:
    """Measure one shape; return the cells of a row per contender."""
    data = make(shape)
    samplers = {}
    for name, contender in contenders(shape).items():
        body = partial(contender, data)
        first = sample(body, data, itertools.count(), 1)
        calls = max(1, round(SHORTEST / max(1e-9, first.cpu)))
        samplers[name] = partial(sample, body, data, itertools.count(), calls)
    found = interleaved(samplers, n_seeds)
    cpu = {name: median(one.cpu for one in samples) for name, samples in found.items()}
    n_groups = f"{len(np.unique(data.groups)):,}"
    rows = []
    for name, samples in found.items():
        base = cpu.get("scikit-learn")
        rows.append(
            [
                f"{shape.rows:,} / {n_groups} / {shape.classes}, {shape.kind}",
                name,
                amount(cpu[name]),
                amount(median(one.wall for one in samples)),
                speed(base, cpu[name]) if base and name != "scikit-learn" else "",
                f"{mean(one.largest for one in samples):.2f}",
                f"{mean(one.rms for one in samples):.2f}",
                f"{mean(one.size for one in samples):.2f}",
            ]
        )
        print(*rows[-1], sep=" | ", flush=True)
    return rows


def laid_out(rows: list[list[str]]) -> str:
    """Lay the cells out as a table."""
    header = ["rows / groups / classes", "", "CPU time", "wall time", "speed"]
    return table([*header, "largest deviation", "RMS deviation", "fold size off by"], rows)


def quick_shape(shape: Shape) -> Shape:
    """Return a shape of few rows, with as many per group."""
    divisor = max(1, shape.rows // QUICK_ROWS)
    return shape._replace(rows=shape.rows // divisor, groups=shape.groups // divisor)


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print a table of small data and write nothing")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", "The least populated class", UserWarning)
    shapes = list(dict.fromkeys(quick_shape(shape) if quick else shape for shape in SHAPES))
    rows = [row for shape in shapes for row in measured(shape, QUICK_SEEDS if quick else SEEDS)]
    if quick:
        print(f"\n{laid_out(rows)}")
    else:
        replace_between(BENCH / "RESULTS.md", "groups", f"{laid_out(rows)}\n\n{machine()}")


if __name__ == "__main__":
    main()
