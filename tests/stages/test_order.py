"""order: positions sorted by the key of their id; equal keys by position."""

import numpy as np
import pytest
from common import THREADS, assert_same_arrays
from common_stages import ids_of, on_every_cpu, refused
from hypothesis import given
from hypothesis import strategies as st

from fastsplit import _kernels, reference
from fastsplit.engine import order as order_module
from fastsplit.engine.order import order, order_all, order_folds, order_some
from fastsplit.engine.parallel import ranges

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


def with_ways(assignment, n_splits, dtype, ids, threads, counting):
    """Return the positions of each split in order, and how they were sorted."""
    n = len(assignment)
    parts = ranges(n, threads)
    sizes = np.array([np.bincount(assignment[begin:end], minlength=256)[:n_splits] for begin, end in parts])
    keys, bits = _kernels.Keys(SEED, ids), order_module.bits_of_buckets(sizes)
    ordering = _kernels.Ordering(None, assignment, n, keys, max(1, n.bit_length()), bits)
    return order_module.ordered(ordering, sizes, parts, np.dtype(dtype), counting=counting)


@on_every_cpu
@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("words", [6, 7, 8, 14])
@pytest.mark.parametrize("dtype", ["i2", "u4", "i8"])
@pytest.mark.parametrize("threads", [1, 2, 3, 5])
@pytest.mark.parametrize("counting", [False, True])
def test_buckets_of_any_size_equal_the_reference(cpu, words, dtype, threads, counting, use_cpu, monkeypatch):
    """On both sides of the smallest that networks sort, and with several of them on the parts of one worker."""
    use_cpu(cpu)
    monkeypatch.setattr("fastsplit.engine.order._BITS_OF_BUCKET", words)
    monkeypatch.setattr("fastsplit.engine.buckets._MAX_SLACK", 100)
    assignment = np.random.default_rng(words).choice(4, 20_000, p=[0.7, 0.05, 0.2, 0.05]).astype(np.uint8)
    got, ways = with_ways(assignment, 3, dtype, None, threads, counting)
    assert_same_arrays(got, ordered_by_the_reference(assignment, 3, np.dtype(dtype), None))
    assert ways.counted == counting
    assert (ways.by_networks > 0) == (cpu == "avx512")
    if threads == 1:  # more have larger buckets
        assert (ways.by_digits > 0) == (cpu != "avx512" or words < 8)


@on_every_cpu
@pytest.mark.parametrize("threads", [1, 2])
def test_a_bucket_that_overflows_is_counted(cpu, threads, use_cpu):
    """Two thirds of the ids have keys in one eighth of all: the slots of its buckets are for an eighth."""
    use_cpu(cpu)
    candidates = np.arange(1 << 21, dtype=np.uint64)
    crowded = candidates[reference.keys(SEED, candidates) < 2**61]
    ids = np.random.default_rng(0).permutation(np.concatenate([crowded, candidates[: len(crowded) // 2] + 2**40]))
    ids = np.tile(ids, 4)[: 1 << 20]
    assignment = np.zeros(len(ids), np.uint8)
    got, ways = with_ways(assignment, 1, np.int64, ids, threads, counting=False)
    assert ways.counted
    assert_same_arrays(got, [reference.order(np.arange(len(ids)), SEED, ids)])


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_splits_may_lie_one_after_another(threads, monkeypatch):
    """As those of groups do: the slots of each thread are for what it has of each split."""
    monkeypatch.setattr("fastsplit.engine.parallel.GRAIN", 1000)
    assignment = np.repeat(np.arange(3, dtype=np.uint8), [200_000, 70_000, 30_000])
    got, ways = with_ways(assignment, 3, np.int64, None, threads, counting=False)
    assert not ways.counted
    assert_same_arrays(got, ordered_by_the_reference(assignment, 3, np.dtype(np.int64), None))


def test_slots_that_would_take_much_memory_are_counted():
    """Buckets of sixteen words would need slots for twice as many."""
    assignment = np.zeros(3000, np.uint8)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("fastsplit.engine.order._BITS_OF_BUCKET", 4)
        got, ways = with_ways(assignment, 1, np.int64, None, 1, counting=False)
    assert ways.counted
    assert_same_arrays(got, ordered_by_the_reference(assignment, 1, np.dtype(np.int64), None))


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (None, False),
        (np.arange(200_000), False),
        (np.arange(200_000)[::-1], False),
        (np.arange(200_000) // 2, True),
        (np.arange(200_000) % 100_000, True),
        (np.minimum(np.arange(200_000), 190_000), True),
        (np.zeros(100), True),
        (np.zeros(1), False),
        (np.zeros(0), False),
    ],
)
def test_a_sample_tells_whether_ids_repeat(ids, expected):
    assert order_module.repeats(ids) == expected


def test_ids_that_repeat_are_counted(monkeypatch):
    """So are indices that do."""
    counted = []
    fill_counted = order_module.fill_counted
    monkeypatch.setattr(order_module, "fill_counted", lambda *a: counted.append(1) or fill_counted(*a))
    n, seed = 200_000, np.array([1, 2], np.uint64)
    order_all(n, np.dtype(np.int64), seed, None, 1)
    order_some(np.arange(n)[::-1].copy(), seed, None, 20, 1)
    assert not counted
    order_all(n, np.dtype(np.int64), seed, np.arange(n, dtype=np.uint64) // np.uint64(2), 1)
    order_some(np.arange(n) // 2, seed, None, 20, 1)
    assert len(counted) == 2


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


def sorted_by(cpu, use_cpu, ids, width):
    """Sort distinct ids as one bucket; return by which ways it was sorted."""
    use_cpu(cpu)
    n = len(ids)
    some = _kernels.Ordering(None, None, n, _kernels.Keys(SEED, ids), width, [0])
    words, out = [np.empty(n, np.uint64)], [np.empty(n, np.int64)]
    assert some.scatter(0, n, np.zeros(1, np.int64), np.array([n]), words) == 0
    ways = some.sort(np.zeros(1, np.int64), np.array([[0]]), np.array([[n]]), np.zeros(1, np.int64), words, out)
    assert np.array_equal(out[0], reference.order(np.arange(n), SEED, ids))
    return ways


@on_every_cpu
def test_a_group_of_the_networks_that_overflows_is_sorted_by_digits(cpu, use_cpu):
    """Of 400 ids, 17 have their keys next to each other; 16 find their place in one group."""
    candidates = np.arange(6_000_000, dtype=np.uint64)
    keys = reference.keys(SEED, candidates)
    by_key = candidates[np.argsort(keys)]
    spread = by_key[:: len(by_key) // 380]
    networks = cpu == "avx512"
    assert sorted_by(cpu, use_cpu, np.concatenate([by_key[1:17], spread[8:]]), 20) == (networks, not networks, 0, 0)
    assert sorted_by(cpu, use_cpu, np.concatenate([by_key[1:18], spread[8:]]), 20) == (0, not networks, networks, 0)


@on_every_cpu
def test_words_tied_in_the_networks_are_settled_by_all_bits_of_the_key(cpu, use_cpu):
    """At 44 bits per position, words hold 20 bits of a key, in which some pairs of 3,000 agree."""
    networks = cpu == "avx512"
    ids = np.arange(3000, dtype=np.uint64)
    assert len(np.unique(reference.keys(SEED, ids) >> np.uint64(44))) < 3000
    assert sorted_by(cpu, use_cpu, ids, 44) == (0, not networks, 0, networks)


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
