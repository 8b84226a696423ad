"""dataset and datasets: what comes out of the pipelines."""

from itertools import chain

import numpy as np
import pytest
import tensorflow as tf
from common_tfdata import FEATURES, GATHERS, LABELS, SOURCE, N, batches, flat

import fastsplit
from fastsplit import tfdata
from fastsplit.tfdata.sources import Source

pytestmark = pytest.mark.filterwarnings("ignore:the pipeline has no batches")


@pytest.mark.parametrize("gather", GATHERS)
def test_batches_hold_the_rows_at_the_indices_in_order(gather):
    indices = [5, 3, 99, 0, 5, 7, 8]
    dataset = tfdata.dataset(SOURCE, indices, batch_size=3, gather=gather)
    assert batches(dataset) == [[5, 3, 99], [0, 5, 7], [8]]
    assert int(dataset.cardinality()) == 3
    x, y = next(iter(dataset))
    assert np.array_equal(x, FEATURES[[5, 3, 99]])
    assert np.array_equal(y, LABELS[[5, 3, 99]])


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("drop_remainder", [False, True])
@pytest.mark.parametrize(("n", "size"), [(0, 4), (1, 1), (1, 4), (8, 4), (9, 4), (3, 100)])
def test_cardinality_and_spec_are_exact(gather, drop_remainder, n, size):
    dataset = tfdata.dataset(SOURCE, np.arange(n), batch_size=size, drop_remainder=drop_remainder, gather=gather)
    leading = size if drop_remainder else None
    assert dataset.element_spec == (tf.TensorSpec((leading, 3), tf.float32), tf.TensorSpec((leading,), tf.int64))
    found = batches(dataset)
    assert int(dataset.cardinality()) == len(found) == (n // size if drop_remainder else -(-n // size))
    assert list(chain(*found)) == list(range(len(found) * size if drop_remainder else n))


@pytest.mark.parametrize("gather", GATHERS)
def test_without_a_batch_size_single_examples_come(gather):
    dataset = tfdata.dataset(SOURCE, [4, 2, 9], batch_size=None, gather=gather)
    assert dataset.element_spec == (tf.TensorSpec((3,), tf.float32), tf.TensorSpec((), tf.int64))
    assert int(dataset.cardinality()) == 3
    assert [int(x[0] / 3) for x, _ in dataset.as_numpy_iterator()] == [4, 2, 9]


@pytest.mark.parametrize("gather", GATHERS)
def test_epochs_differ_and_are_the_same_for_the_same_seed(gather):
    def make(**options):
        return tfdata.dataset(SOURCE, np.arange(60), batch_size=16, shuffle=True, seed=3, gather=gather, **options)

    dataset = make()
    first, second = batches(dataset), batches(dataset)
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(60))
    assert first != second
    again = make()
    assert [batches(again), batches(again)] == [first, second]
    fixed = make(reshuffle_each_iteration=False)
    assert [batches(fixed), batches(fixed)] == [first, first]
    endless = make(repeat=True)
    assert int(endless.cardinality()) == tf.data.INFINITE_CARDINALITY
    assert batches(endless.take(8)) == first + second
    assert batches(make(start=(1, 0))) == second


