"""What is accepted as labels, sizes, ids, seed; and the text of every error."""

import enum
import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import fastsplit
from fastsplit import reference
from fastsplit.inputs import gates, seeds
from fastsplit.inputs import sizes as sizes_

WORDS = ["dog", "cat", "dog", "eel", "cat", "dog", "ant", "é"] * 40
INTS = [3, -1, 3, 7, -1, 3, 0, 9] * 40


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
    ids=lambda labels: f"{type(labels).__name__}-{getattr(labels, 'dtype', getattr(labels, 'type', ''))}",
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
    ],
    ids=lambda labels: f"{type(labels).__name__}-{getattr(labels, 'dtype', getattr(labels, 'type', ''))}",
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
    ],
)
def test_booleans_of_every_kind(labels):
    parts = fastsplit.split(labels, seed=0)
    assert parts.counts.sum(axis=1).tolist() == [9, 18]
    assert parts.classes.tolist() == [False, True]


def test_no_labels_of_every_kind():
    for labels in ([], (), np.array([], dtype=np.uint8), pd.Series([], dtype="category"), pa.array([], pa.string())):
        assert [len(part) for part in fastsplit.split(labels, (0.5, 0.5), seed=0)] == [0, 0]


@pytest.mark.parametrize(
    "labels",
    [
        np.array([1, np.nan, 2, np.nan]),
        [1, None, 2, None],
        ["a", None, "b", float("nan")],
        pd.Series([1, pd.NA, 2, None], dtype="Int64"),
        pd.Series([1, None, 2, np.nan]),
        pd.Series(["a", pd.NA, "b", None], dtype="string"),
        pd.Series(["a", None, "b", pd.NaT], dtype=object),
        pd.Series(["a", None, "b", None], dtype="category"),
        pd.Series(["a", None, "b", None], dtype=pd.ArrowDtype(pa.string())),
        pa.array([1, None, 2, None]),
        pa.array(["a", None, "b", None]).dictionary_encode(),
        pa.chunked_array([["a", None], ["b", None]]),
        np.ma.masked_array([1, 2, 3, 4], mask=[0, 1, 0, 1]),
        pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, 1]), pa.array(["a", None])),
    ],
    ids=lambda labels: f"{type(labels).__name__}-{getattr(labels, 'dtype', getattr(labels, 'type', ''))}",
)
def test_missing_labels(labels):
    with pytest.raises(ValueError, match="labels must not be missing, got 2 missing of 4, the first at position 1"):
        fastsplit.split(labels, seed=0)


