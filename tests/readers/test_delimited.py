"""CSV, TSV and other tables of delimited text."""

import pytest
from common_columns import read, written

from fastsplit.readers import delimited, scans
from fastsplit.readers.source import Options


@pytest.mark.parametrize(
    ("text", "options", "labels"),
    [
        (b"id,label\n1,x\n2,y\n", {}, ["x", "y"]),
        (b"id,label\n1,x\n2,y\n", {"column": "1"}, ["x", "y"]),
        (b"1,x\n2,y\n", {"column": "0", "header": False}, [1, 2]),
        (b"\xef\xbb\xbflabel,id\r\nx,1\r\ny,2", {}, ["x", "y"]),
        (b'label\n"x\n\ny, z"\n"1 ""2"""\n', {}, ["x\n\ny, z", '1 "2"']),
        (b"golden retriever\ncat\n", {"column": None, "header": False}, ["golden retriever", "cat"]),
        (b"a|label\n1|x,y\n", {"delimiter": "|"}, ["x,y"]),
        (b"a\tlabel\n1\tx,y\n", {"delimiter": "\\t"}, ["x,y"]),
        (b"a,label\n1,x,\n2,y\n", {}, ["x", "y"]),
        (b"a,label\n1,x\n2,y\n\n\r\n", {}, ["x", "y"]),
        (b'a,label\n5" pipe,x\n6,"y"\n', {}, ["x", "y"]),
        (b"a,label\n1,th\xe9\n", {"encoding": "latin-1"}, ["thé"]),
        (b"a,a,label\n1,2,x\n", {}, ["x"]),
    ],
)
def test_a_column_of_a_table_is_the_labels_and_its_records_are_the_file(tmp_path, text, options, labels):
    found = read(delimited, written(tmp_path, text), **options)
    assert found.labels == labels
    assert found.examples.rstrip() == text.rstrip()


def test_quotes_in_a_tsv_file_are_literal_unless_asked_for(tmp_path):
    path = written(tmp_path, b'a\tlabel\n"1\tx\n2"\ty\n"3\tz"\tw"\n'.replace(b'"3\tz"\tw"', b'3\t"z'), "t.tsv")
    assert read(delimited, path).labels == ["x", "y", '"z']
    with pytest.raises(ValueError, match="line 4: a quoted field begins here that does not end"):
        read(delimited, path, quoting="minimal")


def test_ids_are_integers_only_if_all_fit_64_bits(tmp_path):
    cases = [
        (b"7,x\n-8,x\n", [7, -8]),
        (b"7,x\n08,x\n", ["7", "08"]),
        (b"7.0,x\n8,x\n", [7, 8]),
        (b"9,x\n12345678901234567890,x\n", [9, 12345678901234567890 - 2**64]),
        (b"9,x\n99999999999999999999,x\n", ["9", "99999999999999999999"]),
        (b"-1,x\n18446744073709551615,x\n", ["-1", "18446744073709551615"]),
        (b"a,x\n7,x\n", ["a", "7"]),
        (b"-0,x\n8,x\n", ["-0", "8"]),
        (b"18446744073709551615,x\n1,x\n-1,x\n", ["18446744073709551615", "1", "-1"]),
        (b"-1,x\n1,x\n18446744073709551615,x\n", ["-1", "1", "18446744073709551615"]),
        (b"-9223372036854775808,x\n7,x\n", [-(2**63), 7]),
        (b"-9223372036854775809,x\n7,x\n", ["-9223372036854775809", "7"]),
        (b"18446744073709551616,x\n7,x\n", ["18446744073709551616", "7"]),
        (b"7.,x\n7.0,x\n", ["7.", "7.0"]),
        (b"7.01,x\n7.00,x\n", ["7.01", "7.00"]),
        (b"-,x\n.0,x\n:,x\n", ["-", ".0", ":"]),
    ]
    for text, ids in cases:
        assert read(delimited, written(tmp_path, b"id,label\n" + text), ids_column="id").ids == ids


def test_ids_do_not_depend_on_the_encoding(tmp_path):
    path = written(tmp_path, "id,label\né,x\nb,y\n".encode("latin-1"))
    assert read(delimited, path, ids_column="id", encoding="latin-1").ids == ["é", "b"]


