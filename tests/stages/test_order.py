"""order: positions sorted by the key of their id; equal keys by position."""

import numpy as np
import pytest
from common import THREADS, assert_same_arrays
from common_stages import ids_of, on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels, reference
from fastsplit.engine.order import order, order_all, order_folds, order_some

SEED = np.array([1, 2], dtype=np.uint64)


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("distinct", [1, 3, 1000])
def test_equal_keys_are_ordered_by_position(distinct, threads):
    """Also if so many are equal that one bucket holds all of them."""
    rng = np.random.default_rng(0)
    positions = rng.permutation(50_000)
    ids = rng.integers(0, distinct, 50_000).astype(np.uint64)
    ordered = order_some(positions, SEED, ids, 16, threads)
    assert np.array_equal(ordered, reference.order(positions, SEED, ids))


@pytest.mark.parametrize("width", [17, 40, 50, 62])
@pytest.mark.parametrize("ids", [None, np.arange(100_000, dtype=np.uint64)[::-1] // np.uint64(3)], ids=["none", "ids"])
def test_packed_words_that_hold_few_bits_of_the_key_are_ordered_by_all_of_them(width, ids):
    """The wider the positions, the more often the bits of the key beside them are equal."""
    positions = np.random.default_rng(0).permutation(100_000)
    ordered = order_some(positions, SEED, ids, width, 2)
    assert np.array_equal(ordered, reference.order(positions, SEED, ids))


def test_a_single_tie_of_packed_words_is_settled_by_all_bits_of_the_key():
    """A hundred words hold 14 bits of a key: of 300 trials, about one in four has one tie or two."""
    for trial in range(300):
        rng, seed = np.random.default_rng(trial), np.array([trial, 2], dtype=np.uint64)
        positions = rng.choice(2**20, 100, replace=False)
        assert np.array_equal(order_some(positions, seed, None, 50, 1), reference.order(positions, seed, None))


def ordered_by_the_reference(assignment, n_splits, dtype, ids):
    return [reference.order(array, SEED, ids) for array in reference.emit(assignment, n_splits, dtype)]


@pytest.fixture
def many_buckets(monkeypatch):
    """Let splits of dozens of examples have as many buckets as those of millions, with as much slack as they need."""
    monkeypatch.setattr("fastsplit.engine.order._BITS_OF_BUCKET", 3)
    monkeypatch.setattr("fastsplit.engine.buckets._MAX_SLACK", 100)


@on_every_cpu
@pytest.mark.usefixtures("small_ranges", "many_buckets")
@given(
    st.data(),
    st.integers(0, 300),
    st.sampled_from([1, 2, 3, 8, 9, 40, 256]),
    st.sampled_from(["i2", "u2", "i4", "u4", "i8", "u8"]),
    st.sampled_from(THREADS),
)
def test_the_positions_of_each_split_equal_the_reference(cpu, use_cpu, data, n, n_splits, dtype, threads):
    """Some examples are in no split."""
    use_cpu(cpu)
    dtype, ids = np.dtype(dtype), ids_of(data.draw, n)
    assignment = np.random.default_rng(data.draw(st.integers(0, 9))).integers(0, min(n_splits + 2, 256), n, np.uint8)
    expected = ordered_by_the_reference(assignment, n_splits, dtype, ids)
    assert_same_arrays(order(assignment, n_splits, dtype, SEED, ids, threads), expected)


@on_every_cpu
@pytest.mark.parametrize("k", [2, 5, 256, 300, 2**15])
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("with_ids", [False, True])
def test_ordered_positions_keep_their_folds(cpu, k, threads, with_ids, use_cpu, monkeypatch):
    """Ids that rows share are ordered by position, whatever their folds."""
    use_cpu(cpu)
    monkeypatch.setattr("fastsplit.engine.parallel.GRAIN", 1000)
    rng, n = np.random.default_rng(0), 150_000
    folds = rng.integers(0, k, n).astype(np.min_scalar_type(k - 1))
    ids = rng.integers(0, n // 2, n).astype(np.uint64) if with_ids else None
    words, fold_bits = order_folds(folds, k, SEED, ids, threads)
    assert fold_bits == (k - 1).bit_length()
    positions = (words >> np.uint64(fold_bits)).astype(np.int64)
    assert np.array_equal(positions, reference.order(np.arange(n), SEED, ids))
    assert np.array_equal(words & np.uint64(2**fold_bits - 1), folds[positions])


@on_every_cpu
@pytest.mark.parametrize("dtype", [np.uint32, np.int64])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("with_ids", [False, True])
def test_a_million_positions_equal_the_reference(cpu, dtype, threads, with_ids, use_cpu):
    use_cpu(cpu)
    n, rng = 1_050_001, np.random.default_rng(0)
    assignment = np.minimum(rng.integers(0, 20, n, dtype=np.uint8), 2)
    ids = rng.integers(0, n // 2, n).astype(np.uint64) if with_ids else None
    expected = ordered_by_the_reference(assignment, 3, np.dtype(dtype), ids)
    assert_same_arrays(order(assignment, 3, np.dtype(dtype), SEED, ids, threads), expected)


@pytest.mark.parametrize("n", [0, 1, 2, 63, 64, 65, 4096, 4097, 16_384, 16_385, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("with_ids", [False, True])
def test_all_positions_equal_the_reference(n, with_ids):
    """On both sides of the sizes at which a bucket is sorted in another way."""
    ids = np.arange(n, dtype=np.uint64)[::-1] // np.uint64(2) if with_ids else None
    for dtype in [np.uint32, np.int64]:
        ordered = order_all(n, np.dtype(dtype), SEED, ids, 2)
        assert ordered.dtype == dtype
        assert np.array_equal(ordered, reference.order(np.arange(n, dtype=dtype), SEED, ids))


@pytest.mark.parametrize("crowded", [0, 2**62, 2**63, 2**64 - 2**57])
def test_keys_that_crowd_in_one_bucket_are_sorted_all_the_same(crowded):
    """Ids are chosen by their keys, which are the smallest above a bound of very many."""
    candidates = np.arange(2_000_000, dtype=np.uint64)
    keys = reference.keys(SEED, candidates)
    ids = candidates[(keys >= crowded) & (keys - np.uint64(crowded) < 2**57)]
    ids = np.random.default_rng(0).permutation(np.tile(ids, 20))
    assert np.array_equal(
        order_all(len(ids), np.dtype(np.int64), SEED, ids, 2), reference.order(np.arange(len(ids)), SEED, ids)
    )


def test_a_word_anywhere_that_two_digits_leave_out_of_place_is_inserted():
    """The keys agree in the 16 bits of both digits, and all but one are ascending."""
    candidates = np.arange(6_000_000, dtype=np.uint64)
    keys = reference.keys(SEED, candidates)
    smallest = candidates[keys < 2**48]
    smallest = smallest[np.argsort(reference.keys(SEED, smallest))]
    n = len(smallest)
    assert n >= 64
    for at in [1, 2, n // 2, n - 2, n - 1]:
        ids = np.insert(smallest[1:], at, smallest[0])
        expected = reference.order(np.arange(n), SEED, ids)
        assert np.array_equal(order_all(n, np.dtype(np.int64), SEED, ids, 1), expected)


def ordering(**changed):
    """Return an ordering of six positions of two splits into two buckets each, or one that differs from it."""
    arguments = {"positions": None, "assignment": np.array([0, 1] * 3, np.uint8), "n": 6}
    return _kernels.Ordering(**arguments | {"keys": _kernels.Keys(SEED), "width": 8, "bits": [1, 1]} | changed)


def test_positions_that_changed_since_they_were_counted_find_no_room():
    """They are counted, and nothing is written beyond the room of a bucket."""
    assignment = np.zeros(1000, np.uint8)
    some = _kernels.Ordering(None, assignment, 1000, _kernels.Keys(SEED), 10, [1, 1])
    counts = np.zeros(4, dtype=np.int64)
    some.count(0, 1000, counts)
    room = np.zeros(2000, dtype=np.uint64)
    words = [room[:1000], room[1000:]]
    cursor, limit = np.array([0, counts[0], 0, 0]), np.array([counts[0], 1000, 0, 0])
    assignment[[3, 5, 900]] = 1, 1, 2
    assert some.scatter(0, 1000, cursor, limit, words) == 2
    assert cursor.sum() == counts[0] + 997
    assert not words[1].any()
    assignment[:], cursor[:] = 0, [0, counts[0], 0, 0]
    limit[:] = [counts[0] - 4, 997, 0, 0]
    words[0][:] = 0
    assert some.scatter(0, 1000, cursor, limit, words) == 7
    assert not words[0][counts[0] - 4 : counts[0]].any()
    assert not words[0][997:].any()


def test_positions_without_a_slot_are_spilled_while_there_is_room():
    some = _kernels.Ordering(None, None, 1000, _kernels.Keys(SEED), 10, [1])
    counts, words, kept = np.zeros(2, dtype=np.int64), [np.zeros(1000, np.uint64)], [np.zeros(1000, np.uint64)]
    some.count(0, 1000, counts)
    assert some.scatter(0, 1000, np.array([0, counts[0]]), np.array([counts[0], 1000]), kept) == 0
    spilled, spilled_from = np.zeros(9, np.uint64), np.full(9, -1)
    cursor, limit = np.array([0, counts[0]]), np.array([counts[0], 995])
    assert some.scatter(0, 1000, cursor, limit, words, spilled[:8], spilled_from[:8]) == 5
    assert np.array_equal(spilled[:5], kept[0][995:])
    assert spilled_from.tolist() == [1] * 5 + [-1] * 4
    cursor, limit = np.array([0, counts[0]]), np.array([counts[0] - 20, 1000])
    assert some.scatter(0, 1000, cursor, limit, words, spilled[:8], spilled_from[:8]) == 20
    assert np.array_equal(spilled[:8], kept[0][counts[0] - 20 : counts[0] - 12])
    assert spilled_from.tolist() == [0] * 8 + [-1]
    assert spilled[8] == 0
    with refused("len(spilled_from) is 2, expected 3"):
        some.scatter(0, 1000, cursor, limit, words, spilled[:3], spilled_from[:2])


def test_arguments_that_do_not_fit_are_refused():
    for what, changed in [
        ("0 bits per position, 0 per fold, 2 splits", {"width": 0}),
        ("64 bits per position, 0 per fold, 2 splits", {"width": 64}),
        ("60 bits per position, 4 per fold, 2 splits", {"width": 60, "fold_bits": 4}),
        ("8 bits per position, -1 per fold, 2 splits", {"fold_bits": -1}),
        ("8 bits per position, 0 per fold, 0 splits", {"bits": []}),
        ("8 bits per position, 0 per fold, 257 splits", {"bits": [0] * 257}),
        ("2**24 buckets", {"bits": [1, 24]}),
        ("2**-1 buckets", {"bits": [1, -1]}),
        ("len(positions) is 5, expected 6", {"positions": np.zeros(5, np.int64)}),
        ("positions of dtype", {"positions": np.zeros(6, np.float64)}),
        ("positions of dtype", {"positions": np.zeros(6, ">i8")}),
        ("positions of dtype", {"positions": np.zeros(12, np.int64)[::2]}),
        ("len(folds) is 5, expected 6", {"folds": np.zeros(5, np.uint8)}),
        ("positions of dtype", {"folds": np.zeros(6, np.float64)}),
        ("len(assignment) is 5, expected 6", {"assignment": np.zeros(5, np.uint8)}),
    ]:
        with refused(what):
            ordering(**changed)
    some, words = ordering(), [np.zeros(3, np.uint64)] * 2
    cursor, limit = np.zeros(4, dtype=np.int64), np.full(4, 3)
    for begin, end in [(-1, 2), (0, 7), (4, 3)]:
        with refused(f"range {begin}:{end} outside 0:6"):
            some.count(begin, end, cursor)
        with refused(f"range {begin}:{end} outside 0:6"):
            some.scatter(begin, end, cursor, limit, words)
    with refused("len(counts) is 5, expected 4"):
        some.count(0, 6, np.zeros(5, dtype=np.int64))
    with refused("len(cursor) is 3, expected 4"):
        some.scatter(0, 6, cursor[:3], limit, words)
    with refused("len(limit) is 3, expected 4"):
        some.scatter(0, 6, cursor, limit[:3], words)
    with refused("len(words) is 1, expected 2"):
        some.scatter(0, 6, cursor, limit, words[:1])
    for bad_cursor, bad_limit in [(-1, 3), (3, 2), (0, 4)]:
        with refused("cursor or limit outside the words"):
            some.scatter(0, 6, np.array([0, 0, 0, bad_cursor]), np.array([3, 3, 3, bad_limit]), words)
    assert not cursor.any()
    assert not words[0].any()


def test_buckets_outside_their_arrays_are_not_sorted():
    some, words, out = ordering(), [np.zeros(3, np.uint64)] * 2, [np.zeros(3, np.int64)] * 2
    good = {
        "chosen": np.arange(4),
        "begins": np.array([[0, 1, 0, 1]]),
        "ends": np.array([[1, 3, 1, 3]]),
        "places": np.array([0, 1, 0, 1]),
        "words": words,
        "out": out,
    }
    some.sort(**good)
    for what, changed in [
        ("len(words) is 1, expected 2", {"words": words[:1]}),
        ("len(out) is 0, expected 2", {"out": []}),
        ("positions of dtype int32", {"out": [out[0], np.zeros(3, np.int32)]}),
        ("len(begins[r]) is 3, expected 4", {"begins": np.zeros((1, 3), np.int64)}),
        ("len(ends[r]) is 3, expected 4", {"ends": np.zeros((1, 3), np.int64)}),
        ("len(ends) is 2, expected 1", {"ends": np.zeros((2, 4), np.int64)}),
        ("len(places) is 3, expected 4", {"places": np.zeros(3, np.int64)}),
        ("bucket 4 of 4", {"chosen": np.array([4])}),
        ("bucket -1 of 4", {"chosen": np.array([-1])}),
        ("run 1:4 outside 0:3", {"ends": np.array([[1, 3, 1, 4]])}),
        ("run -1:1 outside 0:3", {"begins": np.array([[-1, 1, 0, 1]])}),
        ("run 1:0 outside 0:3", {"ends": np.array([[1, 0, 1, 3]])}),
        ("2 positions from 2 on, of 3", {"places": np.array([0, 1, 0, 2])}),
        ("2 positions from -1 on, of 3", {"places": np.array([0, -1, 0, 1])}),
        ("2 positions from 1 on, of 2", {"out": [out[0][:2]] * 2}),
    ]:
        with refused(what):
            some.sort(**good | changed)
