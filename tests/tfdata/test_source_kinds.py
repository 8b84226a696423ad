"""Sources of kinds that are easily mistaken: each works, or is an error when the pipeline is made."""

import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tensorflow as tf
from common_tfdata import GATHERS

import fastsplit
from fastsplit import tfdata
from fastsplit.tfdata.sources import Source, SourceError

N = 50
INDICES = np.array([7, 3, 3, 49, 0, 21, 8])
NUMBERS = np.arange(N * 6).reshape(N, 2, 3)
NAMES = [f"name {i % 7} é" for i in range(N)]


def taken(source, gather):
    return np.concatenate(list(tfdata.dataset(source, INDICES, batch_size=4, gather=gather).as_numpy_iterator()))


def chunked(make, chunks):
    return pa.chunked_array([make(part) for part in np.array_split(np.arange(N), chunks)])


ARROW = {
    "dictionary of strings": (lambda i: pa.array([NAMES[j] for j in i]).dictionary_encode(), np.array(NAMES)),
    "dictionary of integers": (lambda i: pa.array(i % 7).dictionary_encode(), np.arange(N) % 7),
    "fixed-size list": (lambda i: pa.FixedSizeListArray.from_arrays(pa.array(i.repeat(2)), 2), np.arange(N).repeat(2)),
    "list of strings": (
        lambda i: pa.FixedSizeListArray.from_arrays(pa.array([NAMES[j] for j in i.repeat(2)]), 2),
        np.array(NAMES).repeat(2),
    ),
    "list of lists": (
        lambda i: pa.FixedSizeListArray.from_arrays(
            pa.FixedSizeListArray.from_arrays(pa.array(i.repeat(6)).cast(pa.float32()), 3), 2
        ),
        np.arange(N).repeat(6).reshape(-1, 2, 3),
    ),
    "tensors": (
        lambda i: pa.FixedShapeTensorArray.from_numpy_ndarray(NUMBERS[i]),
        NUMBERS.reshape(N, 6),
    ),
    "dictionary by small codes": (
        lambda i: pa.DictionaryArray.from_arrays(pa.array(i % 2, pa.int8()), ["a", "b"]),
        np.array(["a", "b"] * (N // 2)),
    ),
}


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("chunks", [1, 3])
@pytest.mark.parametrize("kind", ARROW)
def test_arrow_dictionaries_and_lists_are_read(kind, chunks, gather):
    make, expected = ARROW[kind]
    expected = expected.reshape(N, -1)[INDICES]
    expected = np.char.encode(expected, "utf-8") if expected.dtype.kind == "U" else expected
    for column in (chunked(make, chunks), make(np.arange(N + 3) % N)[:N], make(np.arange(-3, N) % N)[3:]):
        found = taken(column, gather)
        assert np.array_equal(found.reshape(len(INDICES), -1), expected)


def test_categories_of_a_parquet_file_with_row_groups_are_read(tmp_path):
    import pyarrow.parquet as pq

    table = pa.table({"label": pa.array(NAMES).dictionary_encode(), "x": np.arange(N)})
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=20)
    column = pq.read_table(tmp_path / "rows.parquet", read_dictionary=["label"])["label"]
    assert taken(column, "numpy").tolist() == [NAMES[i].encode() for i in INDICES]
    frame = pd.DataFrame({"label": pd.Categorical(NAMES)})
    assert taken(frame["label"], "numpy").tolist() == [NAMES[i].encode() for i in INDICES]


MISSING = {
    "object array": np.array(["a", "b", None], dtype=object),
    "nan in an object array": np.array(["a", "b", float("nan")], dtype=object),
    "list": ["a", "b", None],
    "pandas": pd.Series(["a", "b", None], dtype=object),
    "pandas string": pd.Series(["a", "b", None], dtype="string"),
    "StringDType": np.array(["a", "b", None], dtype=np.dtypes.StringDType(na_object=None)),
    "arrow dictionary": pa.array(["a", "b", None]).dictionary_encode(),
    "dictionary with a missing value": pa.DictionaryArray.from_arrays([0, 1, 1], pa.array(["a", None])),
    "list with a missing value": pa.FixedSizeListArray.from_arrays(pa.array([1, None]), 2),
    "masked": np.ma.masked_array([1, 2, 3], [False, False, True]),
}


@pytest.mark.parametrize("kind", MISSING)
def test_missing_values_are_an_error_when_the_pipeline_is_made(kind):
    with pytest.raises(ValueError, match="source must not have missing values"):
        tfdata.dataset(MISSING[kind], [0])


def test_missing_values_that_an_object_yields_later_are_named():
    class Rows:
        def __len__(self):
            return 3

        def __getitem__(self, indices):
            return np.array(["a", "b", None], dtype=object)[indices]

    with pytest.raises(SourceError, match=r"source \(Rows\) must yield strings, got missing values \(NoneType\) for"):
        Source(Rows(), "numpy").take(np.array([0, 2]))


def test_masked_arrays_without_missing_values_are_read():
    array = np.ma.masked_array(NUMBERS, np.zeros(NUMBERS.shape, bool))
    assert np.array_equal(taken(array, "numpy"), NUMBERS[INDICES])


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("dtype", [">i4", ">f8", ">u2", ">c8"])
def test_rows_of_an_object_in_another_byte_order_are_converted(dtype, gather):
    class Rows:
        shape = NUMBERS.shape

        def __init__(self):
            self.dtype = np.dtype(dtype)

        def take(self, indices):
            return NUMBERS[indices].astype(dtype)

    assert np.array_equal(taken(Rows(), gather), NUMBERS[INDICES])


class JaxLike:
    """An array of another library, whose take() without an axis is not by row."""

    def __init__(self, array):
        self.array = array

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: self.array.dtype)

    def __array__(self, dtype=None, copy=None):
        return self.array

    def take(self, indices):
        return self.array.take(indices)


