"""The page about several labels: what it says of the recipes is so, and its figures are those of its data."""

import numpy as np
import pytest
from common_pages import run, text_of

import fastsplit
from multilabel import make_topics

PAGE = text_of("several-labels")


@pytest.mark.slow  # imports TensorFlow
def test_the_recipes_are_as_far_off_as_it_says():
    pytest.importorskip("tensorflow")
    names = run("several-labels").names
    by_argmax = names["deviations"](names["by_argmax"])
    assert by_argmax[list(names["names"]).index("car")] == pytest.approx(10.4)
    assert by_argmax[list(names["names"]).index("person")] == pytest.approx(6.4)
    assert 1 < names["deviations"](names["by_combination"]).max() < 2
    _, combinations = np.unique(names["combination"], return_counts=True)
    assert (len(combinations), (combinations == 1).sum()) == (161, 51)
    assert names["Y"].sum(axis=0)[-1] == 28


def test_its_figures_of_closeness_are_those_of_twenty_seeds():
    rows = []
    for n, n_labels, per_row in [(1_000, 20, 4), (5_000, 50, 4), (2_000, 200, 8), (2_000, 50, 20)]:
        matrix = make_topics(n, n_labels, per_row)
        totals, cells = matrix.sum(axis=0)[:, None], []
        for make, sizes in [
            (at_random, (0.8, 0.2)),
            (split, (0.8, 0.2)),
            (split, (0.7, 0.2, 0.1)),
            (folds, [1 / 5] * 5),
        ]:
            cells.append(max(np.abs(make(matrix, sizes, seed) - totals * sizes).max() for seed in range(20)))
        figures = " | ".join(f"{cell:.1f}" for cell in [matrix.sum() / n, *cells])
        rows.append(f"| {n:,} x {n_labels} | {figures} |")
    shown = PAGE.partition("<!-- closeness -->\n")[2].partition("\n<!-- /closeness -->")[0]
    assert shown.splitlines()[2:] == rows


def at_random(matrix, sizes, seed):
    shuffled = np.random.default_rng(seed).permutation(matrix)
    return np.transpose([part.sum(axis=0) for part in np.split(shuffled, [int(len(matrix) * sizes[0])])])


def split(matrix, sizes, seed):
    return fastsplit.split_multilabel(matrix, sizes, seed=seed).counts


def folds(matrix, sizes, seed):
    return fastsplit.kfold_multilabel(matrix, len(sizes), seed=seed).plan.counts
