"""image_folder: a folder of images, one folder a class."""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from fastsplit.inputs.options import integer_argument
from fastsplit.inputs.seeds import read_seed
from fastsplit.splits import split
from fastsplit.tfdata._dataset import dataset, read_pair
from fastsplit.typing import SeedLike, SizesLike

_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}


def image_folder(
    directory: Any,
    sizes: SizesLike,
    *,
    image_size: tuple[int, int],
    batch_size: int | None,
    eval_batch_size: int | None = None,
    seed: SeedLike = None,
    color_mode: str = "rgb",
    interpolation: str = "bilinear",
    label_mode: str = "int",
    on_error: str = "raise",
    shard: Any = None,
    start: tuple[int, int] = (0, 0),
) -> tuple[Any, ...]:
    """Make a pipeline for each split of a folder of images, in which every class keeps its share, exactly.

    The stratified counterpart of ``keras.utils.image_dataset_from_directory``.

    Parameters
    ----------
    directory : path_like
        Holds a folder for each class, and in it, at any depth, the images: JPEG, PNG, GIF (its first frame) or BMP. All
        folders count as classes and all files in them as images, hidden ones too. Other files are told by a warning.
    sizes : sequence or mapping
        As for `fastsplit.split`.
    image_size : (int, int)
        Height and width that images are resized to.
    batch_size, eval_batch_size : int or None
        Images in a batch of the first split, which is shuffled anew every epoch, and of the others, by default as many.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        For the split and for the order of the first. Files are told apart by their names within the directory.
    color_mode : {"rgb", "grayscale", "rgba"}
        What images are converted to.
    interpolation : str, default "bilinear"
        As for ``tf.image.resize``.
    label_mode : {"int", "categorical"}
        Whether labels are numbers of classes, int32, or one-hot rows, float32.
    on_error : {"raise", "skip"}
        What to do about a file that is not an image: an error that names it, when it is read, or a warning that names
        it and counts, and epochs without it.
    shard, start
        As for `dataset`, but that steps of ``start`` are counted for the first split alone.

    Returns
    -------
    tuple of tf.data.Dataset
        As many as sizes, of (images, labels): float32 from 0 to 255, shape (batch, height, width, channels). Each has
        the attributes ``class_names``, the names of the folders ascending, ``file_paths``, and ``skipped``, the files
        that were skipped so far; a ``map`` of it has not. With ``on_error="skip"`` the cardinality is unknown.

    Raises
    ------
    ValueError, TypeError
        If an argument is of the wrong type or value, or the directory has no folders or no files.

    Notes
    -----
    Files are sorted by name, so that the result does not depend on the file system.
    """
    root = Path(directory)
    for name, value, accepted in (
        ("color_mode", color_mode, _CHANNELS),
        ("label_mode", label_mode, ("int", "categorical")),
        ("on_error", on_error, ("raise", "skip")),
    ):
        if value not in accepted:
            raise ValueError(f"{name} must be one of {', '.join(accepted)}, got {value!r}")
    height, width = (integer_argument("image_size", size, minimum=1) for size in read_pair("image_size", image_size))
    if interpolation not in (methods := [value for key, value in vars(tf.image.ResizeMethod).items() if key.isupper()]):
        raise ValueError(f"interpolation must be one of {', '.join(methods)}, got {interpolation!r}")
    if seed is None and shard is not None:
        raise ValueError("shard needs a seed: the same one for every shard")
    if stray := sorted(path.name for path in root.iterdir() if not path.is_dir()):
        warnings.warn(f"{len(stray)} files lie beside the folders of the classes: {', '.join(stray[:5])}", stacklevel=2)
    names = sorted(folder.name for folder in root.iterdir() if folder.is_dir())
    files = [sorted(path for path in (root / name).rglob("*") if path.is_file()) for name in names]
    paths = [path for of_class in files for path in of_class]
    if not paths:
        raise ValueError(f"directory must hold a folder of images for each class, got none in {str(root)!r}")
    labels = np.repeat(np.arange(len(names), dtype=np.int32), [len(of_class) for of_class in files])
    ids = [path.relative_to(root).as_posix() for path in paths]
    number = read_seed(seed)
    parts = split(labels, sizes, seed=number, ids=ids, order="ascending")
    skipped = Skipped()
    load = _loading((height, width), _CHANNELS[color_mode], interpolation, on_error == "skip", skipped)
    texts = np.array([str(path) for path in paths], dtype=object)

    def part(split_number: int, indices: Any) -> Any:
        first = split_number == 0
        size = batch_size if first or eval_batch_size is None else eval_batch_size
        begin = (start[0], start[1] * (size or 1)) if first else (0, 0)
        examples = dataset(
            (texts, labels),
            indices,
            batch_size=None,
            shuffle=first,
            seed=number,
            shard=shard,
            start=begin,
            gather="numpy",
            prefetch=None,
        )
        images = examples.map(load, num_parallel_calls=tf.data.AUTOTUNE)
        if on_error == "skip":
            images = images.filter(lambda image, label, good: good)
        images = images.map(lambda image, label, good: (image, _label(label, label_mode, len(names))))
        if size is not None:
            images = images.batch(size)
        images = images.prefetch(2)
        images.class_names = names
        images.file_paths = texts[indices].tolist()
        images.skipped = skipped.paths
        return images

    return tuple(part(split_number, indices) for split_number, indices in enumerate(parts))


class Skipped:
    """The files that were skipped, each told once."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._lock = threading.Lock()

    def add(self, path: str, reason: str) -> None:
        """Count a file, and warn about it the first time."""
        with self._lock:
            if path in self.paths:
                return
            self.paths.append(path)
            count = len(self.paths)
        warnings.warn(f"skipped {path}, which is not an image ({reason}); {count} so far", stacklevel=2)


def _loading(image_size: tuple[int, int], channels: int, interpolation: str, skip: bool, skipped: Skipped) -> Any:
    height, width = image_size

    def decode(path: Any) -> tuple[Any, Any]:
        text = path.numpy().decode("utf-8", "surrogateescape")
        try:
            image = tf.io.decode_image(tf.io.read_file(path), channels=channels, expand_animations=False)
            return tf.image.resize(image, (height, width), method=interpolation), True
        except (tf.errors.InvalidArgumentError, tf.errors.OpError) as error:
            reason = str(error).splitlines()[0].partition("} ")[2] or str(error).splitlines()[0]
            if not skip:
                raise ValueError(f"{text} is not an image that can be decoded: {reason}") from error
            skipped.add(text, reason)
            return tf.zeros((height, width, channels)), False

    def load(path: Any, label: Any) -> tuple[Any, Any, Any]:
        image, good = tf.py_function(decode, [path], [tf.float32, tf.bool])
        return tf.ensure_shape(image, [height, width, channels]), label, tf.ensure_shape(good, [])

    return load


def _label(label: Any, label_mode: str, classes: int) -> Any:
    return tf.one_hot(label, classes) if label_mode == "categorical" else label
