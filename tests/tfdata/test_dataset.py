"""dataset and datasets: what comes out of the pipelines."""

import subprocess
import sys
from itertools import chain

import numpy as np
import pytest
import tensorflow as tf

import fastsplit
from fastsplit import tfdata

N = 100
FEATURES = np.arange(N * 3, dtype=np.float32).reshape(N, 3)
LABELS = np.arange(N) % 4
SOURCE = (FEATURES, LABELS)
GATHERS = ["tensor", "numpy"]


def ids_of(dataset):
    """Which examples a pipeline yields: one list a batch."""
    return [(np.atleast_2d(x)[:, 0] / 3).astype(int).tolist() for x, _ in dataset.as_numpy_iterator()]


def flat(dataset):
    return [i for batch in ids_of(dataset) for i in batch]


@pytest.mark.parametrize("gather", GATHERS)
def test_batches(gather):
    indices = [5, 3, 99, 0, 5, 7, 8]
    dataset = tfdata.dataset(SOURCE, indices, batch_size=3, gather=gather)
    assert ids_of(dataset) == [[5, 3, 99], [0, 5, 7], [8]]
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
    batches = ids_of(dataset)
    assert int(dataset.cardinality()) == len(batches) == (n // size if drop_remainder else -(-n // size))
    assert [i for batch in batches for i in batch] == list(range(len(batches) * size if drop_remainder else n))


@pytest.mark.parametrize("gather", GATHERS)
def test_unbatched(gather):
    dataset = tfdata.dataset(SOURCE, [4, 2, 9], batch_size=None, gather=gather)
    assert dataset.element_spec == (tf.TensorSpec((3,), tf.float32), tf.TensorSpec((), tf.int64))
    assert int(dataset.cardinality()) == 3
    assert [int(x[0] / 3) for x, _ in dataset.as_numpy_iterator()] == [4, 2, 9]


@pytest.mark.parametrize("gather", GATHERS)
def test_epochs_differ_and_are_the_same_for_the_same_seed(gather):
    def make(**options):
        return tfdata.dataset(SOURCE, np.arange(60), batch_size=16, shuffle=True, seed=3, gather=gather, **options)

    dataset = make()
    first, second = ids_of(dataset), ids_of(dataset)
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(60))
    assert first != second
    again = make()
    assert [ids_of(again), ids_of(again)] == [first, second]
    fixed = make(reshuffle_each_iteration=False)
    assert [ids_of(fixed), ids_of(fixed)] == [first, first]
    endless = make(repeat=True)
    assert int(endless.cardinality()) == tf.data.INFINITE_CARDINALITY
    assert ids_of(endless.take(8)) == first + second
    assert ids_of(make(start=(1, 0))) == second


