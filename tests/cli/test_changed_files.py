"""Files that are rewritten between two scans, with their size and times as before: they are noticed all the same."""

import os
from pathlib import Path

import numpy as np
import pytest
from common_cli import run, split

from fastsplit.cli import data, in_memory

N = 600
COLUMNS = ("--column", "label", "--ids-column", "id")
ROWS = [f"{'ab'[i % 2]},{i:03}\n" for i in range(N)]


def rewrite(path, text):
    """Change a file, but neither its size nor its times."""
    status = os.stat(path)
    assert len(text) == status.st_size
    Path(path).write_bytes(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.fixture
def before_scan(monkeypatch):
    """Return a function that lets something happen before the scan of a number, counted from 0."""

    def let(number, happen):
        scans = iter(range(10))

        def progress(chunks, *args):
            if next(scans) == number:
                happen()
            yield from real(chunks, *args)

        monkeypatch.setattr(data, "progress", progress)
        monkeypatch.setattr(in_memory, "progress", progress)

    real = data.progress
    return let


def table(rows):
    return ("label,id\n" + "".join(rows)).encode()


CHANGES = {
    "another label": [ROWS[0].replace("a", "b"), *ROWS[1:]],
    "a line less": [*ROWS[:-2], "a,123456789\n"],
    "a line more": [*ROWS[:-2], "a,1\n", "b,2\n", "a,3\n"],
}


@pytest.mark.parametrize("scan", [1, 2])
@pytest.mark.parametrize("change", CHANGES)
def test_other_labels_are_noticed_in_every_scan(here, capsys, before_scan, chunk_size, change, scan):
    Path("d.csv").write_bytes(table(ROWS))
    before_scan(scan, lambda: rewrite("d.csv", table(CHANGES[change])))
    assert split("d.csv", *COLUMNS) == 2
    assert "the files changed while they were read" in capsys.readouterr().err
    assert os.listdir() == ["d.csv"]


def test_ids_and_labels_that_change_places_are_noticed_if_the_splits_are_others(here, capsys, before_scan):
    Path("d.csv").write_bytes(table(ROWS))
    assert split("d.csv", *COLUMNS, out="first") == 0
    parts = [np.load(f"first/{name}.npy").tolist() for name in ("train", "val")]
    i = next(i for i in parts[0] if i % 2 == 0)
    j = next(j for j in parts[1] if j % 2 == 1)
    rows = list(ROWS)
    rows[i], rows[j] = "b" + rows[i][1:], "a" + rows[j][1:]  # as many a and b as before
    before_scan(2, lambda: rewrite("d.csv", table(rows)))
    assert split("d.csv", *COLUMNS) == 2
    message = "d.csv: the files changed while they were read: the splits are not as large as planned; "
    assert capsys.readouterr().err == f"fastsplit: error: {message}run again when nothing writes to them\n"
    assert not Path("out").exists()


def test_what_is_written_is_what_is_reported_if_other_columns_change(here, capsys, before_scan):
    text = table(ROWS).replace(b"\n", b",x\n")
    Path("d.csv").write_bytes(text)
    before_scan(2, lambda: rewrite("d.csv", text.replace(b",x\n", b",y\n").replace(b"label,id,y", b"label,id,x")))
    assert split("d.csv", *COLUMNS) == 0
    written = b"".join(Path(f"out/{name}.csv").read_bytes().partition(b"\n")[2] for name in ("train", "val", "test"))
    assert sorted(written.splitlines()) == sorted(f"{row.strip()},y".encode() for row in ROWS)


@pytest.mark.parametrize("change", CHANGES)
def test_assign_notices_it_too(here, capsys, before_scan, change):
    Path("d.csv").write_bytes(table(ROWS))
    assert split("d.csv", *COLUMNS, out="first") == 0
    before_scan(1, lambda: rewrite("d.csv", table(CHANGES[change])))
    capsys.readouterr()
    assert run("assign", "d.csv", *COLUMNS, "--plan", "first", "--out", "out") == 2
    assert "d.csv: the files changed while they were read" in capsys.readouterr().err
    assert not Path("out").exists()


def test_so_does_a_split_of_groups(here, capsys, before_scan):
    Path("d.csv").write_bytes(table(ROWS))
    before_scan(2, lambda: rewrite("d.csv", table(CHANGES["another label"])))
    assert split("d.csv", "--column", "label", "--groups-column", "id") == 2
    assert "the splits are not as large as planned" in capsys.readouterr().err


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("wish", [["--continuous"], ["--multilabel", ";"], ["--column", "y"]])
def test_another_number_of_examples_is_noticed_where_labels_are_in_memory(here, capsys, before_scan, wish, more):
    few, many = (b"x,y\n" + b"0,1\n1,0\n" * 50 + end for end in (b'"0","1"\n', b"0,1\n0,1\n"))
    first, second = (few, many) if more else (many, few)
    Path("d.csv").write_bytes(first)
    before_scan(1 if "--continuous" in wish else 2, lambda: rewrite("d.csv", second))
    assert split("d.csv", "--column", "x", *wish) == 2
    n = "101 examples first, then more" if more else "102 examples first, then 101"
    message = f"d.csv: the files changed while they were read: {n}; run again when nothing writes to them"
    assert capsys.readouterr().err.splitlines()[-1] == f"fastsplit: error: {message}"
