"""Records of TFRecord files as rows of strings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine.parallel import for_ranges, ranges
from fastsplit.readers.mapped_records import MappedRecords
from fastsplit.text import printable
from fastsplit.tfdata.sources.base import Indices, SourceError
from fastsplit.tfdata.sources.source import Source

try:
    from resource import RUSAGE_SELF, getrusage
except ModuleNotFoundError:  # Windows
    getrusage = None  # type: ignore[assignment]

_READERS = 8  # threads, if reading waits for a disk or a network, not for processors
_GRAIN = 1 << 19  # bytes worth starting a thread for
_CHUNKS = 4  # whose strings are in memory: two are prefetched, one is being made, one is in use
_LARGEST_KEPT = (1 << 25) - (1 << 16)  # bytes of a block: from 32 MB on, glibc learns nothing from it


class RecordSource(Source):
    """A source of serialized examples that knows how large its rows are."""

    def __init__(self, files: MappedRecords) -> None:
        super().__init__(_Leaf(files), "numpy")
        self._row_nbytes = files.nbytes // max(files.n, 1)

    @property
    def row_nbytes(self) -> int:
        """Bytes per record, on average."""
        return self._row_nbytes


class _Leaf:
    """The records as rows of strings."""

    dtype = np.dtype(object)

    def __init__(self, files: MappedRecords) -> None:
        self.files = files
        self.shape = (files.n,)
        self._readers = 1  # threads cost more than they read if the files are in memory

    def take(self, indices: Indices) -> NDArray[Any]:
        """Return the serialized examples at indices, shape (m,); several threads read if the last call had to wait."""
        chosen = self.files.at(indices)
        _KEEPING.at_least(_CHUNKS * chosen.nbytes)
        waits = _waits()
        workers = max(1, min(self._readers, chosen.nbytes // _GRAIN))
        try:
            for_ranges(ranges(len(indices), workers, 1), lambda _, begin, end: chosen.read(begin, end))
        except ValueError as error:
            raise SourceError(printable(error)) from None
        self._readers = _READERS if _waits() != waits else 1
        return chosen.examples()


class _Keeping:
    """Lets the C library keep freed memory for the next chunk.

    TensorFlow allocates every string by itself. glibc gives what is free at the end of a heap back to the system if it
    is more than twice the largest block that was freed so far, of those that had their own mapping: 256 kB at first.
    The strings of a chunk are more, and each chunk would then be written to fresh pages: one page fault per 4 kB takes
    longer than all else. So a block is allocated and freed at once, which no one writes to.
    """

    def __init__(self) -> None:
        self._block = 0

    def at_least(self, n_bytes: int) -> None:
        """Have twice as many bytes kept, at most 64 MB."""
        block = min(n_bytes, _LARGEST_KEPT)
        if block > self._block:
            self._block = block
            np.empty(block, dtype=np.uint8)


_KEEPING = _Keeping()


def _waits() -> float:
    """Return how often this process has waited for a page of a file; if unknown, what is not equal to itself."""
    return math.nan if getrusage is None else getrusage(RUSAGE_SELF).ru_majflt
