"""CSV and TSV files."""

import csv
import io

import pytest
from common_readers import refusal, written
from hypothesis import assume, given
from hypothesis import strategies as st

from fastsplit.readers import read


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
def test_a_column_of_a_table_is_the_labels(tmp_path, text, columns, labels):
    for name, delimiter in (("t.csv", ","), ("t.TSV", "\t")):
        delimited = text.replace(b",", delimiter.encode())
        source = read(written(tmp_path, delimited, name), *columns)
        expected = [label.replace(",", delimiter) if isinstance(label, str) else label for label in labels]
        assert source.labels.tolist() == expected
        assert source.suffix == name[1:]
        assert source.head + b"".join(source.records) == delimited


def test_a_second_column_is_the_ids(tmp_path):
    path = written(tmp_path, b"label,id\nx,7\ny,8\n", "t.csv")
    assert read(path, "label", "id").ids.tolist() == [7, 8]
    assert read(path, "id", "0").ids.tolist() == ["x", "y"]
    assert read(path, "label").ids is None


cell = st.text(st.sampled_from('ab1 ,;"\n\r\t\u00e9\x85\u2028'), max_size=5)


@pytest.mark.filterwarnings("ignore:line 1|the labels")
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


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (b"", ["a"], "no labels found"),
        (b"a,b\n", ["a"], "no labels found"),
        (b"a,b\n1,2\n\n3,4\n", ["a"], "line 3 is blank"),
        (b'a,b\n"1\n1",2\n3\n', ["a"], "line 4 must have as many fields as line 1, 2, got 1"),
        (b"a,b\n1,2\n,4\n", ["a"], "the label of the record at line 3 is empty"),
        (b"a,b\n1,2\n3,\n", ["a", "b"], "the id of the record at line 3 is empty"),
        (b"a,b\n1,2\n \xc2\xa0,4\n", ["a"], "the label of the record at line 3 is empty"),
        (b"a,b\n1,2\n3, \n", ["a", "b"], "the id of the record at line 3 is empty"),
        (b'a,b\n"1\n",2\n\xff,4\n', ["a"], "the label of the record at line 4 is not UTF-8"),
        (b"a,b\n1,2\n", ["c"], "column 'c' not found in the header (a, b)"),
        (b"a,a\n1,2\n", ["a"], "column 'a' occurs 2 times in the header (a, a)"),
        (b"1,2\n", ["2"], "column 2 is out of range (0 to 1)"),
        (b'a,b\n1,2\n3,"4\n5,6\n', ["a"], "line 3: unexpected end of data"),
    ],
)
def test_wrong_tables_are_refused_with_the_line(tmp_path, text, columns, message):
    assert refusal(written(tmp_path, text, "t.csv"), *columns) == message


@pytest.mark.parametrize(("name", "columns"), [("l.npy", ["a"]), ("l.txt", ["0"]), ("l.txt", [None, "a"])])
def test_files_without_columns_refuse_them(tmp_path, name, columns):
    path = written(tmp_path, b"a\n", name)
    assert refusal(path, *columns) == "--column and --ids-column apply only to .csv and .tsv files"


@pytest.mark.parametrize("name", ["l.csv", "l.TSV"])
def test_tables_require_a_column(tmp_path, name):
    path = written(tmp_path, b"a\nx\n", name)
    assert refusal(path) == refusal(path, None, "a") == f"--column is required for {name[1:].lower()} files"


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (
            b"path,label\na,0\nb,1\n",
            ["1"],
            "line 1 looks like a header, but is read as an example with the label 'label'",
        ),
        (b"path,label\na,x\nb,x\n", ["1", "0"], "line 1 looks like a header, but is read as an example with the label"),
        (b",0,1\n0,a,3\n1,b,5\n", ["2"], "line 1 numbers the columns, but is read as an example"),
        (b"0,1,2\na,b,3\nc,d,5\n", ["2"], "line 1 numbers the columns, but is read as an example"),
        (b"id,label\n1,cat\n2, cat\n", ["label"], "the labels 'cat' and ' cat' differ only in white space"),
        (b"id,label\n1,1\n2,1 \n", ["label"], "the labels '1' and '1 ' differ only in white space"),
        (b"id,label\na,1\na ,2\n", ["label", "id"], "the ids 'a' and 'a ' differ only in white space"),
    ],
)
def test_likely_mistakes_are_warned_of(tmp_path, text, columns, message):
    with pytest.warns(UserWarning, match=message):
        read(written(tmp_path, text, "t.csv"), *columns)


@pytest.mark.parametrize("text", [b"0,1\n1,0\n2,1\n", b"a,x\nb,x\nc,y\n", b"a,x\nb,y\nc,z\n", b"a,x\n"])
def test_first_records_that_may_be_examples_are_not_warned_of(tmp_path, text):
    read(written(tmp_path, text, "t.csv"), "1")  # warnings are errors
