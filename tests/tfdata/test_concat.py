"""concat: several sources as one."""

from collections import namedtuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tensorflow as tf
from common_tfdata import GATHERS

import fastsplit
from fastsplit import tfdata
from fastsplit.tfdata.sources import Source

pytestmark = pytest.mark.filterwarnings("ignore:the pipeline has no batches")

LENGTHS = [3, 0, 1, 4, 0]  # the edges of the parts: 0, 3, 4, 8
N = sum(LENGTHS)
ANY_ORDER = np.array([7, 3, 3, 0, 2, 4, 7, 1, 6, 5])


def parts_of(array):
    return np.split(array, np.cumsum(LENGTHS)[:-1])


def rows_of(dataset):
    return np.concatenate(list(dataset.as_numpy_iterator()))


@pytest.mark.parametrize("dtype", ["i1", "u8", "f2", "f8", "c16", "?", ">i4", "S3", "U3"])
def test_rows_are_those_of_the_concatenated_array(dtype):
    array = np.arange(N * 2).reshape(N, 2).astype(dtype)
    rows = tfdata.concat(parts_of(array))
    assert rows.shape == array.shape
    assert len(rows) == N
    expected = array.astype(object) if dtype[0] in "SU" else array.astype(array.dtype.newbyteorder("="))
    assert rows.dtype == expected.dtype
    taken = rows.take(ANY_ORDER)
    assert taken.dtype == expected.dtype
    if dtype[0] == "U":
        expected = np.char.encode(array).astype(object)
    assert np.array_equal(taken, expected[ANY_ORDER])
    for index in range(N):  # first and last rows of each part
        assert np.array_equal(rows.take([index]), expected[[index]])


@pytest.mark.parametrize("gather", GATHERS)
def test_a_pipeline_reads_a_concatenation_as_it_reads_an_array(gather):
    array = np.arange(N * 2.0).reshape(N, 2)
    options = {"batch_size": 3, "shuffle": True, "seed": 0, "gather": gather}
    rows = tfdata.dataset(tfdata.concat(parts_of(array)), ANY_ORDER, **options)
    expected = tfdata.dataset(array, ANY_ORDER, **options)
    assert rows.element_spec == expected.element_spec
    for _ in range(2):
        assert np.array_equal(rows_of(rows), rows_of(expected))


def test_parts_may_be_anything_that_a_source_may_be(tmp_path):
    import h5py

    class Taking:
        shape, dtype = (2,), np.dtype(np.int64)

        def take(self, indices):
            return np.array([8, 9])[indices]

    np.save(tmp_path / "rows.npy", np.array([10, 11]))
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["rows"] = np.array([12, 13])
        parts = [
            [0, 1],
            np.array([3, 2])[::-1],
            tf.constant([4, 5], tf.int64),
            pd.Series([6, 7]),
            Taking(),
            np.load(tmp_path / "rows.npy", mmap_mode="r"),
            file["rows"],
            pa.chunked_array([[14], [15]]),
            tfdata.concat([np.array([16]), np.array([17, 18])]),
        ]
        rows = tfdata.concat(part for part in parts)  # any iterable
        order = np.random.default_rng(0).permutation(19)
        assert rows.take(order).tolist() == order.tolist()
        assert rows_of(tfdata.dataset(rows, order)).tolist() == order.tolist()
        assert np.array_equal(np.asarray(rows), np.arange(19))


def test_one_source_is_the_same_source():
    array = np.arange(6).reshape(3, 2)
    assert np.array_equal(tfdata.concat([array]).take([2, 0]), array[[2, 0]])


@pytest.mark.parametrize("dtype", ["f4", "U3"])
def test_empty_sources_have_no_rows(dtype):
    rows = tfdata.concat([np.empty((0, 2), dtype), np.empty((0, 2), dtype)])
    assert rows.shape == (0, 2)
    assert rows.take([]).shape == (0, 2)
    assert list(tfdata.dataset(rows, [])) == []


