"""Examples that are bytes, lines of text or framed records: written as they were read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers.pieces import routed
from fastsplit.readers.source import Chunk, Pieces, Source
from fastsplit.writers.base import SplitFiles, Writer


class PieceWriter(Writer):
    """Writes the bytes of each split to a file that begins with the head of the source.

    Parameters
    ----------
    folder : Path
        Gets a file per split, of the suffix of the source.
    names : sequence of str
        The K splits.
    source : Source
        Where the examples come from.
    """

    def __init__(self, folder: Path, names: Sequence[str], source: Source) -> None:
        self._files = SplitFiles(folder, names, source.suffix)
        for split in range(len(names)):
            self._files.write(split, source.head)

    def write(self, chunk: Chunk, splits: NDArray[np.uint8]) -> None:
        """Append the examples of a chunk."""
        pieces = cast("Pieces", chunk.examples)
        for split, data in enumerate(routed(pieces, splits, len(self._files))):
            self._files.write(split, data.data)

    def close(self) -> None:
        """Flush the files to the disk."""
        self._files.close()
