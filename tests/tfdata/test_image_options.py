"""image_folder: files of every kind, files that do not decode, and the options."""

import io
import os

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from fastsplit import tfdata

N = 12  # images per class
CLASSES = ("a", "b", "c")


def write(path, number, size=(6, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(np.full((*size, 3), number, dtype=np.uint8)).numpy())


@pytest.fixture
def folder(tmp_path):
    """Image i of the folder has the value i in every pixel, and class i // N."""
    root = tmp_path / "root"
    for number in range(N * len(CLASSES)):
        write(root / CLASSES[number // N] / f"{number:02}.png", number)
    return root


def make(folder, sizes=(1.0,), **options):
    return tfdata.image_folder(folder, sizes, **{"image_size": (2, 2), "batch_size": 4, "seed": 0, **options})


def values(part):
    """Return the value of every image of an epoch."""
    return [int(np.ravel(image)[0]) for images, *_ in part for image in np.reshape(images, (-1, 2, 2, 3))]


NOISE = np.random.default_rng(0).integers(0, 256, (16, 12, 3), dtype=np.uint8).repeat(2, 0).repeat(2, 1)
KINDS = [
    *(("JPEG", mode) for mode in ("RGB", "L", "CMYK")),
    *(("PNG", mode) for mode in ("RGB", "L", "LA", "RGBA", "P", "1", "I;16")),
    *(("BMP", mode) for mode in ("RGB", "L", "RGBA")),
    *(("GIF", mode) for mode in ("P", "L")),
]
LUMA = np.array([0.299, 0.587, 0.114])


@pytest.mark.parametrize("decode", ["exact", "fast"])
@pytest.mark.parametrize(("color_mode", "channels"), [("grayscale", 1), ("rgb", 3), ("rgba", 4)])
def test_every_kind_of_file_is_converted_to_every_color_mode(tmp_path, color_mode, channels, decode):
    for kind, mode in KINDS:
        original = Image.fromarray(NOISE).convert("L" if mode == "I;16" else mode)
        path = tmp_path / f"{kind} {mode.replace(';', '')}" / f"1.{kind.lower()}"
        path.parent.mkdir()
        if mode == "I;16":
            original = Image.fromarray(np.asarray(original).astype(np.uint16) * 257)
        original.save(path, kind, **({"quality": 100, "subsampling": 0} if kind == "JPEG" else {}))
    options = {} if decode == "exact" else {"decode": decode}
    (images,) = make(tmp_path, image_size=(32, 24), color_mode=color_mode, batch_size=None, **options)
    found = {images.class_names[int(label)]: image.numpy() for image, label in images}
    assert len(found) == len(KINDS)
    for name, image in found.items():
        kind, mode = name.split()
        assert image.shape == (32, 24, channels)
        if mode in ("CMYK", "P", "1"):  # conversion of colors by another library differs
            continue
        expected = np.asarray(Image.fromarray(NOISE).convert("L" if "L" in mode or "I" in mode else "RGB"))
        expected = np.repeat(expected[..., None], 3, 2) if expected.ndim == 2 else expected
        expected = (expected @ LUMA)[..., None] if channels == 1 else expected
        assert np.abs(image[..., :3] - expected).mean() < 6, name
        if channels == 4 and "A" not in mode:
            assert (image[..., 3] == 255).all()


@pytest.mark.parametrize("color_mode", ["grayscale", "rgb", "rgba"])
@pytest.mark.parametrize(("kind", "mode"), KINDS)
def test_no_good_file_is_skipped_in_any_color_mode(tmp_path, kind, mode, color_mode):
    """Pytest makes errors of the warnings that name what is skipped."""
    (tmp_path / "only").mkdir()
    image = Image.fromarray(NOISE).convert(mode) if mode != "I;16" else Image.fromarray(NOISE[..., 0].astype(np.uint16))
    for number in range(3):
        image.save(tmp_path / "only" / f"{number}.{kind.lower()}", kind)
    (part,) = make(tmp_path, color_mode=color_mode, on_error="skip")
    assert sum(len(labels) for _, labels in part) == 3
    assert part.skipped == []


def test_webp_is_decoded_where_tensorflow_can(folder):
    data = io.BytesIO()
    Image.fromarray(NOISE).save(data, "WEBP")
    try:
        tf.io.decode_image(data.getvalue(), channels=3)
    except tf.errors.InvalidArgumentError:
        pytest.skip("this TensorFlow does not decode WebP")
    (folder / "a" / "image.webp").write_bytes(data.getvalue())
    for color_mode in ("grayscale", "rgb", "rgba"):
        (images,) = make(folder, color_mode=color_mode)
        assert sum(len(labels) for _, labels in images) == 3 * N + 1


BROKEN = {
    "first": ["a/00.png"],
    "in the middle": ["b/14.png"],
    "last": ["c/35.png"],
    "a whole batch": [f"b/{i}.png" for i in range(12, 24)],
    "all": [f"{CLASSES[i // N]}/{i:02}.png" for i in range(36)],
}


@pytest.mark.parametrize("batch_size", [4, 7, None])
@pytest.mark.parametrize("where", BROKEN)
def test_a_broken_file_is_named_wherever_it_is(folder, where, batch_size):
    for name in BROKEN[where]:
        (folder / name).write_bytes(b"not an image")
    _, ascending = make(folder, (0.0, 1.0), batch_size=batch_size)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=f"{BROKEN[where][0]} is not an image that can be decoded: "
    ):
        list(ascending)
    (shuffled,) = make(folder, batch_size=batch_size)
    with pytest.raises(tf.errors.InvalidArgumentError, match="is not an image") as raised:
        list(shuffled)
    assert any(name in str(raised.value).splitlines()[0] for name in BROKEN[where])


@pytest.mark.parametrize(
    "options", [{}, {"drop_remainder": True}, {"batch_size": None}, {"shard": (2, 1)}, {"start": (0, 2)}]
)
@pytest.mark.parametrize("where", BROKEN)
def test_skipped_files_are_named_and_the_rest_is_complete(folder, where, options):
    expected = values(make(folder, **options)[0])
    for name in BROKEN[where]:
        (folder / name).write_bytes(b"not an image")
    broken = {int(name[2:4]) for name in BROKEN[where]}
    (part,) = make(folder, on_error="skip", **options)
    with pytest.warns(UserWarning, match="skipped") if broken & set(expected) else pytest.MonkeyPatch.context():
        found = values(part)
    left = [value for value in expected if value not in broken]
    if "drop_remainder" in options:
        left = left[: len(left) // 4 * 4]
    assert found == left
    assert {int(path[-6:-4]) for path in part.skipped} == broken & set(expected)


def test_errors_are_tensorflow_s_on_request(folder):
    (folder / "b" / "14.png").write_bytes(b"not an image")
    (part,) = make(folder, on_error="tf")
    with pytest.raises(tf.errors.InvalidArgumentError, match="Unknown image file format"):
        list(part)
    (folder / "b" / "14.png").unlink()
    (part,) = make(folder, on_error="tf")
    assert sorted(values(part)) == [i for i in range(36) if i != 14]


def test_a_file_that_vanishes_is_named(folder):
    (part,) = make(folder)
    (folder / "c" / "30.png").unlink()
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"30\.png is not an image that can be decoded: .*No such file"
    ):
        list(part)


def test_files_that_can_be_read_again_are_named_as_such(folder, monkeypatch):
    (folder / "b" / "14.png").write_bytes(b"not an image")
    monkeypatch.setattr("fastsplit.tfdata.gaps._reason", lambda decoder, path: "")
    _, ascending = make(folder, (0.0, 1.0), batch_size=6)
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"one of 6 images .* can be now: .*12\.png, .*16\.png, \.\.\."
    ):
        list(ascending)
    (part,) = make(folder, on_error="skip")
    with pytest.warns(UserWarning, match=r"14\.png, which is not an image \(it could not be read .*, but can be now\)"):
        assert len(values(part)) == 35


@pytest.mark.parametrize("on_error", ["raise", "skip", "tf"])
def test_a_batch_larger_than_an_epoch_takes_no_more_memory_than_its_images(folder, on_error):
    (part,) = make(folder, on_error=on_error, batch_size=1 << 40)
    assert sorted(values(part)) == list(range(36))


@pytest.mark.parametrize("options", [{}, {"on_error": "tf"}, {"cache": True}, {"repeat": True}])
def test_an_iterator_can_be_saved_and_restored_between_batches(folder, tmp_path, options):
    (part,) = make(folder, **options)
    iterator = iter(part)
    for _ in range(3):
        next(iterator)
    path = tf.train.Checkpoint(iterator=iterator).write(str(tmp_path / "saved"))
    rest = [next(iterator)[1].numpy().tolist() for _ in range(6 if "repeat" not in options else 20)]
    restored = iter(make(folder, **options)[0])
    tf.train.Checkpoint(iterator=restored).read(path)
    assert [next(restored)[1].numpy().tolist() for _ in rest] == rest


def test_names_that_are_not_utf8_are_read(folder):
    name = os.fsdecode(b"n\xe9 \xff.png")
    try:
        write(folder / os.fsdecode(b"cl\xe4ss") / name, 36)
    except OSError:
        pytest.skip("this file system accepts UTF-8 only")
    (part,) = make(folder, seed=1)
    assert sorted(values(part)) == list(range(37))
    assert part.class_names[3] == os.fsdecode(b"cl\xe4ss")
    assert any(path.endswith(name) for path in part.file_paths)
    (folder / os.fsdecode(b"cl\xe4ss") / name).write_bytes(b"broken")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"n\\xe9 \\xff\.png is not an image"):
        list(make(folder)[0])
    with pytest.warns(UserWarning, match=r"skipped .*n\\xe9 \\xff\.png"):
        (part,) = make(folder, on_error="skip", cache=True)
    assert os.path.exists(part.skipped[0])


