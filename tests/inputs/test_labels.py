"""Labels: every form they may have gives the same classes."""

import collections
import enum
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import both_implementations
from common_labels import INTS, STRING_FORMS, WORDS, ArrayExporter, Exporter, kind_of

import fastsplit
from fastsplit import reference


@pytest.mark.parametrize(
    "labels",
    [
        np.array(WORDS),
        np.array(WORDS, dtype=object),
        tuple(WORDS),
        np.array(WORDS, dtype=np.dtypes.StringDType()),
        pd.Series(WORDS),
        pd.Series(WORDS, dtype=object),
        pd.Series(WORDS, dtype="string[python]"),
        pd.Series(WORDS, dtype="string[pyarrow]"),
        pd.Series(WORDS, dtype=pd.ArrowDtype(pa.string())),
        pd.Series(WORDS, dtype="category"),
        pd.Series(WORDS, dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))),
        pd.Series(WORDS, index=range(5, 5 + len(WORDS))),
        np.array([word.encode() for word in WORDS]),
        [word.encode() for word in WORDS],
        np.array([word.encode() for word in WORDS], dtype=object),
        pd.Series([word.encode() for word in WORDS]),
        pa.array([word.encode() for word in WORDS]),
        pa.array([word.encode() for word in WORDS], pa.large_binary()),
        pa.array([word.encode() for word in WORDS], pa.binary_view()),
        pa.array([word.encode() for word in WORDS]).dictionary_encode(),
        collections.deque(WORDS),
        [np.array(word) for word in WORDS],
        [np.str_(word) for word in WORDS],
        pd.arrays.SparseArray(np.array(WORDS, dtype=object)),
        pa.compute.run_end_encode(pa.array(WORDS)),
        pa.chunked_array([WORDS[:9], WORDS[9:]], type=pa.string_view()),
        pa.chunked_array([pa.array(some, pa.string_view()).dictionary_encode() for some in (WORDS[:9], WORDS[9:])]),
        Exporter(pa.chunked_array([WORDS[:9], WORDS[9:]])),
        ArrayExporter(pa.array(WORDS)),
        pd.Categorical(WORDS, categories=["unused", "é", "eel", "ant", "cat", "dog"]),
        pd.CategoricalIndex(WORDS),
        pd.Index(WORDS),
        pa.array(WORDS),
        pa.array(WORDS, pa.large_string()),
        pa.array(WORDS, pa.string_view()),
        pa.array(WORDS).dictionary_encode(),
        pa.chunked_array([WORDS[:100], WORDS[100:101], [], WORDS[101:]], type=pa.string()),
        pa.chunked_array([pa.array(WORDS[:9]).dictionary_encode(), pa.array(WORDS[9:]).dictionary_encode()]),
    ],
    ids=kind_of,
)
def test_strings_of_every_kind(labels):
    expected = fastsplit.split(WORDS, (0.7, 0.2, 0.1), seed=0)
    assert expected.classes.tolist() == ["ant", "cat", "dog", "eel", "é"]
    for module in (fastsplit, reference):
        assert module.split(labels, (0.7, 0.2, 0.1), seed=0).plan == expected.plan
    assert np.array_equal(expected.plan.assign(labels), expected.assignment)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(INTS, dtype=object),
        pd.Series(INTS),
        pd.Series(INTS, dtype="Int16"),
        pd.Series(INTS, dtype=pd.ArrowDtype(pa.int32())),
        pd.Series(INTS, dtype="category"),
        pd.Index(INTS),
        pa.array(INTS, pa.int8()),
        pa.array(INTS).dictionary_encode(),
        pa.chunked_array([INTS[:50], INTS[50:]]),
        np.ma.masked_array(INTS, mask=False),
        [np.array(x) for x in INTS],
        [np.int8(x) for x in INTS],
        [*map(np.int8, INTS[:2]), *INTS[2:]],
        np.array([*map(np.int16, INTS)], dtype=object),
        np.array([np.array(x) for x in INTS] + [None], dtype=object)[:-1],
        collections.deque(INTS),
        pd.Series(INTS, dtype="Sparse[int]"),
        pd.arrays.SparseArray(INTS),
        pa.compute.run_end_encode(pa.array(INTS)),
        Exporter(pa.chunked_array([INTS[:50], INTS[50:]])),
        ArrayExporter(pa.array(INTS)),
    ],
    ids=kind_of,
)
def test_integers_of_every_kind(labels):
    expected = fastsplit.split(INTS, seed=0)
    got = fastsplit.split(labels, seed=0)
    assert got.classes.tolist() == expected.classes.tolist() == [-1, 0, 3, 7, 9]
    assert np.array_equal(got.assignment, expected.assignment)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([True, False, True] * 9),
        [True, False, True] * 9,
        pd.Series([True, False, True] * 9),
        pd.Series([True, False, True] * 9, dtype="boolean"),
        pa.array([True, False, True] * 9),
        np.array([7, 0, 255] * 9, dtype=np.uint8).view(bool),
        np.array([True, False, True] * 9, dtype=object),
        np.array([np.True_, np.False_, True] * 9, dtype=object),
        [np.True_, np.False_, True] * 9,
        [np.array(True), np.array(False), np.array(True)] * 9,
        pd.Series([np.True_, np.False_, True] * 9, dtype=object),
        pd.arrays.SparseArray([True, False, True] * 9),
        pa.chunked_array([[True, False, True] * 9]),
        Exporter(pa.chunked_array([[True, False, True] * 9])),
    ],
)
def test_booleans_of_every_kind(labels):
    parts = fastsplit.split(labels, seed=0)
    assert parts.counts.sum(axis=1).tolist() == [9, 18]
    assert parts.classes.tolist() == [False, True]


