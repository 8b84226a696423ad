"""Which reader fits a path, and what is refused."""

import bz2
import gzip
import io
import json
import lzma
import os
import pickle
import sqlite3
import tarfile
import zipfile

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from common_sources import labels_of, refused
from pyarrow import ipc

from fastsplit.readers.kinds import KINDS, recognize
from fastsplit.readers.source import Options

RECORD = bytes.fromhex("0300000000000000b099490e6162636e57f121")  # as tf.io.TFRecordWriter writes b"abc"


def recognized(*paths, **options):
    return recognize(list(paths), Options(**options))


def kind(path, **options):
    return recognized(path, **options)[0]


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def parquet():
    file = io.BytesIO()
    pq.write_table(pa.table({"x": [1, 2]}), file)
    return file.getvalue()


def arrow(new):
    file, table = io.BytesIO(), pa.table({"x": [1, 2]})
    with new(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def npz():
    file = io.BytesIO()
    np.savez(file, y=np.arange(3))
    return file.getvalue()


def written(folder, name, data):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


BYTES = {
    "npy": npy(np.arange(3)),
    "npz": npz(),
    "parquet": parquet(),
    "arrow": arrow(ipc.new_file),
    "stream": arrow(ipc.new_stream),
    "tfrecord": RECORD,
}


@pytest.mark.parametrize("name", ["data", "data.txt", "data.csv", "data.parquet", "data.npy", "data.tfrecord"])
@pytest.mark.parametrize("content", BYTES)
def test_content_decides_before_the_name(tmp_path, name, content):
    expected = {"npz": "npy", "stream": "arrow"}.get(content, content)
    assert kind(written(tmp_path, name, BYTES[content])) == expected


@pytest.mark.parametrize(
    ("name", "text", "options", "expected"),
    [
        ("a.csv", b"x,y\n", {}, "csv"),
        ("a.CSV", b"", {}, "csv"),
        ("a.tsv", b"x\ty\n", {}, "tsv"),
        ("a.csv", b'{"a": 1}\n', {}, "csv"),
        ("a.txt", b"cat\n", {}, "lines"),
        ("a", b"cat\n", {}, "lines"),
        ("a", b"", {}, "lines"),
        ("a", b"PAR1\nPAR2\n", {}, "lines"),
        ("a", b"PK\nIN\n", {}, "lines"),
        ("a", b"BZh\nORC\n", {}, "lines"),
        ("a", b"ORC\nELF\n", {}, "lines"),
        ("a", "größe\n".encode("latin-1"), {}, "lines"),
        ("a", "größe\n".encode("utf-16"), {}, "lines"),
        ("a", "größe\n".encode("utf-16-le"), {"encoding": "UTF-16-LE"}, "lines"),
        ("a", b"[CLS]\n[SEP]\n", {}, "lines"),
        ("a", b"x\ty\n", {"columns": ("y",)}, "tsv"),
        ("a", b"x,y\n", {"columns": ("y",)}, "csv"),
        ("a", b"x,y\n", {"header": True}, "csv"),
        ("a.txt", b"x|y\n", {"delimiter": "|"}, "csv"),
        ("a.jsonl", b'{"a": 1}\n', {}, "jsonl"),
        ("a.ndjson", b"", {}, "jsonl"),
        ("a.json", b'{"a": 1}\n{"a": 2}\n', {}, "jsonl"),
        ("a", b'\xef\xbb\xbf\n{"a": 1}\n', {}, "jsonl"),
        ("a.tfrecord-00000-of-00010", b"", {}, "tfrecord"),
        ("a.tfrecords", b"\0\1\2 damaged", {}, "tfrecord"),
        ("a.parquet", b"", {}, "parquet"),
        ("a.csv", b"x,y\n", {"format": "txt"}, "lines"),
        ("a.bin", b"\0\0\0", {"format": "tfrecord"}, "tfrecord"),
    ],
)
def test_text_and_names(tmp_path, name, text, options, expected):
    assert kind(written(tmp_path, name, text), **options) == expected


@pytest.mark.parametrize(
    ("name", "text", "delimiter"),
    [("a.csv", b"a,b;c\n", ","), ("a.csv", b"a;b;c\n1,2\n", ";"), ("a.tsv", b"a,b\tc\n", "\t"), ("a.csv", b"a\n", ",")],
)
def test_the_delimiter_is_that_of_the_first_line(tmp_path, name, text, delimiter):
    path = written(tmp_path, name, text)
    assert recognized(path)[2].delimiter == delimiter
    assert recognized(path, delimiter="x")[2].delimiter == "x"


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst", ""])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, pa.Codec("zstd").compress])
def test_packed_text_is_recognized_by_what_is_inside(tmp_path, suffix, pack):
    def packed(data):
        return bytes(pack(data))

    text = b"cat,1\n" * 100_000
    assert kind(written(tmp_path, f"a.csv{suffix}", packed(text))) == "csv"
    assert kind(written(tmp_path, f"a{suffix}", packed(text))) == "lines"
    assert kind(written(tmp_path, f"a{suffix}", packed(b'{"a": 1}\n'))) == "jsonl"
    assert kind(written(tmp_path, f"a{suffix}", packed(RECORD))) == "tfrecord"
    assert kind(written(tmp_path, f"a.csv{suffix}", packed(text)[:1000])) == "csv"  # the reader says it is cut short
    assert "unpack it" in refused(written(tmp_path, f"a.parquet{suffix}", packed(BYTES["parquet"])))


def test_what_only_begins_like_a_packed_file_is_refused(tmp_path):
    message = refused(written(tmp_path, "a.csv.gz", b"\x1f\x8b no more"))
    assert "begins like a gzip file, but cannot be unpacked" in message


def hdf5(path):
    with h5py.File(path, "w") as file:
        file["labels"] = np.arange(3)


def sqlite(path):
    connection = sqlite3.connect(path)
    connection.execute("create table t (x)")
    connection.commit()
    connection.close()


def tar(path):
    with tarfile.open(path, "w") as file:
        file.add(__file__)


def tar_gz(path):
    with tarfile.open(path, "w:gz") as file:
        file.add(__file__)


def zipped(*names):
    def write(path):
        with zipfile.ZipFile(path, "w") as file:
            for name in names:
                file.writestr(name, "x")

    return write


def dumped(value, **options):
    return lambda path: path.write_text(json.dumps(value, **options))


COCO = {"info": {}, "images": [{"id": i} for i in range(2000)], "annotations": [{"category_id": 1}]}


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        (
            "a.h5",
            hdf5,
            "seems to be an HDF5 file, which is not read: name the data set in Python: fastsplit.split(h5py",
        ),
        ("a.npy", hdf5, "seems to be an HDF5 file"),
        ("a.db", sqlite, "seems to be an SQLite database, which is not read: export a table: sqlite3"),
        ("a.tar", tar, "seems to be a tar archive, which is not read: unpack it"),
        ("a.tar.gz", tar_gz, "seems to be a tar archive"),
        ("a.zip", zipped("a.csv"), "seems to be a zip archive, which is not read: unpack it"),
        (
            "a.xlsx",
            zipped("xl/workbook.xml"),
            "seems to be an Excel or Word file, which is not read: save the sheet as",
        ),
        ("a.docx", zipped("word/document.xml"), "seems to be an Excel or Word file"),
        ("a.pt", zipped("archive/data.pkl"), "seems to be a file of torch.save"),
        ("a.pkl", lambda path: path.write_bytes(pickle.dumps([1, 2] * 99)), "seems to be a Python pickle"),
        ("a.mat", lambda path: path.write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200)), "seems to be a MATLAB file"),
        ("idx1-ubyte", lambda path: path.write_bytes(b"\0\0\x08\1\0\0\0\3abc"), "seems to be an IDX file"),
        ("a.feather", lambda path: path.write_bytes(b"FEA1\0\0\0\0"), "seems to be a Feather file of version 1"),
        (
            "a.bin",
            lambda path: path.write_bytes(b"\1\0\2\0\xff"),
            "a binary file of unknown kind (it begins with 01 00 02",
        ),
        (
            "a.json",
            dumped([{"a": 1}]),
            "seems to be one JSON array, which is not read: make JSON lines of it: jq -c '.[]'",
        ),
        (
            "a.json",
            dumped(COCO),
            "seems to be COCO annotations, which is not read: make JSON lines of the annotations: jq",
        ),
        ("a", dumped(COCO, indent=1), "seems to be COCO annotations"),
        ("a.json", dumped({"a": 1}, indent=1), "seems to be one JSON value over many lines"),
        ("a.xml", lambda path: path.write_text("<?xml version='1.0'?>"), "seems to be XML or HTML"),
        ("a.jpg", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0\0"), "seems to be an image"),
    ],
)
def test_what_is_not_read_is_refused_in_one_sentence(tmp_path, name, write, message):
    path = tmp_path / name
    write(path)
    assert message in refused(path)


