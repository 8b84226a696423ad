"""The page of guarantees: each of its rows has a test."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")


def test_each_guarantee_has_a_test_that_quotes_it():
    rows = re.findall(r"^\| *([^|]*[^| ]) *\|", PAGE, re.MULTILINE)
    promises = [row for row in rows if not set(row) <= set("-: ")]
    source = (ROOT / "tests" / "promises" / "test_guarantees.py").read_text(encoding="utf-8")
    tests = [node for node in ast.parse(source).body if getattr(node, "name", "").startswith("test_")]
    assert [" ".join(ast.get_docstring(test).split()) for test in tests] == promises
