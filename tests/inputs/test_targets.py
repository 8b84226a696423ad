"""Targets: numbers and times of every container are read in their exact order; all others are refused."""

import datetime
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import both_implementations
from common_labels import ArrayExporter, Exporter
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit.inputs.targets import read_targets

INTS = [5, -3, 7, 7, 0, 120, -3, 2]
FLOATS = [0.5, -3.25, 7.0, 7.0, 0.0, 1e30, -0.0, 5e-324]
HUGE = [2**63 - 1, -(2**63), 2**53, 2**53 + 1, 2**53, -(2**53) - 1, 2**62 + 1, 2**62]
DAYS = np.array(["2020-01-02", "1950-01-01", "2020-01-01", "2020-01-02"], dtype="M8[D]")


def ranks(values):
    """Return the rank of each value among the distinct ones, by Python's exact comparisons."""
    distinct = sorted(set(values))
    return [distinct.index(value) for value in values]


def ranks_read(y):
    (column,) = read_targets(y)
    assert column.dtype == np.float64
    assert np.isfinite(column).all()
    return ranks(column.tolist())


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", ">i2", ">i4", ">i8"])
def test_integers_of_every_width_keep_their_order(dtype):
    assert ranks_read(np.array(INTS, dtype=dtype)) == ranks(INTS)
    assert ranks_read(np.repeat(np.array(INTS, dtype=dtype), 3)[::3]) == ranks(INTS)


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", ">u8", "bool"])
def test_unsigned_integers_and_booleans_keep_their_order(dtype):
    values = np.abs(INTS).astype(dtype)
    assert ranks_read(values) == ranks(values.tolist())


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", ">f8", np.longdouble])
def test_floats_of_every_width_keep_their_order(dtype):
    values = np.array([x if dtype != "f2" or x < 1e5 else 6e4 for x in FLOATS]).astype(dtype)
    assert ranks_read(values) == ranks(values.tolist() if dtype is not np.longdouble else list(values))


def test_extended_floats_that_differ_by_less_than_a_double_can_stay_distinct():
    if np.finfo(np.longdouble).eps == np.finfo(np.float64).eps:
        pytest.skip("extended floats are doubles here")
    one = np.longdouble(1)
    values = np.array([one + np.finfo(np.longdouble).eps, one, one + 2 * np.finfo(np.longdouble).eps, one])
    assert ranks_read(values) == [1, 0, 2, 0]


@pytest.mark.parametrize(
    "form",
    [
        lambda values: np.array(values, dtype=np.int64),
        lambda values: values,
        tuple,
        lambda values: np.array(values, dtype=object),
        lambda values: pd.Series(values),
        lambda values: pd.Series(values, dtype="Int64"),
        lambda values: pa.array(values),
    ],
    ids=["array", "list", "tuple", "objects", "pandas", "pandas nullable", "Arrow"],
)
def test_integers_beyond_the_precision_of_floats_stay_distinct(form):
    assert ranks_read(form(HUGE)) == ranks(HUGE)
    near = [2**60 + i % 3 for i in range(8)]
    assert ranks_read(form(near)) == ranks(near)


@pytest.mark.parametrize("values", [[2**64 - 1, 0, 2**63], [2**64 - 1, 2**64 - 2, 2**64 - 1], [2**63, -1, 2**63 + 1]])
def test_unsigned_integers_and_mixtures_of_python_stay_distinct(values):
    assert ranks_read(values) == ranks(values)
    if min(values) >= 0:
        assert ranks_read(np.array(values, dtype=np.uint64)) == ranks(values)


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3), min_size=1))
def test_any_integers_keep_their_order(values):
    assert ranks_read(np.array(values, dtype=np.int64)) == ranks(values)


@given(st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**62 - 1, 2**62, 2**62 + 1]), min_size=1))
def test_any_unsigned_integers_keep_their_order(values):
    assert ranks_read(np.array(values, dtype=np.uint64)) == ranks(values)