NOTHING = object()
ERRORS = [
    ({"labels": [[1, 2]]}, ValueError, "labels must be one-dimensional, got shape (1, 2); for one-hot rows pass their "
     "argmax(axis=1), for a column its ravel()"),
    ({"labels": 3}, TypeError, "labels must be a one-dimensional array, got int 3"),
    ({"labels": "cat"}, TypeError, "labels must be a one-dimensional array, got str 'cat'"),
    ({"labels": {1, 2}}, TypeError, "labels must be a one-dimensional array, got set {1, 2}"),
    ({"order": "no"}, ValueError, "order must be 'shuffled' or 'ascending', got 'no'"),
    ({"dtype": "foo"}, TypeError, "dtype must be an integer type of native byte order, got 'foo'"),
    ({"sizes": (0.7, 0.2, 0.10000001)}, ValueError, "got 0.7 + 0.2 + 0.10000001 = 1.00000001; give counts as integers"),
    ({"labels": [[1], [1, 2]]}, ValueError, "labels must be one-dimensional: "),
    ({"labels": np.array([1.0, 2.0])}, TypeError, "labels must be integers, booleans or strings, got dtype float64; "
     "convert with astype(int)"),
    ({"labels": [1.5, 2]}, TypeError, "labels must be all integers, all booleans or all strings, got objects of type "
     "float, int"),
    ({"labels": [1, "a"]}, TypeError, "labels must be all integers, all booleans or all strings, got objects of type "
     "int, str"),
    ({"labels": np.array([b"a", b"b"])}, TypeError, "labels must be integers, booleans or strings, got dtype |S1; "
     "decode them with numpy.char.decode"),
    ({"labels": np.array(["2020"], dtype="M8[Y]")}, TypeError, "labels must be integers, booleans or strings, got "
     "dtype datetime64[Y]"),
    ({"labels": [1j]}, TypeError, "labels must be integers, booleans or strings, got dtype complex128"),
    ({"labels": np.array([{}, []], dtype=object)}, TypeError, "labels must be integers, booleans or strings, got an "
     "array of unhashable objects"),
    ({"labels": [-1, 2**63]}, ValueError, "labels must fit one 64-bit integer type, got -1 to 9223372036854775808"),
    ({"seed": 2**4096}, ValueError, "seed must be below 2**4096, got an integer of 4097 bits"),
    ({"dtype": "(2,"}, TypeError, "dtype must be an integer type of native byte order, got '(2,'"),
    ({"sizes": np.array(0.5)}, TypeError, "sizes must be a sequence of fractions or counts"),
    ({"labels": pd.DataFrame({"a": [1]})}, ValueError, "labels must be one-dimensional, got a DataFrame of shape "
     "(1, 1)"),
    ({"labels": pd.Series([1.5])}, TypeError, "labels must be integers, booleans or strings, got dtype float64; "
     "convert with astype(int)"),
    ({"labels": pd.Series(pd.to_datetime(["2020"]).tz_localize("UTC"))}, TypeError, "labels must be integers, booleans "
     "or strings, got dtype datetime64["),
    ({"labels": pd.MultiIndex.from_tuples([(1, 2)])}, TypeError, "labels must be integers, booleans or strings, got a "
     "MultiIndex"),
    ({"labels": pa.array([1.5])}, TypeError, "labels must be integers, booleans or strings, got the Arrow type double"),
    ({"labels": pa.table({"a": [1]})}, TypeError, "labels must be a one-dimensional array, got Table "),
    ({"sizes": 0.8}, TypeError, "sizes must be a sequence of fractions or counts, such as (0.8, 0.2), or a mapping of "
     "names to them, got float 0.8"),
    ({"sizes": "0.8"}, TypeError, "sizes must be a sequence of fractions or counts"),
    ({"sizes": ()}, ValueError, "sizes must describe 1 to 254 splits, got 0"),
    ({"sizes": [0] * 255}, ValueError, "sizes must describe 1 to 254 splits, got 255"),
    ({"sizes": {1: 0.5}}, TypeError, "sizes must be named by strings, got the name 1"),
    ({"sizes": (0.5, "x")}, TypeError, "sizes must be numbers, got str 'x'"),
    ({"sizes": (True, False)}, TypeError, "sizes must be numbers, got bool True"),
    ({"sizes": (0.5, math.nan)}, ValueError, "sizes must be finite and not negative, got nan"),
    ({"sizes": (0.5, math.inf)}, ValueError, "sizes must be finite and not negative, got inf"),
    ({"sizes": (0.5, -0.1)}, ValueError, "sizes must be finite and not negative, got -0.1"),
    ({"sizes": (0.8, 0.3)}, ValueError, "sizes given as fractions must sum to at most 1, got 0.8 + 0.3 = 1.1; give "
     "counts as integers"),
    ({"sizes": (3, 2)}, ValueError, "sizes given as counts must sum to at most the number of labels, 4, got 5; "
     "give fractions as floats, such as 1.0"),
    ({"seed": 1.5}, TypeError, "seed must be an integer, a numpy SeedSequence, a numpy Generator or None, got float 1.5"),
    ({"seed": True}, TypeError, "seed must be an integer, a numpy SeedSequence, a numpy Generator or None, got bool True"),
    ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
    ({"ids": [1, 2]}, ValueError, "ids must be as many as the labels, 4, got 2"),
    ({"ids": [1.5, 2, 3, 4]}, TypeError, "ids must be all integers, all booleans or all strings, got objects of type "
     "float, int"),
    ({"ids": ["a", "b", None, "c"]}, ValueError, "ids must not be missing, got 1 missing of 4, the first at position 2"),
    ({"min_per_split": -1}, ValueError, "min_per_split must be from 0 to 1099511627776, got -1"),
    ({"min_per_split": 0.5}, TypeError, "min_per_split must be an integer, got float 0.5"),
    ({"min_per_split": 2}, ValueError, "min_per_split=2 with 2 splits needs at least 4 examples per class; 2 of 2 classes "
     "have fewer: 0 (2), 1 (2)"),
    ({"dtype": float}, TypeError, "dtype must be an integer type of native byte order, got float64"),
    ({"dtype": ">i4"}, TypeError, "dtype must be an integer type of native byte order, got >i4"),
    ({"labels": np.zeros(300, int), "dtype": np.uint8}, ValueError, "dtype must hold the largest position, 299, got uint8"),
    ({"threads": 0}, ValueError, "threads must be at least 1, got 0"),
    ({"threads": 1.0}, TypeError, "threads must be an integer, got float 1.0"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "kind", "message"), ERRORS, ids=[text[:60] for _, _, text in ERRORS])
