"""Warnings of what is likely a mistake: one line each, and errors with --strict."""

import json
import os
from pathlib import Path

import pytest
from common_cli import split


def assert_warned(capsys, warning, *args):
    """Check that a split warns of this alone, and that --strict makes it an error before anything is written."""
    assert split(*args) == 0
    assert capsys.readouterr().err == f"fastsplit: warning: {warning}\n"
    assert split(*args, "--strict", out="strict") == 2
    assert capsys.readouterr().err == f"fastsplit: error: {warning}\n"
    assert not os.path.exists("strict")


ALIKE = (
    "are two classes, because labels are strings here: not all are whole numbers without leading zeros; if these two "
    "should be one class, write them alike"
)


@pytest.mark.parametrize(
    ("labels", "two"),
    [
        (["3", "x", "3.0"], ("3", "3.0")),
        (["01", "2", "1"], ("01", "1")),
        (["1", "+1", "2"], ("1", "+1")),
        ([".5", "0.50", "x"], (".5", "0.50")),
        (["-0", "y", "0"], ("-0", "0")),
    ],
)
def test_two_classes_that_are_one_number_are_warned_of(here, capsys, chunk_size, labels, two):
    Path("d.csv").write_text("id,label\n" + "".join(f"{i},{labels[i % 3]}\n" for i in range(90)))
    warning = f"the labels {two[0]!r} and {two[1]!r} {ALIKE}"
    assert_warned(capsys, warning, "d.csv", "--column", "label")


def test_so_are_strings_of_json_and_of_lists(here, capsys):
    Path("d.txt").write_text("".join(f"{('3', 'x', '3.0')[i % 3]}\n" for i in range(90)))
    assert_warned(capsys, f"the labels '3' and '3.0' {ALIKE}", "d.txt")
    Path("d.jsonl").write_text("".join(json.dumps({"y": ("3", "4", "3.0")[i % 3]}) + "\n" for i in range(90)))
    assert split("d.jsonl", "--column", "y", out="json") == 0
    assert capsys.readouterr().err == f"fastsplit: warning: the labels '3' and '3.0' {ALIKE}\n"


@pytest.mark.parametrize(
    "labels",
    [
        ["3", "3.0", "4"],  # one class, as integers
        ["1", "10", "x"],
        ["1.0.1", "1.0.10", "1.0"],
        ["1e0", "1", "x"],  # may be codes
        ["1" * 30, "0" + "1" * 30, "x"],  # no number that somebody counts with
        ["٣", "3", "x"],
    ],
)
def test_other_numbers_are_not_warned_of(here, capsys, labels):
    Path("d.csv").write_text("id,label\n" + "".join(f"{i},{labels[i % 3]}\n" for i in range(90)))
    assert split("d.csv", "--column", "label") == 0
    assert capsys.readouterr().err == ""


HINT = "is not UTF-8; if the text is in another encoding, pass it, such as --encoding cp1252; without it, such"


@pytest.mark.parametrize("what", ["id", "group"])
def test_ids_and_groups_that_are_not_utf8_are_warned_of_once(here, capsys, chunk_size, what):
    rows = [b"m\xe9%d,%d\n" % (i, i % 3) if i % 5 == 4 else b"m%d,%d\n" % (i, i % 3) for i in range(90)]
    Path("d.csv").write_bytes(b"name,label\n" + b"".join(rows))
    warning = rf"d.csv: line 6: the {what} 'm\xe94' {HINT} {what}s are taken byte for byte"
    assert_warned(capsys, warning, "d.csv", "--column", "label", f"--{what}s-column", "name")
    assert split("d.csv", "--column", "label", f"--{what}s-column", "name", "--encoding", "latin-1", out="o") == 0
    assert capsys.readouterr().err == ""


def test_ids_that_are_utf8_only_one_after_the_other_are_warned_of(here, capsys):
    rows = [b"\xa9%d,x\n" % i if i % 2 else b"a%d\xc3,x\n" % i for i in range(40)]
    Path("d.csv").write_bytes(b"id,label\n" + b"".join(rows))
    warning = rf"d.csv: line 2: the id 'a0\xc3' {HINT} ids are taken byte for byte"
    assert_warned(capsys, warning, "d.csv", "--column", "label", "--ids-column", "id")


@pytest.mark.parametrize("id_of", ["é{}", "{}", '"é""{}"', "{}\U0001f600"])
def test_ids_in_utf8_are_not_warned_of_whatever_other_columns_are(here, capsys, chunk_size, id_of):
    rows = [f"{id_of.format(i)},x,".encode() + b"m\xe9\n" for i in range(90)]
    Path("d.csv").write_bytes(b"id,label,text\n" + b"".join(rows))
    assert split("d.csv", "--column", "label", "--ids-column", "id") == 0
    assert capsys.readouterr().err == ""


def test_paths_in_a_list_that_are_not_utf8_are_warned_of(here, capsys):
    Path("d.txt").write_bytes(b"".join(b"m\xe9/%d.jpg %d\n" % (i, i % 3) for i in range(90)))
    warning = rf"d.txt: line 1: the id 'm\xe9/0.jpg' {HINT} ids are taken byte for byte"
    assert_warned(capsys, warning, "d.txt")