@pytest.mark.parametrize("library", ["jax", "jaxlib", "torch", "polars"])
@pytest.mark.parametrize("gather", GATHERS)
def test_arrays_of_other_libraries_are_read_by_row(monkeypatch, library, gather):
    monkeypatch.setattr(JaxLike, "__module__", f"{library}.some.where")
    assert np.array_equal(taken(JaxLike(NUMBERS), gather), NUMBERS[INDICES])


@pytest.mark.parametrize("gather", GATHERS)
def test_ranges_are_read(gather):
    assert taken(range(10, 10 + N), gather).tolist() == (INDICES + 10).tolist()


class Group:
    """As of zarr."""

    __module__ = "zarr.core.group"

    def __len__(self):
        return 2


WRONG = {
    "HDF5 file": (lambda file: file, TypeError, r"got a h5py File; pass arrays of it: group\[name\]"),
    "HDF5 group": (lambda file: file["group"], TypeError, r"got a h5py Group; pass arrays of it: group\[name\]"),
    "zarr group": (lambda file: Group(), TypeError, r"got a zarr Group"),
    "HDF5 lists": (lambda file: file["lists"], TypeError, r"numbers, booleans or strings, got objects \(ndarray\)"),
    "sparse tensor": (lambda file: tf.sparse.from_dense([[0, 1]]), TypeError, "dense arrays, got a SparseTensor"),
    "ragged tensor": (lambda file: tf.ragged.constant([[1], [2, 3]]), TypeError, "dense arrays, got a RaggedTensor"),
    "list of arrays": (
        lambda file: [NUMBERS[0], NUMBERS[1]],
        TypeError,
        r"a tuple or a dict .* pass np\.stack\(list\)",
    ),
    "ragged list": (lambda file: [[1], [2, 3]], ValueError, "a list that is none"),
    "list of several types": (lambda file: [1, "a"], TypeError, "values of one type, got a list of int, str"),
    "integers of no type": (lambda file: [2**63, -1], TypeError, "values of one type, got a list of int, read as"),
    "swapped arguments": (lambda file: fastsplit.split([0, 1] * 5, seed=0), TypeError, "source comes first"),
    "Arrow lists": (lambda file: pa.array([[1], [2, 3]]), TypeError, "lists of fixed size, got list"),
    "Arrow structs": (lambda file: pa.array([{"a": 1}]), TypeError, "got struct"),
    "objects of several types": (lambda file: np.array(["a", 1], dtype=object), TypeError, r"got objects \(int\)"),
}


