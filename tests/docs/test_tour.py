"""The page of all calls: its commands make the files that they list."""

import re
import shlex
from pathlib import Path

from fastsplit.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "tour.md").read_text(encoding="utf-8")


def test_its_commands_make_the_files_that_they_list(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [f"{i},{'ab'[i % 2]}\n" for i in range(120)]
    Path("train.csv").write_text("".join(["id,label\n", *rows[:100]]))
    Path("grown.csv").write_text("".join(["id,label\n", *rows]))
    split, listed, assign = re.findall(r"^\$ fastsplit (.*)$|^(plan\.json .*)$", PAGE, re.MULTILINE)
    assert main(shlex.split(split[0])) == 0
    assert sorted(path.name for path in Path("parts").iterdir()) == listed[1].split()
    assert main(shlex.split(assign[0])) == 0
    before, after = (Path(folder, "train.csv").read_text().splitlines() for folder in ("parts", "later"))
    assert set(before) < set(after)
