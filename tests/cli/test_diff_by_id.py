"""fastsplit report --diff by id: what moved, came and went, in whatever order the examples are."""

import random
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from common_cli import BY_POSITION, assert_refused, run, split
from common_formats import KINDS
from hypothesis import given
from hypothesis import strategies as st

from fastsplit.cli.diff import _by_id
from fastsplit.cli.parts import Parts

COLUMNS = ("--column", "label", "--ids-column", "id")
OTHER_NAMES = "fastsplit: warning: not all splits are in both, and they are compared by name: "
ROWS = [f"{'aab'[i % 3]},u{i}" for i in range(300)]


def write(path, rows, head="label,id"):
    Path(path).write_text("".join(f"{row}\n" for row in [head, *rows]))


def difference(capsys, a, b, warns=""):
    capsys.readouterr()
    assert run("report", "--diff", a, b) == 0
    captured = capsys.readouterr()
    assert captured.err == warns
    return captured.out.removesuffix("\n")


def split_of_ids(folder, names):
    return {row: name for name in names for row in Path(folder, f"{name}.csv").read_text().splitlines()[1:]}


def test_nothing_moves_when_data_grows_and_is_shuffled(here, capsys):
    write("old.csv", ROWS)
    rows = [*ROWS[7:], *(f"b,n{i}" for i in range(20))]
    random.Random(0).shuffle(rows)
    write("new.csv", rows)
    assert split("old.csv", *COLUMNS, out="a") == 0
    assert run("assign", "new.csv", "--plan", "a", "--out", "b") == 0
    names = ("train", "val", "test")
    before, after = split_of_ids("a", names), split_of_ids("b", names)
    came, went = (
        Counter(one[row] for row in one.keys() - other.keys()) for one, other in ((after, before), (before, after))
    )
    shown = [", ".join(f"{name} {found[name]}" for name in names if found[name]) for found in (came, went)]
    expected = f"0 of 293 examples move; 20 came ({shown[0]}), 7 went ({shown[1]}); compared by id"
    assert difference(capsys, "a", "b") == expected


@pytest.mark.parametrize("kind", KINDS)
def test_examples_of_every_kind_that_is_written_are_compared(here, capsys, kind):
    pytest.importorskip("pyarrow")
    labels, ids = ["cat", "dog"] * 100, [f"u{i}" for i in range(200)]
    KINDS[kind](Path(f"one.{kind}"), labels, ids)
    KINDS[kind](Path(f"other.{kind}"), labels[::-1], ids[::-1])
    of_label = {"tfrecord": "--feature", "npz": "--field", "npy": "--field"}.get(kind, "--column")
    for name, seed in (("one", 0), ("other", 0), ("one", 1)):
        assert split(f"{name}.{kind}", of_label, "label", "--ids-column", "id", out=f"{name}{seed}", seed=seed) == 0
    if kind in ("npz", "npy"):  # no examples are written
        assert run("report", "--diff", "one0", "other0") == 0
        assert "by id" not in capsys.readouterr().out
        return
    assert difference(capsys, "one0", "other0").startswith("0 of 200 examples move; 0 came, 0 went")
    found = [difference(capsys, name, "one1") for name in ("one0", "other0")]
    assert found[0] == found[1]
    one, other = (
        {i: name for name in ("train", "val", "test") for i in np.load(f"{folder}/{name}.npy").tolist()}
        for folder in ("one0", "one1")
    )
    assert found[0].startswith(f"{sum(one[i] != other[i] for i in range(200))} of 200 examples move: ")


