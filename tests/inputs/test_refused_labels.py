"""Labels that are refused: missing, continuous, of several dimensions or of other types, with what to pass instead."""

import math
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import both_implementations
from common_labels import Exporter, kind_of

import fastsplit

LABEL_TYPES = "labels must be integers, booleans or strings"
ALL_OF_A_TYPE = "labels must be all integers, all booleans or all strings"
DICTIONARY = pd.ArrowDtype(pa.dictionary(pa.int8(), pa.float64()))
CONTINUOUS = (
    "labels given as floats must be whole numbers, got 0.5 at position 2; for a continuous target pass "
    "fastsplit.strata(labels, sizes_or_k)"
)


@pytest.mark.parametrize(
    "dtype", ["f2", "f4", "f8", object, "Float64", pd.ArrowDtype(pa.float64()), "category", DICTIONARY, list]
)
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, CONTINUOUS),
        (-math.inf, "labels must be finite, got -inf at position 2"),
        (math.nan, "labels must not be missing, got 1 missing of 4, the first at position 2"),
    ],
)
@both_implementations
def test_other_floats_are_refused(module, value, message, dtype):
    values = [0.0, 1.0, value, 1.0]
    if dtype is list:
        labels = values
    else:
        labels = np.array(values, dtype=dtype) if str(dtype)[0] == "f" else pd.Series(values, dtype=dtype)
    with pytest.raises(ValueError, match=re.escape(message)):
        module.split(labels, seed=0)


@pytest.mark.parametrize(("dtype", "bits"), [("f2", 11), ("f4", 24), ("f8", 53)])
def test_floats_to_which_other_integers_may_have_been_rounded_are_refused(dtype, bits):
    largest = np.array([2**bits - 1, 1 - 2**bits], dtype=dtype)
    assert fastsplit.split(largest, seed=0).classes.tolist() == [1 - 2**bits, 2**bits - 1]
    with pytest.raises(
        ValueError, match=rf"given as floats must be below 2\*\*{bits}, .*, got {2**bits} at position 1;"
    ):
        fastsplit.split(np.array([0, 2**bits], dtype=dtype), seed=0)
    with pytest.raises(
        ValueError, match=r"labels given as floats must be below 2\*\*53, .* got 9223372036854775808 at "
    ):
        fastsplit.split([1, 2.0**63], seed=0)
    assert fastsplit.split([2**62 + 1, 1.0], seed=0).classes.tolist() == [1, 2**62 + 1]


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        ([[1], [2]], "shape (2, 1); for a column or a row pass numpy.ravel(labels)"),
        (np.array([["a", "b"]]), "shape (1, 2); for a column or a row pass numpy.ravel(labels)"),
        (np.eye(3), "shape (3, 3); for one-hot rows pass numpy.argmax(labels, axis=1)"),
        (np.eye(3, dtype=bool)[[0, 2, 2]].tolist(), "shape (3, 3); for one-hot rows pass numpy.argmax(labels, axis=1)"),
        (
            np.array([[0, 1], [1, 1], [0, 0]]),
            "shape (3, 2); rows of 0 and 1 with several 1 or none are several labels per example: pass them to "
            "fastsplit.split_multilabel, or combine them into one label, such as numpy.unique(labels, axis=0, "
            "return_inverse=True)[1].ravel()",
        ),
        (
            [["a", "x"], ["b", "y"]],
            "shape (2, 2); combine the columns into one label per example, such as numpy.unique(labels, axis=0, "
            "return_inverse=True)[1].ravel()",
        ),
        (
            np.array([["a", 1], ["b", 2]], dtype=object),
            "such as ['/'.join(map(str, row)) for row in labels]",
        ),
        (np.zeros((2, 2, 2)), "shape (2, 2, 2)"),
        ([[], []], "shape (2, 0)"),
        (np.zeros((0, 3)), "shape (0, 3)"),
        (pd.DataFrame({"a": ["x"], "b": ["y"]}), "pass one of its columns, or combine them, such as by labels.groupby"),
        (pd.DataFrame({"a": [1, 2]}), "a DataFrame of shape (2, 1); pass its column, labels.iloc[:, 0]"),
        (
            pd.get_dummies(pd.Series(list("abc"))),
            "a DataFrame of shape (3, 3); for one-hot rows pass labels.idxmax(axis=1)",
        ),
        (pd.DataFrame({"a": [1, 0], "b": [1, 0]}), "labels.groupby(list(labels), dropna=False).ngroup()"),
        (
            pd.DataFrame({"a": ["x", "y"], "b": [1, 0]}),
            "pass one of its columns, or combine them, such as by labels.group",
        ),
    ],
    ids=kind_of,
)
@both_implementations
def test_rows_are_refused_with_what_to_pass_instead(module, labels, hint):
    with pytest.raises(ValueError, match=re.escape(hint)) as error:
        module.split(labels, seed=0)
    assert str(error.value).startswith("labels must be one-dimensional, got ")
    if passed := re.search(r"(?:pass|such as|such as by) ((?:numpy|labels)\.\S.*|\[.*)$", str(error.value)):
        instead = eval(passed[1], {"labels": labels, "numpy": np})  # what the message says works
        assert len(module.split(instead, (0.5, 0.5), seed=0).assignment) in (len(labels), np.size(labels))


