"""Tables of delimited text: CSV, TSV and other delimiters."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fastsplit.readers._texts import Table
from fastsplit.readers.blocks import Input
from fastsplit.readers.encodings import check_encoding, read_mark
from fastsplit.readers.scans import Run, Shape, runs
from fastsplit.readers.source import Chunk, Hints, Options, Source, Texts, labelled, listed, suggested
from fastsplit.text import printable

QUOTINGS = ("minimal", "none")

_EXCEL = re.compile(rb'"?(sep=[ -~]?)"?\s*$')  # a first line that tells Excel the delimiter
_NO_HEADER = "leave --no-header out"
_TABS = (".tsv", ".tab")
_KINDS = {",": "CSV", "\t": "TSV"}
_NAMES = {"\\t": "\t", "tab": "\t"}  # what a shell passes for a tab


class _First(NamedTuple):
    """The first record of a file."""

    mark: bytes  # byte order mark
    record: bytes
    fields: list[bytes]


class _Slots(NamedTuple):
    """Which columns are read, each once, and which of them are labels, ids and groups."""

    columns: list[int]
    labels: list[int]
    ids: int | None
    groups: int | None


def read(paths: list[Path], options: Options) -> Source:
    """Open tables of delimited text as one data set."""
    return Delimited(paths, options)


class Delimited(Source):
    """Tables of delimited text, with the same columns.

    Attributes
    ----------
    header : bool
        Whether the first record of each file is a header.
    """

    ways = ("lines",)

    def __init__(self, paths: Sequence[Path], options: Options) -> None:
        self.paths, self._options = list(paths), options
        self._files = [Input(path) for path in paths]
        self.suffix = self._files[0].suffix or (".tsv" if options.format == "tsv" else ".csv")
        check_encoding(options.encoding)
        self._delimiter = _read_delimiter(options, self.suffix)
        self._quoted = _read_quoting(options, self._delimiter)
        self.header = options.header is not False
        self._width = 0  # not known yet
        firsts = [self._first(file) for file in self._files]
        if self.header and (mark := _EXCEL.match(firsts[0].record)):
            raise ValueError(f"{self._files[0].name}: the first line is Excel's {mark[1].decode()}: delete it")
        self._width = len(firsts[0].fields)
        self._skips = [self._skip(first) for first in firsts]
        self._check_same(firsts)
        names = [_decoded(field, options.encoding) for field in firsts[0].fields]
        try:
            self._slots = _read_slots(options, names, self.header)
        except ValueError as error:
            hint = f"; is {self._delimiter!r} between fields?" if self._width == 1 else ""
            raise ValueError(f"{self._files[0].name}: {error}{hint}") from error
        name = names[self._slots.columns[self._slots.labels[0]]]
        self.hints = Hints(name, None) if self.header else Hints(None, _NO_HEADER)
        self.head = firsts[0].mark + (_ended(firsts[0].record) if self.header else b"")
        self.kind = _KINDS.get(self._delimiter, f"a table with {self._delimiter!r} between fields")
        self.label = labelled("column", [self._shown(options.columns, slot, names) for slot in self._slots.labels])

    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """Scan the tables once."""
        slots = np.full(self._width, -1, dtype=np.int32)
        slots[self._slots.columns] = np.arange(len(self._slots.columns))
        table = Table(ord(self._delimiter), self._quoted, slots)
        shape = Shape(table.scan, len(self._slots.columns), self._quoted, self._explain)
        for file, skip in zip(self._files, self._skips, strict=True):
            for run in runs(file, shape, skip, ended=file is not self._files[-1]):
                fields = partial(self._fields, run)
                yield Chunk(
                    n=run.places.shape[1],
                    labels=tuple(run.fields(slot, self._options.encoding) for slot in self._slots.labels),
                    ids=fields(self._slots.ids),
                    groups=fields(self._slots.groups),
                    examples=run.pieces() if examples else None,
                    where=run.where,
                )

    def _fields(self, run: Run, slot: int | None) -> Texts | None:
        return None if slot is None else run.fields(slot, self._options.encoding)

    def _shown(self, given: Sequence[str], slot: int, names: Sequence[str]) -> str:
        """Return a column of labels as it is shown: by its name in the header, and its number if that was given."""
        number = self._slots.columns[slot]
        if not self.header:
            return str(number)
        return f"{number} ({names[number]})" if str(number) in given else names[number]

    def _first(self, file: Input) -> _First:
        """Read the first record of a file."""
        with file.open() as opened:
            data, mark, final = b"", b"", False
            while not final:
                more = opened.read(max(1 << 16, len(data)))
                final = not more
                data += more
                if not mark:
                    mark, data = read_mark(file.name, data)
                if not data:
                    continue
                fields = self._scan_first(file.name, data, final)
                if fields is not None:
                    return _First(mark, *fields)
        raise ValueError(f"{file.name}: no labels found: the file is empty")

    def _scan_first(self, name: str, data: bytes, final: bool) -> tuple[bytes, list[bytes]] | None:
        """Return the first record and its fields, or None if it goes on after the data."""
        if (zero := data.find(b"\0")) >= 0:
            raise ValueError(f"{name}: {self._explain('zero', data.count(10, 0, zero) + 1, 0)}")
        text = np.zeros(2 * len(data), dtype=np.uint8)
        text[: len(data)] = np.frombuffer(data, dtype=np.uint8)
        wide = np.full(
            len(data) + 2, -1, dtype=np.int32
        )  # wider than any record: its fault says how many fields it has
        args = text, 0, len(data)
        places = np.empty((1, 1), dtype=np.int64)
        _, _, fault, at, n = Table(ord(self._delimiter), self._quoted, wide).scan(*args, places, final, True)
        if fault != "too few":
            if fault:
                raise ValueError(f"{name}: {self._explain(fault, data.count(10, 0, at) + 1, n)}")
            return None
        slots = np.arange(n, dtype=np.int32)
        places = np.empty((1 + 2 * n, 1), dtype=np.int64)
        Table(ord(self._delimiter), self._quoted, slots).scan(*args, places, final, True)
        begins, ends = places[1 : 1 + n, 0].tolist(), places[1 + n :, 0].tolist()
        fields = [text[begin:end].tobytes() for begin, end in zip(begins, ends, strict=True)]
        return data[: places[0, 0]], fields

    def _skip(self, first: _First) -> tuple[int, int]:
        """Return the bytes and lines before the first example."""
        header = first.record if self.header else b""
        return len(first.mark) + len(header), header.count(b"\n")

    def _check_same(self, firsts: list[_First]) -> None:
        for file, first in zip(self._files, firsts, strict=True):
            if self.header and first.fields != firsts[0].fields:
                shown = [listed([_decoded(x, self._options.encoding) for x in of.fields]) for of in (firsts[0], first)]
                raise ValueError(
                    f"{self._files[0].name} and {file.name} must have the same header, got {shown[0]} and {shown[1]}; "
                    "if they have none, pass --no-header"
                )
            if len(first.fields) != self._width:
                raise ValueError(
                    f"{self._files[0].name} and {file.name} must have as many columns, got {self._width} and "
                    f"{len(first.fields)}"
                )

    def _explain(self, fault: str, line: int, fields: int) -> str:
        literal = "; if quotes are literal, pass --quoting none" if self._quoted else ""
        quoted = "" if self._quoted else "; if fields are quoted, pass --quoting minimal"
        first = "the header" if self.header else "line 1"
        return {
            "zero": f"line {line} contains a zero byte: this is not text in UTF-8 or the like, but binary or UTF-16",
            "too few": f"line {line} must have as many fields as {first}, {self._width}, got {fields}{quoted}",
            "too many": f"line {line} must have as many fields as {first}, {self._width}, got {fields}{quoted}",
            "open quote": f"line {line}: a quoted field begins here that does not end{literal}",
            "after quote": f"line {line}: text follows the closing quote of a field{literal}",
            "carriage return": f"line {line} contains a carriage return that does not end the line",
            "blank": f"line {line} is blank",
        }[fault]


def _read_delimiter(options: Options, suffix: str) -> str:
    given = options.delimiter
    if given is None:
        return "\t" if options.format == "tsv" or (options.format is None and suffix.lower() in _TABS) else ","
    delimiter = _NAMES.get(given, given)
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        raise ValueError(f"--delimiter must be one ASCII character other than a quote, got {given!r}")
    return delimiter


def _read_quoting(options: Options, delimiter: str) -> bool:
    """Return whether quotes around fields are read as such."""
    if options.quoting is None:
        return delimiter != "\t"
    if options.quoting not in QUOTINGS:
        raise ValueError(f"--quoting must be one of {', '.join(QUOTINGS)}, got {options.quoting!r}")
    return options.quoting == "minimal"


def _read_slots(options: Options, names: list[str], header: bool) -> _Slots:
    labels = options.columns
    if not labels and len(names) == 1:
        labels = ("0",)
    if not labels:
        what = listed(names) if header else f"0 to {len(names) - 1}"
        raise ValueError(f"--column is required: which column has the labels ({what})?")
    columns: list[int] = []

    def slot(column: str) -> int:
        position = _position(column, names, header)
        if position not in columns:
            columns.append(position)
        return columns.index(position)

    of_labels = [slot(column) for column in labels]
    ids = None if options.ids_column is None else slot(options.ids_column)
    return _Slots(columns, of_labels, ids, None if options.groups_column is None else slot(options.groups_column))


def _position(column: str, names: list[str], header: bool) -> int:
    """Return the position of a column that is given by its number or by its name in the header."""
    if column.isascii() and column.isdecimal():
        if int(column) >= len(names):
            raise ValueError(f"column {column} is out of range (0 to {len(names) - 1})")
        if header and column in names and names.index(column) != int(column):
            warnings.warn(
                f"column {column} is that of this number, {names[int(column)]!r}, though the header also has the name "
                f"{column!r}; by its number that is column {names.index(column)}",
                stacklevel=2,
            )
        return int(column)
    if not header:
        raise ValueError(f"column {column!r} must be a number from 0, because there is no header")
    if column not in names:
        hint = suggested(column, names) if len(names) > 1 else ""
        if len(names) > 1 and not hint:
            hint = f"; if there is no header: --no-header --column {len(names) - 1}, counted from 0"
        raise ValueError(f"column {column!r} not found in the header ({printable(listed(names))}){hint}")
    if names.count(column) > 1:
        raise ValueError(
            f"column {column!r} occurs {names.count(column)} times in the header ({printable(listed(names))}); pass "
            "its number, counted from 0"
        )
    return names.index(column)


def _decoded(field: bytes, encoding: str) -> str:
    return field.decode(encoding, errors="surrogateescape")


def _ended(record: bytes) -> bytes:
    return record if record.endswith(b"\n") else record + b"\n"