@pytest.mark.parametrize("module", [fastsplit, reference], ids=["kernel", "reference"])
def test_errors_of_split(module, arguments, kind, message):
    arguments = {"labels": [0, 1, 0, 1], "seed": 0, **arguments}
    with pytest.raises(kind, match=re.escape(message)):
        module.split(arguments.pop("labels"), **arguments)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda m: m.kfold([0, 1], 1), ValueError, "k must be from 2 to 32768, got 1"),
        (lambda m: m.kfold([0, 1], 2**15 + 1), ValueError, "k must be from 2 to 32768, got 32769"),
        (lambda m: m.kfold([0, 1], "5"), TypeError, "k must be an integer, got str '5'"),
        (lambda m: m.shuffle([[1]], seed=0), ValueError, "indices must be one-dimensional, got shape (1, 1)"),
        (lambda m: m.shuffle([1.5], seed=0), TypeError, "indices must be integers, got dtype float64"),
        (lambda m: m.shuffle([True], seed=0), TypeError, "indices must be integers, got dtype bool"),
        (lambda m: m.group([1.5]), TypeError, "labels must be all integers, all booleans or all strings"),
        (lambda m: m.plan([0], threads=-1), ValueError, "threads must be at least 1, got -1"),
    ],
)
@pytest.mark.parametrize("module", [fastsplit, reference], ids=["kernel", "reference"])
def test_errors_of_the_others(module, call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call(module)


def test_an_error_names_ten_small_classes_at_the_most():
    with pytest.raises(ValueError, match=r"100 of 100 classes have fewer: 0 \(1\), .*, 9 \(1\) and 90 more$"):
        fastsplit.split(np.arange(100), min_per_split=1)


def test_a_class_of_more_than_2_to_the_40():
    classes, counts = np.array([1, 5]), np.array([3, 2**40 + 1])
    with pytest.raises(
        ValueError, match=re.escape("labels must have at most 2**40 examples per class, got 1099511627777")
    ):
        gates.check_class_sizes(classes, counts, 2, 0)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((0.7, 0.2, 0.1), "7/10 1/5 1/10"),
        ((0.1 * 3, 0.7), "3/10 7/10"),
        ((1 - 0.9, 0.9), "1/10 9/10"),
        ((1 / 3, 1 / 3, 1 / 3), "1/3 1/3 1/3"),
        ((2 / 3, 1 / 3), "2/3 1/3"),
        ((1 / 7, 6 / 7), "1/7 6/7"),
        ((np.float32(0.7), np.float32(0.3)), "7/10 3/10"),
        ((np.float32(1) / 3, np.float32(2) / 3), "1/3 2/3"),
        ((0.123456789, 0.5), "123456789/1000000000 1/2"),
        ((0.333, 0.333), "333/1000 333/1000"),
        ((Decimal("0.1"), Fraction(1, 3)), "1/10 1/3"),
        ((1, 0.0), "1 0"),
        (np.array([0.5, 0.25]), "1/2 1/4"),
        ((1e-9, 1 - 1e-9), "1/1000000000 999999999/1000000000"),
    ],
)
def test_fractions_are_read_as_they_were_meant(sizes, expected):
    assert sizes_.read_sizes(sizes, 100).shares == tuple(Fraction(size) for size in expected.split())


def test_fractions_that_no_ratio_fits_sum_to_1_all_the_same():
    rng = np.random.default_rng(0)
    for splits in (2, 3, 10, 254):
        for _ in range(50):
            sizes = rng.dirichlet(np.ones(splits))
            shares = sizes_.read_sizes(sizes, 100).shares
            assert sum(shares) == 1
            assert math.lcm(*(share.denominator for share in shares)) <= 2**53
            assert max(abs(share - Fraction(size)) for share, size in zip(shares, sizes, strict=True)) < 2**-43


def test_strings_keep_what_arrays_of_fixed_width_would_lose():
    class Animal(str, enum.Enum):
        CAT = "cat"
        COW = "cow"

    assert fastsplit.split(list(Animal) * 9, seed=0).classes.tolist() == ["cat", "cow"]
    assert fastsplit.split(["a", "a\0"] * 9, seed=0).classes.tolist() == ["a", "a\0"]
    long = "x" * 10**6
    assert fastsplit.split([*map(str, range(20_000)), long], seed=0, ids=range(20_001)).classes[-1] == long


def test_numbers_of_which_the_ratio_would_fill_the_memory():
    assert sizes_.read_sizes((Decimal("1e-10000000"), 0.5), 10).shares == (0, Fraction(1, 2))


def test_a_table_that_is_too_large_is_refused_before_it_is_made():
    with pytest.raises(ValueError, match=r"at most 2\*\*30 cells, got 40000 classes and 32768 splits"):
        fastsplit.kfold(np.arange(40_000), 2**15)


def test_a_seed_sequence_of_a_numpy_integer_is_that_of_the_integer():
    assert seeds.read_seed(np.random.SeedSequence(np.int64(5))) == 5


def test_an_integer_seed_is_numpys():
    words = np.random.SeedSequence(12345).generate_state(6, np.uint64)
    assert np.array_equal(np.concatenate(seeds.expand_seed(12345)), words)


def test_integer_ids_equal_whatever_holds_them():
    labels = np.arange(50) % 3
    expected = fastsplit.split(labels, seed=0, ids=np.arange(50)).assignment
    for ids in (np.arange(50, dtype=">u2"), pd.Series(range(50), dtype="Int64"), list(range(50)), pa.array(range(50))):
        assert np.array_equal(fastsplit.split(labels, seed=0, ids=ids).assignment, expected)
    assert np.array_equal(fastsplit.split(labels, seed=0).assignment, expected)
    negative = fastsplit.split(labels, seed=0, ids=-np.arange(50)).assignment
    assert np.array_equal(fastsplit.split(labels, seed=0, ids=(-np.arange(50)).astype(np.int8)).assignment, negative)
