"""What becomes of the examples of small classes, by the rule of scikit-learn and by that of fastsplit.

``python bench/rounding.py`` writes the tables of docs/coming-from-scikit-learn.md. Seeds are fixed, so that every run
finds the same figures; nothing is timed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

import fastsplit
from machine import ROOT
from render import replace_between, table

DOCS = ROOT / "docs" / "coming-from-scikit-learn.md"
SEEDS = range(1000)
FOLDS = 5
FEW = np.repeat([0, 1, 2, 3], [2, 3, 3, 8])
SKEWED = np.repeat([0, 1, 2], [70, 26, 4])
MANY_CLASSES, MANY_ROWS, SMALLEST, FEW_SEEDS = 1000, 10_000, 2, range(20)  # train_test_split wants two of a class

Labels = NDArray[np.int64]
Test = Callable[[Labels, float, int], NDArray[np.intp]]  # takes labels, the size of the test set and a seed


def scikit_learn_test(labels: Labels, size: float, seed: int) -> NDArray[np.intp]:
    """Return a test set by scikit-learn's rule: the largest remainders are rounded up."""
    positions = np.arange(len(labels))
    return train_test_split(positions, test_size=size, stratify=labels, random_state=seed)[1]


def fastsplit_test(labels: Labels, size: float, seed: int) -> NDArray[np.intp]:
    """Return a test set by fastsplit's rule: each count is rounded up with the probability of its remainder."""
    n_test = round(size * len(labels))
    return fastsplit.split(labels, {"train": len(labels) - n_test, "test": n_test}, seed=seed)["test"]


def scikit_learn_folds(labels: Labels, seed: int) -> list[NDArray[np.intp]]:
    """Return the test sets of all folds by scikit-learn's rule."""
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of a class of fewer rows than folds
        return [test for _, test in splitter.split(labels, labels)]


def fastsplit_folds(labels: Labels, seed: int) -> list[NDArray[np.intp]]:
    """Return the test sets of all folds by fastsplit's rule."""
    return [test for _, test in fastsplit.kfold(labels, FOLDS, seed=seed)]


TESTS: dict[str, Test] = {"scikit-learn": scikit_learn_test, "fastsplit": fastsplit_test}


def chances(labels: Labels, tests: Iterable[NDArray[np.intp]]) -> list[str]:
    """Return how often an example of each class is in a test set, on average over the test sets."""
    counts = [np.bincount(labels[test], minlength=labels.max() + 1) for test in tests]
    return [f"{chance:.3f}" for chance in np.mean(counts, axis=0) / np.bincount(labels)]


def of_test_sets(labels: Labels, size: float) -> str:
    """Return a table of the chances of every class to be tested."""
    rows = [[name, *chances(labels, [test(labels, size, seed) for seed in SEEDS])] for name, test in TESTS.items()]
    return table(["chance of an example to be tested", *(f"class of {n}" for n in np.bincount(labels).tolist())], rows)


def of_folds(labels: Labels, of_class: int) -> str:
    """Return a table of how many examples of a class each fold tests, on average."""
    rows = []
    for name, folds in {"scikit-learn": scikit_learn_folds, "fastsplit": fastsplit_folds}.items():
        counts = [[np.count_nonzero(labels[test] == of_class) for test in folds(labels, seed)] for seed in SEEDS]
        rows.append([name, *(f"{mean:.2f}" for mean in np.mean(counts, axis=0))])
    header = f"rows of the class of {np.count_nonzero(labels == of_class)} that a fold tests, on average"
    return table([header, *(f"fold {fold}" for fold in range(FOLDS))], rows)


def of_many_classes() -> str:
    """Return a table of what unbiased rounding costs: classes without a test example, and distances from the ideals."""
    shares = 1 / np.arange(1, MANY_CLASSES + 1)
    counts = SMALLEST + ((MANY_ROWS - SMALLEST * MANY_CLASSES) * shares / shares.sum()).astype(np.int64)
    counts[0] += MANY_ROWS - counts.sum()
    labels, rows = np.repeat(np.arange(MANY_CLASSES), counts), []
    for name, test in TESTS.items():
        tests = [test(labels, 0.2, seed) for seed in FEW_SEEDS]
        found = np.array([np.bincount(labels[test], minlength=MANY_CLASSES) for test in tests])
        untested = np.count_nonzero(found == 0, axis=1).mean()
        rows.append([name, f"{untested:.0f}", f"{np.abs(found - counts * 0.2).max():.2f}"])
    header = f"{len(labels):,} rows of {MANY_CLASSES:,} classes, a fifth tested"
    return table([header, "classes without a test row", "largest distance of a count from its ideal"], rows)


def tables() -> dict[str, str]:
    """Return the tables by the name of their place in the page."""
    return {
        "sixteen": of_test_sets(FEW, 0.25),
        "hundred": of_test_sets(SKEWED, 0.1),
        "folds": of_folds(FEW, 1),
        "many": of_many_classes(),
    }


if __name__ == "__main__":
    for marker, text in tables().items():
        replace_between(DOCS, marker, text)
        print(text, "\n")
