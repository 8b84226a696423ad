"""Gaps: images that could not be decoded leave gaps in the running numbers; Python names their files.

Decoding calls no Python. `ignore_errors` drops what fails, and a scan over the batches compares the numbers. It calls
Python only at the beginning and the end of an epoch, and where a number is missing.
"""

from __future__ import annotations

import os
import threading
import warnings
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from fastsplit.tfdata.chunks import CALLS, Chunks
from fastsplit.tfdata.decoding import Decoder

_END = -1  # the number of the element after the last
_START = -9  # what the scan begins with: no number follows it


class Skipped:
    """The files that were skipped because they cannot be decoded."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._known: set[bytes] = set()
        self._lock = threading.Lock()

    def add(self, path: bytes, reason: str) -> None:
        """Add a file, and warn about it if it is new."""
        with self._lock:
            if path in self._known:
                return
            self._known.add(path)
            self.paths.append(os.fsdecode(path))
            count = len(self.paths)
        warnings.warn(f"skipped {_shown(path)}, which is not an image ({reason}); {count} so far", stacklevel=2)


class Gaps:
    """Finds the images that are missing, and names their files: in an error or, if there is ``skipped``, a warning."""

    def __init__(self, chunks: Chunks, paths: NDArray[Any], decoder: Decoder, skipped: Skipped | None) -> None:
        self._chunks = chunks
        self._paths = paths
        self._decoder = decoder
        self._skipped = skipped

    def checked(self, images: Any, size: int) -> Any:
        """Batch a dataset of (number, image, label), drop what fails, and check that no number is missing."""
        batches = images.ignore_errors(log_warning=False).batch(size)
        _, image, label = images.element_spec
        end = (
            tf.constant([_END], tf.int64),
            *(tf.zeros([0, *spec.shape], spec.dtype) for spec in (image, label)),
        )
        batches = batches.concatenate(tf.data.Dataset.from_tensors(end))
        batches = batches.scan(np.int64(_START), self._check)
        return batches.filter(lambda _, label: tf.size(label) > 0)

    def _check(self, last: Any, batch: Any) -> Any:
        numbers, images, labels = batch
        n = tf.size(numbers, out_type=tf.int64)
        is_complete = tf.logical_and(tf.equal(numbers[0], last + 1), tf.equal(numbers[-1] - numbers[0] + 1, n))

        def name() -> Any:
            return tf.ensure_shape(tf.numpy_function(self._name, [last, numbers], tf.int64, stateful=False), [])

        # The sum keeps the call in the graph.
        return numbers[-1] + tf.cond(is_complete, lambda: np.int64(0), name), (images, labels)

    def _name(self, last: np.int64, numbers: NDArray[np.int64]) -> np.int64:
        with CALLS:
            for index in self._chunks.missing(int(last), numbers[numbers >= 0]):
                path = self._paths[index]
                reason = _reason(self._decoder, path)
                if self._skipped is None:
                    raise ValueError(f"{_shown(path)} is not an image that can be decoded: {reason}")
                self._skipped.add(path, reason)
        return np.int64(0)


def _shown(path: bytes) -> str:
    """Return a path as text that TensorFlow accepts in an error: it must be UTF-8."""
    return path.decode("utf-8", "backslashreplace")


def _reason(decoder: Decoder, path: bytes) -> str:
    """Return why a file cannot be decoded, in TensorFlow's words."""
    try:
        decoder.image(path)
    except tf.errors.OpError as error:
        first_line = str(error).partition("\n")[0]
        reason = first_line.partition("}} ")[2] or first_line  # TensorFlow begins with {{function_node ...}}
        return reason.partition(" [Op:")[0]
    return "it could not be read when its turn came, but can be now"