def test_several_tables_are_one_with_one_header(tmp_path):
    paths = [written(tmp_path, text, name) for text, name in ((b"a,label\n1,x", "1.csv"), (b"a,label\n2,y\n", "2.csv"))]
    assert read(delimited, *paths).examples == b"a,label\n1,x\n2,y\n"
    crlf = written(tmp_path, b"a,label\r\n1,x\r\n2,y", "3.csv")
    assert read(delimited, crlf, *paths).examples == b"a,label\r\n1,x\r\n2,y\r\n1,x\n2,y\n"


def test_a_header_without_line_end_gets_one(tmp_path):
    paths = [written(tmp_path, text, name) for text, name in ((b"label", "1.csv"), (b"label\nx", "2.csv"))]
    assert read(delimited, *paths).examples == b"label\nx"


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (b"", {}, "no labels found: the file is empty"),
        (b"label,b\n1,2\n\n3,4\n", {}, "line 3 is blank"),
        (b"\nlabel,b\n1,2\n", {}, "line 1 is blank"),
        (b'label,b\n"1\n1",2\n3\n', {}, "line 4 must have as many fields as the header, 2, got 1"),
        (
            b"1\t2\n3\n",
            {"column": "0", "header": False, "quoting": "none", "delimiter": "\t"},
            "line 2 must have as many fields as line 1, 2, got 1; if fields are quoted, pass --quoting minimal",
        ),
        (b"1,2\n3,4,5\n", {"column": "0", "header": False}, "line 2 must have as many fields as line 1, 2, got 3"),
        (b"a,label\n1,2\n3,\n", {}, "line 3: the label is missing; pass --missing drop"),
        (b"a,label\n1,2\n3, \xc2\xa0\n", {}, "line 3: the label is missing"),
        (b'a,label\n"1\n\n",2\n3,4\n5,\n', {}, "line 6 (record 3): the label is missing"),
        (b'"a\n",label\n1,2\n3,\n', {"column": "1"}, "line 4: the label is missing"),
        (b"label,a\n1,2\n3, \n", {"ids_column": "a"}, "line 3: the id is missing"),
        (b"label,a\n1,2\n3,\n", {"ids_column": "a"}, "line 3: the id is missing"),
        (b"label,a\n1,2\n3,\xc2\xa0\n", {"ids_column": "a"}, "line 3: the id is missing"),
        (b'label,a\n"1\n",2\n\xff,4\n', {}, "line 4 (record 2): the label '\\xff' is not UTF-8"),
        (b"a,b\n1,2\n", {"column": "c"}, "column 'c' not found in the header (a, b)"),
        *(
            (
                b"sep=;" + end + b"a;b\n1;2\n",
                {"column": column, "delimiter": delimiter},
                "the first line is Excel's sep=;",
            )
            for end in (b"\n", b"\r\n")
            for column in ("a", "0", None)
            for delimiter in (None, ";")
        ),
        (b"\xef\xbb\xbfsep=,\na,b\n1,2\n", {"column": "b"}, "the first line is Excel's sep=,: delete it"),
        (b'"sep=;"\na;b\n1;2\n', {"column": "b"}, "the first line is Excel's sep=;: delete it"),
        (b"a,b\n1,2\n", {"column": None}, "--column is required: which column has the labels (a, b)?"),
        (b"a,a\n1,2\n", {"column": "a"}, "column 'a' occurs 2 times in the header (a, a); pass its number"),
        (b"1,2\n", {"column": "2"}, "column 2 is out of range (0 to 1)"),
        (b"1,2\n", {"column": "a", "header": False}, "column 'a' must be a number from 0, because there is no header"),
        (b'a,label\n1,2\n3,"4\n5,6\n', {}, "line 3: a quoted field begins here that does not end"),
        (b'a,label\n1,2\n3,"4"4\n5,6\n', {}, "line 3: text follows the closing quote of a field"),
        (b"a,label\n1,2\r3,4\r", {}, "line 2 contains a carriage return that does not end the line"),
        (b"a,label\n1,\0\n", {}, "line 2 contains a zero byte"),
        ("\ufeffa,label\n".encode("utf-16-le"), {}, "expected UTF-8, got UTF-16"),
    ],
)
def test_wrong_tables_are_refused_with_the_line(tmp_path, text, options, message):
    path = written(tmp_path, text)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read(delimited, path, **options)
    assert str(caught.value).startswith(f"{path}: {message}")


