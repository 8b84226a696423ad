"""The kind of one file: by what it begins with, then by its name."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from fastsplit.readers.beginnings import read_beginning
from fastsplit.readers.frames import is_tfrecord
from fastsplit.readers.refusals import (
    is_json_object,
    refuse_json,
    refuse_known,
    refuse_markup,
    refuse_unknown,
    refuse_zip,
)
from fastsplit.readers.source import Options

_RECORDS = re.compile(r"\.tf-?records?\b", re.IGNORECASE)  # shards end with numbers: data.tfrecord-00000-of-00010
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zstd")
_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".npy": "npy",
    ".npz": "npy",
}
_TABLES = ("csv", "tsv")
_NOT_TEXT = ("parquet", "arrow", "npy")
_WIDE = ("utf-16", "utf_16", "utf16", "utf-32", "utf_32", "utf32")  # encodings of text that has zeros
_MARKUP = (b"<?xml", b"<!DOCTYPE", b"<!doctype", b"<html", b"<annotation")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NUMPY = b"\x93NUMPY"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # two letters alone may be text
_PARQUET = b"PAR1\x15"  # likewise; the next byte is the first of a page or of the footer
_ARROW = (b"ARROW1\0\0", b"\xff\xff\xff\xff")  # a file, a stream
_DELIMITERS = "\t,;|"  # of text whose name does not tell, in the order in which they are looked for


def kind_by_name(path: Path) -> str | None:
    """Return the kind that a name tells, or None."""
    if _RECORDS.search(path.name):
        return "tfrecord"
    return _BY_SUFFIX.get(_suffix(path))


def _suffix(path: Path) -> str:
    """Return the suffix of what a file is after unpacking."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in _PACKED else suffix


def kind_of(path: Path, options: Options) -> str:
    """Return the kind of a file, one of `fastsplit.readers.kinds.KINDS`.

    Raises
    ------
    ValueError
        If the file is of a kind that is not read; the message says what it seems to be and what to do.
    """
    (data, packer), by_name = read_beginning(path), kind_by_name(path)
    if not data and by_name is not None:
        return by_name
    kind = _kind_of_bytes(path, data, packer)
    if kind in _NOT_TEXT and packer:
        raise ValueError(f"{path} is packed by {packer}: unpack it, because its parts are not read one after the other")
    if kind is not None:
        return kind
    is_text = b"\0" not in data or data.startswith(_UTF_16) or options.encoding.lower().startswith(_WIDE)
    if not is_text:
        refuse_known(path, data)
    if by_name == "tfrecord" or (by_name in _NOT_TEXT and not packer):
        return by_name  # damaged from the beginning: its reader says how
    if not is_text:
        refuse_unknown(path, data)
    return _kind_of_text(path, data, by_name, options)


def delimiter_of(path: Path, kind: str) -> str:
    """Return the delimiter of a table: by its name if it is in the first line, else the first that is there."""
    first_line = read_beginning(path).data.partition(b"\n")[0]
    usual = "\t" if kind == "tsv" else ","
    return next((delimiter for delimiter in (usual, *_DELIMITERS) if delimiter.encode() in first_line), usual)


def _kind_of_bytes(path: Path, data: bytes, packer: str) -> str | None:
    """Return the kind of a file that is not text, or None."""
    if is_tfrecord(data):
        return "tfrecord"
    if data.startswith(_ZIP):
        if not packer:
            refuse_zip(path)
        return "npy"
    if data.startswith(_NUMPY):
        return "npy"
    if data.startswith(_PARQUET):
        return "parquet"
    return "arrow" if data.startswith(_ARROW) else None


def _kind_of_text(path: Path, data: bytes, by_name: str | None, options: Options) -> str:
    """Return the kind of text; braces begin JSON, unless the name is that of a table."""
    if by_name in _TABLES:
        return str(by_name)
    text = data.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(_MARKUP):
        refuse_markup(path)
    if text.startswith((b"{", b"[")) or by_name == "jsonl":
        if is_json_object(text.partition(b"\n")[0]) or (by_name == "jsonl" and _suffix(path) != ".json"):
            return "jsonl"
        if text.startswith(b"{") or _suffix(path) == ".json":
            refuse_json(path, data)
    if not options.columns and options.delimiter is None and options.header is None:
        return "lines"
    return "tsv" if delimiter_of(path, "tsv") == "\t" and options.delimiter in (None, "\t") else "csv"