@pytest.mark.parametrize("cache", [False, True])
def test_every_epoch_has_a_new_order_and_the_same_images(folder, cache):
    train, val = make(folder, (0.75, 0.25), cache=cache)
    assert values(train) == values(make(folder, (0.75, 0.25))[0])
    epochs = [values(train) for _ in range(2)]
    assert epochs[0] != epochs[1]
    assert sorted(epochs[0]) == sorted(epochs[1])
    assert values(val) == sorted({*range(36)} - {*epochs[0]})
    for _, path in zip(range(36), train.file_paths + val.file_paths, strict=True):
        os.unlink(path)
    if cache:
        assert sorted(values(train)) == sorted(epochs[0])


def test_cached_images_are_those_that_decode(folder):
    (folder / "b" / "14.png").write_bytes(b"not an image")
    with pytest.warns(UserWarning, match="skipped"):
        (part,) = make(folder, cache=True, on_error="skip")
    assert int(part.cardinality()) == 9
    assert [*{*range(36)} - {*values(part)}] == [14]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"14\.png is not an image"):
        make(folder, cache=True)


def test_a_cache_that_does_not_fit_is_an_error(folder):
    with pytest.raises(ValueError, match=r"cache=True needs .* GB for 36 images"):
        make(folder, cache=True, image_size=(10**6, 10**4))


