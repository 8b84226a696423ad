"""Files of labels: what they are read as, what is refused, and the lines that are taken of them."""

import csv
import io
import os
import re
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fastsplit.readers.lists import Source, progress, read


def written(folder, text, name="labels.txt"):
    path = folder / name
    path.write_bytes(text)
    return path


def refusal(path, *columns):
    """Return what the refusal says of the file."""
    with pytest.raises(ValueError, match=re.escape(f"{path}: ")) as caught:
        read(path, *columns)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    return text.removeprefix(f"{path}: ")


# What is read.


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (b"10\n9\n-1\n", [10, 9, -1]),
        (b"10\n9\nx\n", ["10", "9", "x"]),
        (b"07\n7\n", ["07", "7"]),
        (b"-0\n0\n", ["-0", "0"]),
        (b"9223372036854775808\n1\n", [2**63, 1]),
        (b"1" * 30 + b"\n2\n", ["1" * 30, "2"]),
        (b"cat\r\ndog\r\n", ["cat", "dog"]),
        (b" cat\t\ndog", ["cat", "dog"]),
        (b"\xef\xbb\xbf2\n1", [2, 1]),
        ("größe\nnaïve\n".encode(), ["größe", "naïve"]),
    ],
)
def test_one_label_a_line(tmp_path, text, labels):
    source = read(written(tmp_path, text))
    assert source.labels.tolist() == labels
    assert source.kind == "one label a line"
    assert source.suffix == ".txt"
    assert source.head + b"".join(source.records) == text


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (b"a b.jpg 3\nc.jpg\t2\n", [3, 2]),
        (b"\xe9.jpg 3\n\xff\xfe.jpg 2\n", [3, 2]),
        (b"a.jpg cat\r\nmany words and a dog", ["cat", "dog"]),
    ],
)
def test_image_lists(tmp_path, text, labels):
    source = read(written(tmp_path, text, "images"))
    assert source.labels.tolist() == labels
    assert source.kind == "an image list, the last field of a line is the label"
    assert source.suffix == ".txt"
    assert b"".join(source.records) == text


@pytest.mark.parametrize(
    ("text", "columns", "labels"),
    [
        (b"id,label\n1,x\n2,y\n", ["label"], ["x", "y"]),
        (b"1,x\n2,y\n", ["1"], ["x", "y"]),
        (b"1,x\n2,y\n", ["0"], [1, 2]),
        (b"\xef\xbb\xbflabel,id\r\nx,1\r\ny,2", ["label", "1"], ["x", "y"]),
        (b'a\n"x\n\ny, z"\n"1 ""2"""\n', ["a"], ["x\n\ny, z", '1 "2"']),
        (b"golden retriever\ncat\n", ["0"], ["golden retriever", "cat"]),
    ],
)
def test_tables(tmp_path, text, columns, labels):
    for name, delimiter in (("t.csv", ","), ("t.TSV", "\t")):
        delimited = text.replace(b",", delimiter.encode())
        source = read(written(tmp_path, delimited, name), *columns)
        expected = [label.replace(",", delimiter) if isinstance(label, str) else label for label in labels]
        assert source.labels.tolist() == expected
        assert source.suffix == name[1:]
        assert source.head + b"".join(source.records) == delimited


def test_ids(tmp_path):
    path = written(tmp_path, b"label,id\nx,7\ny,8\n", "t.csv")
    assert read(path, "label", "id").ids.tolist() == [7, 8]
    assert read(path, "id", "0").ids.tolist() == ["x", "y"]
    assert read(path, "label").ids is None


cell = st.text(st.sampled_from('ab1 ,;"\n\r\t\u00e9\x85\u2028'), max_size=5)


@given(st.lists(st.tuples(cell, cell.filter(str.strip)), min_size=1, max_size=12), st.booleans(), st.booleans())
def test_any_table_that_csv_writes(tmp_path_factory, rows, headed, ended):
    def record(row):
        file = io.StringIO()
        csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(row)
        return file.getvalue().encode()

    labels = [label for _, label in rows]
    assume(not all(label.isdecimal() for label in labels))
    header = record(("the id", "la\nbel")) if headed else b""
    records = [record(row) for row in rows]
    if not ended:
        records[-1] = records[-1][:-1]
    path = written(tmp_path_factory.mktemp("table"), header + b"".join(records), "t.csv")
    source = read(path, "la\nbel" if headed else "1")
    assert (source.labels.tolist(), source.head, source.records) == (labels, header, records)


@pytest.mark.parametrize("dtype", ["int64", ">u2", "bool", "U3"])
def test_arrays(tmp_path, dtype):
    labels = (np.arange(100) % 2).astype(dtype)
    np.save(tmp_path / "l.npy", labels)
    source = read(tmp_path / "l.npy")
    assert source.labels.dtype == labels.dtype
    np.testing.assert_array_equal(source.labels, labels)
    assert source.kind == f"an array of {labels.dtype}"
    assert not source.records


