"""Records of plain TFRecord files in any order: files are mapped into memory, and only what is asked for is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers import _records
from fastsplit.readers.record_index import record_ends


class MappedRecords:
    """The records of some files, one file after another.

    Parameters
    ----------
    paths : sequence of Path
        The files, in order.
    index : bool, default False
        Whether to keep an index beside each file; see `record_index`.

    Attributes
    ----------
    n : int
        The number of records.
    nbytes : int
        The size of all files.
    """

    def __init__(self, paths: Sequence[Path], *, index: bool = False) -> None:
        self._paths = list(paths)
        ends = [record_ends(path, keep=index) for path in self._paths]
        self._first = np.cumsum([0, *map(len, ends)])  # the number of the first record of each file
        self._ends = np.concatenate([np.empty(0, dtype=np.int64), *ends])
        self._begins = np.concatenate(
            [np.empty(0, dtype=np.int64), *(np.append(0, part[:-1])[: len(part)] for part in ends)]
        )
        self._data = [
            _mapped(path, int(part[-1]) if len(part) else 0) for path, part in zip(self._paths, ends, strict=True)
        ]
        self.n = len(self._ends)
        self.nbytes = sum(map(len, self._data))

    def at(self, positions: NDArray[np.int64]) -> Records:
        """Return the records at some positions, which are not read yet."""
        files = np.searchsorted(self._first, positions, side="right") - 1
        return Records(self._paths, self._data, files, self._begins[positions], self._ends[positions])


class Records:
    """Some records: first `read` all of them, in any number of threads, then take the `examples`."""

    def __init__(
        self,
        paths: list[Path],
        data: list[NDArray[np.uint8]],
        files: NDArray[np.int64],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> None:
        self._paths, self._files, self._begins = paths, files, begins
        self._frames = _records.Scattered(data, files, begins, ends)
        self.nbytes = int((ends - begins).sum())

    def read(self, begin: int, end: int) -> None:
        """Read some of the records, and raise ValueError if one is damaged."""
        at = self._frames.read(begin, end)
        if at < end:
            place = f"{self._paths[self._files[at]]}, byte {self._begins[at]}"
            raise ValueError(
                f"{place}: a checksum or the length of the record is wrong: the file changed or is damaged"
            )

    def examples(self) -> NDArray[np.object_]:
        """Return the data of the records as ``bytes``, without lengths and checksums."""
        return np.fromiter(self._frames.examples, dtype=object, count=len(self._files))


def _mapped(path: Path, size: int) -> NDArray[np.uint8]:
    if size == 0:  # which cannot be mapped
        return np.empty(0, dtype=np.uint8)
    return np.memmap(path, dtype=np.uint8, mode="r", shape=(size,)).view(np.ndarray)
