"""Epochs: which examples each has, and how they fall into batches."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastsplit.tfdata.epochs import DRAWING, Epochs, Steps


def make(indices, steps, sampling="uniform", labels=None, seed=0, reshuffle=True):
    return Epochs(indices, steps, shuffle=True, seed=seed, reshuffle=reshuffle, sampling=sampling, labels=labels)


def batches_of(epochs, epoch):
    """All batches of an epoch: [step][shard]."""
    steps, indices = epochs.steps, epochs.indices(epoch)
    return [
        [steps.batches(indices, shard, step, step + 1)[0] for shard in range(steps.shards)]
        for step in range(steps.count)
    ]


@pytest.mark.parametrize("n", [1, 2, 65_536, 65_537, 65_538, 262_145, 1_048_577])
def test_a_shuffled_epoch_is_a_permutation(n):
    epochs = make(np.arange(n), Steps(n, 32, 1, False))
    first, second = epochs.indices(0).copy(), epochs.indices(1)
    assert np.array_equal(np.sort(first), np.arange(n))
    assert np.array_equal(np.sort(second), np.arange(n))
    assert n < 3 or not np.array_equal(first, second)


def test_an_epoch_depends_on_seed_and_number_alone():
    indices = np.random.default_rng(0).integers(0, 10**6, 1000)
    steps = Steps(1000, 32, 1, False)
    forward, backward = make(indices, steps, seed=2**70), make(indices, steps, seed=2**70)
    expected = [forward.indices(epoch).copy() for epoch in range(4)]
    for epoch in (3, 1, 0, 2, 2):
        assert np.array_equal(backward.indices(epoch), expected[epoch])
    assert not np.array_equal(make(indices, steps, seed=1).indices(0), expected[0])
    fixed = make(indices, steps, seed=2**70, reshuffle=False)
    assert np.array_equal(fixed.indices(5), expected[0])


def test_an_epoch_that_could_not_be_drawn_is_drawn_anew(monkeypatch):
    def no_thread(*_):
        raise RuntimeError("can't start new thread")

    epochs, expected = (make(np.arange(100), Steps(100, 32, 1, False)) for _ in range(2))
    with monkeypatch.context() as context:
        context.setattr(epochs, "_drawn", lambda epoch: np.empty(2**50))
        with pytest.raises(MemoryError):
            epochs.indices(1)
        epochs.draw_ahead(1, is_last=True)
        with pytest.raises(MemoryError):
            epochs.indices(1)
        context.setattr(DRAWING, "submit", no_thread)
        epochs.draw_ahead(1, is_last=True)  # may fail: `indices` will draw
        with pytest.raises(MemoryError):
            epochs.indices(1)
    assert np.array_equal(epochs.indices(1), expected.indices(1))


def test_two_iterators_in_consecutive_small_epochs_do_not_evict_each_others(monkeypatch):
    drawn = []

    def recorded(epochs, epoch, draw=Epochs._drawn):
        drawn.append(epoch)
        return draw(epochs, epoch)

    monkeypatch.setattr(Epochs, "_drawn", recorded)
    epochs = make(np.arange(10), Steps(10, 2, 1, False))
    for _ in range(3):
        for epoch in (0, 1):
            epochs.indices(epoch)
            epochs.draw_ahead(epoch + 1, is_last=False)
    DRAWING.submit(int).result()
    assert drawn == [0, 1, 2]


def test_repeated_indices_are_shuffled_too():
    """Sorting by the key of the index would leave equal indices side by side."""
    indices = np.repeat(np.arange(100), 10)
    drawn = make(indices, Steps(1000, 32, 1, False)).indices(0)
    assert np.array_equal(np.sort(drawn), indices)
    assert (drawn[1:] == drawn[:-1]).mean() < 0.1


def test_orders_are_uniform():
    """All orders of four indices are equally likely. A fair shuffle fails for one seed in 10^9; this seed passes."""
    from scipy.stats import chisquare

    epochs = make(np.arange(4), Steps(4, 2, 1, False), seed=5)
    counts = {}
    for epoch in range(4800):
        order = tuple(epochs.indices(epoch).tolist())
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 24
    assert chisquare(list(counts.values())).pvalue > 1e-9


@given(
    st.integers(0, 300),
    st.integers(1, 40),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from(["uniform", "stratified", "balanced"]),
)
def test_shards_are_disjoint_complete_and_of_equal_step_count(n, size, shards, drop_remainder, sampling):
    labels = np.random.default_rng(n).integers(0, 7, n) ** 2
    steps = Steps(n, size, shards, drop_remainder)
    found = batches_of(make(np.arange(n), steps, sampling, labels), 0)
    assert all(len(step) == shards for step in found)
    lengths = [len(batch) for step in found for batch in step]
    assert all(length == size for length in lengths[: steps.n_full * shards])
    taken = np.concatenate([np.empty(0, dtype=np.int64), *(batch for step in found for batch in step)])
    expected = steps.n_full * size * shards if drop_remainder else n
    assert len(taken) == expected
    if sampling != "balanced":
        assert len(np.unique(taken)) == expected
    for step in found:
        assert max(map(len, step)) - min(map(len, step)) <= 1


@given(st.data())
def test_stratified_batches_hold_the_floor_or_ceiling_of_every_class(data):
    sizes = data.draw(st.lists(st.integers(1, 60), min_size=1, max_size=30))
    labels = np.repeat(np.arange(len(sizes)) * 3 - 5, sizes)
    n = len(labels)
    steps = Steps(n, data.draw(st.integers(1, 50)), data.draw(st.integers(1, 3)), data.draw(st.booleans()))
    epochs = make(np.arange(n), steps, "stratified", labels, seed=data.draw(st.integers(0, 100)))
    for epoch in (0, 3):
        for step in batches_of(epochs, epoch):
            for batch in step:
                counts = np.array([(labels[batch] == label).sum() for label in np.unique(labels)])
                ideals = np.array(sizes) * len(batch)
                assert (np.floor_divide(ideals, n) <= counts).all()
                assert (counts <= -np.floor_divide(-ideals, n)).all()


@given(st.lists(st.integers(1, 100), min_size=1, max_size=12), st.integers(1, 50), st.booleans())
def test_balanced_batches_hold_all_classes_equally(sizes, size, drop_remainder):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    n, classes = len(labels), len(sizes)
    epochs = make(np.arange(n), Steps(n, size, 1, drop_remainder), "balanced", labels)
    found = [batch for (batch,) in batches_of(epochs, 0)]
    for batch in found:
        counts = np.bincount(labels[batch], minlength=classes)
        assert counts.max() - counts.min() <= 1
    epoch = epochs.indices(0)
    of_class = np.bincount(labels[epoch], minlength=classes)
    assert len(epoch) == n
    assert of_class.max() - of_class.min() <= 1
    times = np.bincount(epoch, minlength=n)
    for label in range(classes):  # each example of a class as often as the others
        assert np.ptp(times[labels == label]) <= 1


@pytest.mark.parametrize("error", [None, RuntimeError("no thread"), MemoryError()], ids=["dead", "none", "memory"])
def test_epochs_are_drawn_without_a_thread_if_it_died_or_cannot_start(monkeypatch, error):
    """A thread that dies before it begins leaves its task behind: whoever waited for it would wait for ever."""
    expected = make(np.arange(100), Steps(100, 8, 1, False), seed=3)
    expected = [expected.indices(epoch).tolist() for epoch in range(3)]

    def submit(*_):
        if error is not None:
            raise error
        return Future()  # that nobody will run

    epochs = make(np.arange(100), Steps(100, 8, 1, False), seed=3)
    monkeypatch.setattr(DRAWING, "submit", submit)
    found = []

    def draw():
        for epoch in range(3):
            epochs.draw_ahead(epoch, is_last=True)
            found.append(epochs.indices(epoch).tolist())

    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    thread.join(timeout=30)
    assert found == expected


def test_readers_of_the_same_epoch_share_one_drawing(monkeypatch):
    epochs, drawn = make(np.arange(100), Steps(100, 8, 1, False)), []

    def slow(epoch, original=epochs._drawn):
        drawn.append(epoch)
        time.sleep(0.1)
        return original(epoch)

    monkeypatch.setattr(epochs, "_drawn", slow)
    with ThreadPoolExecutor(4) as readers:
        orders = list(readers.map(epochs.indices, [0] * 4))
    assert drawn == [0]
    assert all(order is orders[0] for order in orders)


def test_balanced_epochs_go_through_large_classes():
    labels = np.repeat([0, 1], [10, 990])
    epochs = make(np.arange(1000), Steps(1000, 100, 1, False), "balanced", labels)
    seen = set()
    for epoch in range(12):
        seen |= set(epochs.indices(epoch).tolist())
    assert len(seen) > 990


def test_classes_that_fall_into_the_same_batch_change():
    labels = np.arange(64)
    epochs = make(np.arange(64), Steps(64, 8, 1, False), "stratified", labels)
    together = {tuple(sorted(batch.tolist())) for epoch in range(4) for (batch,) in batches_of(epochs, epoch)}
    assert len(together) > 24


def test_a_step_that_is_not_full_is_shared_evenly():
    steps = Steps(11, 4, 2, False)
    assert steps.count == 2
    indices = np.arange(11)
    assert steps.batches(indices, 0, 1, 2).tolist() == [[8]]
    assert steps.batches(indices, 1, 1, 2).tolist() == [[9, 10]]


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        ("uniform", [132, 166, 143, 193, 189, 180, 162, 138]),
        ("stratified", [169, 194, 180, 126, 133, 188, 176, 198]),
        ("balanced", [166, 132, 143, 193, 189, 110, 139, 180]),
    ],
)
def test_orders_never_change(sampling, expected):
    """A run that is resumed by (epoch, step) on another machine or with a later version has the same batches."""
    indices, labels = np.arange(100, 200), np.arange(200) % 3
    assert make(indices, Steps(100, 8, 1, False), sampling, labels, seed=7).indices(2)[:8].tolist() == expected
