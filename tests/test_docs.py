"""Every example in the docstrings and the README runs."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

import fastsplit
from fastsplit import folds, grouping, plans, reference, shuffling, splits
from fastsplit.tfdata import existing, pipelines
from fastsplit.tfdata.sources import source

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.parametrize(
    "module",
    [folds, grouping, plans, shuffling, splits, existing, pipelines, source],
    ids=lambda module: module.__name__,
)
def test_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted > 1
    assert result.failed == 0


@pytest.mark.parametrize("name", fastsplit.__all__)
def test_every_public_name_has_an_example_or_is_made_by_one_that_does(name):
    text = getattr(fastsplit, name).__doc__
    assert ">>>" in text or name == "Grouping"


def test_readme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # in one namespace: a block may use what one before it made


def test_the_readmes_second_example_is_one_of_the_examples():
    text = (README.parent / "examples" / "digits.py").read_text(encoding="utf-8")
    assert text.partition('"""\n\n')[2] in README.read_text(encoding="utf-8")


def test_reference_has_the_same_signatures():
    import inspect

    for name in ("split", "plan", "kfold", "group", "shuffle"):
        ours, theirs = (inspect.signature(getattr(module, name)) for module in (fastsplit, reference))
        assert ours.parameters == theirs.parameters


def test_the_tutorials_recipe_is_what_the_readme_says_of_it():
    """It shuffles the classes' picks together before it slices, and drops examples."""
    text = README.read_text(encoding="utf-8")
    recipe = re.search(r"```python\n(# the tutorial's recipe.*?)```", text, re.DOTALL).group(1)
    names = {"np": np, "labels": np.repeat([0, 1, 2], [907, 82, 14])}
    np.random.seed(0)
    exec(recipe, names)
    train, val, test = names["train"], names["val"], names["test"]
    assert len(train) + len(val) + len(test) < 1003
    rare = [int((names["labels"][part] == 2).sum()) for part in (train, val, test)]
    assert max(abs(found - 14 * size) for found, size in zip(rare, (0.7, 0.2, 0.1), strict=True)) >= 1
