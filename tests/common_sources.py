"""What the tests of sources share: files of tables, and what a scan finds."""

import re

import numpy as np
import pyarrow as pa
import pytest
from common import run_python

from fastsplit import readers
from fastsplit.readers.source import Options


def opened(*paths, **options):
    return readers.open(paths, Options(**options))


def scanned(source, *, examples=False):
    """Return the labels of the first column, the ids and the groups, as lists, and the names of all examples."""
    labels, ids, groups, places = [], [], [], []
    for chunk in source.chunks(examples=examples):
        assert chunk.n > 0
        for found, values in ((labels, chunk.labels[0]), (ids, chunk.ids), (groups, chunk.groups)):
            if values is not None:
                assert len(values) == chunk.n
                found += values.to_pylist() if isinstance(values, pa.Array) else values.tolist()
        places += [chunk.where(i) for i in range(chunk.n)]
    return labels, ids or None, groups or None, places


def labels_of(*paths, **options):
    return scanned(opened(*paths, **options))[0]


def refused(*paths, error=ValueError, **options):
    """Return what is said of files that are refused when they are opened or scanned; the first file is named."""
    with pytest.raises(error, match=re.escape(str(paths[0]))) as caught:
        scanned(opened(*paths, **options))
    text = str(caught.value)
    assert "\n" not in text
    return text


def made_table(n, seed=0):
    """Return a table with columns of many types, nulls in one of them."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(0, 5, n)
    return pa.table(
        {
            "id": pa.array(np.arange(n) * 7),
            "label": pa.array(np.array(["cat", "dog", "größe", "owl", "yak"])[numbers]),
            "number": pa.array(numbers, pa.int16()),
            "price": pa.array(rng.normal(size=n), mask=rng.random(n) < 0.2),
            "day": pa.array(rng.integers(0, 20_000, n), pa.int32()).cast(pa.date32()),
            "tags": pa.array([list("ab"[: i % 3]) for i in range(n)], pa.list_(pa.string())),
            "meta": pa.StructArray.from_arrays([[f"s{i % 4}" for i in range(n)], range(n)], names=["source", "size"]),
            "colour": pa.array(["red", "blue"] * (n // 2) + ["red"] * (n % 2)).dictionary_encode(),
        }
    )


def grown_by_scans(folder, path, columns):
    """Return the bytes that two scans, of labels and of examples, add to the peak of a process, and their examples.

    VmHWM is the peak of the process; that of getrusage is the peak of the tests if it is larger.
    """
    code = f"""
from pathlib import Path
from fastsplit import readers
from fastsplit.readers.source import Options

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))

source = readers.open([Path({str(path)!r})], Options(columns={columns!r}))
before = peak()
n = [sum(chunk.n for chunk in source.chunks(examples=examples)) for examples in (False, True)]
print(peak() - before, *n)
"""
    out, _ = run_python("-c", code, cwd=folder)
    grown, *found = map(int, out.split())
    return grown, found