def test_the_format_overrides_the_content(tmp_path):
    path = written(tmp_path, "a.txt", b"label\n")
    assert kind(path, format="feather") == "arrow"
    with pytest.raises(ValueError, match=r"--format must be one of csv, tsv, lines, jsonl, .* got 'excel'"):
        recognized(path, format="excel")


def test_files_of_several_kinds_are_refused(tmp_path):
    a, b = written(tmp_path, "a.npy", BYTES["npy"]), written(tmp_path, "b.parquet", BYTES["parquet"])
    message = f"files must be of one kind, got NumPy files such as {a} and Parquet files such as {b}; leave one out"
    assert refused(a, b).startswith(message)
    assert refused(a, a) == f"{a} is given more than once"


def test_a_folder_of_files_of_one_kind_is_these_files(tmp_path):
    for name in ("b/2.npy", "a.npy", "b/1.npy", ".hidden.npy", ".git/1.npy", "_tmp/1.npy", "_SUCCESS"):
        written(tmp_path / "d", name, npy(np.array([len(name)])))
    assert recognized(tmp_path / "d")[:2] == (
        "npy",
        [tmp_path / "d" / name for name in ("a.npy", "b/1.npy", "b/2.npy")],
    )
    assert labels_of(tmp_path / "d") == [5, 7, 7]
    assert labels_of(tmp_path / "d", format="npy") == [5, 7, 7]


