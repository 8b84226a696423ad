"""table: units and their classes out of rows, or out of a matrix of zeros and ones, as the twin finds them."""

import numpy as np
import pytest
from common import THREADS
from common_stages import labels_in_any_layout, laid_out_as, on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels, memory
from fastsplit.engine import table as engine_table
from fastsplit.engine.table import table, table_of_matrix, tabulate
from fastsplit.inputs.labels import Labels, read_labels
from fastsplit.reference import table as reference

DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"]
FOREIGN = ["f2", "g", ">i4", ">f8"]
COLUMNS = [0, 1, 7, 8, 9, 63, 64, 65, 100, 128, 130]


@pytest.fixture
def many_buckets(monkeypatch, small_ranges):
    """Let dozens of rows go to as many buckets and blocks as millions."""
    monkeypatch.setattr(engine_table, "_ROWS_PER_BUCKET", 8)
    monkeypatch.setattr(engine_table, "_BLOCK", 32)
    monkeypatch.setattr(engine_table, "_GRAIN", 32)


def assert_same_entries(got, expected):
    for array, of_reference in zip(got, expected, strict=True):
        assert array.dtype == of_reference.dtype
        assert np.array_equal(array, of_reference)


def rows(seed, n, n_units, n_classes):
    rng = np.random.default_rng(seed)
    return rng.integers(0, n_units, n, dtype=np.int32), rng.integers(0, n_classes, n, dtype=np.int32)


@pytest.mark.usefixtures("many_buckets")
@given(
    st.integers(0, 2**32),
    st.integers(0, 300),
    st.sampled_from([1, 2, 3, 30, 31, 500]),
    st.sampled_from([1, 2, 3, 8, 9, 1000, 2**31 - 1]),
    st.sampled_from(THREADS),
)
def test_entries_equal_the_reference(seed, n, n_units, n_classes, threads):
    """Some units have no rows."""
    unit_of, class_of = rows(seed, n, n_units, n_classes)
    got = table(unit_of, class_of, n_units, n_classes, threads)
    assert_same_entries(got, reference.table(unit_of, class_of, n_units, n_classes))


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize(
    ("n_units", "n_classes"), [(1, 1), (1, 100_000), (50, 3), (3000, 100), (200_000, 2), (70_000, 70_000)]
)
def test_entries_of_many_rows_equal_the_reference(n_units, n_classes, threads):
    """With one unit or three, one bucket holds all rows."""
    unit_of, class_of = rows(0, 1_100_000, n_units, n_classes)
    got = table(unit_of, class_of, n_units, n_classes, threads)
    assert_same_entries(got, reference.table(unit_of, class_of, n_units, n_classes))


def test_no_rows_are_a_table_without_entries():
    nothing = np.empty(0, dtype=np.int32)
    assert_same_entries(table(nothing, nothing, 0, 0), reference.table(nothing, nothing, 0, 0))
    assert table(nothing, nothing, 2, 3)[0].tolist() == [0, 0, 0]


@pytest.mark.parametrize(("unit", "class_"), [(3, 0), (-1, 0), (0, 5), (0, -1)])
def test_a_row_of_no_unit_or_no_class_is_an_error(unit, class_):
    unit_of, class_of = np.array([0, unit], dtype=np.int32), np.array([0, class_], dtype=np.int32)
    with pytest.raises(RuntimeError, match="changed while they were read"):
        table(unit_of, class_of, 3, 5)


def assert_same_table(got, expected):
    assert_same_entries(got.units, expected.units)
    assert_same_entries(got[1:], expected[1:])