def test_of_many_column_names_ten_are_shown(tmp_path):
    path = written(tmp_path, ",".join(f"c{i}" for i in range(200)).encode())
    with pytest.raises(ValueError, match=r"\(c0, c1, .*, c9 and 190 more\)"):
        read(delimited, path)


def test_other_headers_name_both_files(tmp_path):
    paths = [
        written(tmp_path, text, name) for text, name in ((b"a,label\n1,x\n", "1.csv"), (b"label,a\nx,1\n", "2.csv"))
    ]
    with pytest.raises(ValueError, match=r"1.csv and .*2.csv must have the same header, got a, label and label, a"):
        read(delimited, *paths)
    with pytest.raises(ValueError, match=r"1.csv and .*3.csv must have as many columns, got 2 and 1"):
        read(delimited, paths[0], written(tmp_path, b"y\n", "3.csv"), column="1", header=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": "ab"}, "--delimiter must be one ASCII character"),
        ({"delimiter": '"'}, "--delimiter must be one ASCII character"),
        ({"quoting": "all"}, "--quoting must be one of minimal, none, got 'all'"),
        ({"encoding": "utf-16"}, "--encoding must extend ASCII"),
        ({"encoding": "hex"}, "--encoding must extend ASCII"),
        ({"encoding": "xyz"}, "--encoding 'xyz' is not known"),
    ],
)
def test_wrong_options_are_refused(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        delimited.read([written(tmp_path, b"label\nx\n")], Options(columns=("label",), **options))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (b"a,x\nb,x\nc,y\n", {"column": "1"}, "the header names the labels 'x', like a label"),
        (b"a,7\nb,8\n", {"column": "1"}, "the header names the labels '7', like a label"),
        (b"path,label\na,0\nb,1\n", {"column": "1", "header": False}, "the first label, 'label', occurs nowhere else"),
        (b"id,label\n1,cat\n2, cat\n", {}, "the labels 'cat' and ' cat' differ only in white space"),
        (b"label\na0\na1\na2\na3\na4\n", {}, "5 of 5 classes have a single example"),
        (b"label\n" + b"".join(b"%d.5\n" % i for i in range(30)) * 2, {}, "the labels look continuous: 30 distinct"),
    ],
)
def test_likely_mistakes_are_warned_of(tmp_path, text, options, message):
    [warning] = read(delimited, written(tmp_path, text), **options).warnings
    assert warning.startswith(message)


@pytest.mark.parametrize("text", [b"h,0\n1,0\n2,x\n", b"a,x\nb,x\nc,y\n", b"a,x\nb,y\nc,z\n", b"a,x\n"])
def test_first_records_that_may_be_examples_are_not_warned_of(tmp_path, text):
    assert read(delimited, written(tmp_path, text), column="1", header=False).warnings == []


def test_a_number_that_is_also_the_name_of_another_column_is_warned_of(tmp_path):
    path = written(tmp_path, b"x,0,1\na,b,c\n")
    with pytest.warns(UserWarning, match="column 1 is that of this number, '0', though"):
        assert read(delimited, path, column="1").labels == ["b"]


def test_the_memory_of_a_run_is_bounded_by_lines_too(tmp_path, monkeypatch):
    monkeypatch.setattr(scans, "MAX_LINES", 100)
    path = written(tmp_path, b"label\n" + b'"a\n\n\n"\nb\n' * 1000 + b'"' + b"\n" * 1000 + b'x"\n')
    source = delimited.read([path], Options(columns=("label",)))
    assert max(chunk.n for chunk in source.chunks()) <= 200
    assert len(read(delimited, path).labels) == 2001


@pytest.mark.parametrize("max_lines", [7, scans.MAX_LINES])
def test_the_record_of_a_missing_label_is_counted_over_runs(tmp_path, monkeypatch, max_lines):
    monkeypatch.setattr(scans, "MAX_LINES", max_lines)
    rows = [f'"text\n{i}",{i % 3}\n' for i in range(400)]
    path = written(tmp_path, ("a,label\n" + "".join(rows) + '"x",\n').encode())
    with pytest.raises(ValueError, match=r"line 802 \(record 401\): the label is missing"):
        read(delimited, path)
