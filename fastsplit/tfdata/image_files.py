"""Image files -> batches of decoded images, read in each epoch or kept in memory."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.memory import free_memory
from fastsplit.tfdata.arguments import Shard, read_start, warn
from fastsplit.tfdata.chunks import Chunks
from fastsplit.tfdata.decoding import Decoder
from fastsplit.tfdata.epochs import Epochs, Steps
from fastsplit.tfdata.gaps import Gaps, Skipped
from fastsplit.tfdata.graph import chunk_datasets, chunk_numbers, flattened, mapped, mapped_batches
from fastsplit.tfdata.pipelines import dataset
from fastsplit.tfdata.sources import Source

_CHUNK = 4096  # paths that Python is asked for at a time
_PREFETCHED = 2  # chunks
_UNBATCHED = 32  # images that are checked at a time if there are no batches
_FLOAT = 4  # bytes


class Order(NamedTuple):
    """The batches of a split, by the parameters of `fastsplit.tfdata.dataset`."""

    batch_size: int | None
    shuffle: bool
    seed: int
    sampling: str
    drop_remainder: bool
    repeat: bool
    shard: Shard
    start: tuple[int, int]

    def steps(self, n: int) -> Steps:
        """Return how n images fall into steps."""
        return Steps(n, self.batch_size or 1, self.shard.n_shards, self.drop_remainder)


class ImageFiles(NamedTuple):
    """Image files and their labels.

    Attributes
    ----------
    paths : ndarray of bytes as objects, shape (N,)
        The files.
    labels : ndarray of int32, shape (N,)
        Their classes.
    decoder : Decoder
        How they become images.
    is_named : bool
        Whether a file that cannot be decoded is named, in an error or, if there is ``skipped``, in a warning.
    skipped : Skipped, optional
        Where such files are listed.
    """

    paths: NDArray[Any]
    labels: NDArray[Any]
    decoder: Decoder
    is_named: bool
    skipped: Skipped | None

    def batches(self, indices: NDArray[Any], order: Order) -> Any:
        """Return a pipeline of (images, labels) of some files; of single ones without a batch size."""
        indices = np.asarray(indices, dtype=np.int64)
        steps = order.steps(len(indices))
        labels = None if order.sampling == "uniform" else self.labels
        epochs = Epochs(
            indices,
            steps,
            shuffle=order.shuffle,
            seed=order.seed,
            reshuffle=True,
            sampling=order.sampling,
            labels=labels,
        )
        if len(indices) and steps.count == 0:
            warn(f"a split has no batches: its {len(indices)} images are fewer than a batch of {steps.size}")
        begin = read_start(order.start, steps.count)
        chunks = Chunks(epochs, order.shard.number, max(1, _CHUNK // steps.size), begin)
        result = self._decoded(chunks, order.batch_size or _UNBATCHED)
        if order.batch_size is None:
            result = result.unbatch()
        elif order.drop_remainder:
            size = order.batch_size
            result = result.filter(lambda _, labels: tf.equal(tf.size(labels), size))
            result = result.map(lambda *batch: tuple(tf.ensure_shape(x, [size, *x.shape[1:]]) for x in batch))
        if order.repeat:
            result = result.repeat()
        elif begin[1] == 0 and self.skipped is None:
            result = result.apply(tf.data.experimental.assert_cardinality(steps.count))
        return result

    def _decoded(self, chunks: Chunks, size: int) -> Any:
        source = Source((self.paths, self.labels), "numpy")
        files = chunk_datasets(chunk_numbers(chunks, False), source, chunks, [None], numbered=self.is_named)
        files = flattened(files.prefetch(_PREFETCHED))

        def load(*file: Any) -> list[Any]:
            *number, path, label = file
            return [*number, self.decoder.image(path), label]

        size = min(size, max(chunks.n_per_epoch, 1))  # memory is taken for whole batches
        image, label = tf.TensorSpec(self.decoder.shape, tf.float32), tf.TensorSpec([], self.labels.dtype)
        if not self.is_named:
            return mapped_batches(load, files, [image, label], size)
        spec = [tf.TensorSpec([], tf.int64), image, label]
        if self.skipped is None:
            batches = mapped_batches(load, files, spec, size).ignore_errors(log_warning=False)
        else:
            batches = mapped(load, files, spec).ignore_errors(log_warning=False).batch(size)
        return Gaps(chunks, self.paths, self.decoder, self.skipped).checked(batches)

    def cached(self, used: NDArray[Any]) -> CachedImages:
        """Decode the files at some indices, and keep the images in memory."""
        used = np.sort(used).astype(np.int64)
        shape = (len(used), *self.decoder.shape)
        nbytes, free = int(np.prod(shape, dtype=np.int64)) * _FLOAT, free_memory()
        if nbytes > free:
            raise ValueError(
                f"cache=True needs {nbytes / 1e9:.1f} GB for {len(used)} images, and {free / 1e9:.1f} GB are free: "
                "take a smaller image_size, or cache=False"
            )
        numbered = self._replace(labels=np.arange(len(self.paths)))
        images, n, positions = np.empty(shape, dtype=np.float32), 0, np.full(len(self.paths), -1)
        order = Order(_UNBATCHED, False, 0, "uniform", False, False, Shard(1, 0), (0, 0))
        for batch, numbers in numbered.batches(used, order).prefetch(_PREFETCHED):
            positions[numbers.numpy()] = np.arange(n, n + len(numbers))
            images[n : n + len(numbers)] = batch.numpy()
            n += len(numbers)
        labels = self.labels[np.flatnonzero(positions >= 0)]
        return CachedImages(Source((images[:n], labels), "numpy"), positions)


class CachedImages(NamedTuple):
    """Decoded images and their labels in memory, and the position of each file among them: -1 if it was skipped."""

    source: Source
    positions: NDArray[np.int64]

    def batches(self, indices: NDArray[Any], order: Order) -> Any:
        """Return a pipeline of (images, labels) of some files; of single ones without a batch size."""
        positions = self.positions[indices]
        return dataset(self.source, positions[positions >= 0], **order._asdict())


def path_bytes(paths: list[Any]) -> NDArray[Any]:
    """Return paths as the bytes that the file system has, which need not be UTF-8."""
    result = np.empty(len(paths), dtype=object)
    result[:] = [os.fsencode(path) for path in paths]
    return result
