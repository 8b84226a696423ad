"""Frames: TFRecord files, plain or gzip -> blocks of complete frames; their lengths are checked, their data not yet."""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from fastsplit.memory import require_memory
from fastsplit.readers import _records

_GZIP = b"\x1f\x8b\x08"
HEADER = 12  # bytes of a frame before its data
_STEP = 1 << 20  # bytes per read: if one fails, what it had read is lost
_AGAIN = "copy or write it again"

Bytes = NDArray[np.uint8]

if os.environ.get("FASTSPLIT_CPU") == "baseline":  # as for the other kernels
    _records.use_cpu(_records.CPUS[0])


@dataclass(frozen=True, eq=False)
class Block:
    """Complete frames of a file, one after another.

    Attributes
    ----------
    path : Path
        The file.
    offset : int
        Where they begin in the file, after decompression.
    data : ndarray of uint8
        Their bytes.
    ends : ndarray of int64, shape (n,)
        Where each of them ends in ``data``.
    fault : str
        What is wrong behind them; empty if nothing is.
    """

    path: Path
    offset: int
    data: Bytes
    ends: NDArray[np.int64]
    fault: str

    def where(self, i: int) -> str:
        """Name frame ``i``; ``len(ends)`` is what comes after the last."""
        return f"{self.path}, byte {self.offset + (int(self.ends[i - 1]) if i else 0)}"

    def example(self, i: int) -> Bytes:
        """Return the data of frame ``i``, without length and checksums."""
        begin, end = (int(self.ends[i - 1]) if i else 0), int(self.ends[i])
        return self.data[begin + HEADER : end - (_records.FRAME - HEADER)]


class Buffers:
    """Memory for blocks, reused if it is given back: new memory costs as much time as reading into it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._free: list[Bytes] = []

    def take(self, size: int) -> Bytes:
        """Return a buffer of at least the usual size."""
        if size > self.size:
            require_memory(size, "the record")
            return np.empty(size, dtype=np.uint8)
        return self._free.pop() if self._free else np.empty(self.size, dtype=np.uint8)

    def give_back(self, data: Bytes) -> None:
        """Reuse the buffer of a block, which nobody looks at any longer."""
        buffer = data if data.base is None else cast("Bytes", data.base)
        if len(buffer) == self.size:
            self._free.append(buffer)


def is_tfrecord(head: bytes) -> bool:
    """Tell whether a file begins with a frame, by its first 12 bytes: the checksum of the first length."""
    return len(head) >= HEADER and walked(np.frombuffer(head, dtype=np.uint8)[:HEADER])[3] == 0


def is_gzip(head: bytes) -> bool:
    """Tell whether a file is compressed; a frame may begin with the same bytes, but its checksum tells it apart."""
    return head.startswith(_GZIP) and not is_tfrecord(head)


def blocks(path: Path, buffers: Buffers) -> Iterator[Block]:
    """Read a file from its beginning; a record larger than a buffer is a block of its own."""
    with _opened(path) as (file, size):
        offset, carried, wanted = 0, np.empty(0, dtype=np.uint8), 0
        while True:
            try:
                buffer = buffers.take(wanted)
            except MemoryError as error:
                raise MemoryError(f"{path}, byte {offset}: {error}") from None
            n_carried = len(carried)
            buffer[:n_carried] = carried
            n_read, fault = fill(file, buffer[n_carried:])
            data, is_end = buffer[: n_carried + n_read], n_carried + n_read < len(buffer)
            n, used, wanted, cause, ends = walked(data)
            rest = len(data) - used
            left = rest if is_end or size is None else max(rest, size - offset - used)
            if cause:
                fault = wrong_length(data[used:], is_first=offset + used == 0)
            elif not fault and rest and wanted > left and (is_end or size is not None):
                fault = cut_short(rest, wanted, left)
            if n or fault:
                yield Block(path, offset, data[:used], ends[:n], fault)
            if fault or is_end:
                return
            carried = data[used:]
            offset += used


def walked(data: Bytes) -> tuple[int, int, int, int, NDArray[np.int64]]:
    """Return what `_records.walk` finds, and the ends of the frames."""
    ends = np.empty(len(data) // _records.FRAME + 1, dtype=np.int64)
    return *_records.walk(data, ends), ends


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int | None]]:
    """Open a file, decompressed if it must be, and return its size too if it is known."""
    with open(path, "rb") as raw:
        if is_gzip(raw.peek(HEADER)[:HEADER]):
            with gzip.GzipFile(fileobj=raw) as file:
                yield cast("BinaryIO", file), None
        else:
            status = os.fstat(raw.fileno())
            yield raw, status.st_size if stat.S_ISREG(status.st_mode) else None


def fill(file: BinaryIO, out: Bytes) -> tuple[int, str]:
    """Read until ``out`` is full or the file ends; return how many bytes came, and what is wrong after them."""
    view, n = out.data, 0
    while n < len(view):
        try:
            got = file.readinto(view[n : n + _STEP])  # type: ignore[attr-defined]
        except EOFError:
            return n, f"the compressed file is cut short; {_AGAIN}"
        except (gzip.BadGzipFile, zlib.error) as error:
            return n, f"the compressed file is damaged ({error}); {_AGAIN}"
        if not got:
            break
        n += got
    return n, ""


def wrong_length(rest: Bytes, *, is_first: bool) -> str:
    """Say that a frame begins with a wrong length."""
    length = int.from_bytes(rest[:8].tobytes(), "little")
    if is_first:
        return (
            "this is no TFRecord file, or its first bytes are damaged: the checksum of the first length is wrong; "
            "TFRecords are read plain or compressed by gzip"
        )
    return f"the checksum of the record's length ({length}) is wrong: the file is damaged here; {_AGAIN}"


def cut_short(rest: int, wanted: int, left: int) -> str:
    """Say that the last frame, of which ``rest`` bytes were read and ``left`` are there, is not whole."""
    if rest < HEADER:
        return f"the file ends {rest} bytes after the last record, which is no whole record: it is cut short; {_AGAIN}"
    return f"the record has {wanted} bytes, but the file ends after {left} of them: it is cut short; {_AGAIN}"
