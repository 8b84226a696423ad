"""gather: rows at given positions, equal to NumPy's; a position outside the rows is an error, never a read."""

import numpy as np
import pytest
from common import THREADS

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