@pytest.mark.parametrize("cache", [False, True])
def test_options_of_dataset_apply(folder, cache):
    def batches(**options):
        part = make(folder, batch_size=options.pop("batch_size", 6), cache=cache, **options)[0]
        return part, [labels.numpy() for _, labels in part.take(13)]

    for sampling in ("stratified", "balanced"):
        _, labels = batches(sampling=sampling)
        assert {tuple(np.bincount(batch, minlength=3)) for batch in labels} == {(2, 2, 2)}
    part, labels = batches(repeat=True)
    assert int(part.cardinality()) == tf.data.INFINITE_CARDINALITY
    assert labels[0].tolist() != labels[6].tolist()
    for batch_size, drop, expected in [(7, False, [7] * 5 + [1]), (7, True, [7] * 5)]:
        part, labels = batches(batch_size=batch_size, drop_remainder=drop)
        assert [len(batch) for batch in labels] == expected
        assert part.element_spec[0].shape[0] == (7 if drop else None)
        assert int(part.cardinality()) == len(expected)
    train, val = make(folder, (0.5, 0.5), cache=cache, batch_size=7, drop_remainder=True)
    assert [len(labels) for _, labels in [*train, *val]] == [7] * 4


def test_transforms_apply_to_all_splits_and_to_the_first(folder):
    train, val = make(folder, (0.5, 0.5), transform=lambda x, y: (x / 2, y), train_transform=lambda x, y: (x + 1000, y))
    assert min(float(tf.reduce_min(x)) for x, _ in train) >= 1000
    assert max(float(tf.reduce_max(x)) for x, _ in val) <= 35 / 2


