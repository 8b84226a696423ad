"""`image_folder`: an image tree -> `tf.data` pipelines of decoded images."""

from __future__ import annotations

import threading
import warnings
from os import PathLike
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from fastsplit.inputs.options import integer_argument
from fastsplit.inputs.seeds import read_seed
from fastsplit.readers import image_tree
from fastsplit.splits import split
from fastsplit.tfdata.arguments import read_choice, read_pair, read_shard, read_start
from fastsplit.tfdata.epochs import Steps
from fastsplit.tfdata.pipelines import dataset
from fastsplit.typing import SeedLike, SizesLike

_CHANNELS = {"grayscale": 1, "rgb": 3, "rgba": 4}
_LABEL_MODES = ("int", "categorical")
_ON_ERROR = ("raise", "skip")
_PREFETCHED = 2  # batches: one for the model to use next, and one that is being made
_N_SHOWN = 5  # file names that a warning shows


def image_folder(
    directory: str | PathLike[str],
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
    """Make a pipeline per split of a folder of images, exactly stratified by class.

    The stratified counterpart of ``keras.utils.image_dataset_from_directory``.

    Parameters
    ----------
    directory : path_like
        Has a folder per class with the images of this class, at any depth: JPEG, PNG, GIF (its first frame) or BMP.
        Every folder is a class and every file in it is an image, also if it is hidden. A warning lists files outside
        the class folders, which are ignored.
    sizes : sequence or mapping
        As for `fastsplit.split`.
    image_size : (int, int)
        Height and width to which images are resized.
    batch_size, eval_batch_size : int or None
        Images per batch of the first split, which has a new order in each epoch, and of the others;
        ``eval_batch_size`` is ``batch_size`` by default. None yields single images.
    seed : int, numpy.random.SeedSequence, numpy.random.Generator or None
        For the split and for the order of the first split. The split of a file depends on the seed and on the paths of
        all files relative to the directory.
    color_mode : {"rgb", "grayscale", "rgba"}
        The channels to which images are converted.
    interpolation : str, default "bilinear"
        As for ``tf.image.resize``.
    label_mode : {"int", "categorical"}
        Whether labels are class numbers, int32, or one-hot rows, float32.
    on_error : {"raise", "skip"}
        What happens when a file is read that is not an image: an error that names the file, or a warning that names
        it, once, and epochs without it.
    shard, start
        As for `dataset`; ``start`` applies to the first split only.

    Returns
    -------
    tuple of tf.data.Dataset
        One per split, of (images, labels). Images are float32 from 0 to 255, shape (batch, height, width, channels).
        Each dataset has the attributes ``class_names``, the names of the class folders, ascending; ``file_paths``; and
        ``skipped``, the files skipped so far. A ``map`` of it does not. With ``on_error="skip"`` the cardinality is
        unknown.

    Raises
    ------
    ValueError, TypeError
        If an argument has the wrong type or value, or there is no file in any class folder.

    Notes
    -----
    Files are sorted by name, so the result does not depend on the file system.
    """
    _check_batch_sizes(batch_size, eval_batch_size)
    skipped = Skipped() if read_choice("on_error", on_error, _ON_ERROR) == "skip" else None
    height, width = (integer_argument("image_size", size, minimum=1) for size in read_pair("image_size", image_size))
    decoder = Decoder(
        height,
        width,
        _CHANNELS[read_choice("color_mode", color_mode, _CHANNELS)],
        read_choice("interpolation", interpolation, _interpolations()),
        skipped,
    )
    categorical = read_choice("label_mode", label_mode, _LABEL_MODES) == "categorical"
    if seed is None and shard is not None:
        raise ValueError("shard needs a seed: the same for every shard")
    tree = image_tree.read(directory)
    if tree.stray:
        shown = ", ".join(tree.stray[:_N_SHOWN])
        warnings.warn(f"{len(tree.stray)} files are outside the class folders and ignored: {shown}", stacklevel=2)
    seed = read_seed(seed)
    paths = np.array([str(path) for path in tree.paths], dtype=object)

    def pipeline(indices: Any, size: int | None, **options: Any) -> Any:
        source = paths, tree.labels
        examples = dataset(
            source, indices, batch_size=None, seed=seed, shard=shard, gather="numpy", prefetch=None, **options
        )
        images = decoder.images(examples)
        if categorical:
            images = images.map(lambda image, label: (image, tf.one_hot(label, len(tree.class_names))))
        images = (images if size is None else images.batch(size)).prefetch(_PREFETCHED)
        images.class_names = tree.class_names
        images.file_paths = paths[indices].tolist()
        images.skipped = skipped.paths if skipped else []
        return images

    train, *others = split(tree.labels, sizes, seed=seed, ids=tree.ids, order="ascending")
    epoch, step = read_start(start, Steps(len(train), batch_size or 1, read_shard(shard).n_shards, False).count)
    first = pipeline(train, batch_size, shuffle=True, start=(epoch, step * (batch_size or 1)))
    return (first, *(pipeline(indices, eval_batch_size or batch_size) for indices in others))


class Skipped:
    """The files that were skipped because they are not images."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._lock = threading.Lock()

    def add(self, path: str, reason: str) -> None:
        """Add a file, and warn about it if it is new."""
        with self._lock:
            if path in self.paths:
                return
            self.paths.append(path)
            count = len(self.paths)
        warnings.warn(f"skipped {path}, which is not an image ({reason}); {count} so far", stacklevel=2)


class Decoder(NamedTuple):
    """How files become images; files that are not images are an error, unless there is ``skipped`` to list them."""

    height: int
    width: int
    channels: int
    interpolation: str
    skipped: Skipped | None

    def images(self, files: Any) -> Any:
        """Map a dataset of (path, label) to one of (image, label)."""
        shape = [self.height, self.width, self.channels]

        def load(path: Any, label: Any) -> tuple[Any, Any, Any]:
            image, is_image = tf.py_function(self._decoded, [path], [tf.float32, tf.bool])
            return tf.ensure_shape(image, shape), label, tf.ensure_shape(is_image, [])

        loaded = files.map(load, num_parallel_calls=tf.data.AUTOTUNE)
        if self.skipped is not None:
            loaded = loaded.filter(lambda image, label, is_image: is_image)
        return loaded.map(lambda image, label, is_image: (image, label))

    def _decoded(self, path: Any) -> tuple[Any, bool]:
        """Return an image, and True; for a file to be skipped, zeros, and False."""
        try:
            image = tf.io.decode_image(tf.io.read_file(path), channels=self.channels, expand_animations=False)
            return tf.image.resize(image, (self.height, self.width), method=self.interpolation), True
        except tf.errors.OpError as error:
            text = path.numpy().decode("utf-8", "surrogateescape")
            first_line = str(error).partition("\n")[0]
            reason = first_line.partition("} ")[2] or first_line  # TensorFlow begins with {{function_node ...}}
            if self.skipped is None:
                raise ValueError(f"{text} is not an image that can be decoded: {reason}") from error
            self.skipped.add(text, reason)
            return tf.zeros((self.height, self.width, self.channels)), False


def _check_batch_sizes(batch_size: int | None, eval_batch_size: int | None) -> None:
    for name, size in (("batch_size", batch_size), ("eval_batch_size", eval_batch_size)):
        if size is not None:
            integer_argument(name, size, minimum=1)


def _interpolations() -> list[str]:
    return [value for name, value in vars(tf.image.ResizeMethod).items() if name.isupper()]
