"""`records`: TFRecord files and indices -> `tf.data` pipelines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.engine.parallel import for_ranges, ranges
from fastsplit.inputs.options import described, read_flag
from fastsplit.readers.mapped_records import MappedRecords
from fastsplit.text import printable
from fastsplit.tfdata.pipelines import dataset, in_turn
from fastsplit.tfdata.sources import Source, SourceError
from fastsplit.tfdata.sources.base import Indices
from fastsplit.typing import ArrayLike

_READERS = 8  # threads: reading waits for a disk or a network, not for processors
_GRAIN = 1 << 19  # bytes worth starting a thread for
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
        Plain TFRecord files. The records of all files are numbered from 0, in the order of ``paths``.
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
        If an argument has the wrong type or value, an index is outside the files, or a file is compressed, no TFRecord
        file, damaged or cut short. Checksums of records are checked when they are read: a wrong one ends the iteration.

    Notes
    -----
    The files are mapped into memory: they must not be cut while the pipeline is in use. Besides what a pipeline of
    `dataset` holds, this one holds 16 bytes per record of the files.

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
    source = _RecordSource(_Leaf(MappedRecords(_read_paths(paths), index=read_flag("index", index))))
    options["transform"] = in_turn(parsing, options.get("transform"))
    return dataset(source, indices, **options)


class _Leaf:
    """The records as rows of strings."""

    dtype = np.dtype(object)

    def __init__(self, files: MappedRecords) -> None:
        self.files = files
        self.shape = (files.n,)

    def take(self, indices: Indices) -> NDArray[Any]:
        """Return the serialized examples at indices, shape (m,), read by several threads."""
        chosen = self.files.at(indices)
        n = len(indices)
        workers = max(1, min(_READERS, chosen.nbytes // _GRAIN))
        try:
            for_ranges(ranges(n, workers, 1), lambda _, begin, end: chosen.check(begin, end))
        except ValueError as error:
            raise SourceError(printable(error)) from None
        return chosen.examples()


class _RecordSource(Source):
    """A source that knows how large its rows are."""

    def __init__(self, leaf: _Leaf) -> None:
        super().__init__(leaf, "numpy")
        self._leaf = leaf

    @property
    def row_nbytes(self) -> int:
        return self._leaf.files.nbytes // max(self._leaf.files.n, 1)


def _read_paths(paths: Any) -> list[Path]:
    """Return the files, of which there is at least one."""
    if isinstance(paths, str | PathLike):
        paths = [paths]
    read = list(paths) if isinstance(paths, Iterable) else [paths]
    if wrong := [path for path in read if not isinstance(path, str | PathLike)]:
        raise TypeError(f"paths must be a path or several, got {described(wrong[0])}")
    if not read:
        raise ValueError("paths must hold at least one file, got none")
    return [Path(os.fspath(path)) for path in read]


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
