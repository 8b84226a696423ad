"""NumPy files."""

import os

import numpy as np
import pytest
from common import run_python
from common_readers import refusal

from fastsplit.readers import read


@pytest.mark.parametrize("dtype", ["int64", ">u2", "bool", "U3"])
def test_an_array_is_read_as_it_is(tmp_path, dtype):
    labels = (np.arange(100) % 2).astype(dtype)
    np.save(tmp_path / "l.npy", labels)
    source = read(tmp_path / "l.npy")
    assert source.labels.dtype == labels.dtype
    np.testing.assert_array_equal(source.labels, labels)
    assert source.kind == f"an array of {labels.dtype}"
    assert source.suffix == ""


def test_an_array_is_not_loaded_into_memory(tmp_path):
    file = np.lib.format.open_memmap(tmp_path / "l.npy", mode="w+", dtype=np.int64, shape=(50_000_000,))
    file[-1] = 1
    file.flush()
    del file
    code = """
import pathlib, resource
from fastsplit import readers
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = readers.read(pathlib.Path("l.npy"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, len(source.labels))
"""
    out, _ = run_python("-c", code, cwd=tmp_path)
    grown, n = map(int, out.split())
    assert n == 50_000_000
    assert grown < 40_000  # KiB, a tenth of the array


def test_empty_object_and_truncated_arrays_are_refused(tmp_path):
    path = tmp_path / "l.npy"
    np.save(path, np.zeros(0, dtype=int))
    assert refusal(path) == "no labels found"
    np.save(path, np.array([{}]))
    assert "dtype" in refusal(path)
    np.save(path, np.zeros(100, dtype=int))
    os.truncate(path, 500)
    assert "greater than file size" in refusal(path)