@pytest.mark.parametrize(
    "values",
    [
        [Decimal("0.1"), Decimal("0.10"), Decimal("-3")],
        [Fraction(1, 3), 0.5, 0],
        [datetime.date(2020, 1, 2), datetime.date(1950, 1, 1)],
        [datetime.timedelta(hours=1), datetime.timedelta(seconds=3)],
        [np.float32(0.5), np.int8(3), True],
    ],
)
def test_objects_that_are_numbers_or_times_keep_their_order(values):
    assert ranks_read(np.array(values, dtype=object)) == ranks(values)
    assert ranks_read(values) == ranks(values)


@pytest.mark.parametrize(
    "form",
    [
        lambda days: days,
        lambda days: days - days[0],
        lambda days: days.astype("M8[ns]").astype(">M8[ns]"),
        pd.Series,
        lambda days: pd.Series(days).dt.tz_localize("Europe/Rome"),
        lambda days: pd.Series(pd.PeriodIndex(days, freq="D")),
        lambda days: pd.DatetimeIndex(days),
        lambda days: pd.Series(days - days[0]),
        lambda days: pa.array(days),
        lambda days: pa.array(days.astype("M8[ms]")),
        lambda days: pa.array(days.astype("m8[s]")),
        lambda days: pd.Series(pa.array(days), dtype=pd.ArrowDtype(pa.date32())),
    ],
)
def test_dates_and_durations_keep_their_order(form):
    assert ranks_read(form(DAYS)) == [2, 0, 1, 2]