def test_both_gathers_yield_the_same():
    both = [ids_of(tfdata.dataset(SOURCE, np.arange(N), shuffle=True, seed=1, gather=gather)) for gather in GATHERS]
    assert both[0] == both[1]


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("batch_size", [7, None])
def test_start_resumes(gather, batch_size):
    def make(**options):
        options = {"batch_size": batch_size, "shuffle": True, "seed": 9, "gather": gather, **options}
        return tfdata.dataset(SOURCE, np.arange(50), **options)

    dataset = make()
    epochs = [ids_of(dataset) for _ in range(3)]
    for epoch, step in [(0, 0), (0, 3), (1, 1), (1, len(epochs[1]) - 1), (2, 5)]:
        resumed = make(start=(epoch, step))
        assert ids_of(resumed) == epochs[epoch][step:]
        if epoch < 2:
            assert ids_of(resumed) == epochs[epoch + 1]
        assert int(resumed.cardinality()) == (tf.data.UNKNOWN_CARDINALITY if step else len(epochs[0]))
        endless = make(start=(epoch, step), repeat=True)
        expected = list(chain(*epochs[epoch:]))[step:]
        assert ids_of(endless.take(len(expected))) == expected
    assert ids_of(make(start=(0, len(epochs[0])))) == epochs[1]


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
        assert ids_of(resumed) == ids_of(make(start=(2, 0)))


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize("sampling", ["stratified", "balanced"])
def test_sampling(gather, sampling):
    labels = np.repeat([3, 8, 9], [60, 30, 10])
    dataset = tfdata.dataset(
        (FEATURES, labels), np.arange(N), batch_size=20, shuffle=True, seed=0, sampling=sampling, gather=gather
    )
    for _ in range(2):
        batches = [np.bincount(y, minlength=10)[[3, 8, 9]].tolist() for _, y in dataset.as_numpy_iterator()]
        if sampling == "stratified":
            assert batches == [[12, 6, 2]] * 5
        else:
            assert all(sorted(batch) == [6, 7, 7] for batch in batches)
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
def test_shards(shuffle):
    shards = [
        tfdata.dataset(SOURCE, np.arange(50), batch_size=4, shuffle=shuffle, seed=2, shard=(3, index))
        for index in range(3)
    ]
    for _ in range(2):
        found = [ids_of(shard) for shard in shards]
        assert {len(batches) for batches in found} == {int(shards[0].cardinality())} == {5}
        assert sorted(i for batches in found for batch in batches for i in batch) == list(range(50))
    context = tf.distribute.InputContext(num_input_pipelines=3, input_pipeline_id=1)
    assert ids_of(tfdata.dataset(SOURCE, np.arange(50), batch_size=4, shard=context)) == ids_of(
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


def test_transform():
    dataset = tfdata.dataset(SOURCE, [1, 2, 3], batch_size=2, transform=lambda x, y: {"twice": x * 2, "label": y})
    assert dataset.element_spec == {"twice": tf.TensorSpec((None, 3)), "label": tf.TensorSpec((None,), tf.int64)}
    assert np.array_equal(next(iter(dataset))["twice"], FEATURES[[1, 2]] * 2)


@pytest.mark.parametrize("gather", GATHERS)
def test_datasets(gather):
    parts = fastsplit.split(LABELS, {"train": 0.7, "val": 0.2, "test": 0.1}, seed=0)
    train, val, test = tfdata.datasets(SOURCE, parts, batch_size=16, eval_batch_size=50, gather=gather)
    for _ in range(3):  # splits stay disjoint after any number of epochs
        assert set(flat(train)) == set(parts["train"].tolist())
        assert flat(val) == sorted(parts["val"].tolist())
        assert flat(test) == sorted(parts["test"].tolist())
    assert flat(train) != flat(train)
    assert [len(batch) for batch in ids_of(test)] == [10]
    assert [len(batch) for batch in ids_of(train)] == [16, 16, 16, 16, 6]
    same = tfdata.datasets(SOURCE, dict(zip(parts.names, parts, strict=True)), batch_size=16, seed=parts.seed)
    assert flat(same[0]) == flat(tfdata.datasets(SOURCE, parts, batch_size=16)[0])
    options = {
        "batch_size": 10,
        "sampling": "balanced",
        "repeat": True,
        "drop_remainder": True,
        "transform": lambda x, y: x,
    }
    train, val, _ = tfdata.datasets(SOURCE, parts, **options)
    assert int(train.cardinality()) == tf.data.INFINITE_CARDINALITY
    assert int(val.cardinality()) == 2
    assert val.element_spec == tf.TensorSpec((None, 3))


def test_empty_splits():
    train, none = tfdata.datasets(SOURCE, [np.arange(5), []], batch_size=2, repeat=True)
    assert ids_of(none) == []
    assert int(none.cardinality()) == 0
    assert len(ids_of(train.take(7))) == 7
    assert ids_of(tfdata.dataset(SOURCE, [], shuffle=True, repeat=True)) == []


def test_arguments_that_do_not_fit():
    for arguments, error, message in [
        ({"indices": [0, N]}, ValueError, "indices must be from 0 to 99, got 0 to 100"),
        ({"indices": [-1]}, ValueError, "indices must be from 0"),
        ({"indices": [0.5]}, TypeError, "indices must be"),
        ({"indices": [[1]]}, TypeError, "one-dimensional"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be an integer"),
        ({"sampling": "fair"}, ValueError, "sampling must be one of"),
        ({"sampling": "balanced"}, ValueError, "needs shuffle=True and a batch_size"),
        ({"sampling": "balanced", "shuffle": True, "labels": [1, 2]}, ValueError, "labels must be as many"),
        ({"gather": "copy"}, ValueError, "gather must be"),
        ({"shard": (2, 2)}, ValueError, "shard index must be from 0 to 1"),
        ({"start": (0, 5)}, ValueError, "start step must be from 0 to 4"),
        ({"start": 3}, TypeError, "start must be two integers, got 3"),
        ({"shard": 2}, TypeError, "shard must be two integers"),
        ({"shard": (2, 0), "shuffle": True}, ValueError, "shard needs a seed"),
        ({"source": [FEATURES, LABELS]}, TypeError, "a tuple or a dict"),
        ({"source": tf.data.Dataset.range(3)}, TypeError, "split_dataset"),
        ({"source": "features.npy"}, TypeError, "source must hold arrays, got a str"),
        ({"shuffle": 1}, TypeError, "shuffle must be True or False"),
        ({"prefetch": -2}, ValueError, "prefetch must be at least 0, got -2"),
        ({"prefetch": 1.5}, TypeError, "prefetch must be an integer"),
        ({"source": (FEATURES, LABELS[:5])}, ValueError, "equal length"),
        ({"source": FEATURES, "sampling": "stratified", "shuffle": True}, ValueError, "labels must be given"),
        ({"source": np.float32(1)}, (TypeError, ValueError), "source must hold arrays"),
    ]:
        with pytest.raises(error, match=message):
            tfdata.dataset(**{"source": SOURCE, "indices": np.arange(N), **arguments})


def test_splits_and_options_that_do_not_fit():
    parts = fastsplit.split(LABELS, (0.7, 0.3), seed=0)
    for splits in ((0.7, 0.3), {"train": 0.7}, parts["train"], parts.plan, fastsplit.kfold(LABELS, 2, seed=0)):
        with pytest.raises(TypeError, match=r"splits must be what fastsplit\.split returns"):
            tfdata.datasets(SOURCE, splits, batch_size=4)
    for option in ("shuffle", "indices", "drop_reminder"):
        with pytest.raises(TypeError, match=rf"datasets\(\) takes the options .*drop_remainder.*; got {option}"):
            tfdata.datasets(SOURCE, parts, batch_size=4, **{option: True})


def test_an_error_of_the_source_reaches_the_reader():
    class Broken:
        shape, dtype = (10,), np.dtype(np.int64)

        def take(self, ids):
            raise OSError("the disk is gone")

    with pytest.raises(tf.errors.OpError, match="the disk is gone"):
        list(tfdata.dataset(Broken(), [1, 2]))


@pytest.mark.parametrize("shape_of", [lambda n: (n, 4), lambda n: (n,), lambda n: (n + 1, 3)])
def test_rows_of_another_shape_are_an_error(shape_of):
    class Wrong:
        shape, dtype = (10, 3), np.dtype(float)

        def take(self, ids):
            return np.zeros(shape_of(len(ids)))

    with pytest.raises(tf.errors.OpError, match=r"source must yield rows of shape \(3,\) for \d ids, got"):
        list(tfdata.dataset(Wrong(), [1, 2]))


def test_importing_fastsplit_does_not_import_tensorflow(tmp_path):
    script = (
        "import sys, fastsplit\nassert 'tensorflow' not in sys.modules\n"
        "fastsplit.tfdata.dataset\nassert 'tensorflow' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)


def test_without_tensorflow_the_error_says_what_to_install(tmp_path):
    script = "import sys; sys.modules['tensorflow'] = None; import fastsplit; fastsplit.tfdata"
    result = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 1
    assert "ImportError: fastsplit.tfdata needs TensorFlow: pip install 'fastsplit[tensorflow]'" in result.stderr
