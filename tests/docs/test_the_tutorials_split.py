"""The page on the tutorials' split: its blocks run, and the recipe has the faults that the page names."""

import re
from pathlib import Path

import numpy as np

PAGE = (Path(__file__).parents[2] / "docs" / "the-tutorials-split.md").read_text(encoding="utf-8")
DATA, RECIPE, REPLACEMENT = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
NAMES = ("train", "val", "test")


def counts_of(recipe):
    """Run the recipe on labels of the page; return how many examples of each class each split has."""
    names = {}
    exec(DATA, names)
    np.random.seed(0)
    exec(recipe, names)
    return np.array([np.bincount(names["labels"][names[split]], minlength=3) for split in NAMES])


def test_the_tutorials_recipe_has_the_faults_that_it_names():
    """It leaves out examples, and a rare class gets other shares than were requested."""
    assert RECIPE.startswith("# the tutorial's recipe\n")
    counts = counts_of(RECIPE)
    assert 1003 - 2 <= counts.sum() < 1003
    rare = counts[:, 2].tolist()
    assert max(abs(found - 14 * size) for found, size in zip(rare, (0.7, 0.2, 0.1), strict=True)) >= 1


def test_a_rare_class_may_be_absent_from_its_test_set():
    names = {}
    exec(DATA, names)
    np.random.seed(0)
    absent = 0
    for _ in range(100):
        exec(RECIPE, names)
        absent += not (names["labels"][names["test"]] == 2).any()
    assert absent > 5  # of 100, of a class of 14 of which a tenth is tested


def test_the_replacement_takes_all_examples_and_gives_every_class_its_share():
    counts = counts_of(REPLACEMENT)
    assert counts.sum() == 1003
    assert np.abs(counts - np.outer((0.7, 0.2, 0.1), (907, 82, 14))).max() < 1
