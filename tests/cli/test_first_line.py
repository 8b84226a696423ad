"""The first line of what a split prints: what the files are, and where the labels are."""

from pathlib import Path

import numpy as np
import pytest
from common_cli import assert_refused, run
from common_formats import KINDS
from common_records import example, strings, written

LABELS = ["cat", "dog"] * 20
IDS = [f"u{i}" for i in range(40)]


def first_line(capsys, *args):
    assert run("split", *args, "--out", "out", "--force") == 0
    return capsys.readouterr().out.partition("\n")[0]


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("csv", ("--column", "label"), "CSV; the label is column label"),
        ("csv", ("--column", "0"), "CSV; the label is column 0 (label)"),
        ("csv", ("--column", "0", "--no-header"), "CSV; the label is column 0"),
        ("jsonl", ("--column", "label"), "JSON lines; the label is field label"),
        ("parquet", ("--column", "label"), "a Parquet file; the label is column label"),
        ("parquet", ("--column", "0"), "a Parquet file; the label is column label"),
        ("feather", ("--column", "label"), "an Arrow file; the label is column label"),
        ("tfrecord", ("--feature", "label"), "TFRecord files; the label is feature label"),
        ("npy", ("--field", "label"), "an array of <U3; the label is field label"),
        ("npz", ("--field", "label"), "an array of <U3; the label is array label"),
    ],
)
def test_it_says_where_the_labels_are(here, capsys, kind, options, expected):
    pytest.importorskip("pyarrow")
    KINDS[kind](Path(f"data.{kind}"), LABELS, IDS)
    assert first_line(capsys, f"data.{kind}", *options) == f"data.{kind}: {expected}"


def test_it_names_a_column_that_nobody_named(here, capsys):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"species": LABELS}), "data.parquet")
    assert first_line(capsys, "data.parquet") == "data.parquet: a Parquet file; the label is column species"
    Path("data.csv").write_text("species\n" + "".join(f"{label}\n" for label in LABELS))
    assert first_line(capsys, "data.csv") == "data.csv: CSV; the label is column species"
    np.savez("data.npz", species=np.array(LABELS))
    assert first_line(capsys, "data.npz") == "data.npz: an array of <U3; the label is array species"


def test_it_names_all_columns_of_labels_and_the_delimiter(here, capsys):
    Path("data.csv").write_text("cat;dog\n" + "0;1\n1;0\n" * 20)
    printed = first_line(capsys, "data.csv", "--column", "cat", "--column", "dog")
    assert printed == "data.csv: a table with ';' between fields; the labels are columns cat, dog"
    Path("data.tsv").write_text("cat\tdog\n" + "0\t1\n1\t0\n" * 20)
    assert first_line(capsys, "data.tsv", "--column", "cat") == "data.tsv: TSV; the label is column cat"


def test_a_way_of_writing_that_does_not_fit_is_refused_by_what_the_files_are(here, capsys):
    Path("data.csv").write_text("label\n" + "a\nb\n" * 20)
    code = run("split", "data.csv", "--column", "label", "--write", "records", "--out", "out")
    assert_refused(capsys, code, "--write must be one of lines, indices, none for CSV, got records")
    written(Path("data.tfrecord"), [example(label=strings(b"a"))] * 9)
    code = run("split", "data.tfrecord", "--feature", "label", "--write", "lines", "--out", "out")
    assert_refused(capsys, code, "--write must be one of records, indices, none for TFRecord files, got lines")
