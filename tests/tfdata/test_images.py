"""image_folder: an image tree as pipelines."""

from itertools import chain

import numpy as np
import pytest
import tensorflow as tf

from fastsplit import tfdata

COLORS = {"blue": (0, 0, 200), "green": (0, 150, 0), "red": (250, 0, 0)}


@pytest.fixture
def folder(tmp_path):
    for number, (name, color) in enumerate(COLORS.items()):
        (tmp_path / name / "deep").mkdir(parents=True)
        for i in range(10 * (number + 1)):
            image = np.full((6, 4, 3), color, dtype=np.uint8)
            encode, suffix = [(tf.io.encode_png, "png"), (lambda x: tf.io.encode_jpeg(x, quality=100), "jpg")][i % 2]
            path = tmp_path / name / ("deep" if i % 3 == 0 else "") / f"{i:02}.{suffix}"
            path.write_bytes(encode(image).numpy())
    return tmp_path


def make(folder, **options):
    options = {"image_size": (5, 5), "batch_size": 8, "seed": 0, **options}
    return tfdata.image_folder(folder, (0.7, 0.2, 0.1), **options)


def test_classes_keep_their_share(folder):
    train, val, test = make(folder)
    assert train.class_names == val.class_names == ["blue", "green", "red"]
    for part, counts in [(train, [7, 14, 21]), (val, [2, 4, 6]), (test, [1, 2, 3])]:
        images, labels = map(np.concatenate, zip(*part.as_numpy_iterator(), strict=True))
        assert np.bincount(labels).tolist() == counts
        assert int(part.cardinality()) == -(-sum(counts) // 8)
        for image, label in zip(images, labels, strict=True):
            assert np.abs(image - list(COLORS.values())[label]).max() < 6
    assert train.element_spec == (tf.TensorSpec((None, 5, 5, 3), tf.float32), tf.TensorSpec((None,), tf.int32))
    paths = [set(part.file_paths) for part in (train, val, test)]
    assert len(set.union(*paths)) == sum(map(len, paths)) == 60


def test_training_is_reshuffled_and_the_rest_ascending(folder):
    train, val, _ = make(folder, batch_size=None)
    orders = [[int(y) for _, y in train.as_numpy_iterator()] for _ in range(2)]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])
    labels = [int(y) for _, y in val.as_numpy_iterator()]
    assert labels == sorted(labels)


@pytest.mark.parametrize("batch_size", [8, None])
def test_start_counts_the_steps_of_the_first_split(folder, batch_size):
    def labels(part):
        return [np.atleast_1d(y).tolist() for _, y in part.as_numpy_iterator()]

    train, val, _ = make(folder, batch_size=batch_size)
    epochs = [labels(train), labels(train)]
    n = len(epochs[0])
    assert n == (6 if batch_size else 42)
    for start, expected in [((0, 2), epochs[0][2:]), ((1, n - 1), epochs[1][n - 1 :]), ((0, n), epochs[1])]:
        resumed, other, _ = make(folder, batch_size=batch_size, start=start)
        assert labels(resumed) == expected
        assert labels(other) == labels(val)
    with pytest.raises(ValueError, match=f"start step must be from 0 to {n}, got {n + 1}"):
        make(folder, batch_size=batch_size, start=(0, n + 1))


def test_shards_share_the_images_of_each_split(folder):
    shards = [make(folder, shard=(2, number)) for number in range(2)]
    for parts in zip(*shards, strict=True):
        assert len({int(part.cardinality()) for part in parts}) == 1
    assert [sum(len(y) for _, y in part) for part in shards[0]] == [21, 6, 3]
    assert [sum(len(y) for _, y in part) for part in shards[1]] == [21, 6, 3]


def test_the_split_of_a_file_depends_on_its_path_in_the_directory(folder, tmp_path):
    before = {path.removeprefix(str(folder)): k for k, part in enumerate(make(folder)) for path in part.file_paths}
    moved = tmp_path.with_name(tmp_path.name + " moved")
    folder.rename(moved)
    after = {path.removeprefix(str(moved)): k for k, part in enumerate(make(moved)) for path in part.file_paths}
    assert before == after


def test_images_and_labels_come_in_every_mode(folder):
    train, *_ = make(folder, color_mode="grayscale", label_mode="categorical", eval_batch_size=3)
    assert train.element_spec == (tf.TensorSpec((None, 5, 5, 1), tf.float32), tf.TensorSpec((None, 3), tf.float32))
    assert make(folder, color_mode="rgba")[0].element_spec[0].shape[-1] == 4


@pytest.mark.parametrize(("eval_batch_size", "expected"), [(None, [8, 4]), (5, [5, 5, 2])])
def test_batches_of_the_other_splits_have_their_size(folder, eval_batch_size, expected):
    train, val, _ = make(folder, eval_batch_size=eval_batch_size)
    assert [len(y) for _, y in train] == [8, 8, 8, 8, 8, 2]
    assert [len(y) for _, y in val] == expected


