"""The ways in which buckets are filled and sorted: all give the same order, and every fallback is known to be taken."""

import numpy as np
import pytest
from common import assert_same_arrays
from common_stages import on_every_cpu

from fastsplit import _kernels, reference
from fastsplit.engine import order as order_module
from fastsplit.engine.order import order_all, order_some
from fastsplit.engine.parallel import ranges

SEED = np.array([1, 2], dtype=np.uint64)


def ordered_by_the_reference(assignment, n_splits, dtype, ids):
    return [reference.order(array, SEED, ids) for array in reference.emit(assignment, n_splits, dtype)]


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
@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("dtype", ["u4", "i8"])
@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_words_without_a_slot_are_spilled(cpu, dtype, threads, use_cpu, monkeypatch):
    """With slots for one standard deviation more than the mean, every sixth bucket spills some."""
    use_cpu(cpu)
    monkeypatch.setattr("fastsplit.engine.order._BITS_OF_BUCKET", 8)
    monkeypatch.setattr("fastsplit.engine.buckets._MAX_SLACK", 100)
    monkeypatch.setattr("fastsplit.engine.buckets._DEVIATIONS", 1)
    in_slots = 0
    for seed in range(6):
        assignment = np.random.default_rng(seed).choice(4, 20_000, p=[0.7, 0.05, 0.2, 0.05]).astype(np.uint8)
        got, ways = with_ways(assignment, 3, dtype, None, threads, counting=False)
        assert_same_arrays(got, ordered_by_the_reference(assignment, 3, np.dtype(dtype), None))
        assert ways.counted or ways.spilled > 0
        in_slots += not ways.counted
    assert in_slots > 0


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize(("deviations", "spill"), [(1, 3), (-2, 4096)])
def test_too_many_words_without_a_slot_are_counted(threads, deviations, spill, monkeypatch):
    """More than may be spilled, or so many that sorted buckets would be written over later ones."""
    monkeypatch.setattr("fastsplit.engine.order._BITS_OF_BUCKET", 8)
    monkeypatch.setattr("fastsplit.engine.buckets._MAX_SLACK", 100)
    monkeypatch.setattr("fastsplit.engine.buckets._DEVIATIONS", deviations)
    monkeypatch.setattr("fastsplit.engine.buckets._SPILL", spill)
    assignment = np.random.default_rng(0).integers(0, 2, 20_000, dtype=np.uint8)
    got, ways = with_ways(assignment, 2, np.int64, None, threads, counting=False)
    assert ways.counted
    assert_same_arrays(got, ordered_by_the_reference(assignment, 2, np.dtype(np.int64), None))


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
