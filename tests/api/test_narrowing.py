"""Cuts that are not where they are expected are found in few passes and little memory, wherever the keys are."""

import functools
import tracemalloc

import numpy as np
import pytest
from common_adversarial import clustered, ids_of_keys
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import memory
from fastsplit.engine import tally as engine
from fastsplit.tallying import Tallying

SIZES, SEED = (0.7, 0.2, 0.1), 3
MOST_PASSES = 2 + 6  # two scans; and of 64 bits, each further one finds 12
BINS = 4096
FEW = 4096  # keys of a class that are kept in any case
CUT = int(0.7 * 2**64)  # near which a cut is expected

KEYS = {
    "near each other": clustered(100_000, 2**62, 1),
    "near each other, most of all at every distance": clustered(60_000, 2**63 + 2**61, 99),
    "near each other and shared": np.repeat(clustered(2000, 2**62, 1), 20),
    "the smallest": np.arange(2, 50_002, dtype=np.uint64),
    "the largest": np.arange(2**64 - 50_000, 2**64, dtype=np.uint64),
    "near a cut": np.arange(CUT - 25_000, CUT + 25_000, dtype=np.uint64),
    "one": np.full(50_000, 7, dtype=np.uint64),
    "few": np.repeat(np.array([5, 2**62, 2**62 + 1, CUT], dtype=np.uint64), [25_000, 10_000, 5_000, 10_000]),
}


def passes_of(labels, ids, sizes, parts, *, counted=True, **options):
    """Return the total of each pass over shuffled parts until it is complete."""
    rows = np.array_split(np.random.default_rng(1).permutation(len(labels)), parts)
    after, totals = fastsplit.count(labels) if counted else None, []
    while not totals or not totals[-1].complete:
        assert len(totals) < 10
        tallies = [fastsplit.tally(labels[r], sizes, seed=SEED, ids=ids[r], after=after, **options) for r in rows]
        after = functools.reduce(lambda a, b: b + a, tallies)
        totals.append(after)
    return totals


@pytest.mark.parametrize("counted", [True, False], ids=["counted", "not counted"])
@pytest.mark.parametrize("keys", KEYS.values(), ids=KEYS)
def test_wherever_the_keys_are_passes_and_memory_are_few(keys, counted):
    """Beside a class of ids as usual, whose keys are kept on the way, and one that most parts lack."""
    ids = np.concatenate([ids_of_keys(keys, SEED), np.arange(50_002, dtype=np.uint64)])
    labels = np.repeat([1, 2, 0], [len(keys), 50_000, 2])
    totals = passes_of(labels, ids, SIZES, 5, counted=counted)
    assert totals[-1].plan() == fastsplit.plan(labels, SIZES, seed=SEED, ids=ids)
    assert counted + len(totals) <= MOST_PASSES
    after = fastsplit.count(labels) if counted else None
    for i, total in enumerate(totals):
        whole = fastsplit.tally(labels, SIZES, seed=SEED, ids=ids, after=after)
        assert total == whole
        assert total.to_bytes() == whole.to_bytes()
        read = fastsplit.Tally.from_bytes(total.to_bytes())
        assert read == total
        assert read.missed.tolist() == total.missed.tolist()
        if counted or i > 0:  # a part that knows its own count alone may have no more than these keys
            _, of_these, as_usual = np.diff(total._state.starts).tolist()
            assert of_these <= FEW + 4 * as_usual
            assert total._state.narrowed is None or len(total._state.narrowed.bins.sizes) <= BINS * 2
        after = total


def test_as_many_passes_as_said_can_be_needed():
    """The test above would be of no use if its keys were found at once."""
    ids = ids_of_keys(KEYS["near each other"], SEED)
    assert 1 + len(passes_of(np.zeros(len(ids), np.int8), ids, SIZES, 1)) == MOST_PASSES


@given(st.data(), st.integers(1, 40), st.sampled_from([0.01, 0.3, 0.5, 0.9]))
def test_keys_in_clusters_of_any_width_are_found(data, n_splits, first):
    """Clusters of keys that are up to 2**shift apart, some equal."""
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    shifts = data.draw(st.lists(st.integers(0, 62), min_size=1, max_size=5))
    clusters = [rng.integers(2, 2**63) + (rng.integers(0, 2**62, 3000) >> shift) for shift in shifts]
    keys = np.concatenate([np.tile(cluster, 2) for cluster in clusters]).astype(np.uint64)
    labels, ids = np.zeros(len(keys), np.int8), ids_of_keys(keys, SEED)
    sizes = [first, *[(1 - first) / n_splits] * n_splits]
    totals = passes_of(labels, ids, sizes, 3)
    assert totals[-1].plan() == fastsplit.plan(labels, sizes, seed=SEED, ids=ids)
    assert 1 + len(totals) <= MOST_PASSES


