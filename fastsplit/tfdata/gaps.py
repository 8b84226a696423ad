"""Gaps: images that could not be decoded leave gaps in the running numbers; Python names their files.

Decoding calls no Python. `ignore_errors` drops what fails, an image or its whole batch, and a scan over the batches
compares the numbers. It calls Python only at the beginning and the end of an epoch, and where a number is missing.
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
from fastsplit.tfdata.graph import applied

_END = -1  # the number of the element after the last
_N_SHOWN = 5  # files that an error names
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

    def checked(self, batches: Any) -> Any:
        """Check that batches of (numbers, images, labels), from which failures were dropped, miss no number."""
        spec = batches.element_spec[1:]
        nothing = [tf.zeros([0, *leaf.shape[1:]], leaf.dtype) for leaf in spec]
        end = tf.data.Dataset.from_tensors((tf.constant([_END], tf.int64), *nothing))
        start = {"initial_state": [np.int64(_START)], "preserve_cardinality": True}
        checked = applied(tf.raw_ops.ScanDataset, self._check, batches.concatenate(end), spec, **start)
        return applied(_filtered, lambda images, labels: [tf.size(labels) > 0], checked, spec)

    def _check(self, last: Any, numbers: Any, images: Any, labels: Any) -> list[Any]:
        n = tf.size(numbers, out_type=tf.int64)
        is_complete = tf.logical_and(tf.equal(numbers[0], last + 1), tf.equal(numbers[-1] - numbers[0] + 1, n))

        def name() -> Any:
            return tf.ensure_shape(tf.numpy_function(self._name, [last, numbers], tf.int64, stateful=False), [])

        # The sum keeps the call in the graph.
        return [numbers[-1] + tf.cond(is_complete, lambda: np.int64(0), name), images, labels]

    def _name(self, last: np.int64, numbers: NDArray[np.int64]) -> np.int64:
        with CALLS:
            paths = self._paths[self._chunks.missing(int(last), numbers[numbers >= 0])]
            for path in paths:
                reason = _reason(self._decoder, path)
                if self._skipped is not None:
                    self._skipped.add(path, reason or "it could not be read when its turn came, but can be now")
                elif reason:
                    raise ValueError(f"{_shown(path)} is not an image that can be decoded: {reason}")
            if len(paths) and self._skipped is None:
                shown = ", ".join(_shown(path) for path in paths[:_N_SHOWN])
                raise ValueError(
                    f"one of {len(paths)} images could not be read when its turn came, but all can be now: {shown}"
                    + (", ..." if len(paths) > _N_SHOWN else "")
                )
        return np.int64(0)


def _filtered(f: Any, **options: Any) -> Any:
    return tf.raw_ops.FilterDataset(predicate=f, **options)


def _shown(path: bytes) -> str:
    """Return a path as text that TensorFlow accepts in an error: it must be UTF-8."""
    return path.decode("utf-8", "backslashreplace")


def _reason(decoder: Decoder, path: bytes) -> str:
    """Return why a file cannot be decoded, in TensorFlow's words; nothing if it can be."""
    try:
        decoder.image(path)
    except tf.errors.OpError as error:
        first_line = str(error).partition("\n")[0]
        reason = first_line.partition("}} ")[2] or first_line  # TensorFlow begins with {{function_node ...}}
        return reason.partition(" [Op:")[0]
    return ""
