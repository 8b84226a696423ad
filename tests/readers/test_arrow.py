"""Arrow files, Feather files and Arrow streams."""

import numpy as np
import pyarrow as pa
import pytest
from common_sources import grown_by_scans, labels_of, made_table, opened, refused, scanned
from pyarrow import feather, ipc

from fastsplit.readers import arrow


def written(path, table, *, stream=False, rows=None):
    with (ipc.new_stream if stream else ipc.new_file)(path, table.schema) as writer:
        writer.write_table(table, rows)
    return path


@pytest.mark.parametrize("kind", ["file", "stream", "feather", "zstd"])
def test_files_and_streams_are_read_as_they_are(tmp_path, kind):
    table, path = made_table(1000), tmp_path / "t"
    if kind in ("file", "stream"):
        written(path, table, stream=kind == "stream", rows=300)
    else:
        feather.write_feather(table, path, compression="zstd" if kind == "zstd" else None, chunksize=300)
    for examples in (False, True):
        source = opened(path, columns=("label",), ids_column="id", groups_column="colour")
        labels, ids, groups, places = scanned(source, examples=examples)
        assert labels == table["label"].to_pylist()
        assert ids == table["id"].to_pylist()
        assert groups == table["colour"].to_pylist()
        assert places == [f"{path}: row {i} (counted from 0)" for i in range(1000)]
    assert pa.concat_tables(c.examples for c in source.chunks(examples=True)).equals(table)
    assert scanned(opened(path, columns=("meta.source",)))[0] == [f"s{i % 4}" for i in range(1000)]


def test_nulls_are_kept(tmp_path):
    path = written(tmp_path / "t.arrow", pa.table({"x": ["a", None]}))
    assert labels_of(path) == ["a", None]


def test_fields_of_a_struct_that_is_null_are_null(tmp_path):
    structs = pa.StructArray.from_arrays([pa.array([1, 2])], names=["b"], mask=pa.array([False, True]))
    path = written(tmp_path / "t.arrow", pa.table({"a": structs}))
    assert labels_of(path, columns=("a.b",)) == [1, None]


def test_large_batches_come_in_slices(tmp_path, monkeypatch):
    monkeypatch.setattr(arrow, "_LARGE", 1000)
    monkeypatch.setattr(arrow, "CHUNK_BYTES", 1000)
    table = made_table(1000)
    path = written(tmp_path / "t.arrow", table.combine_chunks())
    source = opened(path, columns=("number",), ids_column="label")
    sizes = [chunk.n for chunk in source.chunks(examples=True)]
    assert sum(sizes) == 1000
    assert len(sizes) > 20
    labels, ids, _, places = scanned(source)
    assert labels == table["number"].to_pylist()
    assert ids == table["label"].to_pylist()
    assert places[-1] == f"{path}: row 999 (counted from 0)"


def test_files_that_disagree_are_refused_with_both_names(tmp_path):
    a = written(tmp_path / "a.arrow", pa.table({"x": [1]}))
    b = written(tmp_path / "b.arrow", pa.table({"x": ["1"]}), stream=True)
    assert refused(a, b) == f"column 'x' is int64 in {a}, but string in {b}; convert the column in one of them"


def test_a_missing_column_and_damaged_files_are_refused(tmp_path):
    path = written(tmp_path / "a.arrow", made_table(100))
    assert "column 'x' not found; the columns are id, label" in refused(path, columns=("x",))
    assert "column 'x' not found; the columns are id, label" in refused(path, columns=("label",), ids_column="x")
    assert "meta, colour; did you mean 'label'?" in refused(path, columns=("Label",))
    for stream in (False, True):
        written(path, made_table(100), stream=stream)
        damaged = tmp_path / "d.arrow"
        damaged.write_bytes(path.read_bytes()[: 1500 if stream else -20])
        message = refused(damaged, columns=("label",))
        assert message.startswith(f"{damaged}: the file is damaged or cut short, or pyarrow cannot read it: ")


def test_a_file_that_changes_between_scans_is_refused(tmp_path):
    path = written(tmp_path / "a.arrow", pa.table({"x": [1]}))
    source = opened(path)
    scanned(source)
    written(path, pa.table({"x": [1, 2]}))
    with pytest.raises(ValueError, match=rf"{path} changed while it was read"):
        scanned(source)


def test_only_some_of_a_file_is_in_memory(tmp_path):
    n = 6_000_000
    rng = np.random.default_rng(0)
    table = pa.table({"label": rng.integers(0, 9, n), **{name: rng.normal(size=n) for name in "abcd"}})
    feather.write_feather(table, tmp_path / "t.feather", compression="lz4")
    grown, found = grown_by_scans(tmp_path, tmp_path / "t.feather", ("label",))
    assert found == [n, n]
    assert grown < 100e6