@pytest.mark.parametrize(
    "labels",
    [
        [],
        (),
        np.array([]),
        np.array([], dtype=np.uint8),
        np.array([], dtype=str),
        np.array([], dtype=object),
        np.array([], dtype=bytes),
        pd.Series([], dtype=object),
        pd.Series([], dtype="Float64"),
        pd.Series([], dtype="category"),
        pa.array([]),
        pa.array([], pa.string()),
        pa.array([], pa.float64()),
        pa.chunked_array([], pa.string_view()),
    ],
    ids=kind_of,
)
@both_implementations
def test_no_labels_of_every_kind(module, labels):
    assert [len(part) for part in module.split(labels, (0.5, 0.5), seed=0)] == [0, 0]
    for known in ([], ["a", "b"], [1, 2], [2**63]):
        plan = fastsplit.plan(known, (0.5, 0.5), seed=0)
        none = plan.assign(labels) if module is fastsplit else reference.assign(plan, labels)
        assert none.dtype == np.uint8
        assert none.shape == (0,)


WHOLE = [0.0, 1.0, -0.0, 3.0, -7.0, 1.0] * 40


@pytest.mark.parametrize(
    "labels",
    [
        WHOLE,
        tuple(WHOLE),
        collections.deque(WHOLE),
        [*map(np.float32, WHOLE)],
        [*WHOLE[:3], *map(int, WHOLE[3:])],
        [np.array(x) for x in WHOLE],
        [np.array(x) if i % 2 else x for i, x in enumerate(WHOLE)],
        *(np.array(WHOLE, dtype=dtype) for dtype in ("f2", "f4", "f8", ">f4", ">f8", np.longdouble, object)),
        np.repeat(WHOLE, 2)[::2],
        np.ma.masked_array(WHOLE, mask=False),
        pd.Series(WHOLE),
        pd.Series(WHOLE, dtype=object),
        pd.Series(WHOLE, dtype="Float64"),
        pd.Series(WHOLE, dtype="Float32"),
        pd.Series(WHOLE, dtype="category"),
        pd.Series(WHOLE, dtype=pd.ArrowDtype(pa.float32())),
        pd.Series(WHOLE, dtype=pd.SparseDtype(float, 0.0)),
        pd.Index(WHOLE),
        pa.array(WHOLE),
        pa.array(WHOLE, pa.float32()),
        pa.array(np.array(WHOLE, dtype=np.float16)),
        pa.chunked_array([WHOLE[:9], WHOLE[9:]]),
        pa.array(WHOLE).dictionary_encode(),
        Exporter(pa.chunked_array([WHOLE[:9], WHOLE[9:]])),
    ],
    ids=kind_of,
)
@both_implementations
def test_floats_that_are_all_whole_are_classes(module, labels):
    expected = module.split([int(x) for x in WHOLE], seed=0)
    got = module.split(labels, seed=0)
    assert got.plan == expected.plan
    assert got.classes.dtype == np.int64
    assert got.classes.tolist() == [-7, 0, 1, 3]
    assert np.array_equal(expected.plan.assign(labels), expected.assignment)


def test_bytes_keep_zeros_at_their_ends_where_arrays_of_fixed_width_would_lose_them():
    assert fastsplit.split([b"a", b"a\0"], seed=0).classes.tolist() == ["a", "a\0"]


@pytest.mark.parametrize("form", STRING_FORMS)
@both_implementations
def test_strings_that_differ_behind_a_nul_are_different_classes(module, form):
    """pandas.factorize before pandas 3 takes them for one."""
    names = ["", "\0a", "a", "a\0b", "a\0c"] * 4
    parts = module.split(STRING_FORMS[form](names), (0.5, 0.5), seed=0)
    assert parts.classes.tolist() == names[:5]
    assert np.array_equal(parts.assignment, module.split(names, (0.5, 0.5), seed=0).assignment)


