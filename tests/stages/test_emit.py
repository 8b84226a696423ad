"""emit: the positions of each split, ascending or in a given order, equal to NumPy's."""

import numpy as np
import pytest
from common import THREADS, assert_same_arrays
from common_stages import on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels, reference
from fastsplit.engine.emit import emit, emit_folds

POSITIONS = ["u1", "i2", "u2", "i4", "u4", "i8", "u8"]


def assignment_of(n, n_splits, seed=0):
    """Return splits of n examples; some are in none of the splits."""
    return np.random.default_rng(seed).integers(0, min(n_splits + 2, 256), n, dtype=np.uint8)


@pytest.mark.usefixtures("small_ranges")
@given(
    st.integers(0, 300),
    st.sampled_from([1, 2, 3, 15, 16, 17, 100, 255, 256]),
    st.sampled_from(POSITIONS[1:]),
    st.sampled_from(THREADS),
    st.integers(0, 9),
)
def test_positions_equal_the_reference(n, n_splits, dtype, threads, seed):
    assignment, dtype = assignment_of(n, n_splits, seed), np.dtype(dtype)
    assert_same_arrays(emit(assignment, n_splits, dtype, threads), reference.emit(assignment, n_splits, dtype))


@on_every_cpu
@pytest.mark.parametrize("n_splits", [1, 2, 16, 17, 256])
@pytest.mark.parametrize("dtype", POSITIONS[1:])
@pytest.mark.parametrize("threads", [1, 3])
def test_positions_of_many_examples_equal_the_reference(cpu, n_splits, dtype, threads, use_cpu, monkeypatch):
    """Of more than a byte counts per lane, and of lengths that no vector divides."""
    use_cpu(cpu)
    monkeypatch.setattr("fastsplit.engine.parallel.GRAIN", 1000)
    n = 32_767 if dtype == "i2" else 3 * 64 * 255 + 77
    assignment, dtype = assignment_of(n, n_splits), np.dtype(dtype)
    assert_same_arrays(emit(assignment, n_splits, dtype, threads), reference.emit(assignment, n_splits, dtype))


@on_every_cpu
@pytest.mark.parametrize("n_splits", [1, 3, 16, 17, 256])
@pytest.mark.parametrize("dtype", POSITIONS)
def test_a_given_order_is_kept_within_each_split(cpu, n_splits, dtype, use_cpu, small_ranges):
    use_cpu(cpu)
    for n in [0, 1, 63, 64, 65, 255, 1000]:
        order = np.random.default_rng(n).integers(0, np.iinfo(dtype).max, n, dtype=dtype, endpoint=True)
        assignment = assignment_of(n, n_splits)
        expected = [order[assignment == split] for split in range(n_splits)]
        assert_same_arrays(emit(assignment, n_splits, np.dtype(dtype), 3, order), expected)


@on_every_cpu
@pytest.mark.parametrize("split", [0, 1, 255])
@pytest.mark.parametrize("n_splits", [1, 2, 256])
@pytest.mark.parametrize("n", [1, 64, 64 * 255, 100_000])
def test_one_split_may_have_all_examples_or_none(cpu, split, n_splits, n, use_cpu):
    use_cpu(cpu)
    arrays = emit(np.full(n, split, np.uint8), n_splits, np.dtype(np.int64), 1)
    assert [len(array) for array in arrays] == [n * (s == split) for s in range(n_splits)]
    if split < n_splits:
        assert np.array_equal(arrays[split], np.arange(n))


@on_every_cpu
@pytest.mark.parametrize("n_splits", [1, 2, 16, 17, 255, 256])
@pytest.mark.parametrize(("begin", "end"), [(0, 50_000), (3, 49_999), (7, 7), (16_321, 32_642), (100, 101)])
def test_the_examples_of_a_range_are_added_to_the_counts(cpu, n_splits, begin, end, use_cpu):
    """And nothing is written behind them, whatever splits other examples are in."""
    use_cpu(cpu)
    assignment, room = assignment_of(50_000, n_splits), np.arange(n_splits + 3, dtype=np.int64)
    _kernels.count_splits(assignment, begin, end, room[:n_splits])
    expected = np.arange(n_splits + 3)
    expected[:n_splits] += np.bincount(assignment[begin:end], minlength=256)[:n_splits]
    assert np.array_equal(room, expected)