@pytest.mark.parametrize("name", ["dataset_info.json", "README.md", "LICENSE"])
def test_files_about_a_data_set_are_left_out(tmp_path, name):
    written(tmp_path, "x.tfrecord-00000-of-00001", RECORD)
    written(tmp_path, name, b"about it\n")
    assert recognized(tmp_path)[1] == [tmp_path / "x.tfrecord-00000-of-00001"]


def test_folders_of_images_and_of_parquet_files_stay_folders(tmp_path):
    for name in ("cat/1.jpg", "cat/README.md", "labels.csv"):
        written(tmp_path / "i", name, b"x")
    written(tmp_path / "p", "x=1/a.parquet", BYTES["parquet"])
    assert recognized(tmp_path / "i")[:2] == ("images", [tmp_path / "i"])
    assert recognized(tmp_path / "p")[:2] == ("parquet", [tmp_path / "p"])
    written(tmp_path, "b.parquet", BYTES["parquet"])
    assert recognized(tmp_path / "p", tmp_path / "b.parquet")[0] == "parquet"


def test_a_file_in_a_folder_that_is_not_read_is_refused_but_among_images(tmp_path):
    written(tmp_path, "a.npy", BYTES["npy"])
    hdf5(tmp_path / "b.h5")
    assert refused(tmp_path / "b.h5", tmp_path).startswith(f"{tmp_path / 'b.h5'} seems to be an HDF5 file")
    with pytest.raises(ValueError, match=r"b\.h5 seems to be an HDF5 file"):
        recognized(tmp_path)
    (tmp_path / "a.npy").unlink()
    written(tmp_path, "cat/1.jpg", b"")
    assert recognized(tmp_path)[0] == "images"


def test_label_from_column_is_what_tables_do(tmp_path):
    path = written(tmp_path, "a.parquet", BYTES["parquet"])
    assert kind(path, label_from="column") == "parquet"
    with pytest.raises(ValueError, match="--label-from does not apply to Parquet files"):
        recognized(path, label_from="folder")


def test_folders_that_mix_kinds_are_refused(tmp_path):
    written(tmp_path, "a.npy", BYTES["npy"])
    written(tmp_path, "b.parquet", BYTES["parquet"])
    message = refused(tmp_path)
    assert message == (
        f"{tmp_path} holds files of several kinds: NumPy files such as {tmp_path / 'a.npy'}, Parquet files such as "
        f"{tmp_path / 'b.parquet'}; name those of one, or pass --format"
    )
    (tmp_path / "b.parquet").unlink()
    written(tmp_path, "cat/1.jpg", b"")
    assert "holds files of several kinds" in refused(tmp_path)
    (tmp_path / "empty").mkdir()
    assert "holds no files" in refused(tmp_path / "empty")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_that_must_not_be_read_are_named(tmp_path):
    path = written(tmp_path, "d/a.csv", b"x\n")
    path.chmod(0)
    with pytest.raises(PermissionError, match=r"a\.csv"):
        recognized(path)
    path.parent.chmod(0)
    with pytest.raises(PermissionError):
        recognized(path.parent)
    path.parent.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipes_are_refused_because_they_cannot_be_read_again(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "is a pipe or device, which cannot be read twice" in refused(tmp_path / "pipe")


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        recognized(tmp_path / "nothing")


def test_every_kind_has_options_that_exist():
    names = set(Options.__dataclass_fields__)
    assert all(set(kind.options) <= names for kind in KINDS.values())