def test_both_gathers_yield_the_same_batches():
    both = [batches(tfdata.dataset(SOURCE, np.arange(N), shuffle=True, seed=1, gather=gather)) for gather in GATHERS]
    assert both[0] == both[1]


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("batch_size", [7, None])
def test_start_goes_on_as_the_earlier_run_did(gather, batch_size):
    def make(**options):
        options = {"batch_size": batch_size, "shuffle": True, "seed": 9, "gather": gather, **options}
        return tfdata.dataset(SOURCE, np.arange(50), **options)

    dataset = make()
    epochs = [batches(dataset) for _ in range(3)]
    for epoch, step in [(0, 0), (0, 3), (1, 1), (1, len(epochs[1]) - 1), (2, 5)]:
        resumed = make(start=(epoch, step))
        assert batches(resumed) == epochs[epoch][step:]
        if epoch < 2:
            assert batches(resumed) == epochs[epoch + 1]
        assert int(resumed.cardinality()) == (tf.data.UNKNOWN_CARDINALITY if step else len(epochs[0]))
        endless = make(start=(epoch, step), repeat=True)
        expected = list(chain(*epochs[epoch:]))[step:]
        assert batches(endless.take(len(expected))) == expected
    assert batches(make(start=(0, len(epochs[0])))) == epochs[1]


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("batch_size", [7, None])
@pytest.mark.parametrize("repeat", [False, True])
def test_checkpoints_of_an_iterator_are_small_and_resume(gather, batch_size, repeat, tmp_path):
    wide = np.repeat(np.arange(2000, dtype=np.float32)[:, None], 1000, axis=1)

    def make(**options):
        options = {"batch_size": batch_size, "shuffle": True, "seed": 4, "gather": gather, "repeat": repeat, **options}
        return tfdata.dataset((wide, np.arange(2000)), np.arange(1990), **options)

    def rest(iterator):
        return (
            [np.atleast_1d(next(iterator)[1]).tolist() for _ in range(20)]
            if repeat
            else [np.atleast_1d(y).tolist() for _, y in iterator]
        )

    dataset = make()
    if not repeat:
        for _ in dataset:
            pass
    iterator = iter(dataset)
    for _ in range(5):
        next(iterator)
    path = tf.train.Checkpoint(iterator=iterator).save(str(tmp_path / "checkpoint"))
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 20_000
    expected = rest(iterator)
    for resumed in (dataset, make()):  # in this process, and as in a new one
        iterator = iter(resumed)
        tf.train.Checkpoint(iterator=iterator).restore(path)
        assert rest(iterator) == expected
    if not repeat:  # the epoch behind that of the checkpoint
        assert batches(resumed) == batches(make(start=(2, 0)))


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("sampling", ["stratified", "balanced"])
def test_batches_are_sampled_by_the_labels_of_the_source_or_by_given_ones(gather, sampling):
    labels = np.repeat([3, 8, 9], [60, 30, 10])
    dataset = tfdata.dataset(
        (FEATURES, labels), np.arange(N), batch_size=20, shuffle=True, seed=0, sampling=sampling, gather=gather
    )
    for _ in range(2):
        counts = [np.bincount(y, minlength=10)[[3, 8, 9]].tolist() for _, y in dataset.as_numpy_iterator()]
        if sampling == "stratified":
            assert counts == [[12, 6, 2]] * 5
        else:
            assert all(sorted(batch) == [6, 7, 7] for batch in counts)
    given = tfdata.dataset(
        FEATURES, np.arange(N), batch_size=20, shuffle=True, seed=0, sampling=sampling, labels=labels
    )
    assert [x[:, 0].tolist() for x in given.as_numpy_iterator()] == [
        x[:, 0].tolist()
        for x, _ in tfdata.dataset(
            (FEATURES, labels), np.arange(N), batch_size=20, shuffle=True, seed=0, sampling=sampling
        ).as_numpy_iterator()
    ]


@pytest.mark.parametrize("shuffle", [False, True])
def test_shards_have_disjoint_examples_and_equally_many_steps(shuffle):
    shards = [
        tfdata.dataset(SOURCE, np.arange(50), batch_size=4, shuffle=shuffle, seed=2, shard=(3, index))
        for index in range(3)
    ]
    for _ in range(2):
        found = [batches(shard) for shard in shards]
        assert {len(of_shard) for of_shard in found} == {int(shards[0].cardinality())} == {5}
        assert sorted(chain(*chain(*found))) == list(range(50))
    context = tf.distribute.InputContext(num_input_pipelines=3, input_pipeline_id=1)
    assert batches(tfdata.dataset(SOURCE, np.arange(50), batch_size=4, shard=context)) == batches(
        tfdata.dataset(SOURCE, np.arange(50), batch_size=4, shard=(3, 1))
    )


def test_auto_sharding_is_off_and_gives_no_warning(capfd):
    dataset = tfdata.dataset(SOURCE, np.arange(40), batch_size=8)
    assert dataset.options().experimental_distribute.auto_shard_policy == tf.data.experimental.AutoShardPolicy.OFF
    distributed = tf.distribute.OneDeviceStrategy("CPU:0").experimental_distribute_dataset(dataset)
    assert sum(len(x) for x, _ in distributed) == 40
    assert "shard" not in capfd.readouterr().err.lower()