@pytest.mark.usefixtures("many_buckets")
@given(st.data(), labels_in_any_layout(), st.sampled_from([1, 3, 40, 2**40, 2**64]), st.sampled_from([0, 2**63 - 20]))
def test_units_of_labels_and_groups_equal_the_reference(data, values, n_groups, low):
    """Groups are dense or far apart, on both sides of 2**63, and shared by rows."""
    rng, threads = np.random.default_rng(data.draw(st.integers(0, 99))), data.draw(st.sampled_from(THREADS))
    pool = rng.integers(0, n_groups, 12, dtype=np.uint64) + np.uint64(low)
    groups = pool[rng.integers(0, 12, len(values))]
    assert_same_table(tabulate(Labels(values), groups, threads), reference.tabulate(Labels(values), groups))


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("far_apart", [False, True])
def test_units_of_a_million_rows_equal_the_reference(far_apart, threads):
    rng = np.random.default_rng(0)
    labels = Labels(rng.integers(0, 30, 1_100_000))
    pool = rng.integers(0, 2**64, 90_000, dtype=np.uint64) if far_apart else np.arange(90_000, dtype=np.uint64)
    groups = pool[rng.integers(0, len(pool), 1_100_000)]
    assert_same_table(tabulate(labels, groups, threads), reference.tabulate(labels, groups))


def test_labels_may_be_strings():
    labels = read_labels(["cat", "dog", "ant", "cat", "dog"])
    groups = np.array([7, 7, 2**63, 7, 2**63], dtype=np.uint64)
    units, classes, totals, unit_of = tabulate(labels, groups, 1)
    assert classes.tolist() == ["ant", "cat", "dog"]
    assert totals.tolist() == [1, 2, 2]
    assert unit_of.tolist() == [0, 0, 1, 0, 1]
    assert [array.tolist() for array in units] == [[0, 2, 4], [1, 2, 0, 2], [2, 1, 1, 1], [3, 2], [7, 2**63]]
    assert_same_table(tabulate(labels, groups, 1), reference.tabulate(labels, groups))


def laid_out_matrix(layout, matrix):
    if layout == "columns":
        return np.asfortranarray(matrix)
    if layout == "mirrored":
        return np.ascontiguousarray(matrix[::-1, ::-1])[::-1, ::-1]
    if layout == "transposed every third":
        return laid_out_as("every third", matrix.T.ravel()).reshape(matrix.T.shape).T
    return laid_out_as(layout, matrix.ravel()).reshape(matrix.shape)


@pytest.mark.usefixtures("many_buckets")
@on_every_cpu
@given(
    st.integers(0, 2**32),
    st.integers(0, 40),
    st.sampled_from(COLUMNS),
    st.sampled_from(DTYPES + FOREIGN),
    st.sampled_from(["contiguous", "every third", "unaligned", "columns", "mirrored", "transposed every third"]),
    st.sampled_from(THREADS),
)
def test_columns_that_are_one_equal_the_reference(cpu, use_cpu, seed, n, n_columns, dtype, layout, threads):
    use_cpu(cpu)
    rng = np.random.default_rng(seed)
    matrix = laid_out_matrix(layout, (rng.random((n, n_columns)) < rng.random()).astype(dtype))
    got, expected = table_of_matrix(matrix, threads), reference.table_of_matrix(matrix)
    assert_same_entries(got[:2], expected[:2])
    assert got[2] == expected[2] == -1


OTHERS = {"i": [2, -1, -128, 127], "u": [2, 3, 255, 128], "f": [0.5, -1.0, 2.0, np.nan, np.inf, 1.0009765625]}


@pytest.mark.usefixtures("many_buckets")
@on_every_cpu
@pytest.mark.parametrize("dtype", DTYPES[1:] + FOREIGN)
@pytest.mark.parametrize("threads", THREADS)
def test_the_first_number_that_is_neither_zero_nor_one_is_found(dtype, threads, cpu, use_cpu):
    use_cpu(cpu)
    for seed, value in enumerate(OTHERS[np.dtype(dtype).kind]):
        rng = np.random.default_rng(seed)
        matrix = rng.integers(0, 2, (150, 70)).astype(dtype)
        row, column = rng.integers(0, 150), rng.integers(0, 70)
        matrix[row, column] = value
        assert table_of_matrix(matrix, threads)[2] == row * 70 + column
        matrix.ravel()[rng.integers(row * 70 + column + 1, matrix.size + 1) :] = value
        assert table_of_matrix(matrix, threads)[2] == row * 70 + column
        assert reference.table_of_matrix(matrix)[2] == row * 70 + column