def test_an_array_is_not_loaded_into_memory(tmp_path):
    file = np.lib.format.open_memmap(tmp_path / "l.npy", mode="w+", dtype=np.int64, shape=(50_000_000,))
    file[-1] = 1
    file.flush()
    del file
    code = """
import pathlib, resource
from fastsplit.readers import lists
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = lists.read(pathlib.Path("l.npy"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, len(source.labels))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    grown, n = map(int, done.stdout.split())
    assert n == 50_000_000
    assert grown < 40_000


def test_a_million_lines_take_seconds(tmp_path):
    path = written(tmp_path, b"".join(b"a/folder/%07d.jpg %d\n" % (i, i % 1000) for i in range(10**6)))
    began = time.perf_counter()
    source = read(path)
    assert len(source.select(np.arange(10**6))) == 10**6
    assert time.perf_counter() - began < 20


# What is refused.

WORDS = "; for labels of several words, name the file *.tsv and pass --column 0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "it has no labels"),
        (b"\xef\xbb\xbf", "it has no labels"),
        (b"a\n\nb\n", "line 2 is blank"),
        (b"a\n \t\r\n", "line 2 is blank"),
        (b"\xef\xbb\xbf\na\n", "line 1 is blank"),
        (b"a\rb\rc\r", "line 1 has a carriage return that does not end it"),
        (b"x\ny\xff\n", "the label in the record from line 2 is not UTF-8"),
        ("a\nb\n".encode("utf-16"), "it must be UTF-8, got UTF-16"),
        (b"a 1\nb 2\nc\nd 4\ne\n", "line 3 has only one field where line 1 has more" + WORDS),
        (b"golden retriever\ncat\n", "line 2 has only one field where line 1 has more" + WORDS),
        (b"cat\ndog\ngolden retriever\n", "line 1 has only one field where line 3 has more" + WORDS),
    ],
)
def test_lines_that_are_refused(tmp_path, text, message):
    assert refusal(written(tmp_path, text)) == message


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (b"", ["a"], "it has no labels"),
        (b"a,b\n", ["a"], "it has no labels"),
        (b"a,b\n1,2\n\n3,4\n", ["a"], "line 3 is blank"),
        (b'a,b\n"1\n1",2\n3\n', ["a"], "line 4 does not have as many fields as line 1, 2, but 1"),
        (b"a,b\n1,2\n,4\n", ["a"], "the label in the record from line 3 is empty"),
        (b"a,b\n1,2\n3,\n", ["a", "b"], "the id in the record from line 3 is empty"),
        (b'a,b\n"1\n",2\n\xff,4\n', ["a"], "the label in the record from line 4 is not UTF-8"),
        (b"a,b\n1,2\n", ["c"], "column must be once in the header, a, b; got 'c'"),
        (b"a,a\n1,2\n", ["a"], "column must be once in the header, a, a; got 'a'"),
        (b"1,2\n", ["2"], "column must be a number from 0 to 1; got '2'"),
        (b'a,b\n1,2\n3,"4\n5,6\n', ["a"], "line 3: unexpected end of data"),
    ],
)
def test_tables_that_are_refused(tmp_path, text, columns, message):
    assert refusal(written(tmp_path, text, "t.csv"), *columns) == message


def test_arrays_that_are_refused(tmp_path):
    path = tmp_path / "l.npy"
    np.save(path, np.zeros(0, dtype=int))
    assert refusal(path) == "it has no labels"
    np.save(path, np.array([{}]))
    assert "dtype" in refusal(path)
    np.save(path, np.zeros(100, dtype=int))
    os.truncate(path, 500)
    assert refusal(path)


@pytest.mark.parametrize(("name", "columns"), [("l.npy", ["a"]), ("l.txt", [None, "a"]), ("l.csv", []), ("l.tsv", [])])
def test_columns_are_of_tables(tmp_path, name, columns):
    with pytest.raises(ValueError, match=r"^--column must be given for \.csv and \.tsv files, and for no others, got "):
        read(tmp_path / name, *columns)


# What is taken.


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_no_two_records_join(end):
    source = Source(np.arange(3), "", records=[b"0" + end, b"1" + end, b"2"])
    assert source.select(np.array([0, 1, 2])) == [b"0" + end, b"1" + end, b"2"]
    assert source.select(np.array([2, 0])) == [b"2" + end, b"0" + end]
    assert source.select(np.array([], dtype=int)) == []


# The progress that is shown.


def slow():
    """Items that take longer than the second after which progress is shown."""
    yield 1
    time.sleep(1.2)
    yield from (2, 3)


def test_progress_is_shown_on_a_terminal(monkeypatch):
    fcntl, pty, termios = map(pytest.importorskip, ("fcntl", "pty", "termios"))  # of POSIX only
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))  # a new one has no columns
    os.set_blocking(screen, False)
    with open(screen, "rb", buffering=0) as shown, open(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        assert list(progress(slow(), "read")) == [1, 2, 3]
        stderr.flush()
        assert b"read: 2.00 lines [" in (shown.read(10_000) or b"")


def test_progress_is_not_shown_elsewhere(capsys):
    assert list(progress(slow(), "read")) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


def test_works_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(progress([1, 2], "read")) == [1, 2]