@on_every_cpu
@pytest.mark.parametrize("dtype", POSITIONS[1:])
@pytest.mark.parametrize("given_order", [False, True])
def test_ranges_follow_each_other_and_nothing_is_written_behind_them(cpu, dtype, given_order, use_cpu):
    """All arrays are parts of one; each example of the last split is the last that its array has room for."""
    use_cpu(cpu)
    n, n_splits = 5000, 5
    assignment = assignment_of(n, n_splits)
    order = np.arange(n)[::-1].astype(dtype) if given_order else None
    positions = np.arange(n).astype(dtype) if order is None else order
    counts = np.bincount(assignment, minlength=n_splits)[:n_splits]
    edges = np.append(0, (counts + 1).cumsum())
    room = np.full(edges[-1], 99, dtype=dtype)  # one element between two arrays
    out = [room[edges[s] : edges[s + 1] - 1] for s in range(n_splits)]
    cursor = np.zeros(n_splits, dtype=np.int64)
    for begin, end in [(0, 0), (0, 777), (777, 1024), (1024, 4000)]:
        _kernels.emit(assignment, order, begin, end, out, cursor)
        assert np.array_equal(cursor, np.bincount(assignment[:end], minlength=n_splits)[:n_splits])
        for s in range(n_splits):
            assert np.array_equal(out[s][: cursor[s]], positions[:end][assignment[:end] == s])
            assert (out[s][cursor[s] :] == 99).all()
    _kernels.emit(assignment, order, 4000, n, out, cursor)
    assert np.array_equal(cursor, counts)
    for s in range(n_splits):
        assert np.array_equal(out[s], positions[assignment == s])
    assert (room[edges[1:] - 1] == 99).all()


def test_arguments_that_do_not_fit_are_refused():
    assignment, cursor, out = np.zeros(5, np.uint8), np.zeros(2, dtype=np.int64), [np.zeros(5, np.uint32)] * 2
    for begin, end in [(-1, 2), (0, 6), (4, 3)]:
        with refused(f"range {begin}:{end} outside 0:5"):
            _kernels.count_splits(assignment, begin, end, cursor)
        with refused(f"range {begin}:{end} outside 0:5"):
            _kernels.emit(assignment, None, begin, end, out, cursor)
    for n_splits in [0, 257]:
        with refused(f"{n_splits} splits"):
            _kernels.count_splits(assignment, 0, 5, np.zeros(n_splits, dtype=np.int64))
    with refused("0 splits"):
        _kernels.emit(assignment, None, 0, 5, [], cursor[:0])
    with refused("257 splits"):
        _kernels.emit(assignment, None, 0, 5, [out[0]] * 257, np.zeros(257, dtype=np.int64))
    with refused("len(cursor) is 2, expected 1"):
        _kernels.emit(assignment, None, 0, 5, out[:1], cursor)
    for other in [np.zeros(5, np.int64), np.zeros(5, np.float32), np.zeros(5, ">u4"), np.zeros((5, 1), np.uint32)]:
        with refused("positions of dtype"):
            _kernels.emit(assignment, None, 0, 5, [out[0], other], cursor)
        with refused("positions of dtype"):
            _kernels.emit(assignment, other, 0, 5, out, cursor)
    with refused("positions of dtype"):
        _kernels.emit(assignment, np.zeros(10, np.uint32)[::2], 0, 5, out, cursor)
    with refused("len(order) is 4, expected 5"):
        _kernels.emit(assignment, np.zeros(4, np.uint32), 0, 5, out, cursor)
    with refused("an array that cannot be written to"):
        _kernels.emit(assignment, None, 0, 5, [out[0], np.broadcast_to(np.uint32(0), 1)], cursor)
    assert not cursor.any()


