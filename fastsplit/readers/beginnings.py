"""The first bytes of a file, unpacked if it is compressed."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from pathlib import Path
from typing import NamedTuple

_LENGTH = 1 << 14  # bytes: enough for the first line of most files
_PACKED_LENGTH = 1 << 20  # bytes: more than the first block of any packer, of which nothing is known before its end
_PACKERS = {  # "BZh" alone may be text
    "gzip": re.compile(b"\x1f\x8b"),
    "bz2": re.compile(b"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "xz": re.compile(b"\xfd7zXZ\0"),
    "zstd": re.compile(b"[(]\xb5/\xfd"),
}
_DAMAGED = (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error)
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to ask for gzip


class Beginning(NamedTuple):
    """What a file begins with, after unpacking; and what packed it, "" if nothing."""

    data: bytes
    packer: str


def read_beginning(path: Path) -> Beginning:
    """Return the first bytes of a file.

    Raises
    ------
    ValueError
        If a compressed file cannot be unpacked from its beginning on.
    """
    with path.open("rb") as file:
        data = file.read(_LENGTH)
        packer = next((name for name, magic in _PACKERS.items() if magic.match(data)), "")
        if not packer:
            return Beginning(data, "")
        data += file.read(_PACKED_LENGTH - len(data))
    try:
        return Beginning(_unpacked(data, packer), packer)
    except ImportError as error:
        raise ImportError(f"{path}: zstd needs pyarrow; install it with: pip install 'fastsplit[files]'") from error
    except _DAMAGED as error:
        said = str(error).partition("\n")[0]
        raise ValueError(f"{path} begins like a {packer} file, but cannot be unpacked: {said}") from error


def _unpacked(data: bytes, packer: str) -> bytes:
    """Return the first bytes of what was packed; ``data`` may be cut short."""
    if packer == "gzip":
        return zlib.decompressobj(_GZIP).decompress(data, _LENGTH)
    if packer == "bz2":
        return bz2.BZ2Decompressor().decompress(data, _LENGTH)
    if packer == "xz":
        return lzma.LZMADecompressor().decompress(data, _LENGTH)
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read(_LENGTH))
