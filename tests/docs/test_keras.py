"""The page on Keras: its example is one of the examples, and runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "keras.md").read_text(encoding="utf-8")


def test_its_example_is_one_of_the_examples():
    text = (ROOT / "examples" / "digits.py").read_text(encoding="utf-8")
    assert text.partition('"""\n\n')[2] in PAGE


@pytest.mark.slow
def test_its_blocks_of_python_run_one_after_the_other():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(compile(block, "keras.md", "exec"), names)
    assert names["accuracy"] > 0.95
