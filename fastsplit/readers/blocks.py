"""Files of text, plain or compressed, in blocks: paths and standard input."""

from __future__ import annotations

import _thread
import bz2
import gzip
import lzma
import os
import shutil
import stat
import tempfile
import weakref
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 22  # bytes that are read at once
_T = TypeVar("_T")

_ROOM = 1 << 16  # bytes: more than nearly all records have
_LINE_END = 2  # bytes at most
_MAGIC_LENGTH = 10
_BZ2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # of data, of none: "BZh" alone may be text
_COMPRESSED_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".zstd")


class Block(NamedTuple):
    """Some bytes of a file, after room for those that a scan left of the block before."""

    data: NDArray[np.uint8]
    begin: int  # of the bytes that were read
    end: int
    final: bool  # no block follows


class Input:
    """A file that is read more than once, and must stay the same.

    Parameters
    ----------
    path : Path
        The file. A pipe, which can be read only once, is copied to a temporary file when it is opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._copy: BinaryIO | None = None
        self._state: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """What messages call the file."""
        return str(self.path)

    @property
    def suffix(self) -> str:
        """The suffix of the file before it was compressed, or nothing."""
        path = self.path.with_suffix("") if self.path.suffix.lower() in _COMPRESSED_SUFFIXES else self.path
        return path.suffix

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the decompressed bytes; errors of a file that is damaged, or has changed, name it."""
        with self._opened() as file:
            try:
                if self._copy is None:
                    self._check(file)
                yield _decompressed(file)
                if self._copy is None:
                    self._check(file)
            except EOFError as error:
                raise ValueError(f"{self.name}: cut short: the compressed data ends before its end marker") from error
            except (OSError, zlib.error, lzma.LZMAError) as error:
                if getattr(error, "errno", None) is not None:
                    raise  # of the system, not of what was read
                raise ValueError(f"{self.name}: damaged: {error}") from error

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        if self._copy is None and not stat.S_ISREG(os.stat(self.path).st_mode):
            with open(self.path, "rb") as pipe:
                self._copy = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115, for all scans
                weakref.finalize(self, self._copy.close)
                shutil.copyfileobj(pipe, self._copy)
        if self._copy is not None:
            self._copy.seek(0)
            yield self._copy
            return
        with open(self.path, "rb", buffering=0) as file:
            yield cast("BinaryIO", file)

    def _check(self, file: BinaryIO) -> None:
        status = os.fstat(file.fileno())
        state = status.st_size, status.st_mtime_ns
        self._state = self._state or state
        if state != self._state:
            raise ValueError(f"{self.name}: changed while it was read")


def ahead(items: Generator[_T, None, None]) -> Iterator[_T]:
    """Yield items; while one is in use, a thread makes the next, and closes `items` in the end.

    Nobody waits for the thread, because the garbage collector may end this anywhere, even while locks of `threading`
    are taken: a pool of threads would wait for ever. Simple queues may be used at any time.
    """
    wanted: SimpleQueue[bool] = SimpleQueue()
    made: SimpleQueue[tuple[_T | None, BaseException | None]] = SimpleQueue()

    def make() -> None:
        with closing(items):
            while wanted.get():
                try:
                    made.put((next(items, None), None))
                except BaseException as error:
                    made.put((None, error))

    try:
        _thread.start_new_thread(make, ())
    except RuntimeError:  # no more threads can be started
        yield from items
        return
    try:
        wanted.put(True)
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is None:
                return
            wanted.put(True)
            yield item
    finally:
        wanted.put(False)


def blocks(file: Input, *, spare: bool, size: int | None = None) -> Iterator[Block]:
    """Yield a file in blocks, read ahead; ``spare`` asks for as much room behind the data again."""
    return ahead(_blocks(file, spare, size or BLOCK))


def _blocks(file: Input, spare: bool, size: int) -> Generator[Block, None, None]:
    with file.open() as opened:  # and closed by the thread that reads it
        final = False
        while not final:
            block = _read(opened, spare, size)
            final = block.final
            yield block


def _read(file: BinaryIO, spare: bool, size: int) -> Block:
    full = _ROOM + size
    data = np.empty((2 if spare else 1) * (full + _LINE_END), dtype=np.uint8)  # memory is taken where it is written
    view, end = data.data, _ROOM
    while end < full and (n := file.readinto(view[end:full])):  # type: ignore[attr-defined]
        end += n
    return Block(data, _ROOM, end, final=end < full)


def _decompressed(file: BinaryIO) -> BinaryIO:
    """Return the file, or what it holds if it begins like a compressed one."""
    magic = file.read(_MAGIC_LENGTH)
    file.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if magic.startswith(b"BZh") and magic[4:10] in _BZ2_BLOCKS:
        return cast("BinaryIO", bz2.BZ2File(file))
    if magic.startswith(b"\xfd7zXZ\x00"):
        return cast("BinaryIO", lzma.LZMAFile(file))
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd(file)
    return file


def _zstd(file: BinaryIO) -> BinaryIO:
    try:
        import pyarrow as pa
    except ImportError:
        raise ValueError("files compressed by zstd need pyarrow: pip install 'fastsplit[files]'") from None
    return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd"))