@pytest.mark.parametrize("n", [1, 255, 256, 257, 70_000])
def test_there_may_be_many_sources(n):
    rows = tfdata.concat(list(np.arange(n).reshape(-1, 1)))
    order = np.random.default_rng(0).permutation(n)
    assert np.array_equal(rows.take(order), order)


def test_nests_are_concatenated_leaf_by_leaf():
    Pair = namedtuple("Pair", "left right")
    array = np.arange(N)
    nests = [{"z": (part, part * 2.0), "a": Pair(part + 1, part.astype("U2"))} for part in parts_of(array)]
    dataset = tfdata.dataset(tfdata.concat(nests), ANY_ORDER, batch_size=None)
    assert list(dataset.element_spec) == ["z", "a"]
    assert isinstance(dataset.element_spec["a"], Pair)
    for index, element in zip(ANY_ORDER, dataset.as_numpy_iterator(), strict=True):
        assert element["z"] == (index, index * 2.0)
        assert element["a"] == Pair(index + 1, str(index).encode())


@pytest.mark.parametrize("dtype", ["i8", "U2"])
def test_concatenated_labels_serve_for_sampling_and_for_splits(dtype):
    labels = (np.arange(64) % 4).astype(dtype)
    source = tfdata.concat([(np.arange(20), labels[:20]), (np.arange(20, 64), labels[20:])])
    batches = tfdata.dataset(source, np.arange(64), batch_size=8, shuffle=True, seed=0, sampling="stratified")
    for x, _ in batches.as_numpy_iterator():
        assert np.bincount(x % 4).tolist() == [2, 2, 2, 2]
    assert fastsplit.split(source[1], (0.5, 0.5), seed=0).counts.tolist() == [[8, 8]] * 4


def test_a_concatenation_becomes_an_array_of_any_dtype_but_not_without_a_copy():
    rows = tfdata.concat([np.array([1, 2]), np.array([3])])
    assert np.asarray(rows, dtype=np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="without a copy"):
        np.array(rows, copy=False)


def test_auto_copies_a_concatenation_only_if_all_of_it_is_in_memory(tmp_path):
    np.save(tmp_path / "rows.npy", np.arange(3))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert Source(tfdata.concat([np.arange(3), np.arange(2)])).gather == "tensor"
    assert Source(tfdata.concat([np.arange(3), mapped])).gather == "numpy"


def test_changes_of_a_part_are_seen():
    part = np.zeros(2)
    rows = tfdata.concat([part, np.zeros(1)])
    part[1] = 5
    assert rows.take([1]).tolist() == [5]


@pytest.mark.parametrize("index", [-1, N, N + 1, 2**62])
def test_an_index_outside_the_rows_is_an_error(index):
    rows = tfdata.concat(parts_of(np.arange(N)))
    with pytest.raises(IndexError, match=rf"indices must be at least 0 and below {N}, got .*{index}"):
        rows.take([0, index])


def test_sources_that_do_not_fit_together_are_an_error():
    ints, floats = np.arange(3), np.arange(3.0)
    for sources, message in [
        ([], "sources must hold at least one source, got none"),
        ([ints, floats], r"sources must have rows of the same dtype and shape, got int64 .* float64 .*sources\[1\]"),
        ([ints, ints, ints.reshape(3, 1)], r"got int64 \(\) in sources\[0\] and int64 \(1,\) in sources\[2\]"),
        ([ints, (ints,)], r"sources must have the same structure, sources\[1\] differs"),
        ([{"a": ints}, {"b": ints}], r"sources must have the same structure, sources\[1\] differs"),
        ([(ints, floats), (ints, floats[:2])], r"sources\[1\] must hold arrays of equal length, got \[3, 2\]"),
        ([()], r"sources\[0\] must hold at least one array"),
    ]:
        with pytest.raises(ValueError, match=message):
            tfdata.concat(sources)
    with pytest.raises(TypeError, match="source must hold arrays, got a str"):
        tfdata.concat(["part-0.npy", "part-1.npy"])