@pytest.mark.parametrize("wrap", [list, np.array, lambda x: np.array(x, dtype=object), pd.Series, pa.array], ids=str)
@both_implementations
def test_bytes_that_are_not_utf_8_are_refused(module, wrap):
    message = "labels given as bytes must be UTF-8, got bytes b'\\xff\\x1b' at position 1; decode them, such as by ["
    with pytest.raises(ValueError, match=re.escape(message)):
        module.split(wrap([b"a", b"\xff\x1b", b"a"]), seed=0)


@pytest.mark.parametrize("name", ["a\x1b[31m", "\x9b2J", "a\nb", "\u202e"])
def test_no_escape_sequence_gets_into_errors_or_reprs(name):
    class Thing:
        def __repr__(self):
            return name

    for labels in (Thing(), [Thing()], pa.array([{name: 1}]), pa.table({name: [1]}), np.zeros(2, dtype=[(name, int)])):
        with pytest.raises((TypeError, ValueError)) as error:
            fastsplit.split(labels, seed=0)
        assert str(error.value).isprintable()
    parts = fastsplit.split([name] * 9, {name: 0.5, "test": 0.5}, seed=0)
    assert repr(parts).isprintable()
    assert repr(parts.plan).isprintable()
    with pytest.raises(KeyError) as error:
        parts["x"]
    assert error.value.args[0].isprintable()
    with pytest.raises(ValueError, match="min_per_split") as error:
        fastsplit.split([name], seed=0, min_per_split=1)
    assert str(error.value).isprintable()


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
        ["a", np.ma.masked, np.array("b"), np.ma.masked],
        [np.array(1), np.array(None), 3, None],
        [0.0, math.nan, 1.0, math.nan],
        [True, None, np.False_, None],
        [b"a", None, b"b", None],
        np.array([1, np.nan, 2, np.nan], dtype=np.float16),
        pd.Series([1, None, 2, None], dtype="Float64"),
        pd.Series([1, None, 2, None], dtype=pd.SparseDtype(float)),
        pd.Series(pd.cut([1.0, np.nan, 2.0, np.nan], 2)),
        pa.array([1.0, None, 2.0, None]),
        pa.array([1.0, math.nan, 2.0, math.nan]),
        pa.array([b"a", None, b"b", None]),
        pa.chunked_array([["a", None], ["b", None]], type=pa.string_view()),
        pa.compute.run_end_encode(pa.array([1, None, 2, None])),
        Exporter(pa.chunked_array([["a", None], ["b", None]])),
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
        ([[1], [1, 2]], ValueError, "labels must be one-dimensional: "),
        ([["a"], []], ValueError, "several labels per example are for fastsplit.split_multilabel"),
        (3, TypeError, "labels must be a one-dimensional array, got int 3"),
        ("cat", TypeError, "labels must be a one-dimensional array, got str 'cat'"),
        ({1, 2}, TypeError, "labels must be a one-dimensional array, got set {1, 2}"),
        ([1, "a"], TypeError, f"{ALL_OF_A_TYPE}, got objects of type int, str"),
        (np.array(["2020"], dtype="M8[Y]"), TypeError, f"{LABEL_TYPES}, got dtype datetime64[Y]"),
        ([1j], TypeError, f"{LABEL_TYPES}, got dtype complex128"),
        (np.array([{}, []], dtype=object), TypeError, f"{ALL_OF_A_TYPE}, got objects of type dict, list"),
        (["a", b"a"], TypeError, f"{ALL_OF_A_TYPE}, got objects of type bytes, str"),
        ([np.str_("a"), 1], TypeError, f"{ALL_OF_A_TYPE}, got objects of type int, str_"),
        ([Decimal(1)], TypeError, f"{ALL_OF_A_TYPE}, got objects of type Decimal"),
        (
            np.array([(1, 2)], dtype=[("a", int), ("b", int)]),
            TypeError,
            "; pass one of its fields, such as labels['a']",
        ),
        ([-1, 2**63], ValueError, "labels must fit one 64-bit integer type, got -1 to 9223372036854775808"),
        (pd.Series(pd.to_datetime(["2020"]).tz_localize("UTC")), TypeError, f"{LABEL_TYPES}, got dtype datetime64["),
        (
            pd.MultiIndex.from_tuples([(1, 2)]),
            TypeError,
            f"{LABEL_TYPES}, got a MultiIndex; pass one of its levels, or labels.factorize()[0] for each combination",
        ),
        (pa.array([Decimal("1.5")]), TypeError, f"{LABEL_TYPES}, got the Arrow type decimal128(2, 1)"),
        (
            pa.array([{"a\x1b": 1}]),
            TypeError,
            f"{LABEL_TYPES}, got the Arrow type struct<a\\x1b: int64>; pass one of its columns",
        ),
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
    with pytest.raises(ValueError, match=r"labels given as floats must be whole numbers, got 1\.5 at position 0; "):
        module.group([1.5])
