"""Where the records of a plain TFRecord file are, from the file itself or from an index beside it.

The index of ``a.tfrecord`` is ``a.tfrecord.fastsplit-index``: 16 bytes that name the format; the size of the file, its
time in nanoseconds, and the number of records; the end of each record; the CRC32C of all this. Numbers are
little-endian, of 64 bits, the checksum of 32. If the file has another size or time, or the index is damaged, another
is made.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastsplit.durable import replaced_file
from fastsplit.memory import require_memory
from fastsplit.readers import _records
from fastsplit.readers.frames import HEADER, cut_short, fill, is_gzip, walked, wrong_length
from fastsplit.text import printable

INDEX_SUFFIX = ".fastsplit-index"
_MAGIC = b"fastsplit index\n"
_NUMBER = np.dtype("<i8")
_CHECKSUM = np.dtype("<u4")
_FIELDS = 3  # numbers before the ends
_LARGE, _SMALL = 1 << 20, 1 << 12  # bytes to read at a time
_JUMP = 1 << 16  # bytes of a record from which it is worth the jump not to read it


def record_ends(path: Path, *, keep: bool = False) -> NDArray[np.int64]:
    """Return where each record of a plain file ends, shape (n,); the first begins at 0.

    Of large records, only the lengths are read. Data is not checked.

    Parameters
    ----------
    path : Path
        The file.
    keep : bool, default False
        Whether to read the index beside the file and, if there is none or it is of another file, to write it.

    Raises
    ------
    ValueError
        If the file is compressed, no TFRecord file, damaged or cut short.
    """
    now = _stamp(path)
    found = _read_index(path, now) if keep else None
    if found is None:
        found = _scanned(path, now[0])
        if keep:
            _write_index(path, now, found)
    return found


def index_path(path: Path) -> Path:
    """Return the path of the index of a file."""
    return path.with_name(path.name + INDEX_SUFFIX)


def _stamp(path: Path) -> tuple[int, int]:
    """Return the size and the time of a file: if they are the same, so is the file."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def _scanned(path: Path, size: int) -> NDArray[np.int64]:
    parts, offset, window = [np.empty(0, dtype=np.int64)], 0, _LARGE
    buffer = np.empty(min(window, size), dtype=np.uint8)
    with open(path, "rb", buffering=0) as file:
        while offset < size:
            file.seek(offset)
            data = buffer[: min(window, size - offset)]
            data = data[: fill(file, data)[0]]
            if offset == 0 and is_gzip(data[:HEADER].tobytes()):
                raise ValueError(
                    printable(
                        f"{path}: records of a compressed file cannot be read in any order; decompress it "
                        f"(gunzip < {path} > OTHER), or read it from its beginning by tf.data.TFRecordDataset"
                    )
                )
            n, used, following, cause, ends = walked(data)
            parts.append(ends[:n] + offset)
            rest, offset = len(data) - used, offset + used
            if cause:
                raise _error(path, offset, wrong_length(data[used:], is_first=offset == 0))
            if rest >= HEADER:  # the length of the next record is known
                if following > size - offset:
                    raise _error(path, offset, cut_short(rest, following, size - offset))
                offset += following
                parts.append(np.array([offset]))
            elif (rest and offset + rest == size) or not n:
                raise _error(path, offset, cut_short(rest, following, rest))
            window = _SMALL if (used + following) > _JUMP * (n + 1) else _LARGE
    return np.concatenate(parts)


def _error(path: Path, offset: int, fault: str) -> ValueError:
    return ValueError(printable(f"{path}, byte {offset}: {fault}"))


def _read_index(path: Path, now: tuple[int, int]) -> NDArray[np.int64] | None:
    """Return the ends in the index beside a file; None if there is none, or it is damaged or of another file."""
    with suppress(FileNotFoundError):
        name = index_path(path)
        require_memory(os.path.getsize(name), f"the index {name}")
        data = name.read_bytes()
        body, numbers = data[: -_CHECKSUM.itemsize], data[len(_MAGIC) : -_CHECKSUM.itemsize]
        checksum = np.array([_records.checksum(body)], dtype=_CHECKSUM).tobytes()
        if not data.startswith(_MAGIC) or len(numbers) % _NUMBER.itemsize or data[len(body) :] != checksum:
            return None
        found = np.frombuffer(numbers, dtype=_NUMBER).astype(np.int64)
        if len(found) >= _FIELDS and found[:_FIELDS].tolist() == [*now, len(found) - _FIELDS]:
            return found[_FIELDS:]
    return None


def _write_index(path: Path, now: tuple[int, int], ends: NDArray[np.int64]) -> None:
    numbers = np.concatenate([np.array([*now, len(ends)], dtype=np.int64), ends]).astype(_NUMBER)
    body = _MAGIC + numbers.tobytes()
    with replaced_file(index_path(path)) as file:
        file.write(body + np.array([_records.checksum(body)], dtype=_CHECKSUM).tobytes())
