"""fastsplit.kfold_multilabel against iterative-stratification and scikit-multilearn: `python bench/multilabel.py`.

Writes CPU time and the quality of five folds to RESULTS.md. All run on the same data in turns. No folds are equal, so
that each has the figures of Tiittanen et al. (2022) and its worst deviation. Packages that are not installed are left
out.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

import fastsplit
from machine import BENCH, machine
from model_selection import amount, medians, speed
from render import replace_between, table

Array = NDArray[Any]
Pairs = list[tuple[Array, Array]]

FOLDS = 5
SHAPES = [(5_000, 50, 4), (20_000, 100, 5), (100_000, 100, 5), (1_000_000, 1_000, 8)]  # rows, labels, labels per row
QUICK_SHAPES = [(1_000, 20, 4), (2_000, 50, 5)]
BUDGET, QUICK_BUDGET = 3.0, 0.1  # seconds per shape
LARGEST = {"iterative-stratification": 100_000, "scikit-multilearn": 20_000}  # rows: of more it takes minutes
MODULES = {"iterative-stratification": "iterstrat", "scikit-multilearn": "skmultilearn"}
HEADINGS = ["rows x labels", "", "CPU time", "relative", "LD", "rLD", "DCP", "worst deviation", "sizes"]


class Quality(NamedTuple):
    """How far folds are from equal, as Tiittanen et al. (2022) measure it, L being the number of labels.

    Attributes
    ----------
    ld : float
        Mean difference of the odds of a label in a fold and in all rows (labels distribution: Sechidis et al. 2011).
    rld : float
        Mean relative difference of the frequency of a label in a fold and in all rows.
    dcp : float
        Mean difference of the share of a label's rows in the fold with the most of them, and 1 / folds.
    worst : float
        The largest deviation of a label in a fold from its equal part, in rows.
    sizes : tuple of int
        The size of the smallest and of the largest fold.
    """

    ld: float
    rld: float
    dcp: float
    worst: float
    sizes: tuple[int, int]

    @classmethod
    def of(cls, labels: scipy.sparse.csr_array, pairs: Pairs) -> Quality:
        """Measure folds, which must part all rows."""
        n, k = labels.shape[0], len(pairs)
        assert np.array_equal(np.sort(np.concatenate([test for _, test in pairs])), np.arange(n))
        counts = np.column_stack([labels[test].sum(axis=0) for _, test in pairs])
        counts = counts[counts.sum(axis=1) > 0]
        sizes, totals = np.array([len(test) for _, test in pairs]), counts.sum(axis=1)[:, None]
        return cls(
            float(np.abs(counts / (sizes - counts) - totals / (n - totals)).mean()),
            float(np.abs(counts / sizes * n / totals - 1).mean()),
            float(np.abs(counts.max(axis=1) / totals[:, 0] - 1 / k).mean()),
            float(np.abs(counts - totals / k).max()),
            (int(sizes.min()), int(sizes.max())),
        )

    def cells(self) -> list[str]:
        """Return the texts of the figures."""
        low, high = self.sizes
        sizes = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        return [f"{self.ld:.3g}", f"{self.rld:.3g}", f"{self.dcp:.3g}", f"{self.worst:.1f}", sizes]


def make_topics(n: int, n_labels: int, per_row: int, block: int = 50_000) -> NDArray[np.bool_]:
    """Return rows of labels of frequency 1 / rank ** 0.8, which come together in two topics."""
    rng = np.random.default_rng(0)
    popularity = 1 / np.arange(1, n_labels + 1) ** 0.8
    chance = np.minimum(0.5, popularity / popularity.sum() * per_row)
    of_topic = np.where(np.arange(2)[:, None] == np.arange(n_labels) % 2, 1.6, 0.4) * chance
    matrix = np.empty((n, n_labels), dtype=bool)
    for begin in range(0, n, block):
        rows = matrix[begin : begin + block]
        rows[:] = rng.random(rows.shape, dtype=np.float32) < of_topic[rng.integers(0, 2, len(rows))]
    return matrix


def at_random(labels: Array) -> Pairs:
    """Return folds of equal sizes without a look at the labels."""
    folds = np.random.default_rng(0).permutation(np.arange(len(labels)) % FOLDS)
    return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(FOLDS)]


def of_iterative_stratification(labels: Array) -> Pairs:
    """Return the folds of iterative-stratification."""
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold

    cv = MultilabelStratifiedKFold(FOLDS, shuffle=True, random_state=0)
    return list(cv.split(np.empty((len(labels), 0)), labels))


def of_scikit_multilearn(labels: Array) -> Pairs:
    """Return the folds of scikit-multilearn, balanced by single labels."""
    from skmultilearn.model_selection import IterativeStratification

    return list(IterativeStratification(FOLDS, order=1).split(np.empty((len(labels), 0)), labels))


def contenders(matrix: Array, sparse: scipy.sparse.csr_array) -> dict[str, Callable[[], Pairs]]:
    """Return what makes folds, by name; the first is what the others are compared with."""

    def ours(labels: Any) -> Pairs:
        return list(fastsplit.kfold_multilabel(labels, FOLDS, seed=0, order="ascending"))

    bodies = {
        "fastsplit": partial(ours, matrix),
        "fastsplit, CSR": partial(ours, sparse),
        "random": partial(at_random, matrix),
    }
    others = {
        "iterative-stratification": of_iterative_stratification,
        "scikit-multilearn": of_scikit_multilearn,
    }
    for name, body in others.items():
        if len(matrix) <= LARGEST[name] and importlib.util.find_spec(MODULES[name]):
            bodies[name] = partial(body, matrix)
    return bodies


def measured(shape: tuple[int, int, int], budget: float) -> list[list[str]]:
    """Measure all contenders on labels of a shape; return the cells of their rows."""
    matrix = make_topics(*shape)
    sparse = scipy.sparse.csr_array(matrix)
    bodies = contenders(matrix, sparse)
    qualities = {name: Quality.of(sparse, body()) for name, body in bodies.items()}
    check(qualities)
    seconds = medians(bodies, budget)
    rows = []
    for name, quality in qualities.items():
        title = f"{shape[0]:,} x {shape[1]:,}" if name == "fastsplit" else ""
        ratio = "" if name == "fastsplit" else speed(seconds[name], seconds["fastsplit"])
        rows.append([title, name, amount(seconds[name]), ratio, *quality.cells()])
        print(*rows[-1], sep=" | ", flush=True)
    return rows


def check(qualities: dict[str, Quality]) -> None:
    """Assert that sizes are exact, that the container changes nothing, and that no other figure is better."""
    ours = qualities["fastsplit"]
    assert ours.sizes[1] - ours.sizes[0] <= 1
    assert qualities["fastsplit, CSR"] == ours
    for other in qualities.values():
        assert all(a <= b for a, b in zip(ours[:4], other[:4], strict=True)), (ours, other)


def main() -> None:
    """Measure, and write unless it was in a hurry."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="print a table of small data and write nothing")
    quick = parser.parse_args().quick
    shapes, budget = (QUICK_SHAPES, QUICK_BUDGET) if quick else (SHAPES, BUDGET)
    laid_out = table(HEADINGS, [cells for shape in shapes for cells in measured(shape, budget)])
    if quick:
        print(f"\n{laid_out}")
        return
    replace_between(BENCH / "RESULTS.md", "multilabel", f"{laid_out}\n\n{machine()}")


if __name__ == "__main__":
    main()
