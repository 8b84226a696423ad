"""The page about several labels: its blocks run, and what it says of the recipes is so."""

import re
from pathlib import Path

import numpy as np
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "several-labels.md").read_text(encoding="utf-8")


@pytest.mark.slow  # imports TensorFlow
def test_its_blocks_of_python_run_one_after_the_other():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(compile(block, "several-labels.md", "exec"), names)  # a block may use earlier names

    by_argmax = names["deviations"](names["by_argmax"])
    assert by_argmax[list(names["names"]).index("car")] == pytest.approx(10.4)
    _, combinations = np.unique(names["combination"], return_counts=True)
    assert (len(combinations), (combinations == 1).sum()) == (161, 51)
    assert names["Y"].sum(axis=0)[-1] == 28
