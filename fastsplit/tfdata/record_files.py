"""`records`: TFRecord files and indices -> `tf.data` pipelines."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any

import tensorflow as tf

from fastsplit.inputs.options import described, read_flag
from fastsplit.readers.kinds import KINDS, recognize
from fastsplit.readers.mapped_records import MappedRecords
from fastsplit.readers.record_index import INDEX_SUFFIX
from fastsplit.readers.source import Options, require_distinct
from fastsplit.tfdata.pipelines import dataset, in_turn
from fastsplit.tfdata.sources.records import RecordSource
from fastsplit.typing import ArrayLike

_NO_OPTIONS = ("source", "indices", "gather")  # parameters of `dataset` that are no options of `records`


def records(
    paths: str | PathLike[str] | Iterable[str | PathLike[str]],
    indices: ArrayLike,
    *,
    parse: Callable[..., Any] | Mapping[str, Any] | None = None,
    index: bool = False,
    **options: Any,
) -> Any:
    """Make a pipeline of some records of TFRecord files, read in any order.

    Order, batches, shards and resumption are those of `dataset`: with the same seed, both yield the same examples.

    Parameters
    ----------
    paths : path or iterable of paths
        Plain TFRecord files: a path, a pattern such as ``"shards/*.tfrecord"`` (files are sorted by name), a folder
        (its TFRecord files at any depth, sorted, as ``fastsplit split`` reads them), or several of these. The records
        of all files are numbered from 0, in this order.
    indices : array_like of int, shape (n,)
        The records to yield: one split, for example.
    parse : dict or callable, optional
        How records become tensors: a dict of features as for ``tf.io.parse_example``, or a function of one serialized
        example, as for ``Dataset.map``. By default, the serialized examples are yielded.
    index : bool, default False
        Whether to keep, beside each file, an index of where its records are (8 bytes per record; its name is that of
        the file with ``.fastsplit-index`` at the end). Without it, the lengths of all records are read each time.
    **options
        As for `dataset`, all but ``gather``. A ``transform`` is applied after ``parse``.

    Returns
    -------
    tf.data.Dataset
        Its cardinality is that of `dataset`.

    Raises
    ------
    ValueError, TypeError
        If an argument has the wrong type or value, an index is outside the files, a file is given twice, or a file is
        compressed, no TFRecord file, damaged or cut short. Checksums of records are checked when they are read: a wrong
        one ends the iteration.
    FileNotFoundError
        If a file does not exist, or none matches a pattern.

    Notes
    -----
    The files are mapped into memory: they must not be cut while the pipeline is in use. Besides what a pipeline of
    `dataset` holds, this one holds 16 bytes per record of the files. With glibc, this process afterwards keeps up to
    64 MB of freed memory, for the strings of the next batches, instead of returning them to the system.

    Examples
    --------
    >>> import tempfile
    >>> import tensorflow as tf
    >>> from fastsplit import tfdata
    >>> def example(label):
    ...     values = tf.train.Feature(int64_list=tf.train.Int64List(value=[label]))
    ...     return tf.train.Example(features=tf.train.Features(feature={"label": values})).SerializeToString()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with tf.io.TFRecordWriter(f"{folder}/a.tfrecord") as file:
    ...         for label in range(10):
    ...             file.write(example(label))
    ...     features = {"label": tf.io.FixedLenFeature([], tf.int64)}
    ...     for batch in tfdata.records(f"{folder}/a.tfrecord", [7, 2, 5], parse=features, batch_size=2):
    ...         print(batch["label"].numpy())
    [7 2]
    [5]
    """
    accepted = sorted(set(signature(dataset).parameters) - set(_NO_OPTIONS))
    if unknown := sorted(set(options) - set(accepted)):
        raise TypeError(f"records() takes the options {', '.join(accepted)}; got {', '.join(unknown)}")
    parsing = None if parse is None else _parsing(parse, is_single=options.get("batch_size", 0) is None)
    source = RecordSource(MappedRecords(_files_of(paths), index=read_flag("index", index)))
    options["transform"] = in_turn(parsing, options.get("transform"))
    return dataset(source, indices, **options)


def _files_of(paths: Any) -> list[Path]:
    """Return the files that paths, patterns and folders name, in order; at least one, and none twice."""
    if isinstance(paths, str | PathLike):
        paths = [paths]
    given = list(paths) if isinstance(paths, Iterable) else [paths]
    if wrong := [path for path in given if not isinstance(path, str | PathLike)]:
        raise TypeError(f"paths must be a path or several, got {described(wrong[0])}")
    if not given:
        raise ValueError("paths must hold at least one file, got none")
    files = list(chain.from_iterable(_expanded(str(Path(path))) for path in given))
    require_distinct(files)
    return files


def _expanded(path: str) -> list[Path]:
    """Return the files of a path: itself, those in a folder, or those that match a pattern."""
    if os.path.isdir(path):
        kind, files, _ = recognize([Path(path)], Options())
        if kind != "tfrecord":
            raise ValueError(f"{path} must be a folder of TFRecord files, got {KINDS[kind].says}")
        return files
    if os.path.exists(path) or not glob.has_magic(path):
        return [Path(path)]
    found = sorted(name for name in glob.glob(path, recursive=True) if os.path.isfile(name))
    files = [Path(name) for name in found if not name.endswith(INDEX_SUFFIX)]
    if not files:
        raise FileNotFoundError(f"no file matches {path!r}")
    return files


def _parsing(parse: Any, *, is_single: bool) -> Callable[[Any], Any]:
    """Return the function that parses a serialized example if it is a single one, or else a batch of them."""
    if isinstance(parse, Mapping):
        features = dict(parse)
        function = tf.io.parse_single_example if is_single else tf.io.parse_example
        return lambda serialized: function(serialized, features)
    if not callable(parse):
        raise TypeError(f"parse must be a function or a dict of features, got {described(parse)}")
    if is_single:
        return parse  # type: ignore[no-any-return]
    spec = tf.data.Dataset.from_tensors("").map(parse).element_spec
    return lambda serialized: tf.map_fn(parse, serialized, fn_output_signature=spec)
