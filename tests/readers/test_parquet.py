"""Parquet files and folders."""

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from common_sources import grown_by_scans, labels_of, made_table, opened, refused, scanned

from fastsplit.readers import parquet
from fastsplit.readers.source import Options


@pytest.fixture
def path(tmp_path):
    pq.write_table(made_table(1000), tmp_path / "t.parquet", row_group_size=300)
    return tmp_path / "t.parquet"


def test_columns_are_read_as_they_are(path):
    table = made_table(1000)
    for examples in (False, True):
        source = opened(path, columns=("label",), ids_column="id", groups_column="colour")
        labels, ids, groups, places = scanned(source, examples=examples)
        assert labels == table["label"].to_pylist()
        assert ids == table["id"].to_pylist()
        assert groups == table["colour"].to_pylist()
        assert places == [f"{path}: row {i} (counted from 0)" for i in range(1000)]


def test_examples_are_the_rows_with_their_types(path):
    source = opened(path, columns=("number",))
    tables = [chunk.examples for chunk in source.chunks(examples=True)]
    assert pa.concat_tables(tables).equals(pq.read_table(path))
    assert all(table.schema.equals(pq.read_schema(path), check_metadata=True) for table in tables)
    assert all(chunk.examples is None for chunk in source.chunks())


def test_a_scan_of_labels_keeps_the_codes_of_strings(path):
    kinds = {str(chunk.labels[0].type) for chunk in opened(path, columns=("label",)).chunks()}
    assert kinds == {"dictionary<values=string, indices=int32, ordered=0>"}


def test_columns_are_named_by_names_by_dots_and_by_numbers(path):
    table = made_table(1000)
    assert labels_of(path, columns=("2",)) == table["number"].to_pylist()
    sources = [f"s{i % 4}" for i in range(1000)]
    assert labels_of(path, columns=("meta.source",)) == sources
    assert scanned(opened(path, columns=("meta.source",)), examples=True)[0] == sources
    chunk = next(opened(path, columns=("number", "label")).chunks())
    assert [len(values) for values in chunk.labels] == [chunk.n, chunk.n]
    assert [values[0].as_py() for values in chunk.labels] == [table["number"][0].as_py(), table["label"][0].as_py()]


def test_a_name_with_dots_is_a_name_first(tmp_path):
    pq.write_table(pa.table({"a.b": [1, 2], "a": [{"b": 3}, {"b": 4}], "1": [5, 6]}), tmp_path / "t.parquet")
    assert labels_of(tmp_path / "t.parquet", columns=("a.b",)) == [1, 2]
    assert labels_of(tmp_path / "t.parquet", columns=("1",)) == [5, 6]


def test_a_null_struct_has_null_fields(tmp_path):
    pq.write_table(pa.table({"a": [{"b": 3}, None], "c": [1, 2]}), tmp_path / "t.parquet")
    assert labels_of(tmp_path / "t.parquet", columns=("a.b",)) == [3, None]


def test_the_only_column_need_not_be_named(tmp_path):
    pq.write_table(pa.table({"label": [1, None, 2]}), tmp_path / "t.parquet")
    assert labels_of(tmp_path / "t.parquet") == [1, None, 2]


def test_a_column_that_is_missing_is_refused_with_ten_names(tmp_path, path):
    assert refused(path, columns=("x",)).endswith("the columns are id, label, number, price, day, tags, meta, colour")
    wide = tmp_path / "wide.parquet"
    pq.write_table(pa.table({f"c{i}": [0] for i in range(2010)}), wide)
    listing = ", ".join(f"c{i}" for i in range(10))
    assert refused(wide, columns=("x",)) == f"{wide}: column 'x' not found; the columns are {listing} and 2,000 more"
    assert refused(wide) == f"{wide}: --column is required; the columns are {listing} and 2,000 more"
    assert "column '2010' not found" in refused(wide, columns=("2010",))
    assert "column 'x' not found" in refused(wide, columns=("c1",), ids_column="x")
    assert "column 'meta.x' not found" in refused(path, columns=("meta.x",))
    assert refused(path, columns=("meta",)).endswith(
        "is one of structs; name one of its fields: meta.source, meta.size"
    )


