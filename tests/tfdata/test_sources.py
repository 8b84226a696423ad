"""Everything that examples can lie in."""

from collections import namedtuple
from itertools import pairwise

import ml_dtypes
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import tensorflow as tf

from fastsplit import tfdata
from fastsplit.tfdata import _sources

N = 50
IDS = np.array([7, 3, 3, 49, 0, 21, 8])
GATHERS = ["tensor", "numpy"]


def taken(source, gather, **options):
    dataset = tfdata.dataset(source, IDS, batch_size=4, gather=gather, **options)
    batches = list(dataset.as_numpy_iterator())
    return dataset, np.concatenate(batches)


NUMBERS = np.arange(N * 6).reshape(N, 2, 3) % 2 + np.arange(N)[:, None, None]


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize(
    "dtype",
    [*np.typecodes["AllInteger"], *"efdF?", ">i4", ">f8", ml_dtypes.bfloat16],
)
def test_dtypes(gather, dtype):
    array = NUMBERS.astype(dtype)
    dataset, rows = taken(array, gather)
    expected = array[IDS].astype(array.dtype.newbyteorder("="))
    assert dataset.element_spec == tf.TensorSpec((None, 2, 3), tf.as_dtype(expected.dtype))
    assert rows.dtype == expected.dtype
    assert np.array_equal(rows, expected)


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize(
    "array",
    [
        np.array([f"text {i} é" for i in range(N)]),
        np.array([f"text {i} é" for i in range(N)], dtype=object),
        np.array([b"bytes %d" % i for i in range(N)]),
    ],
    ids=["U", "O", "S"],
)
def test_strings(gather, array):
    dataset, rows = taken(array, gather)
    assert dataset.element_spec == tf.TensorSpec((None,), tf.string)
    expected = [text if isinstance(text, bytes) else text.encode() for text in array[IDS].tolist()]
    assert rows.tolist() == expected


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1],
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: np.asfortranarray(a),
        lambda a: a[:, :, ::2],
        lambda a: a.transpose(0, 2, 1),
        lambda a: np.frombuffer(b"x" + a.tobytes(), dtype=np.uint8)[1:].view(a.dtype).reshape(a.shape),
        lambda a: np.broadcast_to(a[:1], a.shape),
    ],
    ids=[
        "reversed",
        "every other row",
        "Fortran",
        "every other column",
        "transposed",
        "unaligned and read-only",
        "broadcast",
    ],
)
def test_layouts(gather, view):
    array = view(NUMBERS.astype(np.float64))
    _, rows = taken(array, gather)
    assert np.array_equal(rows, array[IDS])


@pytest.mark.parametrize("gather", GATHERS)
def test_nests(gather):
    Pair = namedtuple("Pair", "left right")
    a, b, c = np.arange(N), np.arange(N) * 2.0, [i % 5 for i in range(N)]
    source = {"z": (a, b), "a": Pair(c, a)}
    dataset = tfdata.dataset(source, IDS, batch_size=None, gather=gather)
    assert list(dataset.element_spec) == ["z", "a"]
    assert isinstance(dataset.element_spec["a"], Pair)
    element = next(dataset.as_numpy_iterator())
    assert element["z"] == (7, 14.0)
    assert element["a"] == Pair(2, 7)
    (alone,) = next(tfdata.dataset((a,), IDS, gather=gather).as_numpy_iterator())
    assert np.array_equal(alone, IDS)


@pytest.mark.parametrize("gather", GATHERS)
def test_tensors(gather):
    tensor = tf.constant(NUMBERS)
    assert np.array_equal(taken(tensor, gather)[1], NUMBERS[IDS])
    assert np.array_equal(taken(tf.Variable(tensor), gather)[1], NUMBERS[IDS])
    assert taken(tf.constant([str(i) for i in range(N)]), gather)[1].tolist() == [str(i).encode() for i in IDS]


@pytest.mark.parametrize("gather", [*GATHERS, "auto"])
def test_memory_maps(gather, tmp_path):
    np.save(tmp_path / "rows.npy", NUMBERS)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert np.array_equal(taken(mapped, gather)[1], NUMBERS[IDS])
    assert np.array_equal(taken(mapped[::-1], gather)[1], NUMBERS[::-1][IDS])


@pytest.mark.parametrize("gather", GATHERS)
def test_hdf5(gather, tmp_path):
    """HDF5 reads increasing positions only, each once."""
    import h5py

    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["rows"] = NUMBERS
        assert np.array_equal(taken(file["rows"], gather)[1], NUMBERS[IDS])


