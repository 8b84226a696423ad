"""The page on regression targets: its blocks run, and their assertions hold."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "regression-targets.md").read_text(encoding="utf-8")


def test_its_blocks_of_python_run_one_after_the_other():
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    names = {}
    for block in blocks:
        exec(compile(block, "regression-targets.md", "exec"), names)  # a block may use earlier names
    assert [len(names[part]) for part in ("train", "val", "test")] == [70_000, 20_000, 10_000]