def test_model_fit_sees_a_new_order_every_epoch():
    import keras

    seen = []

    class Model(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(1)

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            seen.append(data[0].numpy()[:, 0].tolist())
            return {"loss": tf.constant(0.0)}

    model = Model()
    model.compile(run_eagerly=True)
    dataset = tfdata.dataset(SOURCE, np.arange(40), batch_size=16, shuffle=True, seed=0)
    model.fit(dataset, epochs=3, shuffle=False, verbose=0)
    epochs = [list(chain(*seen[first : first + 3])) for first in (0, 3, 6)]
    assert all(sorted(epoch) == FEATURES[:40, 0].tolist() for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]


def test_a_transform_is_applied_to_each_batch():
    dataset = tfdata.dataset(SOURCE, [1, 2, 3], batch_size=2, transform=lambda x, y: {"twice": x * 2, "label": y})
    assert dataset.element_spec == {"twice": tf.TensorSpec((None, 3)), "label": tf.TensorSpec((None,), tf.int64)}
    assert np.array_equal(next(iter(dataset))["twice"], FEATURES[[1, 2]] * 2)


@pytest.mark.parametrize("gather", GATHERS)
def test_datasets_shuffles_the_first_split_and_sorts_the_others(gather):
    parts = fastsplit.split(LABELS, {"train": 0.7, "val": 0.2, "test": 0.1}, seed=0)
    train, val, test = tfdata.datasets(SOURCE, parts, batch_size=16, eval_batch_size=50, gather=gather)
    orders = []
    for _ in range(3):  # splits stay disjoint after any number of epochs
        orders.append(flat(train))
        assert sorted(orders[-1]) == sorted(parts["train"].tolist())
        assert flat(val) == sorted(parts["val"].tolist())
        assert flat(test) == sorted(parts["test"].tolist())
    assert orders[0] != orders[1] != orders[2]
    assert [len(batch) for batch in batches(test)] == [10]
    assert [len(batch) for batch in batches(train)] == [16, 16, 16, 16, 6]


def test_datasets_takes_the_seed_of_the_splits_unless_another_is_given():
    parts = fastsplit.split(LABELS, {"train": 0.7, "test": 0.3}, seed=5)
    as_mapping = dict(zip(parts.names, parts, strict=True))
    orders = [
        flat(tfdata.datasets(SOURCE, splits, batch_size=16, seed=seed)[0])
        for splits, seed in [(parts, None), (as_mapping, 5), (list(parts), 5), (parts, 6)]
    ]
    assert orders[0] == orders[1] == orders[2] != orders[3]


def test_datasets_copies_the_source_once_for_all_splits(monkeypatch):
    built = []

    def recorded(self, *arguments, build=Source.__init__):
        built.append(arguments)
        build(self, *arguments)

    monkeypatch.setattr(Source, "__init__", recorded)
    tfdata.datasets(SOURCE, [[0, 1], [2], [3]], batch_size=2, gather="tensor")
    assert built == [(SOURCE, "tensor")]


def test_options_of_datasets_are_for_the_first_split_unless_they_are_for_all():
    parts = fastsplit.split(LABELS, (0.7, 0.2, 0.1), seed=0)
    options = {"batch_size": 10, "sampling": "balanced", "repeat": True, "drop_remainder": True}
    train, val, _ = tfdata.datasets(SOURCE, parts, transform=lambda x, y: x, shard=(2, 1), **options)
    assert int(train.cardinality()) == tf.data.INFINITE_CARDINALITY
    assert train.element_spec == tf.TensorSpec((10, 3))
    assert int(val.cardinality()) == 1  # 20 examples on two shards
    assert val.element_spec == tf.TensorSpec((10, 3))


TRANSFORMS = {
    "none": (None, lambda x, y: (2 * x, y), lambda x: x, lambda x: 2 * x),
    "pair to pair": (lambda x, y: (x + 9, y), lambda x, y: (2 * x, y), lambda x: x + 9, lambda x: 2 * (x + 9)),
    "pair to one": (lambda x, y: x + 9, lambda x: 2 * x, lambda x: x + 9, lambda x: 2 * (x + 9)),
    "pair to dict": (lambda x, y: {"x": x}, lambda e: 3 * e["x"], lambda x: x, lambda x: 3 * x),
}


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_train_transform_applies_to_the_first_split_after_transform(kind):
    transform, train_transform, expected, expected_in_train = TRANSFORMS[kind]
    options = {} if transform is None else {"transform": transform}
    parts = tfdata.datasets(
        SOURCE, [np.arange(9), np.arange(9, 12)], batch_size=9, seed=0, train_transform=train_transform, **options
    )
    for part, rows, function in zip(parts, (FEATURES[:9], FEATURES[9:12]), (expected_in_train, expected), strict=True):
        (batch,) = part.as_numpy_iterator()
        found = tf.nest.flatten(batch)[0]
        assert np.array_equal(np.sort(found, axis=0), function(rows))


@pytest.mark.parametrize("kind", ["array", "tensor", "series"])
def test_labels_may_be_a_key_of_the_source(kind):
    import pandas as pd

    convert = {"array": np.asarray, "tensor": tf.constant, "series": pd.Series}[kind]
    source = {"image": FEATURES, "class": convert(np.arange(N) % 2)}
    options = {"batch_size": 10, "shuffle": True, "seed": 0, "sampling": "stratified"}
    for batch in tfdata.dataset(source, np.arange(N), labels="class", **options).as_numpy_iterator():
        assert batch["class"].sum() == 5


def test_an_empty_split_is_an_empty_pipeline():
    train, none = tfdata.datasets(SOURCE, [np.arange(5), []], batch_size=2, repeat=True)
    assert batches(none) == []
    assert int(none.cardinality()) == 0
    assert len(batches(train.take(7))) == 7
    endless = tfdata.dataset(SOURCE, [], shuffle=True, repeat=True)
    assert int(endless.cardinality()) == 0  # otherwise the next line would never end
    assert batches(endless) == []


@pytest.fixture
def prefetched(monkeypatch):
    """The buffer sizes of all calls of Dataset.prefetch."""
    sizes = []

    def recorded(dataset, size, prefetch=tf.data.Dataset.prefetch):
        sizes.append(size)
        return prefetch(dataset, size)

    monkeypatch.setattr(tf.data.Dataset, "prefetch", recorded)
    return sizes


@pytest.mark.parametrize(
    ("prefetch", "expected"), [(None, []), (0, []), (1, [1]), (4, [1]), (5, [2]), (tf.data.AUTOTUNE, [2])]
)
def test_prefetch_is_rounded_up_to_chunks_and_counts_batches_after_a_transform(prefetched, prefetch, expected):
    options = {"batch_size": 8192, "prefetch": prefetch}  # a chunk of small rows has 32,768: four batches
    tfdata.dataset(SOURCE, np.arange(N), **options)
    assert prefetched == expected
    del prefetched[:]
    tfdata.dataset(SOURCE, np.arange(N), transform=lambda x, y: x, **options)
    after = [] if not prefetch else [2] if prefetch == tf.data.AUTOTUNE else [prefetch]
    assert prefetched == expected + after


def test_prefetch_applies_to_all_datasets(prefetched):
    tfdata.datasets(SOURCE, [[0], [1], [2]], batch_size=1, prefetch=0)
    assert prefetched == []


@pytest.mark.parametrize("gather", GATHERS)
def test_a_chunk_of_large_rows_has_few_megabytes(gather):
    taken = []

    class Large:
        shape, dtype = (8, 1 << 18), np.dtype(np.float32)  # a megabyte per row

        def take(self, indices):
            taken.append(len(indices))
            return np.zeros((len(indices), 1 << 18), dtype=np.float32)

    dataset = tfdata.dataset(Large(), np.arange(8), batch_size=2, gather=gather)
    assert len(list(dataset)) == 4
    assert [n for n in taken if n] == [4, 4]


@pytest.mark.parametrize("n", [99, 101])
def test_a_source_of_another_length_than_the_labels_that_were_split_is_refused(n):
    parts = fastsplit.split([0, 1] * 50, seed=0)
    with pytest.raises(ValueError, match=f"source must have as many rows as the labels that were split, 100, got {n}"):
        tfdata.datasets(np.zeros(n), parts, batch_size=4)