def test_labels_may_be_given(folder):
    (folder / "top.png").write_bytes((folder / "a" / "00.png").read_bytes())
    names = [f"{CLASSES[i // N]}/{i:02}.png" for i in range(36)] + ["top.png"]
    odd = {name: "even" if int(name[2:4] or 0) % 2 == 0 else "odd" for name in names[:-1]} | {"top.png": "top"}
    train, test = make(folder, (0.5, 0.5), labels=odd, min_per_split=0)
    assert train.class_names == ["even", "odd", "top"]
    for images, labels in [*train, *test]:
        expected = [int(image[0, 0, 0]) % 2 for image in images.numpy()]
        assert [label for label in labels.numpy().tolist() if label != 2] == expected[
            : (labels.numpy() != 2).sum()
        ] or 2 in labels
    by_position = make(folder, (0.5, 0.5), labels=[odd[name] for name in sorted(names)])
    assert by_position[0].file_paths == train.file_paths


def test_label_modes(folder):
    (images,) = make(folder, label_mode=None)
    assert images.element_spec == tf.TensorSpec((None, 2, 2, 3), tf.float32)
    assert sorted(int(x[0, 0, 0]) for batch in images for x in batch) == list(range(36))
    for path in (folder / "c").iterdir():
        path.unlink()
    (folder / "c").rmdir()
    (part,) = make(folder, label_mode="binary")
    assert part.element_spec[1] == tf.TensorSpec((None, 1), tf.float32)
    for images, labels in part:
        assert (images.numpy()[:, 0, 0, 0] // N == labels.numpy()[:, 0]).all()
    assert make(folder, label_mode="binary", batch_size=None)[0].element_spec[1] == tf.TensorSpec((1,), tf.float32)


def test_the_result_has_its_split(folder):
    parts = make(folder, {"train": 0.75, "val": 0.25}, min_per_split=1)
    train, val = parts
    assert isinstance(parts, tuple)
    assert parts.splits.names == ("train", "val")
    assert parts.splits.counts.tolist() == [[9, 3]] * 3
    assert [parts.file_paths[i] for i in parts.splits["val"]] == val.file_paths
    assert parts.class_names == train.class_names
    assert parts.class_weight == {0: 1.0, 1: 1.0, 2: 1.0}
    assert parts["train"] is train
    assert parts[-1] is val
    assert parts[:] == (train, val)
    with pytest.raises(KeyError, match="'test' is not one of the splits train, val"):
        parts["test"]
    assert repr(parts) == f"ImageSplits(train: 27, val: 9; 3 classes, seed={parts.splits.seed})"


def test_the_report_of_a_folder_has_the_names_of_its_classes(folder):
    for path in sorted((folder / "a").iterdir())[1:]:
        path.unlink()
    parts = make(folder, {"train": 0.75, "val": 0.25}, class_names=["c", "b", "a"], seed=1)
    assert str(parts.report()).endswith("note: val lacks 1 of 3 classes: 'a'; it has 1 example.")


def test_a_minimum_that_a_class_is_too_small_for_is_refused(folder):
    with pytest.raises(ValueError, match="min_per_split"):
        make(folder, (0.75, 0.25), min_per_split=7)


@pytest.mark.parametrize("on_error", ["raise", "skip", "tf"])
def test_images_have_the_pixels_that_keras_gives(tmp_path, on_error):
    from keras.utils import image_dataset_from_directory

    rng = np.random.default_rng(0)
    for number in range(20):
        pixels = rng.integers(0, 256, (20 + number, 30, 3), dtype=np.uint8)
        path = tmp_path / "root" / f"{number % 2}" / f"{number:02}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tf.io.encode_jpeg(pixels, quality=90).numpy())
    theirs = image_dataset_from_directory(tmp_path / "root", image_size=(16, 9), shuffle=False, verbose=False)
    _, ours = make(tmp_path / "root", (0.0, 1.0), image_size=(16, 9), batch_size=32, on_error=on_error)
    for found, expected in zip(next(iter(ours)), next(iter(theirs)), strict=True):
        assert np.array_equal(found, expected)


def test_the_middle_is_cropped_as_keras_does(folder, tmp_path):
    from keras.utils import image_dataset_from_directory

    rng = np.random.default_rng(0)
    for number, size in enumerate([(9, 31), (31, 9), (16, 16), (2, 50)]):
        path = tmp_path / "other" / "only" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tf.io.encode_png(rng.integers(0, 256, (*size, 3), dtype=np.uint8)).numpy())
    for size in [(8, 8), (5, 11)]:
        theirs = image_dataset_from_directory(
            tmp_path / "other", image_size=size, shuffle=False, crop_to_aspect_ratio=True, verbose=False
        )
        _, ours = make(tmp_path / "other", (0.0, 1.0), image_size=size, crop_to_aspect_ratio=True)
        assert np.array_equal(next(iter(ours))[0], next(iter(theirs))[0])


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "area", "lanczos3"])
def test_every_interpolation_yields_floats(folder, interpolation):
    (part,) = make(folder, interpolation=interpolation)
    assert part.element_spec[0].dtype == tf.float32
    assert sorted(round(value) for value in values(part)) == list(range(36))