FORMS = {
    "list": list,
    "array": np.array,
    "column": lambda values: np.array(values)[:, None],
    "masked": lambda values: np.ma.array(values, mask=False),
    "pandas": pd.Series,
    "pandas frame": lambda values: pd.DataFrame({"y": values}),
    "pandas nullable": lambda values: pd.Series(values, dtype="Float64"),
    "pandas sparse": lambda values: pd.Series(pd.arrays.SparseArray(values)),
    "pandas Arrow": lambda values: pd.Series(values, dtype=pd.ArrowDtype(pa.float64())),
    "Arrow": pa.array,
    "Arrow chunks": lambda values: pa.chunked_array([values[:3], [], values[3:]]),
    "Arrow dictionary": lambda values: pa.array(values).dictionary_encode(),
    "Arrow decimal": lambda values: pa.array([Decimal(value) for value in values], pa.decimal128(38, 2)),
    "Arrow table": lambda values: pa.table({"y": values}),
    "Arrow batch": lambda values: pa.record_batch({"y": pa.array(values)}),
    "stream": lambda values: Exporter(pa.chunked_array([values])),
    "stream of a table": lambda values: Exporter(pa.table({"y": values})),
    "exported array": lambda values: ArrayExporter(pa.array(values)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_container_is_read(form):
    values = [0.5, -3.25, 7.0, 7.0, 0.0, 1e5, -2.5, 2.0]
    assert ranks_read(form(values)) == ranks(values)


@pytest.mark.parametrize(
    "form",
    [
        list,
        np.array,
        lambda rows: np.asfortranarray(rows),
        lambda rows: np.array(rows, dtype=object),
        lambda rows: pd.DataFrame(rows, columns=["a", "b"]),
        lambda rows: pd.DataFrame({"a": pd.Series([a for a, _ in rows], dtype="Int16"), "b": [b for _, b in rows]}),
        lambda rows: pa.table({"a": [a for a, _ in rows], "b": [float(b) for _, b in rows]}),
        lambda rows: Exporter(pa.table({"a": [a for a, _ in rows], "b": [b for _, b in rows]})),
    ],
)
def test_tables_are_read_column_by_column(form):
    rows = [(1, 5), (0, 2), (3, 2), (1, 9)]
    columns = read_targets(form(rows))
    assert [ranks(column.tolist()) for column in columns] == [[1, 0, 2, 1], [1, 0, 0, 2]]


@pytest.mark.parametrize(
    "y", [[], np.empty(0, dtype=np.int32), np.empty((0, 3)), pd.Series([], dtype=float), pa.array([])]
)
@both_implementations
def test_no_examples_have_no_strata(module, y):
    assert module.strata(y).tolist() == []


MISSING = "y must not be missing, got 2 missing of 4, the first at position 1; drop these rows, or stratify them"


@pytest.mark.parametrize(
    "y",
    [
        [1, None, 2, None],
        np.array([1, None, np.nan, 2.5], dtype=object),
        np.array([Decimal(1), Decimal("nan"), Decimal("nan"), Decimal(2)]),
        np.ma.array([1, 2, 3, 4], mask=[0, 1, 1, 0]),
        np.array(["2020", "NaT", "NaT", "2021"], dtype="M8[Y]"),
        pd.Series([1, None, None, 2], dtype="Int64"),
        pd.Series([pd.Timestamp("2020", tz="UTC"), pd.NaT, pd.NaT, pd.NaT]).iloc[[0, 1, 2, 0]],
        pa.array([1, None, None, 2]),
        pa.array([1.5, None, None, 2]),
        pd.Series([1.5, None, None, 2], dtype=pd.ArrowDtype(pa.float64())),
    ],
)
@both_implementations
def test_missing_values_are_counted(module, y):
    with pytest.raises(ValueError, match=f"^{re.escape(MISSING)} on their own"):
        module.strata(y)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", np.longdouble, object])
@both_implementations
def test_nan_and_infinity_are_counted_with_a_way_out(module, dtype):
    y = np.array([1, 2, np.inf, 3, -np.inf, 5], dtype=dtype)
    way_out = (
        "the first at position 2; drop these rows, or stratify them on their own: replace their values, such as by "
    )
    with pytest.raises(ValueError, match=f"^y must be finite, got 2 infinite of 6, {re.escape(way_out)}"):
        module.strata(y)
    if dtype is not object:  # in which NaN is a missing value
        y[2:4] = np.nan
        with pytest.raises(ValueError, match=f"^y must be finite, got 2 NaN and 1 infinite of 6, {re.escape(way_out)}"):
            module.strata(y)


def test_the_way_out_of_the_error_works():
    y = np.random.default_rng(0).normal(size=1000)
    y[::7] = np.nan
    codes = fastsplit.strata(np.nan_to_num(y), within=np.isfinite(y))
    test = fastsplit.split(codes, seed=0)[1]
    n_missing = int(np.isnan(y).sum())
    assert n_missing // 5 <= np.isnan(y[test]).sum() <= -(-n_missing // 5)


def test_the_column_with_the_fault_is_named():
    y = np.zeros((5, 3))
    y[3, 1] = np.nan
    with pytest.raises(ValueError, match=r"^column 1 of y must be finite, got 1 NaN of 5, the first at position 3;"):
        fastsplit.strata(y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((4, 2, 1)), "y must be of shape (N,) or (N, d), got shape (4, 2, 1)"),
        (5.0, "y must be of shape (N,) or (N, d), got float 5.0"),
        ({"a": 1}, "y must be of shape (N,) or (N, d), got dict {'a': 1}"),
        ([[1, 2], [3]], "y must be of shape (N,) or (N, d): setting an array element"),
        (np.zeros((4, 5)), "y must have 1 to 4 columns, one row per example, got 5 columns; choose the most"),
        (np.zeros((4, 0)), "y must have 1 to 4 columns, one row per example, got 0 columns; choose the most"),
        (pd.DataFrame(np.zeros((4, 5))), "y must have 1 to 4 columns, one row per example, got 5 columns; choose"),
    ],
)
@both_implementations
def test_other_shapes_are_refused(module, y, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        module.strata(y)


@pytest.mark.parametrize(
    ("y", "got"),
    [
        (np.array([1 + 2j, 3]), "dtype complex128; pass its real part, or real and imaginary part as two columns"),
        (["a", "b"], "dtype <U1; classes need no strata: pass them to split or kfold"),
        (np.array([b"a"]), "dtype |S1; classes need no strata: pass them to split or kfold"),
        (np.zeros(3, dtype=[("a", "f8")]), "dtype [('a', '<f8')]; classes need no strata"),
        (np.array(["a", "b"], dtype=object), "objects of type str"),
        (np.array(["a", 1], dtype=object), "objects of type int, str"),
        (np.array([1j, 1], dtype=object), "objects of type complex, int"),
        (np.array([datetime.date(2020, 1, 1), 5], dtype=object), "objects of type date, int"),
        (
            [datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)],
            "objects that cannot be sorted: can't compare offset-naive and offset-aware datetimes",
        ),
        (pd.Series(["a", "b"]), ""),
        (pd.Series(["a", "b"], dtype="category"), "categories; pass their codes"),
        (pd.Series(["a", "b"], dtype=pd.ArrowDtype(pa.string())), "the Arrow type string"),
        (pa.array(["a", "b"]), "the Arrow type string"),
        (pa.array([[1.0], [2.0]]), "the Arrow type list<item: double>"),
        (np.array([(1, 2), None], dtype=object)[:1], "objects of type tuple"),
        (pa.array([pa.scalar((1, 2, 3), pa.month_day_nano_interval())]), "the Arrow type month_day_nano_interval"),
    ],
)
@both_implementations
def test_other_types_are_refused(module, y, got):
    with pytest.raises(TypeError, match=f"^y must be numbers, dates or durations, got .*{re.escape(got)}"):
        module.strata(y)


