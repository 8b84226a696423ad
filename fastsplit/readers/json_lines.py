"""JSON lines: an object per line, of which some fields are read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers.blocks import Input
from fastsplit.readers.encodings import read_mark
from fastsplit.readers.lists import LINES, line_shape
from fastsplit.readers.scans import Run, runs
from fastsplit.readers.source import Chunk, Options, Source, Values, labelled, listed
from fastsplit.text import printable


def read(paths: list[Path], options: Options) -> Source:
    """Open files of JSON lines as one data set."""
    return JsonLines(paths, options)


class JsonLines(Source):
    """Files with a JSON object per line; a field that is null, or absent from some lines, is missing."""

    ways = ("lines",)

    def __init__(self, paths: Sequence[Path], options: Options) -> None:
        self.paths, self._options = list(paths), options
        self._files = [Input(path) for path in paths]
        self._marks = [_mark(file) for file in self._files]
        self.suffix, self.head = self._files[0].suffix or ".jsonl", self._marks[0]
        if not options.columns:
            raise ValueError(f"{self._files[0].name}: --column is required: which field has the labels?")
        wanted = [*options.columns, options.ids_column, options.groups_column]
        self._fields = list(dict.fromkeys(name for name in wanted if name is not None))
        self._seen: set[str] = set()  # fields that some line has
        self._types: dict[str, str] = {}  # of fields, as pyarrow read them last
        self.kind, self.label = "JSON lines", labelled("field", options.columns)

    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """Scan the files once."""
        shape = line_shape(LINES, _explain)
        for file, mark in zip(self._files, self._marks, strict=True):
            for run in runs(file, shape, (len(mark), 0), ended=file is not self._files[-1]):
                values = self._read(run)
                ids, groups = self._options.ids_column, self._options.groups_column
                yield Chunk(
                    n=run.places.shape[1],
                    labels=tuple(values[name] for name in self._options.columns),
                    ids=None if ids is None else values[ids],
                    groups=None if groups is None else values[groups],
                    examples=run.pieces() if examples else None,
                    where=run.where,
                )

    def _read(self, run: Run) -> dict[str, Values]:
        """Return the fields of a run: by pyarrow if it is there and reads them all alike, else line by line."""
        read = self._read_by_arrow(run)
        if read is not None:
            return read
        rows = _objects(run)
        for name in self._fields:
            if any(name in row for row in rows):
                self._seen.add(name)
            if name not in self._seen:
                raise ValueError(f"{run.where(0)} has no field {name!r}, but {printable(listed(list(rows[0])))}")
            for i, row in enumerate(rows):
                if isinstance(row.get(name), list | dict):
                    raise ValueError(
                        f"{run.where(i)}: the field {name!r} must be a string or a number, got a list or object"
                    )
        return {name: _array([row.get(name) for row in rows]) for name in self._fields}

    def _read_by_arrow(self, run: Run) -> dict[str, Values] | None:
        try:
            import pyarrow as pa
            from pyarrow import json as arrow_json
        except ImportError:
            return None
        lines = run.fields(0)
        # Between lines that begin and end with braces, nothing can be open; so as many objects as lines are one each.
        if (lines.data[lines.begins] != ord("{")).any() or (lines.data[lines.ends - 1] != ord("}")).any():
            return None
        content = pa.py_buffer(run.data[run.begin : run.places[0, -1]])
        tried = [self._types] if self._types else []
        for types in [*tried, *self._guesses(run)]:
            schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in types.items()])
            options = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
            try:
                table = arrow_json.read_json(pa.BufferReader(content), parse_options=options)
            except pa.ArrowInvalid:
                continue
            # A field that is absent, null or given twice: what it is, only the lines tell.
            if len(table) == len(lines.begins) and not any(column.null_count for column in table.columns):
                self._types = types
                self._seen.update(types)
                return {name: table[name].combine_chunks() for name in types}
        return None

    def _guesses(self, run: Run) -> list[dict[str, str]]:
        """Return the types that the first line has."""
        first = _objects(run, 1)[0]
        kinds = {str: "string", bool: "bool", int: "int64", float: "float64"}
        types = {name: kinds.get(type(first.get(name)), "") for name in self._fields}
        return [types] if all(types.values()) else []


def _objects(run: Run, n: int | None = None) -> list[dict[str, Any]]:
    """Return the first lines as objects."""
    lines, rows = run.fields(0), []
    for i in range(len(lines.begins) if n is None else n):
        try:
            row = json.loads(lines.data[lines.begins[i] : lines.ends[i]].tobytes())
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{run.where(i)} is not JSON: {error}") from error
        if not isinstance(row, dict):
            raise ValueError(f"{run.where(i)} must be a JSON object, got {printable(repr(row)[:50])}")
        rows.append(row)
    return rows


def _array(values: list[Any]) -> NDArray[Any]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _mark(file: Input) -> bytes:
    with file.open() as opened:
        return read_mark(file.name, opened.read(3))[0]


def _explain(fault: str, line: int, fields: int) -> str:
    return {
        "zero": f"line {line} contains a zero byte: this is not text in UTF-8, but binary or UTF-16",
        "carriage return": f"line {line} contains a carriage return that does not end the line",
        "blank": f"line {line} is blank",
    }[fault]