def test_fast_decoding_is_close_for_large_files_and_equal_for_small_ones(tmp_path):
    smooth = tf.image.resize(np.random.default_rng(0).integers(0, 256, (8, 8, 3)), (256, 256), method="bicubic")
    data = tf.io.encode_jpeg(tf.cast(tf.clip_by_value(smooth, 0, 255), tf.uint8), quality=95).numpy()
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "1.jpg").write_bytes(data)
    for size, is_equal in [(200, True), (128, False), (31, False)]:
        exact, fast = (
            next(iter(make(tmp_path, image_size=(size, size), decode=decode)[0]))[0].numpy()
            for decode in ("exact", "fast")
        )
        assert np.array_equal(exact, fast) == is_equal
        assert np.abs(exact - fast).mean() < 4


def test_fast_decoding_scales_by_as_much_as_leaves_the_size_of_the_images(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (255, 100, 3), dtype=np.uint8)
    data = tf.io.encode_jpeg(pixels).numpy()
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "1.jpg").write_bytes(data)
    ratios = {(129, 50): 1, (128, 51): 1, (128, 50): 2, (64, 26): 2, (64, 25): 4, (32, 13): 8, (1, 1): 8}
    for size, ratio in ratios.items():
        expected = tf.image.resize(tf.io.decode_jpeg(data, channels=3, ratio=ratio), size).numpy()
        ((images, _),) = make(tmp_path, image_size=size, decode="fast")[0]
        assert np.array_equal(images[0], expected), (size, ratio)
