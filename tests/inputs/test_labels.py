"""Labels: every form they may have gives the same classes; all others are refused."""

import enum
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import both_implementations

import fastsplit
from fastsplit import reference

WORDS = ["dog", "cat", "dog", "eel", "cat", "dog", "ant", "é"] * 40
INTS = [3, -1, 3, 7, -1, 3, 0, 9] * 40
LABEL_TYPES = "labels must be integers, booleans or strings"
ALL_OF_A_TYPE = "labels must be all integers, all booleans or all strings"


def kind_of(labels):
    """Name a parameter by its type and dtype."""
    return f"{type(labels).__name__}-{getattr(labels, 'dtype', getattr(labels, 'type', ''))}"


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
    ],
)
def test_booleans_of_every_kind(labels):
    parts = fastsplit.split(labels, seed=0)
    assert parts.counts.sum(axis=1).tolist() == [9, 18]
    assert parts.classes.tolist() == [False, True]


def test_no_labels_of_every_kind():
    for labels in ([], (), np.array([], dtype=np.uint8), pd.Series([], dtype="category"), pa.array([], pa.string())):
        assert [len(part) for part in fastsplit.split(labels, (0.5, 0.5), seed=0)] == [0, 0]


def test_strings_keep_what_arrays_of_fixed_width_would_lose():
    class Animal(str, enum.Enum):
        CAT = "cat"
        COW = "cow"

    assert fastsplit.split(list(Animal) * 9, seed=0).classes.tolist() == ["cat", "cow"]
    assert fastsplit.split(["a", "a\0"] * 9, seed=0).classes.tolist() == ["a", "a\0"]
    long = "x" * 10**6
    assert fastsplit.split([*map(str, range(20_000)), long], seed=0, ids=range(20_001)).classes[-1] == long


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
    ids=kind_of,
)
def test_missing_labels(labels):
    with pytest.raises(ValueError, match="labels must not be missing, got 2 missing of 4, the first at position 1"):
        fastsplit.split(labels, seed=0)


@pytest.mark.parametrize(
    ("labels", "kind", "message"),
    [
        (
            [[1, 2]],
            ValueError,
            "labels must be one-dimensional, got shape (1, 2); for one-hot rows pass their argmax(axis=1), for a "
            "column its ravel()",
        ),
        ([[1], [1, 2]], ValueError, "labels must be one-dimensional: "),
        (3, TypeError, "labels must be a one-dimensional array, got int 3"),
        ("cat", TypeError, "labels must be a one-dimensional array, got str 'cat'"),
        ({1, 2}, TypeError, "labels must be a one-dimensional array, got set {1, 2}"),
        (np.array([1.0, 2.0]), TypeError, f"{LABEL_TYPES}, got dtype float64; convert with astype(int)"),
        ([1.5, 2], TypeError, f"{ALL_OF_A_TYPE}, got objects of type float, int"),
        ([1, "a"], TypeError, f"{ALL_OF_A_TYPE}, got objects of type int, str"),
        (np.array([b"a", b"b"]), TypeError, f"{LABEL_TYPES}, got dtype |S1; decode them with numpy.char.decode"),
        (np.array(["2020"], dtype="M8[Y]"), TypeError, f"{LABEL_TYPES}, got dtype datetime64[Y]"),
        ([1j], TypeError, f"{LABEL_TYPES}, got dtype complex128"),
        (np.array([{}, []], dtype=object), TypeError, f"{LABEL_TYPES}, got an array of unhashable objects"),
        ([-1, 2**63], ValueError, "labels must fit one 64-bit integer type, got -1 to 9223372036854775808"),
        (pd.DataFrame({"a": [1]}), ValueError, "labels must be one-dimensional, got a DataFrame of shape (1, 1)"),
        (pd.Series([1.5]), TypeError, f"{LABEL_TYPES}, got dtype float64; convert with astype(int)"),
        (pd.Series(pd.to_datetime(["2020"]).tz_localize("UTC")), TypeError, f"{LABEL_TYPES}, got dtype datetime64["),
        (pd.MultiIndex.from_tuples([(1, 2)]), TypeError, f"{LABEL_TYPES}, got a MultiIndex"),
        (pa.array([1.5]), TypeError, f"{LABEL_TYPES}, got the Arrow type double"),
        (pa.table({"a": [1]}), TypeError, "labels must be a one-dimensional array, got Table "),
    ],
    ids=kind_of,
)
@both_implementations
def test_other_labels_are_refused(module, labels, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        module.split(labels, seed=0)


@both_implementations
def test_the_labels_of_group_are_read_as_those_of_split(module):
    with pytest.raises(TypeError, match=ALL_OF_A_TYPE):
        module.group([1.5])


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
