"""The README: its examples run, its guarantees are tested, and the tutorial's recipe has the faults that it names."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_its_blocks_of_python_run_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)  # in one namespace: a block may use earlier names


def test_its_second_example_is_one_of_the_examples():
    text = (ROOT / "examples" / "digits.py").read_text(encoding="utf-8")
    assert text.partition('"""\n\n')[2] in README


def test_each_guarantee_has_a_test_that_quotes_it():
    table = README.partition("## What is guaranteed")[2].partition("\n\n## ")[0]
    rows = re.findall(r"^\| *([^|]*[^| ]) *\|", table, re.MULTILINE)
    promises = [row for row in rows if not set(row) <= set("-: ")]
    source = (ROOT / "tests" / "promises" / "test_guarantees.py").read_text(encoding="utf-8")
    tests = [node for node in ast.parse(source).body if getattr(node, "name", "").startswith("test_")]
    assert [" ".join(ast.get_docstring(test).split()) for test in tests] == promises


def test_its_speeds_of_groups_and_several_labels_are_those_of_the_results():
    results = (ROOT / "bench" / "RESULTS.md").read_text(encoding="utf-8")
    groups = results.partition("<!-- groups -->")[2].partition("<!-- /groups -->")[0]
    several = results.partition("<!-- multilabel -->")[2].partition("<!-- /multilabel -->")[0]
    ranges = []
    for pattern, section in [(r"\| fastsplit.*\| ([0-9.]+)x \|", groups), (r"iterative.*\| ([0-9.]+)x \|", several)]:
        speeds = [float(speed) for speed in re.findall(pattern, section)]
        ranges.append(f"{min(speeds):.0f} to {max(speeds):.0f} times as fast as")
    text = " ".join(README.split())
    assert all(found in text for found in ranges), ranges


def test_the_tutorials_recipe_has_the_faults_that_it_names():
    """It leaves out examples, and a rare class gets other shares than were requested."""
    recipe = re.search(r"```python\n(# the tutorial's recipe.*?)```", README, re.DOTALL).group(1)
    names = {"np": np, "labels": np.repeat([0, 1, 2], [907, 82, 14])}
    np.random.seed(0)
    exec(recipe, names)
    train, val, test = names["train"], names["val"], names["test"]
    assert len(train) + len(val) + len(test) < 1003
    rare = [int((names["labels"][part] == 2).sum()) for part in (train, val, test)]
    assert max(abs(found - 14 * size) for found, size in zip(rare, (0.7, 0.2, 0.1), strict=True)) >= 1