def test_a_column_that_occurs_twice_is_refused(tmp_path):
    table = pa.table([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "t.parquet")
    assert refused(tmp_path / "t.parquet", columns=("a",)).endswith("column 'a' occurs 2 times")


def test_files_are_one_data_set_in_the_order_given(tmp_path):
    for name, labels in (("b", [3, 4]), ("a", [1, 2]), ("empty", [])):
        pq.write_table(pa.table({"x": pa.array(labels, pa.int64())}), tmp_path / f"{name}.parquet")
    paths = [tmp_path / f"{name}.parquet" for name in ("b", "empty", "a")]
    labels, _, _, places = scanned(opened(*paths))
    assert labels == [3, 4, 1, 2]
    assert places[2] == f"{paths[2]}: row 0 (counted from 0)"


def test_a_folder_is_read_sorted_without_hidden_files(tmp_path):
    for name, label in (("deep/er/1.parquet", 2), ("a.parquet", 1), ("z.pq", 3)):
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"x": [label]}), tmp_path / "d" / name)
    for name in ("_metadata", ".a.parquet.crc", "_tmp/1.parquet", "_SUCCESS"):
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_bytes(b"no table")
    assert labels_of(tmp_path / "d") == [1, 2, 3]


def test_folders_named_by_values_are_columns(tmp_path):
    table = pa.table({"x": [1, 2, 3, 4], "label": ["a", "b/c", "a", None], "year": [1, 1, 2, 2]})
    pq.write_to_dataset(table, tmp_path / "d", partition_cols=["label", "year"])
    for examples in (False, True):
        source = opened(tmp_path / "d", columns=("label",), ids_column="x", groups_column="year")
        labels, ids, years, _ = scanned(source, examples=examples)
        assert dict(zip(ids, zip(labels, years, strict=True), strict=True)) == {
            1: ("a", 1),
            2: ("b/c", 1),
            3: ("a", 2),
            4: (None, 2),
        }
    assert labels_of(tmp_path / "d", columns=("year",)) == [2, 1, 2, 1]  # __HIVE_... comes before a
    rows = pa.concat_tables(chunk.examples for chunk in source.chunks(examples=True))
    assert rows.schema.types == [pa.int64(), pa.string(), pa.int64()]


def test_a_file_outside_the_folders_of_the_others_is_refused(tmp_path):
    pq.write_to_dataset(pa.table({"x": [1], "y": [1]}), tmp_path / "d", partition_cols=["y"])
    pq.write_table(pa.table({"x": [2]}), tmp_path / "d" / "other.parquet")
    assert refused(tmp_path / "d" / "other.parquet", columns=("y",))
    assert "is in no folder named y=..." in refused(tmp_path / "d", columns=("x",))


def test_files_that_disagree_are_refused_with_both_names(tmp_path):
    a, b, c = (tmp_path / f"{name}.parquet" for name in "abc")
    pq.write_table(pa.table({"x": [1], "y": [1]}), a)
    pq.write_table(pa.table({"x": [1]}), b)
    pq.write_table(pa.table({"y": ["1"], "x": [1]}), c)
    lacks = f"{b} has no column 'y', which {a} has"
    assert refused(b, a, columns=("x",)) == refused(a, b, columns=("x",), error=ValueError) == lacks
    message = f"column 'y' is int64 in {a}, but string in {c}; convert the column in one of them"
    assert refused(a, c, columns=("x",)) == message