def test_a_file_that_does_not_decode_is_named(folder):
    (folder / "green" / "broken.png").write_bytes(b"not an image")
    parts = make(folder)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"broken\.png is not an image"):
        list(chain(*parts))


def test_files_that_do_not_decode_can_be_skipped_with_one_warning_each(folder):
    (folder / "green" / "broken.png").write_bytes(b"not an image")
    (folder / "red" / "empty.jpg").write_bytes(b"")
    parts = make(folder, on_error="skip")
    with pytest.warns(UserWarning, match="not an image") as warned:
        found = [sum(len(y) for part in parts for _, y in part) for _ in range(2)]
    assert found == [60, 60]
    assert len(warned) == 2  # once each
    assert sorted(path.rpartition("/")[2] for path in parts[0].skipped) == ["broken.png", "empty.jpg"]
    assert int(parts[0].cardinality()) == tf.data.UNKNOWN_CARDINALITY


def test_one_warning_counts_what_is_ignored_and_one_names_empty_classes(folder):
    for name in ("LICENSE.txt", ".DS_Store", "red/Thumbs.db", "blue/labels.csv", ".ipynb_checkpoints/1.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("free")
    (folder / "white").mkdir()
    with pytest.warns(UserWarning, match="directory has") as warned:
        parts = make(folder)
    messages = sorted(str(warning.message) for warning in warned)
    assert [warning.filename for warning in warned] == [__file__, __file__]
    assert "1 class folders without images: white" in messages[0]
    assert "5 files or folders" in messages[1]
    assert "red/Thumbs.db" in messages[1]
    assert parts.class_names == ["blue", "green", "red", "white"]
    assert len(parts.file_paths) == 60


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "Thumbs.db", "labels.csv", "red/.DS_Store", "red/Thumbs.db", "red/labels.csv", "red/deep/.DS_Store"]
    + [f"{place}{folder}/1.png" for place in ("", "red/") for folder in (".ipynb_checkpoints", ".git")],
)
@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_what_is_hidden_or_no_image_is_neither_an_image_nor_a_class(folder, name, on_error):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes((folder / "red/01.jpg").read_bytes() if name.endswith(".png") else b"text")
    with pytest.warns(UserWarning, match="directory has 1 files or folders that are hidden, no images or outside"):
        parts = make(folder, on_error=on_error)
    assert parts[0].class_names == ["blue", "green", "red"]
    assert sum(len(labels) for part in parts for _, labels in part) == 60


def test_a_class_folder_without_images_is_named_in_a_warning(folder):
    (folder / "white").mkdir()
    with pytest.warns(UserWarning, match="directory has 1 class folders without images: white"):
        parts = make(folder)
    assert parts[0].class_names == ["blue", "green", "red", "white"]


def test_arguments_that_do_not_fit_are_named(folder, tmp_path):
    for options, message in [
        ({"color_mode": "cmyk"}, "color_mode"),
        ({"label_mode": "binary"}, 'label_mode="binary" needs two classes, got 3: blue, green, red'),
        ({"label_mode": "one-hot"}, "label_mode must be one of int, categorical, binary, None"),
        ({"decode": "quick"}, "decode must be one of"),
        ({"color_mode": ["rgb"]}, "color_mode must be one of"),
        ({"class_names": ["red"]}, "class_names must be the names of the class folders"),
        ({"labels": [1, 2]}, "labels must be as many as the images, 60, got 2"),
        ({"labels": {"red/00.png": 1}}, "labels must have every image, got none for"),
        ({"labels": [1] * 60, "class_names": ["1"]}, "class_names are the names of class folders"),
        ({"sampling": "balanced", "batch_size": None}, "needs shuffle=True and a batch_size"),
        ({"on_error": "ignore"}, "on_error"),
        ({"interpolation": "best"}, "interpolation must be one of"),
        ({"image_size": (0, 8)}, "image_size must be at least 1"),
        ({"seed": None, "shard": (2, 0)}, "shard needs a seed"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"eval_batch_size": 0}, "eval_batch_size must be at least 1"),
    ]:
        with pytest.raises(ValueError, match=message):
            make(folder, **options)
    for options, message in [
        ({"image_size": 8}, "image_size must be two integers, got int 8"),
        ({"batch_size": 2.0}, "batch_size must be an integer"),
        ({"start": 3}, "start must be two integers, got int 3"),
        ({"labels": "folders"}, 'labels must be "inferred"'),
        ({"cache": 1}, "cache must be True or False"),
        ({"crop_to_aspect_ratio": None}, "crop_to_aspect_ratio must be True or False"),
    ]:
        with pytest.raises(TypeError, match=message):
            make(folder, **options)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="a folder of images per class"):
        make(tmp_path / "empty")
