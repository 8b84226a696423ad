"""Encodings of text: those in which the bytes of ASCII mean what they do in ASCII."""

from __future__ import annotations

import codecs

_SEPARATORS = ('"', ",", "\t", ";", "|", " ", "\r", "\n")


def check_encoding(encoding: str) -> None:
    """Refuse an encoding in which delimiters, quotes and line ends cannot be found byte by byte."""
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise ValueError(f"--encoding {encoding!r} is not known") from None
    ascii_bytes = bytes(range(128))
    try:
        same = ascii_bytes.decode(encoding) == ascii_bytes.decode("ascii")
        same = same and all(
            bytes([byte, ord(mark)]).decode(encoding, errors="replace").endswith(mark)
            for byte in range(128, 256)
            for mark in _SEPARATORS
        )
    except (UnicodeError, LookupError):  # LookupError: a codec of bytes to bytes, such as "hex"
        same = False
    if not same:
        raise ValueError(
            f"--encoding must extend ASCII byte by byte, as utf-8, latin-1 and cp1252 do, got {encoding!r}; convert "
            f"the file, such as by: iconv -f {encoding} -t utf-8"
        )


def read_mark(name: str, data: bytes) -> tuple[bytes, bytes]:
    """Return the byte order mark of UTF-8, or nothing, and what follows it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError(f"{name}: expected UTF-8, got UTF-16; convert the file, such as by: iconv -f utf-16 -t utf-8")
    if data.startswith(codecs.BOM_UTF8):
        return codecs.BOM_UTF8, data.removeprefix(codecs.BOM_UTF8)
    return b"", data