def test_units_that_must_be_moved_for_a_minimum_need_one_pass_more():
    """All keys of such a class are kept, which its counts say before."""
    keys = np.repeat(np.array([5, 2**62, 2**63, 2**63 + 1], dtype=np.uint64), [5000, 2000, 3000, 20])
    labels, ids = np.zeros(len(keys), np.int8), ids_of_keys(keys, SEED)
    totals = passes_of(labels, ids, SIZES, 3, min_per_split=10)
    assert totals[-1].plan() == fastsplit.plan(labels, SIZES, seed=SEED, ids=ids, min_per_split=10)
    assert [len(total._state.keys) for total in totals] == [0, 0, len(keys)]


@pytest.mark.parametrize(("free", "passes"), [(1_000, 1), (500_000, 2), (1_000_000, 3)])
def test_memory_is_looked_at_before_each_pass(free, passes, monkeypatch):
    """Before keys near the cuts are kept, before bins are, and before all keys of a class are, to move units."""
    keys = np.repeat(np.array([5, 2**62, 2**63, 2**63 + 1], dtype=np.uint64), [100_000, 40_000, 60_000, 400])
    ids, reads = ids_of_keys(keys, SEED), []
    monkeypatch.setattr(memory, "_SMALL", 0)
    monkeypatch.setattr(memory, "free_memory", lambda: free)

    def chunks():
        reads.append(1)
        yield np.zeros(len(ids), np.int8), ids

    with pytest.raises(MemoryError, match="the tally of all labels takes"):
        fastsplit.plan_chunks(chunks, SIZES, seed=SEED, min_per_split=10)
    assert len(reads) == passes


def test_a_class_is_dropped_from_a_sum_however_its_keys_are_parted():
    """No part has too many keys near the cut, but all together do; then the class is missed, until bins find it."""
    keys = np.concatenate([KEYS["near a cut"][20_000:30_000], np.arange(2, 40_002, dtype=np.uint64)])
    labels, ids = np.zeros(50_000, np.int8), ids_of_keys(keys, SEED)
    after = fastsplit.count(labels)
    parts = [fastsplit.tally(labels[i::5], (0.7, 0.3), seed=SEED, ids=ids[i::5], after=after) for i in range(5)]
    assert all(len(part._state.keys) == 2000 for part in parts)
    total = parts[0] + parts[1]
    assert len(total._state.keys) == 4000
    for part in parts[2:]:
        total = total + part
        total._state  # noqa: B018 - merges
    assert len(total._state.keys) == 0
    assert total.missed.tolist() == [0]
    assert total == fastsplit.tally(labels, (0.7, 0.3), seed=SEED, ids=ids, after=after)
    assert total == sum(parts[::-1])
    chunks = Tallying(parts[0]._head, after)
    for i in range(5):
        chunks.add(labels[i::5], ids[i::5], None)
    assert chunks.total(None) == total


@pytest.mark.parametrize("keys", ["near a cut", "near each other"])
def test_chunks_with_such_ids_take_little_memory(keys):
    n, size = 2_000_000, 50_000
    centre = {"near a cut": CUT, "near each other": 2**62}[keys]
    all_keys, reads = np.arange(centre - n // 2, centre + n // 2, dtype=np.uint64), []
    labels, ids = np.zeros(n, np.int8), ids_of_keys(all_keys, SEED)

    def chunks():
        reads.append(1)
        for begin in range(0, n, size):
            yield labels[begin : begin + size], ids[begin : begin + size]

    tracemalloc.start()
    try:
        plan = fastsplit.plan_chunks(chunks, SIZES, seed=SEED)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8_000_000  # all keys are 16 MB
    assert len(reads) <= MOST_PASSES
    assert plan == fastsplit.plan(labels, SIZES, seed=SEED, ids=ids)


def test_keys_are_put_into_bins_some_at_once(monkeypatch):
    """So that a part whose keys are all in one interval needs no memory for all of them."""
    keys = KEYS["near each other"]
    labels, ids = np.zeros(len(keys), np.int8), ids_of_keys(keys, SEED)
    for after in passes_of(labels, ids, SIZES, 1)[:3]:
        at_once = fastsplit.tally(labels, SIZES, seed=SEED, ids=ids, after=after)
        with monkeypatch.context() as patch:
            patch.setattr(engine, "_MIN_SCANNED", 999)
            assert fastsplit.tally(labels, SIZES, seed=SEED, ids=ids, after=after) == at_once


def test_ids_that_change_between_the_passes_are_noticed():
    keys = KEYS["near each other"]
    labels, ids = np.zeros(len(keys), np.int8), ids_of_keys(keys, SEED)
    first = passes_of(labels, ids, SIZES, 1)[2]
    others = ids_of_keys(keys + np.uint64(10**6), SEED)
    changed = fastsplit.tally(labels, SIZES, seed=SEED, ids=others, after=first)
    with pytest.raises(ValueError, match="ids changed since they were tallied: an interval of keys has another number"):
        changed.plan()
