"""Index arrays, as .npy files that grow chunk by chunk: byte for byte those of np.save."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers.source import Chunk
from fastsplit.writers.base import SplitFiles, Writer


class IndexWriter(Writer):
    """Writes the positions of the examples of each split, ascending.

    Parameters
    ----------
    folder : Path
        Gets a file NAME.npy per split.
    names : sequence of str
        The K splits.
    dtype : dtype
        That of the index arrays; it must hold every position.
    """

    def __init__(self, folder: Path, names: Sequence[str], dtype: np.dtype[Any]) -> None:
        self._dtype, self._start = dtype, 0
        self._sizes = [0] * len(names)
        self._files = SplitFiles(folder, names, ".npy")
        for split in range(len(names)):
            self._files.write(split, self._head(0))

    def write(self, chunk: Chunk, splits: NDArray[np.uint8]) -> None:
        """Append the positions of a chunk."""
        order = np.argsort(splits, kind="stable")  # a radix sort: one pass, however many splits there are
        ends = np.bincount(splits, minlength=len(self._sizes)).cumsum()[: len(self._sizes)].tolist()
        begin = 0
        for split, end in enumerate(ends):
            if end > begin:
                self._files.write(split, (order[begin:end] + self._start).astype(self._dtype, copy=False).data)
                self._sizes[split] += end - begin
            begin = end
        self._start += chunk.n

    def close(self) -> None:
        """Write how long the arrays have become."""
        try:
            for split, size in enumerate(self._sizes):
                self._files.rewrite_head(split, self._head(size))
        finally:
            self._files.close()

    def _head(self, size: int) -> bytes:
        """Return the header of an array. NumPy pads it so that its length is the same for every size."""
        described = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": (size,)}
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, described)
        return head.getvalue()


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array that is in memory; unlike np.save, say what went wrong."""
    files = SplitFiles(path.parent, [path.stem], path.suffix)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    try:
        files.write(0, head.getvalue())
        files.write(0, np.ascontiguousarray(array).data)
    finally:
        files.close()
