"""Lists of labels, and lists of images."""

import pytest
from common_columns import read, written

from fastsplit.readers import lists
from fastsplit.readers.source import Options


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (b"10\n9\n-1\n", [10, 9, -1]),
        (b"10\n9\nx\n", ["10", "9", "x"]),
        (b"07\n7\n", ["07", "7"]),
        (b"-0\n0\n", ["-0", "0"]),
        (b"3\n3.0\n3.00\n", [3, 3, 3]),
        (b"3.\n3\n", ["3.", "3"]),
        (b"3.5\n3\n", ["3.5", "3"]),
        (b"18446744073709551615\n0\n", [2**64 - 1, 0]),
        (b"18446744073709551615\n-1\n", ["18446744073709551615", "-1"]),
        (b"-9223372036854775808\n", [-(2**63)]),
        (b"18446744073709551616\n2\n", ["18446744073709551616", "2"]),
        (b"1" * 30 + b"\n2\n", ["1" * 30, "2"]),
        (b"cat\r\ndog\r\n", ["cat", "dog"]),
        (b" cat\t\ndog", ["cat", "dog"]),
        (b"\xef\xbb\xbf2\n1", [2, 1]),
        ("größe\nnaïve\n".encode(), ["größe", "naïve"]),
        (b"cat\n\n\n", ["cat"]),
    ],
)
def test_lines_of_one_field_are_labels(tmp_path, text, labels):
    found = read(lists, written(tmp_path, text, "l.txt"), column=None)
    assert found.labels == labels
    assert found.examples.rstrip() == text.rstrip()
    assert found.ids is None


@pytest.mark.parametrize(
    ("text", "labels", "ids"),
    [
        (b"a b.jpg 3\nc.jpg\t2\n", [3, 2], ["a b.jpg", "c.jpg"]),
        (b"1 3\n  2  2", [3, 2], [1, 2]),
        (b"a.jpg cat\r\nmany words and a dog", ["cat", "dog"], ["a.jpg", "many words and a"]),
    ],
)
def test_the_last_field_of_a_list_of_images_is_the_label_and_the_path_is_the_id(tmp_path, text, labels, ids):
    found = read(lists, written(tmp_path, text, "images"), column=None)
    assert (found.labels, found.ids, found.examples) == (labels, ids, text)


def test_a_list_may_have_a_header(tmp_path):
    found = read(lists, written(tmp_path, b"label\n1\n2\n"), column=None, header=True)
    assert (found.labels, found.examples) == ([1, 2], b"label\n1\n2\n")


def test_a_header_that_is_read_as_a_label_is_warned_of(tmp_path):
    [warning] = read(lists, written(tmp_path, b"label\n1\n2\n"), column=None).warnings
    assert warning == "the first label, 'label', occurs nowhere else: if it is of a header, pass --header"


@pytest.mark.parametrize(
    "text", [b"a\n\nb\na\n", b"a\n \t\r\nb\na\n", b"a\nNA\nb\na\n", b"a\n null\nb\na\n", b"a\nNaN\nb\na"]
)
def test_missing_labels_are_an_error_or_left_out_or_a_class(tmp_path, text):
    path = written(tmp_path, text)
    with pytest.raises(
        ValueError, match="line 2: the label is missing; pass --missing drop to leave such examples out"
    ):
        read(lists, path, column=None)
    assert read(lists, path, column=None, missing="drop").labels == ["a", None, "b", "a"]
    assert read(lists, path, column=None, missing="class").labels == ["a", "(missing)", "b", "a"]


def test_a_class_of_missing_labels_makes_strings_of_numbers_but_no_new_classes(tmp_path):
    path = written(tmp_path, b"3\nNA\n3.0\n")
    assert read(lists, path, column=None, missing="class").labels == ["3", "(missing)", "3"]
    assert read(lists, path, column=None, missing="drop").labels == [3, None, 3]
    with pytest.raises(ValueError, match="there are labels of that name"):
        read(lists, written(tmp_path, b"(missing)\nNA\n"), column=None, missing="class")


def test_all_labels_may_be_missing(tmp_path):
    assert read(lists, written(tmp_path, b"NA\n\nnull\n"), column=None, missing="drop").labels == [None, None, None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"\xef\xbb\xbf\na\n", "line 1: the label is missing"),
        (b"a\rb\rc\r", "line 1 contains a carriage return that does not end the line"),
        (b"a\r \nb\n", "line 1 contains a carriage return that does not end the line"),
        (b"x\ny\xff\n", "line 2: the label 'y\\xff' is not UTF-8"),
        ("\ufeffa\nb\n".encode("utf-16-le"), "expected UTF-8, got UTF-16"),
        ("\ufeffa\nb\n".encode("utf-16-be"), "expected UTF-8, got UTF-16"),
        (b"a 1\nb 2\nc\nd 4\n", "line 3 has one field, but the first line of "),
        (b"a 1\n\nb 2\n", "line 2 is blank"),
        (b"cat\ndog\ngolden retriever\n", "line 3 has several fields, but the first line of "),
    ],
)
def test_wrong_lists_are_refused_with_the_line(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read(lists, path, column=None)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_lists_have_no_columns(tmp_path):
    with pytest.raises(ValueError, match="a list has no columns"):
        lists.read([written(tmp_path, b"a\n")], Options(columns=("0",)))


def test_lists_of_two_kinds_are_refused(tmp_path):
    paths = [written(tmp_path, b"a\n", "1.txt"), written(tmp_path, b"a.jpg b\n", "2.txt")]
    with pytest.raises(ValueError, match=r"2.txt: line 1 has several fields, but the first line of .*1.txt has one"):
        read(lists, *paths, column=None)