def test_strings_of_hdf5_files_are_labels(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file["variable"] = WORDS
        file["fixed"] = [word.encode() for word in WORDS]
        expected = fastsplit.plan(WORDS, seed=0)
        for labels in (file["variable"], file["fixed"], file["variable"].asstr(), file["variable"][:]):
            assert fastsplit.plan(labels, seed=0) == expected


def test_equal_strings_of_several_types_are_one_class():
    class Animal(str, enum.Enum):
        CAT = "cat"

    for labels in (["cat", Animal.CAT, np.str_("cat")] * 9, [np.str_("cat"), "cat"], ["cat", np.array("cat")]):
        assert fastsplit.split(labels, seed=0).classes.tolist() == ["cat"]


def test_intervals_are_classes_named_as_they_print():
    values = np.arange(90) * 0.3
    bins = pd.cut(values, [-1.0, 10.0, 20.0, 30.0])
    for labels in (bins, pd.Series(bins), pd.Series(bins).astype(pd.Series(bins).cat.categories.dtype)):
        parts = fastsplit.split(labels, seed=0)
        assert parts.classes.tolist() == ["(-1.0, 10.0]", "(10.0, 20.0]", "(20.0, 30.0]"]
    assert parts.counts.sum(axis=1).tolist() == bins.value_counts().tolist()


def test_categories_that_cannot_be_labels_do_not_matter_if_they_are_unused():
    labels = pd.Categorical.from_codes([0, 2, 2], categories=[1.0, 0.5, 3.0])
    assert fastsplit.split(labels, seed=0).classes.tolist() == [1, 3]
    labels = pa.DictionaryArray.from_arrays(pa.array([0, 2, 2]), pa.array([1.0, 0.5, 3.0]))
    assert fastsplit.split(labels, seed=0).classes.tolist() == [1, 3]


def test_dictionaries_with_nulls_that_no_label_refers_to():
    labels = pa.DictionaryArray.from_arrays(pa.array([0, 2, 2]), pa.array(["a", None, "b"]))
    assert fastsplit.split(labels, seed=0).classes.tolist() == ["a", "b"]


def test_exporters_are_read_as_arrays_where_pyarrow_is_missing(monkeypatch):
    class Column(Exporter):
        def __array__(self, dtype=None, copy=None):
            return np.array(WORDS, dtype=object)

    expected = fastsplit.plan(WORDS, seed=0)
    column = Column(pa.chunked_array([WORDS]))
    assert fastsplit.plan(column, seed=0) == expected
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert fastsplit.plan(column, seed=0) == expected


def test_strings_keep_what_arrays_of_fixed_width_would_lose():
    class Animal(str, enum.Enum):
        CAT = "cat"
        COW = "cow"

    assert fastsplit.split(list(Animal) * 9, seed=0).classes.tolist() == ["cat", "cow"]
    assert fastsplit.split(["a", "a\0"] * 9, seed=0).classes.tolist() == ["a", "a\0"]
    long = "x" * 10**6
    assert fastsplit.split([*map(str, range(20_000)), long], seed=0, ids=range(20_001)).classes[-1] == long


class Unhashed(int):
    """An integer that a dict must not see: anyone can choose integers whose hashes collide."""

    def __hash__(self):
        raise AssertionError("an integer was hashed by Python")


@pytest.mark.parametrize(
    "form",
    [
        lambda numbers: np.array(numbers, dtype=object),
        lambda numbers: pd.Series(numbers, dtype=object),
        list,
        tuple,
    ],
    ids=["objects", "pandas objects", "list", "tuple"],
)
@pytest.mark.parametrize("largest", [6, 2**63, 2**64 - 1])
@pytest.mark.parametrize("argument", ["labels", "ids"])
def test_integers_are_not_hashed_by_python(form, largest, argument):
    numbers = form([*map(Unhashed, range(6)), Unhashed(largest)])
    labels, ids = (numbers, None) if argument == "labels" else ([0] * 7, numbers)
    assert len(fastsplit.split(labels, seed=0, ids=ids).assignment) == 7


@pytest.mark.parametrize(
    ("other", "kind", "message"), [("a", TypeError, "got objects of type Unhashed, str"), (None, ValueError, "missing")]
)
def test_integers_beside_others_are_not_hashed_either(other, kind, message):
    with pytest.raises(kind, match=message):
        fastsplit.split(np.array([Unhashed(1), other], dtype=object), seed=0)
