"""Text files: one label per line, image lists, and the lines that are selected."""

import time

import numpy as np
import pytest
from common_readers import refusal, written

from fastsplit.readers import read
from fastsplit.readers.lines import Records


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (b"10\n9\n-1\n", [10, 9, -1]),
        (b"10\n9\nx\n", ["10", "9", "x"]),
        (b"07\n7\n", ["07", "7"]),
        (b"-0\n0\n", ["-0", "0"]),
        (b"18446744073709551615\n-9223372036854775808\n", [2**64 - 1, -(2**63)]),
        (b"1" * 30 + b"\n2\n", ["1" * 30, "2"]),
        (b"cat\r\ndog\r\n", ["cat", "dog"]),
        (b" cat\t\ndog", ["cat", "dog"]),
        (b"\xef\xbb\xbf2\n1", [2, 1]),
        ("größe\nnaïve\n".encode(), ["größe", "naïve"]),
    ],
)
def test_lines_of_one_field_are_labels(tmp_path, text, labels):
    source = read(written(tmp_path, text))
    assert source.labels.tolist() == labels
    assert source.kind == "one label per line"
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
def test_the_last_field_of_an_image_list_is_the_label(tmp_path, text, labels):
    source = read(written(tmp_path, text, "images"))
    assert source.labels.tolist() == labels
    assert source.kind == "an image list; the label is the last field of each line"
    assert source.suffix == ".txt"
    assert b"".join(source.records) == text


def test_a_million_lines_take_seconds(tmp_path):
    path = written(tmp_path, b"".join(b"a/folder/%07d.jpg %d\n" % (i, i % 1000) for i in range(10**6)))
    began = time.perf_counter()  # a second or two, but hours if any step were quadratic
    source = read(path)
    assert len(source.select(np.arange(10**6))) == 10**6
    assert time.perf_counter() - began < 20


WORDS = "; for labels of several words, name the file *.tsv and pass --column 0"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "no labels found"),
        (b"\xef\xbb\xbf", "no labels found"),
        (b"a\n\nb\n", "line 2 is blank"),
        (b"a\n \t\r\n", "line 2 is blank"),
        (b"\xef\xbb\xbf\na\n", "line 1 is blank"),
        (b"a\rb\rc\r", "line 1 contains a carriage return that does not end the line"),
        (b"x\ny\xff\n", "the label of the record at line 2 is not UTF-8"),
        (b"a\r \nb\n", "line 1 contains a carriage return that does not end the line"),
        ("\ufeffa\nb\n".encode("utf-16-le"), "expected UTF-8, got UTF-16"),
        ("\ufeffa\nb\n".encode("utf-16-be"), "expected UTF-8, got UTF-16"),
        (b"a 1\nb 2\nc\nd 4\ne\n", "line 3 has one field, but line 1 has more" + WORDS),
        (b"golden retriever\ncat\n", "line 2 has one field, but line 1 has more" + WORDS),
        (b"cat\ndog\ngolden retriever\n", "line 1 has one field, but line 3 has more" + WORDS),
    ],
)
def test_wrong_lists_are_refused_with_the_line(tmp_path, text, message):
    assert refusal(written(tmp_path, text)) == message


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_record_without_a_line_end_gets_one_if_another_follows(end):
    source = Records(np.arange(3), "", records=[b"0" + end, b"1" + end, b"2"])
    assert source.select(np.array([0, 1, 2])) == [b"0" + end, b"1" + end, b"2"]
    assert source.select(np.array([2, 0])) == [b"2" + end, b"0" + end]
    assert source.select(np.array([], dtype=int)) == []


@pytest.mark.parametrize("text", [b"label\n0\n1\n", b'"x"\n"0"\n"0"\n', b"path label\na.jpg 0\nb.jpg 1\n"])
def test_a_first_line_that_looks_like_a_header_is_warned_of(tmp_path, text):
    with pytest.warns(UserWarning, match="line 1 looks like a header"):
        assert len(read(written(tmp_path, text)).labels) == 3