def test_files_may_differ_in_order_width_and_columns_without_values(tmp_path):
    a, b, c = (tmp_path / f"{name}.parquet" for name in "abc")
    pq.write_table(pa.table({"x": [1], "y": pa.array([None], pa.null())}), a)
    pq.write_table(pa.table({"y": pa.array(["u"], pa.large_string()), "x": [2]}), b)
    pq.write_table(pa.table({"x": [3], "y": pa.array(["v"]).dictionary_encode()}), c)
    source = opened(a, b, c, columns=("y",), ids_column="x")
    assert scanned(source)[:2] == ([None, "u", "v"], [1, 2, 3])
    rows = pa.concat_tables(chunk.examples for chunk in source.chunks(examples=True))
    assert rows.to_pylist() == [{"x": 1, "y": None}, {"x": 2, "y": "u"}, {"x": 3, "y": "v"}]


def test_damaged_files_are_refused_in_one_sentence(tmp_path, path):
    whole = path.read_bytes()
    for name, data in (("cut", whole[:-100]), ("head", whole[:4]), ("text", b"label\n1\n")):
        damaged = tmp_path / f"{name}.parquet"
        damaged.write_bytes(data)
        message = refused(damaged, columns=("label",))
        assert message.startswith(f"{damaged}: the file is damaged or cut short, or pyarrow cannot read it: ")
        assert len(message) < len(str(damaged)) + 250
    empty = tmp_path / "empty.parquet"
    empty.write_bytes(b"")
    assert refused(empty, columns=("label",)) == f"{empty} is empty; a Parquet file without rows has a footer"


def test_damaged_pages_are_refused_with_the_name_of_the_file(tmp_path, path):
    data = bytearray(path.read_bytes())
    data[4:2000] = b"\xff" * 1996
    (tmp_path / "d.parquet").write_bytes(data)
    message = refused(tmp_path / "d.parquet", columns=("id",), format="parquet")
    assert "damaged" in message


def test_a_file_that_changes_between_scans_is_refused(path):
    source = opened(path, columns=("label",))
    scanned(source)
    scanned(source)
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    with pytest.raises(ValueError, match=rf"{path} changed while it was read"):
        scanned(source)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_must_not_be_read_is_named(path):
    path.chmod(0)
    with pytest.raises(PermissionError, match=str(path)):
        opened(path, columns=("label",))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no\.parquet"):
        opened(tmp_path / "no.parquet", columns=("label",))


def test_without_pyarrow_the_error_says_what_to_install(path):
    code = (
        "import sys; sys.modules['pyarrow'] = None\nfrom pathlib import Path\nfrom fastsplit import readers\n"
        "from fastsplit.readers.source import Options\n"
        f"try: readers.open([Path({str(path)!r})], Options(columns=('label',)))\n"
        "except ImportError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=path.parent)
    assert run.stdout == f"{path}: pyarrow is missing; install it with: pip install 'fastsplit[files]'\n"


def test_a_row_group_as_large_as_the_file_is_not_in_memory(tmp_path):
    n = 6_000_000
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=n) for name in "abcd"}  # 192 MB that no compression makes smaller
    pq.write_table(pa.table({"label": rng.integers(0, 9, n), **columns}), tmp_path / "t.parquet", row_group_size=n)
    grown, found = grown_by_scans(tmp_path, tmp_path / "t.parquet", ("label",))
    assert found == [n, n]
    assert grown < 100e6


def test_chunks_of_wide_rows_have_few_of_them(tmp_path):
    rows = pa.table({"label": [0, 1] * 50, "image": [os.urandom(1 << 20) for _ in range(100)]})
    pq.write_table(rows, tmp_path / "t.parquet")
    sizes = [chunk.n for chunk in opened(tmp_path / "t.parquet", columns=("label",)).chunks(examples=True)]
    assert max(sizes) <= 16
    assert sum(sizes) == 100


def test_options_of_other_kinds_are_refused(path):
    for option, value in (("delimiter", ";"), ("header", True), ("field", "x"), ("label_from", "name")):
        with pytest.raises(ValueError, match=rf"--{option.replace('_', '-')} does not apply to Parquet files"):
            opened(path, columns=("label",), **{option: value})


def test_files_of_a_folder_are_listed_once(tmp_path, path):
    assert parquet.files_in(tmp_path) == [path]
    assert parquet.read([tmp_path], Options(columns=("label",))).paths == [path]