def test_images_and_lists_are_compared_by_their_paths(here, capsys):
    for i in range(60):
        Path("images", "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Path("images", "ab"[i % 2], f"x_{i}.jpg").write_bytes(b"\xff\xd8\xff")
    assert run("split", "images", "--seed", 0, "--out", "tree") == 0
    Path("images/a/x_0.jpg").unlink()
    assert run("assign", "images", "--plan", "tree", "--out", "later") == 0
    assert re.fullmatch(
        r"0 of 59 examples move; 0 came, 1 went \((train|test) 1\); compared by id", difference(capsys, "tree", "later")
    )
    lines = [f"p {i}.jpg {'ab'[i % 2]}\n" for i in range(60)]
    for name, some in (("one", lines), ("two", lines[::-1])):
        Path(f"{name}.txt").write_text("".join(some))
        assert run("split", f"{name}.txt", "--seed", 0, "--out", name) == 0
    assert difference(capsys, "one", "two") == "0 of 60 examples move; 0 came, 0 went; compared by id"


def test_ids_that_are_numbers_in_one_folder_alone_are_compared_as_text(here, capsys):
    numbers = [f"{'aab'[i % 3]},{i}" for i in range(100)]
    write("old.csv", numbers)
    write("new.csv", [*numbers, "a,x"])
    for name in ("old", "new"):
        assert split(f"{name}.csv", *COLUMNS, out=name) == 0
    assert re.match(r"\d+ of 100 examples move: .*; 1 came \(\w+ 1\), 0 went", difference(capsys, "old", "new"))


def test_ids_of_two_types_are_refused(here, capsys):
    pytest.importorskip("pyarrow")
    KINDS["parquet"](Path("p.parquet"), ["a", "b"] * 50, list(range(100)))
    write("d.csv", [f"a,u{i}" for i in range(100)])
    for path, name in (("p.parquet", "p"), ("d.csv", "d")):
        assert split(path, *COLUMNS, out=name) == 0
    capsys.readouterr()
    message = "p/train.parquet has ids that are integers, and those of the other folder are strings"
    assert_refused(capsys, run("report", "--diff", "d", "p"), message)


def test_examples_in_no_split_are_said_to_be_unknown(here, capsys):
    write("d.csv", ROWS)
    assert split("d.csv", *COLUMNS, out="a") == 0
    assert split("d.csv", *COLUMNS, out="b", sizes=["train=0.7", "val=0.2"]) == 0
    expected = "0 of 270 examples move; 0 came, 30 went (test 30); compared by id"
    warns = f"{OTHER_NAMES}a has train, val, test; b has train, val\n"
    assert difference(capsys, "a", "b", warns) == f"{expected}; of examples in no split, nothing is known"


def test_parts_without_examples_are_not_opened(here, capsys):
    write("d.csv", ROWS)
    for out in "ab":
        assert split("d.csv", *COLUMNS, out=out, sizes=["train=1.0", "test=0.0"]) == 0
    assert difference(capsys, "a", "b") == "0 of 300 examples move; 0 came, 0 went; compared by id"


def test_parts_that_were_changed_are_refused(here, capsys):
    write("d.csv", ROWS)
    for out in "ab":
        assert split("d.csv", *COLUMNS, out=out) == 0
    capsys.readouterr()
    for rows, n in ((ROWS[:59], 59), (ROWS[:61], 61)):
        write("b/val.csv", rows)
        message = f"b/val.csv has {n} examples, but 60 by report.json: it was changed"
        assert_refused(capsys, run("report", "--diff", "a", "b"), message)


@pytest.mark.parametrize("more", [["--write", "indices"], ["--no-ids"]])
def test_other_folders_are_compared_by_position_as_before(here, capsys, more):
    write("d.csv", ROWS)
    columns = COLUMNS[:2] if more == ["--no-ids"] else [*COLUMNS, *more]
    assert split("d.csv", *columns, out="a") == 0
    assert split("d.csv", *columns, out="b", sizes=["train=0.7", "test=0.3"]) == 0
    warns = f"{OTHER_NAMES}a has train, val, test; b has train, test\n{BY_POSITION}"
    assert difference(capsys, "a", "b", warns) == "60 of 300 examples move: val -> test 60"


PARTS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=30)


@given(PARTS, PARTS)
def test_examples_that_share_ids_are_paired_so_that_the_fewest_move(one, other):
    names = ("x", "y", "z")
    parts = [
        Parts(names, np.array([k for k, _ in rows], np.uint8), np.array([i for _, i in rows], np.uint64), 0)
        for rows in (one, other)
    ]
    found = list(map(int, re.findall(r"(\d+) (?:of|examples|came|went)", _by_id(*parts))))
    ids = [Counter(i for _, i in rows) for rows in (one, other)]
    both = (ids[0] & ids[1]).total()
    stay = (Counter(one) & Counter(other)).total()
    assert found == [both - stay, both, len(other) - both, len(one) - both]
