"""gather: rows at given positions, equal to NumPy's; a position outside the rows is an error, never a read."""

import numpy as np
import pytest
from common import THREADS
from common_stages import refused

from fastsplit import _kernels
from fastsplit.engine.gather import gather

N = 5000
ROWS = [
    np.dtype(np.uint8),
    np.dtype(">i2"),
    np.dtype(np.float32),
    np.dtype(np.int64),
    np.dtype((np.float32, 3)),
    np.dtype((np.float64, 16)),
]
POSITIONS = ["i2", "u2", "i4", "u4", "i8", "u8"]
by_row_size = pytest.mark.parametrize("dtype", ROWS, ids=lambda dtype: f"{dtype.itemsize} bytes")
pytestmark = pytest.mark.usefixtures("small_ranges")


def rows_of(dtype, n=N):
    values = np.random.default_rng(0).integers(0, 100, (n, *dtype.shape))
    return values.astype(dtype.base)


@by_row_size
@pytest.mark.parametrize("width", POSITIONS)
@pytest.mark.parametrize("threads", THREADS)
def test_rows_of_every_size_equal_numpys(dtype, width, threads):
    rows = rows_of(dtype)
    positions = np.random.default_rng(1).integers(0, N, 3 * N).astype(width)
    gathered = gather(rows, positions, threads)
    assert gathered.dtype == rows.dtype
    assert np.array_equal(gathered, rows[positions])


@by_row_size
def test_strided_rows_equal_numpys(dtype):
    rows = rows_of(dtype, 2 * N)[1::2]
    positions = np.random.default_rng(1).permutation(N)
    assert np.array_equal(gather(rows, positions, 2), rows[positions])


@by_row_size
@pytest.mark.parametrize("threads", THREADS)
def test_no_position_gives_no_row(dtype, threads):
    rows = rows_of(dtype)
    assert gather(rows, np.empty(0, dtype=np.intp), threads).shape == (0, *rows.shape[1:])


@by_row_size
def test_a_given_output_is_filled_and_returned(dtype):
    rows, positions = rows_of(dtype), np.arange(N)[::-1].copy()
    out = np.empty_like(rows)
    assert gather(rows, positions, 2, out) is out
    assert np.array_equal(out, rows[::-1])


def test_the_output_may_be_the_positions():
    rows, positions = np.arange(N)[::-1].copy(), np.random.default_rng(1).permutation(N)
    expected = rows[positions]
    assert gather(rows, positions, 2, positions) is positions
    assert np.array_equal(positions, expected)


@by_row_size
@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("at", [0, 17, N - 1])
def test_the_last_row_can_be_gathered_and_the_one_after_it_cannot(dtype, threads, at):
    rows, positions = rows_of(dtype), np.zeros(N, dtype=np.int64)
    positions[at] = N - 1
    assert np.array_equal(gather(rows, positions, threads)[at], rows[N - 1])
    positions[at] = N
    with pytest.raises(RuntimeError, match="indices changed while they were read"):
        gather(rows, positions, threads)


@pytest.mark.parametrize("position", [-1, -N, N + 1, 2**62, -(2**63)])
def test_positions_far_outside_are_an_error(position):
    with pytest.raises(RuntimeError, match="indices changed while they were read"):
        gather(np.arange(N), np.array([0, position]), 1)


def test_rows_without_elements_have_none_gathered():
    assert gather(np.zeros((5, 0)), np.array([4, 0, 4]), 1).shape == (3, 0)


def test_only_the_rows_of_a_range_are_written_up_to_the_first_position_outside():
    rows, positions, out = np.arange(1, 11), np.arange(10)[::-1].copy(), np.zeros(10, dtype=np.int64)
    assert _kernels.gather(rows, positions, 2, 5, out) == 5
    assert out.tolist() == [0, 0, 8, 7, 6, 0, 0, 0, 0, 0]
    positions[7] = 10
    assert _kernels.gather(rows, positions, 5, 10, out) == 7
    assert out.tolist() == [0, 0, 8, 7, 6, 5, 4, 0, 0, 0]


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("range 0:4 outside 0:3", {"end": 4}),
        ("range -1:3 outside 0:3", {"begin": -1}),
        ("range 2:1 outside 0:3", {"begin": 2, "end": 1}),
        ("positions of dtype float64", {"positions": np.zeros(3)}),
        ("positions of dtype >i8", {"positions": np.zeros(3, ">i8")}),
        ("positions of dtype int64", {"positions": np.zeros(6, np.int64)[::2]}),
        ("rows of dtype object", {"rows": np.zeros((5, 2), object), "out": np.zeros((3, 2), object)}),
        ("rows of dtype int16 for an output of dtype uint16", {"out": np.zeros((3, 2), np.uint16)}),
        ("rows of dtype int16", {"rows": np.array(0, np.int16)}),
        ("an output that cannot be written to", {"out": np.zeros((3, 4), np.int16)[:, ::2]}),
        ("an output that cannot be written to", {"out": np.broadcast_to(np.int16(0), (1, 2))}),
        ("an output of another shape", {"out": np.zeros((2, 2), np.int16)}),
        ("an output of another shape", {"out": np.zeros((3, 1), np.int16)}),
        ("rows whose elements are not contiguous", {"rows": np.zeros((5, 4), np.int16)[:, ::2]}),
    ],
)
def test_arguments_that_do_not_fit_are_refused(what, changed):
    out = np.full((3, 2), 77, np.int16)
    arguments = {
        "rows": np.zeros((5, 2), np.int16),
        "positions": np.zeros(3, np.int64),
        "begin": 0,
        "end": 3,
        "out": out,
    }
    with refused(what):
        _kernels.gather(**arguments | changed)
    assert (out == 77).all()
