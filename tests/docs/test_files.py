"""The pages on files: each command runs, on the data that its page shows, and makes what its page says."""

import glob
import os
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from common_pages import DOCS, blocks_of
from common_records import example, strings, written

from fastsplit.cli import main

PAGES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((DOCS / "files").glob("*.md"))
    if path.stem != "README"
}
COMMANDS = [(name, line) for name, page in PAGES.items() for line in re.findall(r"^\$ (fastsplit .*)$", page, re.M)]
N = 40
LABELS = ["cat", "dog"] * (N // 2)
ROWS = list(enumerate(LABELS))


def make_source(name):
    """Write the files that the commands of a page read into the working folder."""
    if name == "text-lists":
        Path("list.txt").write_text("".join(f"images/{i}.jpg {label}\n" for i, label in ROWS))
    elif name == "csv":
        Path("data.csv").write_text("id,label,text\n" + "".join(f'{i},{label},"a, b"\n' for i, label in ROWS))
    elif name == "json-lines":
        pytest.importorskip("pyarrow")
        lines = [f'{{"id": {i}, "label": "{label}", "text": "x"}}\n' for i, label in ROWS]
        Path("data.jsonl").write_text("".join(lines))
    elif name == "parquet":
        pa = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        parquet.write_table(pa.table({"id": range(N), "label": LABELS}), "data.parquet")
    elif name == "tfrecord":
        os.mkdir("shards")
        for shard in range(2):
            records = [example(label=strings(label.encode())) for label in LABELS[:20]]
            written(Path(f"shards/{shard}.tfrecord"), records)
    elif name == "numpy":
        np.save("labels.npy", np.arange(N) % 2)
    else:
        for i, label in ROWS:
            Path("images", label).mkdir(parents=True, exist_ok=True)
            Path("images", label, f"{i}.jpg").write_bytes(b"\xff\xd8\xff")


def test_every_page_has_a_command():
    assert {name for name, _ in COMMANDS} == set(PAGES)


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_commands_make_what_their_pages_say(name, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_source(name)
    words = shlex.split(command)[1:]
    assert main([path for word in words for path in (sorted(glob.glob(word)) or [word])]) == 0
    promised = re.findall(r"`(parts/[\w./]+)`", PAGES[name])
    if "--write indices" in command:
        promised = ["parts/train.npy", "parts/test.npy"] if "train=" in command else []
    assert Path("parts/plan.json").exists()
    assert all(Path(path).exists() for path in promised if not path.endswith(("1.jpg", "train")))


@pytest.mark.parametrize("name", ["text-lists", "csv", "json-lines"])
def test_the_data_that_pages_show_is_split_too(name, tmp_path, monkeypatch):
    if name == "json-lines":
        pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    command = next(command for page, command in COMMANDS if page == name)
    source = next(word for word in shlex.split(command) if word.startswith(("list", "data")))
    Path(source).write_text(PAGES[name].partition("```text\n")[2].partition("```")[0])
    assert main(shlex.split(command)[1:]) == 0
    written = {path.stem: path.read_bytes() for path in Path("parts").glob(f"*{Path(source).suffix}")}
    assert set(written) == {"train", "test"}
    lines = [line for part in written.values() for line in part.splitlines()]
    assert set(lines) == set(Path(source).read_bytes().splitlines())


@pytest.mark.slow  # imports TensorFlow
def test_the_records_of_one_split_are_read_by_tensorflow(tmp_path, monkeypatch):
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    make_source("tfrecord")
    (command,) = [command for name, command in COMMANDS if name == "tfrecord" and "--write indices" in command]
    assert main([path for word in shlex.split(command)[1:] for path in (sorted(glob.glob(word)) or [word])]) == 0
    (block,) = blocks_of("files/tfrecord", "python")
    names = {}
    exec(compile(block.text, "files/tfrecord.md", "exec"), names)
    labels = [label for batch in names["train"] for label in batch["label"].numpy().tolist()]
    assert sorted(labels) == [b"cat"] * 16 + [b"dog"] * 16
