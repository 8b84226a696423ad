"""What writers share: their protocol, and one open file per split."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fastsplit.durable import durable_file
from fastsplit.readers.source import Chunk


class Writer(ABC):
    """Writes the examples of K splits, chunk by chunk, in the order in which they come."""

    @abstractmethod
    def write(self, chunk: Chunk, splits: NDArray[np.uint8]) -> None:
        """Write a chunk; ``splits`` is the split of each example, of which numbers from K on mean none."""

    @abstractmethod
    def close(self) -> None:
        """Flush everything to the disk; also called after an error, when the files are not complete."""


class SplitFiles:
    """A new file per split. Errors of the disk name the file; its bytes are on the disk after `close`."""

    def __init__(self, folder: Path, names: Sequence[str], suffix: str) -> None:
        self._paths = [folder / f"{name}{suffix}" for name in names]
        self._stack = ExitStack()
        self._files: list[BinaryIO] = []
        try:
            for path in self._paths:
                self._stack.enter_context(named(path))
                self._files.append(self._stack.enter_context(durable_file(path)))
        except BaseException:
            self._stack.close()
            raise

    def __len__(self) -> int:
        return len(self._files)

    def write(self, split: int, data: Any) -> None:
        """Append bytes, or the bytes of an array, to the file of a split."""
        with named(self._paths[split]):
            self._files[split].write(data)

    def rewrite_head(self, split: int, data: bytes) -> None:
        """Replace the first bytes of a file by as many others."""
        with named(self._paths[split]):
            self._files[split].seek(0)
            self._files[split].write(data)

    def close(self) -> None:
        """Flush all files to the disk and close them."""
        self._stack.close()


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Let errors of the system name the file: that of a full disk does not."""
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno is None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
