"""Errors of dataset and datasets: about arguments, and about sources that do not keep what they promise."""

import numpy as np
import pytest
import tensorflow as tf
from common import run_python
from common_tfdata import FEATURES, GATHERS, LABELS, SOURCE, N

import fastsplit
from fastsplit import tfdata
from fastsplit.tfdata.sources import SourceError


def test_arguments_that_do_not_fit_are_named():
    for arguments, error, message in [
        ({"indices": [0, N]}, ValueError, "indices must be at least 0 and below 100, got 0 to 100"),
        ({"indices": [-1]}, ValueError, "indices must be at least 0 and below 100, got -1 to -1"),
        ({"indices": np.array([2**63], np.uint64)}, ValueError, "got 9223372036854775808"),
        ({"indices": [0.5]}, TypeError, "indices must be"),
        ({"indices": [[1]]}, TypeError, "one-dimensional"),
        ({"indices": np.arange(N) > 3}, TypeError, r"pass np\.flatnonzero\(mask\)"),
        ({"indices": SOURCE, "source": np.arange(N)}, TypeError, "source comes first, indices second"),
        ({"indices": FEATURES, "source": np.arange(N)}, TypeError, "source comes first, indices second"),
        ({"labels": "class", "sampling": "stratified", "shuffle": True}, ValueError, "a key of source"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be an integer"),
        ({"sampling": "fair"}, ValueError, "sampling must be one of"),
        ({"sampling": "balanced"}, ValueError, "needs shuffle=True and a batch_size"),
        (
            {"sampling": "stratified", "shuffle": True, "batch_size": None},
            ValueError,
            "needs shuffle=True and a batch_size",
        ),
        ({"sampling": "balanced", "shuffle": True, "labels": [1, 2]}, ValueError, "labels must be as many"),
        ({"gather": "copy"}, ValueError, "gather must be"),
        ({"shard": (2, 2)}, ValueError, "shard index must be from 0 to 1"),
        ({"start": (0, 5)}, ValueError, "start step must be from 0 to 4"),
        ({"start": 3}, TypeError, "start must be two integers, got int 3"),
        ({"start": (2**31 + 1, 0)}, ValueError, "start epoch must be from 0"),
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


def test_splits_and_options_that_datasets_does_not_take_are_named():
    parts = fastsplit.split(LABELS, (0.7, 0.3), seed=0)
    for splits in ((0.7, 0.3), {"train": 0.7}, parts["train"], parts.plan, fastsplit.kfold(LABELS, 2, seed=0)):
        with pytest.raises(TypeError, match=r"splits must be the result of fastsplit\.split"):
            tfdata.datasets(SOURCE, splits, batch_size=4)
    with pytest.raises(TypeError, match="got Splits: source comes first, the splits second"):
        tfdata.datasets(parts, SOURCE, batch_size=4)
    for option in ("shuffle", "indices", "drop_reminder"):
        with pytest.raises(TypeError, match=rf"datasets\(\) takes the options .*drop_remainder.*; got {option}"):
            tfdata.datasets(SOURCE, parts, batch_size=4, **{option: True})


@pytest.mark.parametrize("as_mapping", [False, True])
def test_splits_that_share_an_index_are_an_error(as_mapping):
    for arrays in ([[0, 1, 2], [3], [4, 2, 0]], [[1], [0, 2], np.array([2, 5, 0], np.uint8)]):
        splits = dict(zip("abc", arrays, strict=True)) if as_mapping else arrays
        with pytest.raises(ValueError, match=r"splits must have no index in common, got 2 of splits\[2\] in another"):
            tfdata.datasets(SOURCE, splits, batch_size=1)
    assert len(tfdata.datasets(SOURCE, [[0, 0, 1], [2, 3]], batch_size=1)[0]) == 3  # repeated, but in one split


def test_a_pipeline_without_batches_warns_where_it_is_made():
    for make in (
        lambda: tfdata.dataset(SOURCE, []),
        lambda: tfdata.dataset(SOURCE, [1, 2], batch_size=3, drop_remainder=True),
        lambda: tfdata.datasets(SOURCE, [[1, 2, 3], [4]], batch_size=3, drop_remainder=True),
    ):
        with pytest.warns(UserWarning, match="the pipeline has no batches") as warned:
            make()
        assert [warning.filename for warning in warned] == [__file__]


def changed_after_building(source, index, **options):
    indices = np.arange(10)
    dataset = tfdata.dataset(source, indices, batch_size=4, **options)
    indices[7] = index
    with pytest.raises(tf.errors.OpError) as error:
        list(dataset)
    return str(error.value)


@pytest.mark.parametrize("index", [10, 11, 2**62, -1])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("gather", GATHERS)
def test_an_index_that_left_the_source_after_building_is_an_error_that_names_indices(gather, shuffle, index):
    message = changed_after_building(FEATURES[:10], index, gather=gather, shuffle=shuffle, seed=0)
    assert "IndexError: indices must be at least 0 and below 10, got" in message
    assert str(index) in message


@pytest.mark.parametrize("index", [10, -1])
@pytest.mark.parametrize("kind", ["strings", "reversed columns", "list", "object"])
def test_an_index_that_left_the_source_is_an_error_for_every_kind_of_source(kind, index):
    class Taking:
        shape, dtype = (10,), np.dtype(np.int64)

        def take(self, indices):
            return np.arange(100)[indices]  # would take a row beyond the promised ones

    source = {
        "strings": np.arange(10).astype(str),
        "reversed columns": FEATURES[:10, ::-1],
        "list": list(range(10)),
        "object": Taking(),
    }[kind]
    assert "indices must be at least 0 and below 10" in changed_after_building(source, index, gather="numpy")


def test_indices_that_are_not_int64_are_copied():
    indices = np.arange(10, dtype=np.int32)
    dataset = tfdata.dataset(FEATURES[:10], indices, batch_size=10)
    indices[:] = 99
    (rows,) = dataset.as_numpy_iterator()
    assert np.array_equal(rows, FEATURES[:10])


@pytest.mark.parametrize("gather", GATHERS)
def test_an_error_of_the_source_reaches_the_reader(gather):
    class Broken:
        shape, dtype = (10,), np.dtype(np.int64)

        def take(self, indices):
            raise OSError("the disk is gone")

    with pytest.raises((SourceError, tf.errors.OpError), match="OSError: the disk is gone"):
        list(tfdata.dataset(Broken(), [1, 2], gather=gather))


@pytest.mark.parametrize("gather", GATHERS)
def test_a_source_with_fewer_rows_than_it_promises_is_an_error(gather):
    class Short:
        shape, dtype = (10,), np.dtype(np.int64)

        def take(self, indices):
            return np.arange(9)[indices]

    with pytest.raises((SourceError, tf.errors.OpError), match="IndexError: index 9 is out of bounds"):
        list(tfdata.dataset(Short(), [1, 9], gather=gather))


class Promised:
    """A source that promises rows of three float64, and returns what a function makes."""

    shape, dtype = (10, 3), np.dtype(float)

    def __init__(self, made):
        self.take = lambda indices: made(len(indices))


@pytest.mark.parametrize("gather", GATHERS)
@pytest.mark.parametrize(
    "shape_of", [lambda n: (n, 4), lambda n: (n, 1), lambda n: (n,), lambda n: (n + 1, 3)], ids=["4", "1", "0", "n + 1"]
)
def test_rows_of_another_shape_than_promised_are_an_error(gather, shape_of):
    source = Promised(lambda n: np.zeros(shape_of(n)))
    with pytest.raises(
        (ValueError, tf.errors.OpError), match=r"source \(Promised\) must yield rows of shape \(3,\), got"
    ):
        list(tfdata.dataset(source, [1, 2], gather=gather))


@pytest.mark.parametrize("gather", GATHERS)
def test_rows_of_another_dtype_than_promised_are_an_error(gather):
    source = Promised(lambda n: np.zeros((n, 3), dtype=np.float32))
    with pytest.raises((ValueError, tf.errors.OpError), match=r"\(Promised\) must yield rows of float64, got float32"):
        list(tfdata.dataset(source, [1, 2], gather=gather))


def test_importing_fastsplit_does_not_import_tensorflow(tmp_path):
    script = (
        "import sys, fastsplit\nassert 'tensorflow' not in sys.modules\n"
        "fastsplit.tfdata.dataset\nassert 'tensorflow' in sys.modules"
    )
    run_python("-c", script, cwd=tmp_path)


def test_without_tensorflow_the_error_says_what_to_install(tmp_path):
    script = "import sys; sys.modules['tensorflow'] = None; import fastsplit; fastsplit.tfdata"
    _, err = run_python("-c", script, code=1, cwd=tmp_path)
    assert "ImportError: fastsplit.tfdata needs TensorFlow: pip install 'fastsplit[tensorflow]'" in err
