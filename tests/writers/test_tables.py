"""Parquet files of splits."""

import errno

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from common_sources import made_table, opened
from pyarrow import feather

from fastsplit.writers import new_writer, tables

NAMES = ("train", "val", "test")


def written(folder, source, seed=0, n_splits=4):
    """Write every example to one of the splits, or to none; return the positions of each split."""
    rng, indices, start = np.random.default_rng(seed), [[] for _ in range(n_splits)], 0
    folder.mkdir()
    writer = new_writer("parquet", folder, NAMES, source)
    for chunk in source.chunks(examples=True):
        splits = rng.integers(0, n_splits, chunk.n).astype(np.uint8)
        for split, found in enumerate(indices):
            found += (np.flatnonzero(splits == split) + start).tolist()
        splits[splits == len(NAMES)] = 255
        writer.write(chunk, splits)
        start += chunk.n
    writer.close()
    return dict(zip(NAMES, indices, strict=False))


@pytest.mark.parametrize("buffered", [1, 10_000, 1 << 26])
def test_the_rows_of_each_split_are_those_of_the_table(tmp_path, monkeypatch, buffered):
    monkeypatch.setattr(tables, "_BUFFERED", buffered)
    table = made_table(1000)
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=130, compression="zstd")
    indices = written(tmp_path / "out", opened(tmp_path / "t.parquet", columns=("label",)))
    assert sum(map(len, indices.values())) < 1000
    for name, rows in indices.items():
        found = pq.read_table(tmp_path / "out" / f"{name}.parquet")
        assert found.equals(table.take(rows))
        assert found.schema.equals(pq.read_schema(tmp_path / "t.parquet"), check_metadata=True)
        metadata = pq.read_metadata(tmp_path / "out" / f"{name}.parquet")
        assert {metadata.row_group(i).column(0).compression for i in range(metadata.num_row_groups)} == {"ZSTD"}
        assert (metadata.num_row_groups == 1) == (buffered > 1 << 20)


def test_data_frames_come_back_with_their_types(tmp_path):
    frame = pd.DataFrame(
        {
            "label": pd.Categorical(["a", "b", "c", "a"] * 50),
            "when": pd.date_range("2024-01-01", periods=200, tz="Europe/Berlin"),
            "n": pd.array([1, None] * 100, dtype="Int8"),
            "x": np.linspace(0, 1, 200),
        },
        index=pd.Index([f"row{i}" for i in range(200)], name="name"),
    )
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=70)
    indices = written(tmp_path / "out", opened(tmp_path / "t.parquet", columns=("label",), ids_column="name"))
    for name, rows in indices.items():
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out" / f"{name}.parquet"), frame.iloc[rows])


@pytest.mark.parametrize("codec", ["NONE", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4"])
def test_the_compression_is_that_of_the_source(tmp_path, codec):
    pq.write_table(made_table(100), tmp_path / "t.parquet", compression=codec)
    written(tmp_path / "out", opened(tmp_path / "t.parquet", columns=("label",)))
    before, after = (pq.read_metadata(path) for path in (tmp_path / "t.parquet", tmp_path / "out" / "val.parquet"))
    assert before.row_group(0).column(0).compression == after.row_group(0).column(0).compression


def test_dictionaries_that_differ_from_batch_to_batch_are_written(tmp_path):
    parts = [pa.table({"x": pa.array([f"v{i}", f"w{i}"] * 50).dictionary_encode()}) for i in range(5)]
    for i, part in enumerate(parts):
        pq.write_table(part, tmp_path / f"{i}.parquet")
    paths = [tmp_path / f"{i}.parquet" for i in range(5)]
    indices = written(tmp_path / "out", opened(*paths))
    whole = [value for part in parts for value in part["x"].to_pylist()]
    for name, rows in indices.items():
        assert pq.read_table(tmp_path / "out" / f"{name}.parquet")["x"].to_pylist() == [whole[row] for row in rows]


def test_folders_of_values_become_columns(tmp_path):
    table = pa.table({"x": list(range(100)), "label": ["a", "b"] * 50})
    pq.write_to_dataset(table, tmp_path / "d", partition_cols=["label"])
    written(tmp_path / "out", opened(tmp_path / "d", columns=("label",)), n_splits=3)
    rows = pa.concat_tables(pq.read_table(tmp_path / "out" / f"{name}.parquet") for name in NAMES)
    assert rows.sort_by("x").equals(table)


def test_arrow_files_are_written_as_parquet(tmp_path):
    table = made_table(300)
    feather.write_feather(table, tmp_path / "t.feather", chunksize=70)
    indices = written(tmp_path / "out", opened(tmp_path / "t.feather", columns=("label",)))
    for name, rows in indices.items():
        assert pq.read_table(tmp_path / "out" / f"{name}.parquet").equals(table.take(rows))


def test_a_split_without_rows_is_an_empty_table(tmp_path):
    pq.write_table(made_table(10), tmp_path / "t.parquet")
    written(tmp_path / "out", opened(tmp_path / "t.parquet", columns=("label",)), n_splits=1)
    found = pq.read_table(tmp_path / "out" / "test.parquet")
    assert found.equals(made_table(0).cast(found.schema))
    assert found.schema.equals(pq.read_schema(tmp_path / "t.parquet"))


def test_a_full_disk_is_said_with_the_name_of_the_file(tmp_path, monkeypatch):
    pq.write_table(made_table(10), tmp_path / "t.parquet")
    source = opened(tmp_path / "t.parquet", columns=("label",))
    (tmp_path / "out").mkdir()
    writer = new_writer("parquet", tmp_path / "out", NAMES, source)

    def full(*args, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    chunk = next(source.chunks(examples=True))
    writer.write(chunk, np.zeros(chunk.n, dtype=np.uint8))
    with pytest.raises(OSError, match="No space left on device") as caught:
        writer.close()
    assert caught.value.filename == str(tmp_path / "out" / "train.parquet")
