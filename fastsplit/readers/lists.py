"""Files of labels: arrays, one label a line, image lists, and tables; and the lines that a split takes of them."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T")

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,19}")
_UNDECODED = re.compile("[\udc80-\udcff]")


class Source(NamedTuple):
    """What a file of labels holds.

    Attributes
    ----------
    labels : ndarray, shape (N,)
        The labels: where they lie on disk, or integers or strings as objects.
    kind : str
        What the file was read as, in words.
    suffix : str
        The suffix of files that hold some of the records.
    ids : ndarray or None
        The ids, as objects.
    head : bytes
        What goes before the records: a byte order mark, a header, both or nothing.
    records : sequence of bytes
        Of text, the N records with their line ends, which only the last may lack; of arrays, nothing.
    """

    labels: NDArray[Any]
    kind: str
    suffix: str = ""
    ids: NDArray[Any] | None = None
    head: bytes = b""
    records: Sequence[bytes] = ()

    def select(self, indices: NDArray[Any]) -> list[bytes]:
        """Return some records, byte for byte, but that a line end is added where others follow one without."""
        end = b"\r\n" if self.records[0].endswith(b"\r\n") else b"\n"
        chosen = [self.records[i] for i in indices.tolist()]
        for i, record in enumerate(chosen[:-1]):
            if not record.endswith(b"\n"):
                chosen[i] = record + end
        return chosen


class _Record(NamedTuple):
    """A record of a table: the number of its first line, its fields, and its bytes."""

    line: int
    fields: list[str]
    text: bytes


def read(path: Path, column: str | None = None, ids_column: str | None = None) -> Source:
    """Read a file of labels.

    Parameters
    ----------
    path : Path
        The file; its suffix tells what it is.
    column, ids_column : str, optional
        Of a table, the labels and the ids: names in the header, or numbers from 0.

    Returns
    -------
    Source
        At least one label.

    Raises
    ------
    ValueError
        If the file is not what its suffix says, or a label is missing; the message names the file and the line.
    """
    suffix = path.suffix.lower()
    table = suffix in (".csv", ".tsv")
    if table != (column is not None) or (ids_column is not None and not table):
        raise ValueError(f"--column must be given for .csv and .tsv files, and for no others, got {path}")
    try:
        if suffix == ".npy":
            # Not read here: the kernels go through the file.
            labels = np.lib.format.open_memmap(path, mode="r")
            source = Source(labels, f"an array of {labels.dtype}")
        elif table:
            source = _read_table(path, [name for name in (column, ids_column) if name is not None])
        else:
            source = _read_list(path)
        if source.labels.size == 0:
            raise ValueError("it has no labels")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return source


def progress(items: Iterable[_T], what: str) -> Iterable[_T]:
    """Show progress on a terminal, after the first second, if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    return cast("Iterable[_T]", tqdm(items, what, unit=" lines", unit_scale=True, delay=1, disable=None, leave=False))


def _read_list(path: Path) -> Source:
    """Read one label a line, or an image list: either way, the label is the last field."""
    head, lines = _read_lines(path)
    for number, line in enumerate(lines, 1):
        if b"\r" in line.rstrip(b"\r\n"):
            raise ValueError(f"line {number} has a carriage return that does not end it")
    fields = [line.rsplit(None, 1) for line in lines]
    widths = [len(field) for field in fields]
    if 0 in widths:
        raise ValueError(f"line {widths.index(0) + 1} is blank")
    if 1 in widths and 2 in widths:
        raise ValueError(
            f"line {widths.index(1) + 1} has only one field where line {widths.index(2) + 1} has more; "
            "for labels of several words, name the file *.tsv and pass --column 0"
        )
    texts = [field[-1].decode(errors="surrogateescape") for field in fields]
    labels = _values(texts, range(1, len(texts) + 1), "label")
    kind = "an image list, the last field of a line is the label" if 2 in widths else "one label a line"
    return Source(labels, kind, path.suffix or ".txt", None, head, lines)


def _read_table(path: Path, columns: list[str]) -> Source:
    """Read columns of a CSV or TSV: the labels and perhaps the ids."""
    head, lines = _read_lines(path)
    rows = _records(lines, "\t" if path.suffix.lower() == ".tsv" else ",")
    first = next(rows, None)
    if first is None:
        raise ValueError("it has no labels")
    places = [_place(column, first.fields) for column in columns]
    if all(column.isdecimal() for column in columns):
        rows = chain([first], rows)
    else:
        head += first.text
    begins: list[int] = []
    records: list[bytes] = []
    cells: list[list[str]] = [[] for _ in columns]
    for row in rows:
        begins.append(row.line)
        records.append(row.text)
        for place, cell in zip(places, cells, strict=True):
            cell.append(row.fields[place])
    labels = _values(cells[0], begins, "label")
    ids = _values(cells[1], begins, "id") if len(columns) == 2 else None
    return Source(labels, f"the label is column {columns[0]}", path.suffix, ids, head, records)


def _records(lines: list[bytes], delimiter: str) -> Iterator[_Record]:
    """Yield the records of a table; a quoted field may go over several lines."""
    texts = (line.decode(errors="surrogateescape") for line in lines)
    reader = csv.reader(texts, delimiter=delimiter, strict=True)
    begin, width = 0, 0
    try:
        for fields in reader:
            text = b"".join(lines[begin : reader.line_num])
            if not text.strip():
                raise ValueError(f"line {begin + 1} is blank")
            width = width or len(fields)
            if len(fields) != width:
                raise ValueError(f"line {begin + 1} does not have as many fields as line 1, {width}, but {len(fields)}")
            yield _Record(begin + 1, fields, text)
            begin = reader.line_num
    except csv.Error as error:
        raise ValueError(f"line {begin + 1}: {error}") from error


def _place(column: str, first: list[str]) -> int:
    """Return where a column is that was given by its number or by its name in the first record."""
    if column.isdecimal():
        if int(column) >= len(first):
            raise ValueError(f"column must be a number from 0 to {len(first) - 1}; got {column!r}")
        return int(column)
    if first.count(column) != 1:
        raise ValueError(f"column must be once in the header, {', '.join(first)}; got {column!r}")
    return first.index(column)


def _read_lines(path: Path) -> tuple[bytes, list[bytes]]:
    """Return the byte order mark, if there is one, and the lines."""
    with open(path, "rb") as file:
        lines = list(progress(file, "read"))
    if not lines:
        return b"", []
    if lines[0].startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("it must be UTF-8, got UTF-16")
    if not lines[0].startswith(codecs.BOM_UTF8):
        return b"", lines
    first = lines[0].removeprefix(codecs.BOM_UTF8)
    return codecs.BOM_UTF8, [first, *lines[1:]] if first else []


def _values(texts: list[str], begins: Sequence[int], what: str) -> NDArray[Any]:
    """Return labels or ids as integers if they all are, and as strings otherwise; each begins on a line."""
    distinct = dict.fromkeys(texts)
    for text in distinct:
        if not text or _UNDECODED.search(text):
            fault = "not UTF-8" if text else "empty"
            raise ValueError(f"the {what} in the record from line {begins[texts.index(text)]} is {fault}")
    if all(_INTEGER.fullmatch(text) for text in distinct):
        numbers = {text: int(text) for text in distinct}
        return np.array([numbers[text] for text in texts], dtype=object)
    return np.array(texts, dtype=object)