@on_every_cpu
def test_negative_zeros_are_zeros_and_the_smallest_number_is_none(cpu, use_cpu):
    use_cpu(cpu)
    matrix = np.full((3, 70), -0.0)
    assert table_of_matrix(matrix)[0].tolist() == [0, 0, 0, 0]
    matrix[1, 69] = 5e-324
    assert table_of_matrix(matrix)[2] == 139


def test_a_row_may_stand_for_all():
    matrix = np.broadcast_to(np.array([0, 1, 1], dtype=np.int8), (5, 3))
    assert_same_entries(table_of_matrix(matrix)[:2], reference.table_of_matrix(matrix)[:2])


def test_a_matrix_larger_than_the_free_memory_is_an_error_before_it_is_read(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 10**9)
    matrix = np.broadcast_to(np.uint8(0), (10**8, 640))
    with pytest.raises(MemoryError, match=r"^reading a matrix of shape \(100000000, 640\) takes 8\.8 GB, more"):
        table_of_matrix(matrix)


def test_more_labels_than_the_free_memory_are_an_error_before_they_are_written(monkeypatch):
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "free_memory", lambda: 10**5)
    with pytest.raises(MemoryError, match=r"^the table of 64,000 labels takes 0\.0 GB, more than the free"):
        table_of_matrix(np.ones((1000, 64), dtype=np.uint8))


def unit_rows(**changed):
    of = {"unit_of": np.zeros(4, np.int32), "class_of": np.zeros(4, np.int32), "n_units": 3, "n_classes": 2}
    return _kernels.UnitRows(*(of | {"unit_shift": 1} | changed).values())


def ints(*values):
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("what", "call"),
    [
        ("len(class_of) is 3, expected 4", lambda: unit_rows(class_of=np.zeros(3, np.int32))),
        ("-1 units, 2 classes, 2**1", lambda: unit_rows(n_units=-1)),
        ("3 units, 2147483648 classes", lambda: unit_rows(n_classes=2**31)),
        ("3 units, 2 classes, 2**32", lambda: unit_rows(unit_shift=32)),
        ("range 0:5 outside 0:4", lambda: unit_rows().count(0, 5, ints(0, 0))),
        ("len(counts) is 1, expected 2", lambda: unit_rows().count(0, 4, ints(0))),
        ("range 0:3 outside 0:2", lambda: unit_rows().sort(0, 3, ints(0, 4, 4), np.zeros(4, np.uint32), ints(0, 0))),
        ("starts are not", lambda: unit_rows().sort(0, 2, ints(0, 5, 5), np.zeros(4, np.uint32), ints(0, 0))),
        ("starts are not", lambda: unit_rows().sort(0, 2, ints(0, 4, 3), np.zeros(4, np.uint32), ints(0, 0))),
        ("len(starts) is 2", lambda: unit_rows().sort(0, 2, ints(0, 4), np.zeros(4, np.uint32), ints(0, 0))),
        ("len(distinct) is 1", lambda: unit_rows().sort(0, 2, ints(0, 4, 4), np.zeros(4, np.uint32), ints(0))),
        (
            "words of 33 bits",
            lambda: unit_rows(n_classes=2**31 - 1).sort(0, 2, ints(0, 4, 4), np.zeros(4, np.uint32), ints(0, 0)),
        ),
        ("a matrix of dtype float16", lambda: _kernels.BinaryMatrix(np.zeros((2, 2), np.float16))),
        ("a matrix of dtype int64, 1 dimensions", lambda: _kernels.BinaryMatrix(np.zeros(2, np.int64))),
        (
            "len(masks) is 1, expected 2",
            lambda: _kernels.BinaryMatrix(np.zeros((2, 2))).read(0, 2, np.zeros((1, 1), np.uint64), ints(0, 0)),
        ),
        (
            "len(masks[0]) is 1, expected 2",
            lambda: _kernels.BinaryMatrix(np.zeros((2, 65))).read(0, 2, np.zeros((2, 1), np.uint64), ints(0, 0)),
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(what, call):
    with refused(what):
        call()
