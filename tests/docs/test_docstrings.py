"""Every example in a docstring runs, and everything public has one."""

import doctest
import importlib
from pathlib import Path

import pytest

import fastsplit

PACKAGE = Path(fastsplit.__file__).parent
ELSEWHERE = {"dask"}  # tests/clusters runs its examples
WITH_EXAMPLES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8") and path.stem not in ELSEWHERE
]
MODULES = [".".join(("fastsplit", *path.relative_to(PACKAGE).with_suffix("").parts)) for path in WITH_EXAMPLES]
SLOW = {True: [pytest.mark.slow], False: []}  # those of tfdata import TensorFlow
MADE_BY = {"Grouping": "group"}  # whose example shows it


@pytest.mark.parametrize(
    "name", [pytest.param(name.removesuffix(".__init__"), marks=SLOW["tfdata" in name]) for name in MODULES]
)
def test_the_examples_of_a_module_run(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 1
    assert result.failed == 0


@pytest.mark.parametrize("name", fastsplit.__all__)
def test_every_public_name_has_an_example(name):
    assert ">>> " in getattr(fastsplit, MADE_BY.get(name, name)).__doc__