@pytest.mark.parametrize("sizes_or_k", [True, 5.0, "0.8", None, b"5", np.array(0.5)])
@both_implementations
def test_what_is_neither_sizes_nor_folds_is_refused(module, sizes_or_k):
    with pytest.raises(
        TypeError, match=r"^sizes_or_k must be sizes, such as \(0.8, 0.2\), as for split, or the number"
    ):
        module.strata([1.0, 2.0, 3.0], sizes_or_k)


@pytest.mark.parametrize(
    ("sizes_or_k", "message"),
    [
        (1, "k must be from 2 to 32768, got 1"),
        (4, "k must be at most the number of examples, 3, got 4"),
        ((0.8, 0.3), "sizes given as fractions must sum to at most 1, got 0.8 + 0.3"),
        ((2, 2), "sizes given as counts must sum to at most the number of examples, 3, got 4"),
        ((), "sizes must describe 1 to 254 splits, got 0"),
    ],
)
@both_implementations
def test_sizes_and_folds_are_checked_as_by_split_and_kfold(module, sizes_or_k, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        module.strata([1.0, 2.0, 3.0], sizes_or_k)


def test_a_warning_about_sizes_points_at_the_caller():
    with pytest.warns(UserWarning, match="integer sizes are counts") as caught:
        fastsplit.strata(np.arange(300.0), (80, 20))
    assert caught[0].filename == __file__


@both_implementations
def test_bins_are_checked(module):
    y = np.arange(10.0)
    for bins in (1, 0, -3):
        with pytest.raises(ValueError, match=f"^bins must be at least 2, got {bins}$"):
            module.strata(y, bins=bins)
    with pytest.raises(ValueError, match=r"^bins must be at most the number of examples, 10, got 11$"):
        module.strata(y, bins=11)
    for bins in (4.0, True, "4"):
        with pytest.raises(TypeError, match=r"^bins must be an integer"):
            module.strata(y, bins=bins)
    for sizes_or_k in ((0.7, 0.3), 5, [0.8, 0.2]):
        with pytest.raises(TypeError, match=r"^bins and sizes_or_k exclude each other, got bins=4 and sizes_or_k="):
            module.strata(y, sizes_or_k, bins=4)


@both_implementations
def test_within_is_checked(module):
    with pytest.raises(ValueError, match=r"^within must have one label per example, 3, got 2$"):
        module.strata([1.0, 2.0, 3.0], within=["a", "b"])
    with pytest.raises(ValueError, match=r"^within must not be missing, got 1 missing of 3"):
        module.strata([1.0, 2.0, 3.0], within=["a", "b", None])


@both_implementations
def test_threads_are_checked(module):
    with pytest.raises(ValueError, match=r"^threads must be at least 1, got 0$"):
        module.strata([1.0, 2.0], threads=0)
