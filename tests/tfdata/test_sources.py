"""Sources: every kind of array, table and object that has rows."""

from collections import namedtuple
from itertools import pairwise

import ml_dtypes
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import tensorflow as tf
from common_tfdata import GATHERS

from fastsplit import tfdata
from fastsplit.tfdata.sources import Source
from fastsplit.tfdata.sources import source as source_module

pytestmark = pytest.mark.filterwarnings("ignore:the pipeline has no batches")

N = 50
INDICES = np.array([7, 3, 3, 49, 0, 21, 8])


def taken(source, gather, **options):
    dataset = tfdata.dataset(source, INDICES, batch_size=4, gather=gather, **options)
    batches = list(dataset.as_numpy_iterator())
    return dataset, np.concatenate(batches)


NUMBERS = np.arange(N * 6).reshape(N, 2, 3) % 2 + np.arange(N)[:, None, None]


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize(
    "dtype",
    [*np.typecodes["AllInteger"], *"efdF?", ">i4", ">f8", ml_dtypes.bfloat16],
)
def test_rows_keep_their_dtype_in_native_byte_order(gather, dtype):
    array = NUMBERS.astype(dtype)
    dataset, rows = taken(array, gather)
    expected = array[INDICES].astype(array.dtype.newbyteorder("="))
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
def test_strings_become_utf8(gather, array):
    dataset, rows = taken(array, gather)
    assert dataset.element_spec == tf.TensorSpec((None,), tf.string)
    expected = [text if isinstance(text, bytes) else text.encode() for text in array[INDICES].tolist()]
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
def test_arrays_of_any_memory_layout_are_read(gather, view):
    array = view(NUMBERS.astype(np.float64))
    _, rows = taken(array, gather)
    assert np.array_equal(rows, array[INDICES])


@pytest.mark.parametrize("gather", GATHERS)
def test_nests_keep_their_structure_and_a_list_is_a_leaf(gather):
    Pair = namedtuple("Pair", "left right")
    a, b, c = np.arange(N), np.arange(N) * 2.0, [i % 5 for i in range(N)]
    source = {"z": (a, b), "a": Pair(c, a)}
    dataset = tfdata.dataset(source, INDICES, batch_size=None, gather=gather)
    assert list(dataset.element_spec) == ["z", "a"]
    assert isinstance(dataset.element_spec["a"], Pair)
    element = next(dataset.as_numpy_iterator())
    assert element["z"] == (7, 14.0)
    assert element["a"] == Pair(2, 7)
    (alone,) = next(tfdata.dataset((a,), INDICES, gather=gather).as_numpy_iterator())
    assert np.array_equal(alone, INDICES)


@pytest.mark.parametrize("gather", GATHERS)
def test_tensors_and_variables_are_read(gather):
    tensor = tf.constant(NUMBERS)
    assert np.array_equal(taken(tensor, gather)[1], NUMBERS[INDICES])
    assert np.array_equal(taken(tf.Variable(tensor), gather)[1], NUMBERS[INDICES])
    assert taken(tf.constant([str(i) for i in range(N)]), gather)[1].tolist() == [str(i).encode() for i in INDICES]


@pytest.mark.parametrize("gather", [*GATHERS, "auto"])
def test_memory_maps_and_views_of_them_are_read(gather, tmp_path):
    np.save(tmp_path / "rows.npy", NUMBERS)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert np.array_equal(taken(mapped, gather)[1], NUMBERS[INDICES])
    assert np.array_equal(taken(mapped[::-1], gather)[1], NUMBERS[::-1][INDICES])


@pytest.mark.parametrize("gather", GATHERS)
def test_hdf5_datasets_are_read_in_any_order(gather, tmp_path):
    """h5py itself accepts indices only if they increase strictly."""
    import h5py

    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["rows"] = NUMBERS
        assert np.array_equal(taken(file["rows"], gather)[1], NUMBERS[INDICES])
        assert list(tfdata.dataset(file["rows"], [], gather=gather)) == []


@pytest.mark.parametrize("gather", GATHERS)
def test_zarr_arrays_are_read_in_any_order(gather, tmp_path):
    zarr = pytest.importorskip("zarr", reason="zarr needs Python 3.11")
    for name, array in (("rows", NUMBERS), ("numbers", NUMBERS[:, 0, 0])):
        chunks = (7, *array.shape[1:])
        stored = zarr.create_array(str(tmp_path / name), shape=array.shape, chunks=chunks, dtype=array.dtype)
        stored[:] = array
        assert np.array_equal(taken(stored, gather)[1], array[INDICES])


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
def test_pandas_columns_are_read_by_position(gather, column):
    assert np.array_equal(taken(column, gather)[1], INDICES * 3)
    strings = pd.Series([str(i) for i in range(N)])
    assert taken(strings, gather)[1].tolist() == [str(i).encode() for i in INDICES]


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("chunks", [1, 2, 7])
@pytest.mark.parametrize("kind", [pa.int32(), pa.float64(), pa.string(), pa.bool_()])
def test_arrow_columns_are_read_in_one_chunk_and_in_several(gather, chunks, kind):
    values = {pa.string(): [f"é{i}" for i in range(N)], pa.bool_(): [i % 3 == 0 for i in range(N)]}.get(
        kind, list(range(N))
    )
    edges = np.linspace(0, N, chunks + 1).astype(int)
    column = pa.chunked_array([pa.array(values[a:b], kind) for a, b in pairwise(edges)])
    expected = [values[i].encode() if isinstance(values[i], str) else values[i] for i in INDICES]
    assert taken(column, gather)[1].tolist() == expected
    assert taken(column.combine_chunks(), gather)[1].tolist() == expected