@pytest.mark.parametrize("gather", GATHERS)
def test_zarr(gather, tmp_path):
    zarr = pytest.importorskip("zarr", reason="zarr needs Python 3.11")
    stored = zarr.create_array(str(tmp_path / "rows.zarr"), shape=NUMBERS.shape, chunks=(7, 2, 3), dtype=NUMBERS.dtype)
    stored[:] = NUMBERS
    assert np.array_equal(taken(stored, gather)[1], NUMBERS[IDS])


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize(
    "column",
    [
        pd.Series(np.arange(N) * 3, index=np.arange(N) + 100),
        pd.Series(np.arange(N) * 3, dtype="Int32"),
        pd.Series(np.arange(N) * 3.0, dtype="float32[pyarrow]"),
        pd.Index(np.arange(N) * 3),
    ],
    ids=["numpy", "nullable", "arrow", "index"],
)
def test_pandas(gather, column):
    assert np.array_equal(taken(column, gather)[1], IDS * 3)
    strings = pd.Series([str(i) for i in range(N)])
    assert taken(strings, gather)[1].tolist() == [str(i).encode() for i in IDS]


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("chunks", [1, 2, 7])
@pytest.mark.parametrize("kind", [pa.int32(), pa.float64(), pa.string(), pa.bool_()])
def test_arrow_in_several_chunks(gather, chunks, kind):
    values = {pa.string(): [f"é{i}" for i in range(N)], pa.bool_(): [i % 3 == 0 for i in range(N)]}.get(
        kind, list(range(N))
    )
    edges = np.linspace(0, N, chunks + 1).astype(int)
    column = pa.chunked_array([pa.array(values[a:b], kind) for a, b in pairwise(edges)])
    expected = [values[i].encode() if isinstance(values[i], str) else values[i] for i in IDS]
    assert taken(column, gather)[1].tolist() == expected
    assert taken(column.combine_chunks(), gather)[1].tolist() == expected


@pytest.mark.parametrize("gather", GATHERS)
def test_objects_with_take_or_an_index(gather):
    class Taking:
        def __len__(self):
            return N

        def take(self, ids):
            return NUMBERS[ids]

    class Indexed:
        shape, dtype = NUMBERS.shape, NUMBERS.dtype

        def __getitem__(self, ids):
            return NUMBERS[ids]

    assert np.array_equal(taken(Taking(), gather)[1], NUMBERS[IDS])
    assert np.array_equal(taken(Indexed(), gather)[1], NUMBERS[IDS])


@pytest.mark.parametrize("block", [1, 100, 10**6])
def test_a_source_is_copied_block_by_block(monkeypatch, block):
    monkeypatch.setattr(_sources, "_BLOCK", block)
    assert np.array_equal(taken(NUMBERS, "tensor")[1], NUMBERS[IDS])


def test_columns_that_cannot_be_read():
    for source, error, message in [
        (pd.Series([1, None], dtype="Int64"), ValueError, "missing values"),
        (pa.array([1, None]), ValueError, "missing values"),
        (pd.DataFrame({"a": [1]}), TypeError, "dict"),
        (pa.table({"a": [1]}), TypeError, "dict"),
        (object(), TypeError, "source must hold arrays"),
        (np.zeros(3, "datetime64[D]"), TypeError, r"numbers, booleans or strings, got datetime64\[D\]"),
        (np.array([1, 2], dtype=object), TypeError, r"numbers, booleans or strings, got objects \(int\)"),
        (scipy.sparse.eye_array(3).tocsr(), TypeError, "sparse"),
        ((), ValueError, "at least one array"),
    ]:
        with pytest.raises(error, match=message):
            tfdata.dataset(source, [0])


def test_auto_keeps_memory_maps_where_they_are_and_copies_small_arrays(tmp_path):
    from fastsplit.tfdata._sources import Source

    np.save(tmp_path / "rows.npy", NUMBERS)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert Source(mapped).gather == "numpy"
    assert Source((mapped[::-1], NUMBERS)).gather == "numpy"
    assert Source(NUMBERS).gather == "tensor"
    assert Source(np.broadcast_to(np.float32(0), (2**40, 1))).gather == "numpy"


@pytest.mark.parametrize(("gather", "seen"), [("tensor", 0), ("numpy", 1)])
def test_changes_of_the_source_after_building(gather, seen):
    rows = np.zeros((N, 2))
    dataset = tfdata.dataset(rows, np.arange(N), batch_size=N, gather=gather)
    rows[...] = 1
    assert (next(dataset.as_numpy_iterator()) == seen).all()