@pytest.mark.parametrize("nest", [lambda x: x, lambda x: {"a": np.zeros(2), "b": x}], ids=["alone", "nest"])
@pytest.mark.parametrize("kind", WRONG)
def test_a_source_of_the_wrong_kind_is_an_error_when_the_pipeline_is_made(tmp_path, kind, nest):
    make, error, message = WRONG[kind]
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["group/rows"] = NUMBERS
        file.create_dataset("lists", (3,), dtype=h5py.vlen_dtype(np.int32))
        file["lists"][0] = [1, 2]
        source = nest(make(file))
        with pytest.raises(error, match=message):
            tfdata.dataset(source, [0])


HDF5 = {
    "contiguous": {},
    "big endian": {"dtype": ">i4"},
    "chunked": {"chunks": (7, 2, 1)},
    "one chunk": {"chunks": (N, 2, 3)},
    "compressed": {"chunks": (3, 1, 3), "compression": "gzip", "shuffle": True},
    "growing": {"chunks": (4, 2, 3), "maxshape": (None, 2, 3)},
}


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("mode", ["r", "r+"])
@pytest.mark.parametrize("userblock", [0, 512])
@pytest.mark.parametrize("kind", HDF5)
def test_hdf5_datasets_of_every_layout_are_read(tmp_path, kind, userblock, mode, gather):
    with h5py.File(tmp_path / "rows.h5", "w", userblock_size=userblock) as file:
        file.create_dataset("rows", data=NUMBERS, **HDF5[kind])
    with h5py.File(tmp_path / "rows.h5", mode) as file:
        assert np.array_equal(taken(file["rows"], gather), NUMBERS[INDICES])
        column = Source(file["rows"], "numpy").columns[0]
        assert column.leaf == file["rows"]
        assert not column.in_memory


def test_contiguous_hdf5_datasets_are_memory_mapped_and_chunks_are_read_once(tmp_path, monkeypatch):
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["rows"] = NUMBERS
        file.create_dataset("chunked", data=NUMBERS, chunks=(10, 2, 3))
    with h5py.File(tmp_path / "rows.h5", "r") as file:
        mapped, chunked = Source(file["rows"], "numpy"), Source(file["chunked"], "numpy")
        read = []

        def recorded(self, *arguments, original=h5py.Dataset.__getitem__):
            read.append(arguments)
            return original(self, *arguments)

        monkeypatch.setattr(h5py.Dataset, "__getitem__", recorded)
        assert np.array_equal(mapped.take(INDICES)[0], NUMBERS[INDICES])
        assert read == []
        assert np.array_equal(chunked.take(INDICES)[0], NUMBERS[INDICES])
        assert read == [(slice(0, 10),), (slice(20, 30),), (slice(40, 50),)]


def test_empty_hdf5_datasets_and_strings_are_read(tmp_path):
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["empty"], file["names"] = np.zeros((0, 3)), NAMES
        file.create_dataset("unwritten", (5, 2))
    with h5py.File(tmp_path / "rows.h5", "r") as file:
        assert Source(file["empty"]).columns[0].shape == (3,)
        assert taken(file["names"], "numpy").tolist() == [NAMES[i].encode() for i in INDICES]
        assert Source(file["unwritten"]).take(np.array([4]))[0].tolist() == [[0, 0]]