@on_every_cpu
@pytest.mark.parametrize("dtype", POSITIONS)
@pytest.mark.parametrize("k", [2, 5, 16, 256, 257, 1000])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_pairs_of_folds_keep_the_order_of_the_words(cpu, dtype, k, threads, use_cpu, small_ranges):
    """Of positions that may repeat, in folds of which some are empty."""
    use_cpu(cpu)
    fold_bits = (k - 1).bit_length()
    for n in [0, 1, 7, 8, 9, 63, 1000, 3001]:
        rng = np.random.default_rng(n)
        positions = rng.integers(0, np.iinfo(dtype).max, n, dtype=dtype, endpoint=True)
        folds = rng.integers(0, k, n)
        words = (positions.astype(np.uint64) & np.uint64(2**50 - 1)) << np.uint64(fold_bits) | folds.astype(np.uint64)
        kept = (words >> np.uint64(fold_bits)).astype(dtype)
        for fold, pair in enumerate(emit_folds(words, fold_bits, k, np.dtype(dtype), threads)):
            assert_same_arrays(pair, [kept[folds != fold], kept[folds == fold]])
        assert fold == k - 1


@on_every_cpu
@pytest.mark.parametrize("fold_bits", [0, 1, 3, 4, 5, 8, 9])
@pytest.mark.parametrize(("begin", "end"), [(0, 5000), (3, 4999), (7, 7), (100, 101)])
def test_the_folds_of_a_range_are_added_to_the_counts(cpu, fold_bits, begin, end, use_cpu):
    use_cpu(cpu)
    words = np.random.default_rng(0).integers(0, 2**64, 5000, dtype=np.uint64)
    counts = np.arange(1 << fold_bits)
    _kernels.count_folds(words, fold_bits, begin, end, counts)
    folds = (words[begin:end] & np.uint64(2**fold_bits - 1)).astype(np.int64)
    assert np.array_equal(counts, np.arange(1 << fold_bits) + np.bincount(folds, minlength=1 << fold_bits))


@on_every_cpu
@pytest.mark.parametrize("dtype", ["i4", "i8"])
def test_ranges_of_a_fold_follow_each_other_and_nothing_is_written_behind_them(cpu, dtype, use_cpu):
    use_cpu(cpu)
    folds = np.random.default_rng(0).integers(0, 4, 1001).astype(np.uint64)
    words = np.arange(1001, dtype=np.uint64) << np.uint64(2) | folds
    n_test = np.count_nonzero(folds == 3)
    room = np.full(1001 + 2, 99_999, dtype=dtype)  # one element behind each
    out, cursor = [room[:n_test], room[n_test + 1 : -1]], np.zeros(2, dtype=np.int64)
    for begin, end in [(0, 0), (0, 333), (333, 340), (340, 1001)]:
        _kernels.emit_fold(words, 2, 3, begin, end, out, cursor)
        assert cursor.tolist() == [np.count_nonzero(folds[:end] == 3), np.count_nonzero(folds[:end] != 3)]
    assert np.array_equal(out[0], np.flatnonzero(folds == 3))
    assert np.array_equal(out[1], np.flatnonzero(folds != 3))
    assert room[n_test] == room[-1] == 99_999


def test_arguments_of_folds_that_do_not_fit_are_refused():
    words, cursor, out = np.zeros(5, np.uint64), np.zeros(2, dtype=np.int64), [np.zeros(5, np.uint32)] * 2
    for begin, end in [(-1, 2), (0, 6), (4, 3)]:
        with refused(f"range {begin}:{end} outside 0:5"):
            _kernels.count_folds(words, 1, begin, end, cursor)
        with refused(f"range {begin}:{end} outside 0:5"):
            _kernels.emit_fold(words, 1, 0, begin, end, out, cursor)
    for bits in [-1, 32]:
        with refused(f"{bits} bits per fold"):
            _kernels.count_folds(words, bits, 0, 5, cursor)
        with refused(f"{bits} bits per fold"):
            _kernels.emit_fold(words, bits, 0, 0, 5, out, cursor)
    with refused("len(counts) is 2, expected 4"):
        _kernels.count_folds(words, 2, 0, 5, cursor)
    with refused("len(out) is 1, expected 2"):
        _kernels.emit_fold(words, 1, 0, 0, 5, out[:1], cursor)
    with refused("len(cursor) is 1, expected 2"):
        _kernels.emit_fold(words, 1, 0, 0, 5, out, cursor[:1])
    with refused("positions of dtype float32"):
        _kernels.emit_fold(words, 1, 0, 0, 5, [out[0], np.zeros(5, np.float32)], cursor)
    for bad in [-1, 6]:
        with refused(f"cursor {bad} outside 0:5"):
            _kernels.emit_fold(words, 1, 0, 0, 5, out, np.array([0, bad]))
    assert not cursor.any()
