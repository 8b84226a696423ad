"""`image_folder`: an image tree -> `tf.data` pipelines of decoded images."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, SupportsIndex, overload

import numpy as np
import tensorflow as tf

from fastsplit.inputs.labels import read_labels
from fastsplit.inputs.options import described, integer_argument, read_flag
from fastsplit.inputs.seeds import read_seed
from fastsplit.readers import image_tree
from fastsplit.readers.image_tree import ImageTree
from fastsplit.report import Report
from fastsplit.splits import Splits, split
from fastsplit.text import printable
from fastsplit.tfdata.arguments import read_choice, read_pair, read_sampling, read_shard, warn
from fastsplit.tfdata.decoding import CHANNELS, Decoder
from fastsplit.tfdata.gaps import Skipped
from fastsplit.tfdata.graph import pipeline_options
from fastsplit.tfdata.image_files import ImageFiles, Order, path_bytes
from fastsplit.typing import SeedLike, SizesLike

_LABEL_MODES = ("int", "categorical", "binary", None)
_ON_ERROR = ("raise", "skip", "tf")
_DECODES = ("exact", "fast")
_PREFETCHED = 2  # batches: one for the model to use next, and one that is being made
_N_SHOWN = 5  # file names that a warning shows


class ImageSplits(tuple[Any, ...]):
    """The pipelines of an image folder, one per split: a tuple, also indexed by the names of the splits.

    Attributes
    ----------
    splits : Splits
        The split of the files, in the order of ``file_paths``: its counts, plan and report.
    class_names : list of str
        The names of the classes; a class number is an index into them.
    file_paths : list of str
        All images.
    skipped : list of str
        The files skipped so far.
    """

    splits: Splits
    class_names: list[str]
    file_paths: list[str]
    skipped: list[str]

    @property
    def class_weight(self) -> dict[int, float]:
        """Weights for ``Model.fit`` with which all classes count the same, as those of `fastsplit.Splits`."""
        return self.splits.class_weight

    def report(self) -> Report:
        """Return the table of the split, with the names of the classes."""
        plan = self.splits.plan
        names = np.array(self.class_names)[plan.classes]
        return Report(replace(plan, classes=names))

    @overload
    def __getitem__(self, key: SupportsIndex | str) -> Any: ...
    @overload
    def __getitem__(self, key: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, key: SupportsIndex | str | slice) -> Any:
        if isinstance(key, str):
            if key not in self.splits:
                raise KeyError(f"{key!r} is not one of the splits {printable(', '.join(self.splits.names))}")
            return super().__getitem__(self.splits.names.index(key))
        return super().__getitem__(key)

    def __repr__(self) -> str:
        return f"Image{self.splits!r}"


def image_folder(
    directory: str | PathLike[str],
    sizes: SizesLike,
    *,
    image_size: tuple[int, int],
    batch_size: int | None,
    eval_batch_size: int | None = None,
    seed: SeedLike = None,
    labels: Any = "inferred",
    class_names: Sequence[str] | None = None,
    label_mode: str | None = "int",
    color_mode: str = "rgb",
    interpolation: str = "bilinear",
    crop_to_aspect_ratio: bool = False,
    decode: str = "exact",
    on_error: str = "raise",
    follow_links: bool = False,
    min_per_split: int = 0,
    sampling: str = "uniform",
    drop_remainder: bool = False,
    repeat: bool = False,
    transform: Callable[..., Any] | None = None,
    train_transform: Callable[..., Any] | None = None,
    cache: bool = False,
    shard: Any = None,
    start: tuple[int, int] = (0, 0),
) -> ImageSplits:
    """Make a pipeline per split of a folder of images, exactly stratified by class.

    The stratified counterpart of ``keras.utils.image_dataset_from_directory``.

    Parameters
    ----------
    directory : path_like
        Has a folder per class with the images of this class, at any depth: JPEG, PNG, GIF (its first frame) or BMP.
        A warning counts what is ignored: hidden files and folders, files that are no images, and files outside the
        class folders. A file with another suffix, or none, is an image if it begins like one.
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
    labels : "inferred", array_like or mapping
        By default the folders are the classes. Otherwise the class of each image at any depth of the directory:
        integers or strings in the order of the sorted paths, or a mapping of paths relative to the directory.
    class_names : sequence of str, optional
        The names of the class folders, in the order of the class numbers; by default they are sorted.
    label_mode : {"int", "categorical", "binary", None}
        Labels are class numbers, int32; one-hot rows, float32; or, of two classes, 0 or 1 as float32 of shape (1,).
        With None there are no labels, only images.
    color_mode : {"rgb", "grayscale", "rgba"}
        The channels to which images are converted, whatever the file holds.
    interpolation : str, default "bilinear"
        As for ``tf.image.resize``.
    crop_to_aspect_ratio : bool, default False
        Whether only the middle of an image, of the ratio of ``image_size``, is resized.
    decode : {"exact", "fast"}
        With "fast", a JPEG of at least twice the ``image_size`` is scaled down by 2, 4 or 8 while it is decoded, and
        resized then. This takes less time, but gives other pixels than ``image_dataset_from_directory``. Smaller files
        have the same pixels as with "exact", and take a little longer, because their size is read first.
    on_error : {"raise", "skip", "tf"}
        What happens when a file is read that is not an image: an error that names the file; or a warning that names
        it, once, and epochs without it; or, a little faster, the error of TensorFlow, which does not name it.
    follow_links : bool, default False
        Whether links to folders within a class folder are followed.
    min_per_split : int, default 0
        As for `fastsplit.split`.
    sampling : {"uniform", "stratified", "balanced"}
        As for `dataset`; of the first split. Batches after a skipped file are shifted by one image.
    drop_remainder : bool, default False
        Whether to leave out the last batch of an epoch if it is not full, in all splits.
    repeat : bool, default False
        Whether an iteration of the first split goes on with the next epoch, without end.
    transform, train_transform : callable, optional
        Applied to each batch of all splits, and then of the first split, as by ``Dataset.map``.
    cache : bool, default False
        Whether to decode all images now and keep them in memory. The order of the first split is still new in each
        epoch, which it would not be after ``Dataset.cache``.
    shard, start
        As for `dataset`; ``start`` applies to the first split only.

    Returns
    -------
    ImageSplits
        A tuple of tf.data.Dataset, one per split, of (images, labels), with the attributes ``splits``, ``class_names``,
        ``file_paths``, ``skipped`` and ``class_weight``. Images are float32 from 0 to 255, shape (batch, height, width,
        channels). Each dataset has the attributes ``class_names``, ``file_paths``, those of its split, and ``skipped``
        too; a ``map`` of it does not. With ``on_error="skip"`` the cardinality is unknown, unless images are cached.

    Raises
    ------
    ValueError, TypeError
        If an argument has the wrong type or value, or there is no image in any class folder.
    tensorflow.errors.InvalidArgumentError
        While iterating, if a file cannot be decoded.

    Notes
    -----
    Files are sorted by name, so the result does not depend on the file system. A ``tf.train.Checkpoint`` of an iterator
    holds the images that are made ahead, unless they are cached or ``on_error="tf"``; ``start`` needs no checkpoint.
    """
    for name, size in (("batch_size", batch_size), ("eval_batch_size", eval_batch_size)):
        if size is not None:
            integer_argument(name, size, minimum=1)
    named, shards = read_choice("on_error", on_error, _ON_ERROR), read_shard(shard)
    skipped = Skipped() if named == "skip" else None
    if seed is None and shard is not None:
        raise ValueError("shard needs a seed: the same for every shard")
    decoder = _read_decoder(image_size, color_mode, interpolation, crop_to_aspect_ratio, decode)
    read_choice("label_mode", label_mode, _LABEL_MODES)
    read_sampling(sampling, shuffle=True, batch_size=batch_size)
    tree = _read_tree(directory, labels, class_names, read_flag("follow_links", follow_links))
    _warn_of(tree)
    label_as = _labels_as(label_mode, tree.class_names)
    seed = read_seed(seed)
    parts = split(tree.labels, sizes, seed=seed, ids=tree.ids, order="ascending", min_per_split=min_per_split)

    first = Order(
        batch_size,
        shuffle=True,
        seed=seed,
        sampling=sampling,
        drop_remainder=read_flag("drop_remainder", drop_remainder),
        repeat=read_flag("repeat", repeat),
        shard=shards,
        start=read_pair("start", start),
    )
    size = eval_batch_size or batch_size
    other = first._replace(batch_size=size, shuffle=False, sampling="uniform", repeat=False, start=(0, 0))
    files: Any = ImageFiles(path_bytes(tree.paths), tree.labels, decoder, named != "tf", skipped)
    if read_flag("cache", cache):
        files = files.cached(np.concatenate(list(parts)))
    maps = [
        [map_ for map_ in (label_as, transform, None if number else train_transform) if map_ is not None]
        for number in range(len(parts))
    ]
    # ignore_errors, by which files are named, supports no symbolic checkpoints.
    options = pipeline_options(True, symbolic_checkpoint=named == "tf" or cache)
    pipelines = [
        _mapped(files.batches(indices, other if number else first), maps[number]).with_options(options)
        for number, indices in enumerate(parts)
    ]
    results = ImageSplits(pipelines)
    results.splits = parts
    all_paths = [os.fspath(path) for path in tree.paths]
    results.file_paths = all_paths
    for pipeline, indices in zip(pipelines, parts, strict=True):
        pipeline.file_paths = [all_paths[index] for index in indices]
    for result in (results, *pipelines):
        result.class_names = tree.class_names
        result.skipped = skipped.paths if skipped else []
    return results


def _mapped(batches: Any, maps: list[Callable[..., Any]]) -> Any:
    """Apply functions to batches, one after the other, in parallel, some batches ahead."""
    for map_ in maps:
        batches = batches.map(map_, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(_PREFETCHED)


def _read_decoder(image_size: Any, color_mode: str, interpolation: str, crops: bool, decode: str) -> Decoder:
    height, width = (integer_argument("image_size", size, minimum=1) for size in read_pair("image_size", image_size))
    accepted = [value for name, value in vars(tf.image.ResizeMethod).items() if name.isupper()]
    return Decoder(
        height,
        width,
        CHANNELS[read_choice("color_mode", color_mode, CHANNELS)],
        read_choice("interpolation", interpolation, accepted),
        read_flag("crop_to_aspect_ratio", crops),
        read_choice("decode", decode, _DECODES) == "fast",
    )


def _read_tree(directory: Any, labels: Any, class_names: Any, follow_links: bool) -> ImageTree:
    """Return the images, with the labels that were given or those of the class folders."""
    if isinstance(labels, str) and labels == "inferred":
        return image_tree.read(directory, class_names=class_names, follow_links=follow_links)
    if class_names is not None:
        raise ValueError("class_names are the names of class folders: leave them out, or labels")
    tree = image_tree.read_flat(directory, follow_links=follow_links)
    if isinstance(labels, Mapping):
        if missing := [path for path in tree.ids if path not in labels]:
            raise ValueError(f"labels must have every image, got none for {len(missing)}, such as {missing[0]!r}")
        labels = [labels[path] for path in tree.ids]
    if isinstance(labels, str) or labels is None:
        raise TypeError(f'labels must be "inferred", an array or a mapping, got {described(labels)}')
    read = read_labels(labels)
    if len(read.values) != len(tree.paths):
        raise ValueError(f"labels must be as many as the images, {len(tree.paths)}, got {len(read.values)}")
    classes, codes = np.unique(read.values, return_inverse=True)
    names = classes.tolist() if read.names is None else read.names[classes].tolist()
    return tree._replace(labels=codes.astype(np.int32), class_names=[str(name) for name in names])


def _warn_of(tree: ImageTree) -> None:
    """Warn once of files that are ignored, and once of classes without images."""
    if tree.ignored:
        warn(
            f"directory has {len(tree.ignored)} files or folders that are hidden, no images or outside the class "
            f"folders; they are ignored: {_shown(tree.ignored)}"
        )
    counts = np.bincount(tree.labels, minlength=len(tree.class_names))
    if empty := [name for name, count in zip(tree.class_names, counts, strict=True) if not count]:
        warn(f"directory has {len(empty)} class folders without images: {_shown(empty)}")


def _shown(names: list[str]) -> str:
    return ", ".join(names[:_N_SHOWN]) + (", ..." if len(names) > _N_SHOWN else "")


def _labels_as(mode: str | None, class_names: list[str]) -> Callable[..., Any] | None:
    """Return the function that gives a batch, or an example, its labels in a label mode; None changes nothing."""
    n = len(class_names)
    if mode == "binary" and n != 2:
        raise ValueError(f'label_mode="binary" needs two classes, got {n}: {", ".join(class_names[:_N_SHOWN])}')
    functions: dict[str | None, Callable[..., Any] | None] = {
        "int": None,
        "categorical": lambda images, labels: (images, tf.one_hot(labels, n)),
        "binary": lambda images, labels: (images, tf.cast(labels, tf.float32)[..., None]),
        None: lambda images, labels: images,
    }
    return functions[mode]
