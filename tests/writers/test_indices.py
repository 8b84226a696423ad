"""Index arrays that are written chunk by chunk are those of np.save, to the byte."""

import io
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from fastsplit.readers.source import Chunk
from fastsplit.writers import base
from fastsplit.writers.indices import IndexWriter, write_array


def chunk(n):
    return Chunk(n, (), None, None, None, str)


@contextmanager
def full_file(path):
    with open("/dev/full", "wb", buffering=1 << 20) as file:
        yield file
        file.flush()


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize("dtype", ["int64", "uint32", "uint8"])
@pytest.mark.parametrize("sizes", [[10, 1, 0, 200], [211], []])
def test_index_arrays_are_the_bytes_of_np_save(tmp_path, dtype, sizes):
    splits = np.random.default_rng(0).choice([0, 1, 2, 255], size=sum(sizes)).astype(np.uint8)
    writer = IndexWriter(tmp_path, ["a", "b", "none"], np.dtype(dtype))
    begin = 0
    for n in sizes:
        writer.write(chunk(n), splits[begin : begin + n])
        begin += n
    writer.close()
    for k, name in enumerate(["a", "b", "none"]):
        expected = np.flatnonzero(splits == k).astype(dtype)
        assert Path(tmp_path, f"{name}.npy").read_bytes() == saved(expected)


@pytest.mark.parametrize("array", [np.arange(5, dtype=np.uint16), np.zeros(0), np.arange(6)[::2]])
def test_an_array_is_written_as_np_save_does(tmp_path, array):
    write_array(tmp_path / "a.b.npy", array)
    assert Path(tmp_path, "a.b.npy").read_bytes() == saved(array)


def test_no_file_is_replaced(tmp_path):
    Path(tmp_path, "b.npy").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        IndexWriter(tmp_path, ["a", "b"], np.dtype("int64"))
    assert Path(tmp_path, "b.npy").read_bytes() == b"mine"


@pytest.mark.parametrize("when", ["write", "close"])
def test_a_full_disk_names_the_file(tmp_path, monkeypatch, when):
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    monkeypatch.setattr(base, "durable_file", full_file)
    writer = IndexWriter(tmp_path, ["a"], np.dtype("int64"))
    n = {"write": 1 << 18, "close": 1}[when]
    with pytest.raises(OSError, match="No space left on device") as caught, closing(writer):
        writer.write(chunk(n), np.zeros(n, dtype=np.uint8))
    assert caught.value.filename == str(tmp_path / "a.npy")
