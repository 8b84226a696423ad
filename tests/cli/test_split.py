"""fastsplit split: what it writes, and the labels that it refuses."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from common import run_python
from common_cli import NAMES, assert_refused, run, split

import fastsplit


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
def test_the_parts_of_a_list_together_are_the_list(here, capsys, order):
    lines = [f"some folder/{i:04}.jpg {i * i % 11}\n".encode() for i in range(1000)]
    Path("list.txt").write_bytes(b"".join(lines))
    assert split("list.txt", "--order", order) == 0
    pairs = []
    for name, count in zip(NAMES, (700, 200, 100), strict=True):
        indices = np.load(f"out/{name}.npy")
        written = Path(f"out/{name}.txt").read_bytes().splitlines(keepends=True)
        assert len(written) == len(indices) == count
        assert (np.diff(indices) > 0).all() == (order == "ascending")
        pairs += zip(sorted(indices.tolist()), written, strict=True)  # examples are in the order of the source
    assert [line for _, line in sorted(pairs)] == lines
    files = sorted(["plan.json", "report.json", *(name + suffix for name in NAMES for suffix in (".npy", ".txt"))])
    assert sorted(os.listdir("out")) == files
    ids = [f"some folder/{i:04}.jpg" for i in range(1000)]
    expected = fastsplit.split([i * i % 11 for i in range(1000)], (0.7, 0.2, 0.1), ids=ids, seed=0, order=order)
    assert fastsplit.Plan.load("out/plan.json") == expected.plan
    report = json.loads(Path("out/report.json").read_bytes())
    assert [*report.pop("files"), "report.json"] == [name for name in files if name != "report.json"] + ["report.json"]
    del report["sha256"]
    source = {"kind": "lines", "delimiter": None, "suffix": ".txt", "options": {}}
    fields = {"rows": 1000, "table": str(expected.report()), "source": source}
    assert report == {**expected.report().to_dict(), **fields}
    for name, indices in zip(NAMES, expected, strict=True):
        np.testing.assert_array_equal(np.load(f"out/{name}.npy"), indices)
    printed = capsys.readouterr().out
    assert printed.startswith("list.txt: a list of images; the label is the last field of each line\n1,000 examples")
    assert str(expected.report()) in printed


def test_ids_decide_the_split_whatever_the_order_of_the_lines(here):
    rows = [f"{i * i % 5},u{i}\n".encode() for i in range(200)]
    for name, some in (("a", rows), ("b", rows[::-1])):
        Path(f"{name}.csv").write_bytes(b"label,id\n" + b"".join(some))
        assert split(f"{name}.csv", "--column", "label", "--ids-column", "id", out=name) == 0
    for name in NAMES:
        one, other = (Path(f"{side}/{name}.csv").read_bytes().splitlines() for side in "ab")
        assert one[1:] == other[:0:-1]
        assert one[0] == other[0] == b"label,id"
    assert Path("a/train.csv").read_bytes() != Path("b/train.csv").read_bytes()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_no_two_lines_join(here, end):
    names = [f"l{i}.txt" for i in range(8)]
    for i, name in enumerate(names):
        Path(name).write_bytes(end.join(b"%d" % (j % 2) for j in range(i + 2)))
    assert split(names, sizes=["a=1.0"]) == 0
    assert Path("out/a.txt").read_bytes() == end.join(Path(name).read_bytes() for name in names)


def test_csv_parts_concatenated_are_the_input_but_for_the_headers(here):
    rows = [f'"a, {i}\n{i}",{i % 3}\r\n'.encode() for i in range(300)]
    for name, some in (("a.csv", rows[:100]), ("b.csv", rows[100:])):
        Path(name).write_bytes(b"text,label\r\n" + b"".join(some))
    assert split(["a.csv", "b.csv"], "--column", "label") == 0
    found = [b""] * 300
    for name in NAMES:
        head, _, text = Path(f"out/{name}.csv").read_bytes().partition(b"\r\n")
        assert head == b"text,label"
        written = text.split(b"\r\n")[:-1]
        for i, row in zip(np.load(f"out/{name}.npy").tolist(), written, strict=True):
            found[i] = row + b"\r\n"
    assert found == rows


def test_a_byte_order_mark_begins_every_file(here):
    mark = b"\xef\xbb\xbf"
    Path("list.txt").write_bytes(mark + b"1\n2\n" * 10)
    assert split("list.txt", "--order", "shuffled", sizes=["0.5", "0.5"]) == 0
    for name in ("train", "test"):
        text = Path(f"out/{name}.txt").read_bytes()
        assert text.startswith(mark)
        assert text.count(mark) == 1


def test_every_option_reaches_split(here):
    labels = np.repeat(np.arange(5), [80, 5, 5, 5, 5])
    np.save("labels.npy", labels)
    assert split("labels.npy", "--dtype", "uint32", "--threads", "2", "--min-per-split", "1") == 0
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, order="ascending", min_per_split=1)
    assert fastsplit.Plan.load("out/plan.json") == expected.plan
    for name, indices in zip(NAMES, expected, strict=True):
        written = np.load(f"out/{name}.npy")
        assert written.dtype == np.uint32
        np.testing.assert_array_equal(written, indices)
    assert len(os.listdir("out")) == 5


def test_refused_labels_leave_no_folder(here, capsys):
    Path("l.txt").write_bytes(b"a\n\nb\n")
    way_out = "pass --missing drop to leave such examples out, or --missing class"
    assert_refused(capsys, split("l.txt"), f"l.txt: line 2: the label is missing; {way_out}")
    np.save("l.npy", np.zeros(0, dtype=int))
    assert_refused(capsys, split("l.npy"), "l.npy: no labels found")
    assert sorted(os.listdir()) == ["l.npy", "l.txt"]


def test_a_warning_is_one_line(here):
    Path("l.csv").write_bytes(b"path,la\x1bbel\n" + b"a,0\nb,1\n" * 9)
    _, err = run_python("-m", "fastsplit", "split", "l.csv", "--column", "1", "--no-header", "--out", "out")
    assert err == (
        "fastsplit: warning: the first label, 'la\\x1bbel', occurs nowhere else: if it is of a header, leave "
        "--no-header out\n"
    )


def test_a_fresh_seed_is_short_enough_to_copy_and_gives_the_split_again(here, capsys):
    np.save("l.npy", np.arange(1000) % 7)
    seeds = set()
    for name in "abc":
        assert run("split", "l.npy", "--out", name) == 0
        title = capsys.readouterr().out.splitlines()[1]
        seeds.add(title.removeprefix("1,000 examples, 7 classes, seed "))
    assert len(seeds) == 3
    assert all(seed.isdecimal() and int(seed) < 2**32 for seed in seeds)
    assert max(map(int, seeds)) > 2**20, "32 bits are drawn"
    report = json.loads(Path("a/report.json").read_bytes())
    assert run("split", "l.npy", "--seed", report["seed"], "--out", "again") == 0
    for name in ("train", "test"):
        assert Path(f"a/{name}.npy").read_bytes() == Path(f"again/{name}.npy").read_bytes()