@pytest.mark.parametrize("kind", [pa.int32(), pa.string()])
def test_arrow_columns_may_have_empty_chunks_or_no_rows(kind):
    values = pa.array(["3", "4"]).cast(kind)
    column = pa.chunked_array([values[:0], values[:1], values[:0], values[1:]])
    expected = [b"4", b"3"] if kind == pa.string() else [4, 3]
    (rows,) = tfdata.dataset(column, [1, 0], gather="numpy").as_numpy_iterator()
    assert rows.tolist() == expected
    for empty in (values[:0], pa.chunked_array([values[:0]]), pa.chunked_array([], kind)):
        dataset = tfdata.dataset(empty, [])
        assert dataset.element_spec == tf.TensorSpec((None,), tf.string if kind == pa.string() else tf.int32)


@pytest.mark.parametrize("gather", GATHERS)
def test_objects_are_read_by_take_or_by_an_index(gather):
    class Taking:
        def __len__(self):
            return N

        def take(self, indices):
            return NUMBERS[indices]

    class Indexed:
        shape, dtype = NUMBERS.shape, NUMBERS.dtype

        def __getitem__(self, indices):
            return NUMBERS[indices]

    assert np.array_equal(taken(Taking(), gather)[1], NUMBERS[INDICES])
    assert np.array_equal(taken(Indexed(), gather)[1], NUMBERS[INDICES])


@pytest.mark.parametrize("block", [1, 100, 10**6])
def test_a_source_is_copied_block_by_block(monkeypatch, block):
    monkeypatch.setattr(source_module, "_BLOCK", block)
    assert np.array_equal(taken(NUMBERS, "tensor")[1], NUMBERS[INDICES])


def test_columns_that_cannot_be_read_are_an_error():
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


def test_an_empty_object_must_have_a_dtype_and_a_shape():
    class Empty:
        def __len__(self):
            return 0

        def take(self, indices):
            return np.zeros((len(indices), 2))

    with pytest.raises(ValueError, match="source must have the attributes dtype and shape if it is empty, got a Empty"):
        tfdata.dataset(Empty(), [])
    Empty.shape, Empty.dtype = (0, 2), np.dtype(np.float16)
    assert tfdata.dataset(Empty(), []).element_spec == tf.TensorSpec((None, 2), tf.float16)


def test_auto_copies_at_most_a_quarter_of_the_free_memory(monkeypatch):
    for free, gather in [(4 * NUMBERS.nbytes, "tensor"), (4 * NUMBERS.nbytes - 1, "numpy")]:
        monkeypatch.setattr(source_module, "free_memory", lambda free=free: free)
        assert Source(NUMBERS).gather == gather


def test_gathered_rows_are_adopted_by_tensorflow_without_a_copy():
    for n in range(1, 6):
        (rows,) = Source(NUMBERS.astype(np.float32), "numpy").take(np.arange(n))
        assert rows.ctypes.data % 64 == 0


def test_auto_keeps_memory_maps_where_they_are_and_copies_small_arrays(tmp_path):
    np.save(tmp_path / "rows.npy", NUMBERS)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert Source(mapped).gather == "numpy"
    assert Source((mapped[::-1], NUMBERS)).gather == "numpy"
    assert Source(NUMBERS).gather == "tensor"
    assert Source(np.broadcast_to(np.float32(0), (2**40, 1))).gather == "numpy"


@pytest.mark.parametrize(("gather", "seen"), [("tensor", 0), ("numpy", 1)])
def test_later_changes_of_the_source_are_seen_only_without_a_copy(gather, seen):
    rows = np.zeros((N, 2))
    dataset = tfdata.dataset(rows, np.arange(N), batch_size=N, gather=gather)
    rows[...] = 1
    assert (next(dataset.as_numpy_iterator()) == seen).all()


def test_a_tensor_is_not_copied_but_a_variable_is():
    tensor = tf.constant(NUMBERS)
    assert Source(tensor, "tensor").columns[0].leaf is tensor
    variable = tf.Variable(NUMBERS)
    dataset = tfdata.dataset(variable, np.arange(N), batch_size=N, gather="tensor")
    variable.assign(NUMBERS + 1)
    assert np.array_equal(next(dataset.as_numpy_iterator()), NUMBERS)


def test_series_of_different_indexes_are_refused():
    one, other = pd.Series([1.0, 2.0, 3.0], name="x"), pd.Series([1, 0, 1], index=[2, 1, 0], name="y")
    with pytest.raises(ValueError, match="source must hold Series of one index, got 'x' and 'y' with different ones"):
        tfdata.dataset((one, other), [0, 1], batch_size=2)
    tfdata.dataset((one, other.to_numpy()), [0, 1], batch_size=2)
    tfdata.dataset((one, other.reset_index(drop=True)), [0, 1], batch_size=2)
