"""Plans that the tests of reports make by hand."""

from fractions import Fraction

import numpy as np

from fastsplit import Plan
from fastsplit.inputs.sizes import Shares


def made_plan(counts, sizes, totals=None, names=None, classes=None, seed=0):
    """A plan with these counts; its cuts do not matter here."""
    counts = np.array(counts, dtype=np.int64).reshape(-1, len(sizes))
    totals = counts.sum(axis=1) if totals is None else np.array(totals)
    names = names or tuple("abcdefgh"[: len(sizes)])
    classes = np.arange(len(counts)) if classes is None else np.array(classes)
    width = len(sizes) - (sum(sizes) == 1)
    cuts = np.zeros((len(counts), width), dtype=np.uint64)
    return Plan(names, Shares(sizes), seed, False, classes, totals, counts, cuts)


def halves(counts, **more):
    return made_plan(counts, (Fraction(1, 2), Fraction(1, 2)), **more)
