"""Tables: CSV and TSV files."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from fastsplit.readers.lines import Records, decoded, read_lines, read_values, warn_of_header
from fastsplit.text import printable


class _Record(NamedTuple):
    """A record of a table."""

    line: int  # the number of its first line, from 1
    fields: list[str]
    text: bytes


def read(path: Path, column: str, ids_column: str | None = None) -> Records:
    """Read the column of the labels and, if it is named, the column of the ids."""
    columns = [column] if ids_column is None else [column, ids_column]
    head, lines = read_lines(path)
    records = _records(lines, "\t" if path.suffix.lower() == ".tsv" else ",")
    first = next(records, None)
    if first is None:
        raise ValueError("no labels found")
    positions = [_position(name, first.fields) for name in columns]
    headless = all(name.isdecimal() for name in columns)  # numbers alone: the file has no header
    if headless:
        records = chain([first], records)
    else:
        head += first.text
    begins: list[int] = []
    texts: list[bytes] = []
    cells: list[list[str]] = [[] for _ in columns]
    for record in records:
        begins.append(record.line)
        texts.append(record.text)
        for position, values in zip(positions, cells, strict=True):
            values.append(record.fields[position])
    labels = read_values(cells[0], begins, "label")
    if headless and _is_numbered(first.fields):
        warnings.warn(
            "line 1 numbers the columns, but is read as an example; if it is a header, remove it", stacklevel=2
        )
    elif headless:
        warn_of_header(cells[0], "if it is one, pass --column NAME instead of a number")
    ids = None if ids_column is None else read_values(cells[1], begins, "id")
    return Records(labels, f"the label is column {printable(column)}", ids, path.suffix, head, texts)


def _records(lines: list[bytes], delimiter: str) -> Iterator[_Record]:
    """Yield the records of a table; a quoted field may span several lines."""
    reader = csv.reader(map(decoded, lines), delimiter=delimiter, strict=True)
    begin, width = 0, 0
    try:
        for fields in reader:
            text = b"".join(lines[begin : reader.line_num])
            if not text.strip():
                raise ValueError(f"line {begin + 1} is blank")
            width = width or len(fields)
            if len(fields) != width:
                raise ValueError(f"line {begin + 1} must have as many fields as line 1, {width}, got {len(fields)}")
            yield _Record(begin + 1, fields, text)
            begin = reader.line_num
    except csv.Error as error:
        raise ValueError(f"line {begin + 1}: {error}") from error


def _is_numbered(first: list[str]) -> bool:
    """Return whether a record is the header of columns without names: 0, 1, ..., after an empty field for an index."""
    names = first[1:] if first[0] == "" else first
    return (first[0] == "" or len(first) > 2) and names == [str(i) for i in range(len(names))]


def _position(column: str, first: list[str]) -> int:
    """Return the position of a column that is given by its number or by its name in the first record."""
    if column.isdecimal():
        if int(column) >= len(first):
            raise ValueError(f"column {column} is out of range (0 to {len(first) - 1})")
        return int(column)
    if column not in first:
        raise ValueError(f"column {column!r} not found in the header ({', '.join(first)})")
    if first.count(column) > 1:
        raise ValueError(f"column {column!r} occurs {first.count(column)} times in the header ({', '.join(first)})")
    return first.index(column)
