"""Lists: a label per line, or a path and a label per line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fastsplit.readers._texts import scan_list
from fastsplit.readers.blocks import Input
from fastsplit.readers.encodings import check_encoding, read_mark
from fastsplit.readers.scans import Scanner, Shape, runs
from fastsplit.readers.source import Chunk, Hints, Options, Source

LABELS, IMAGES, LINES = range(3)  # kinds of lines, as in csrc/files/lists.hpp

_WORDS = "for labels of several words, pass --format tsv --column 0 --no-header"


class _First(NamedTuple):
    """How a file begins."""

    head: bytes  # byte order mark and header
    fields: int  # in the first line that is not blank, at most 2


def read(paths: list[Path], options: Options) -> Source:
    """Open lists as one data set."""
    return Lists(paths, options)


class Lists(Source):
    """Lists of labels; or lists of images, of which each line is a path and, after white space, the label.

    Attributes
    ----------
    header : bool
        Whether the first line of each file is a header.
    """

    ways = ("lines",)

    def __init__(self, paths: Sequence[Path], options: Options) -> None:
        self.paths, self._options = list(paths), options
        self._files = [Input(path) for path in paths]
        if options.columns or options.ids_column is not None or options.groups_column is not None:
            raise ValueError(
                f"{self._files[0].name}: a list has no columns; if it is a table, pass --format csv or --format tsv"
            )
        check_encoding(options.encoding)
        self.header = bool(options.header)
        self._firsts = [_first(file, self.header) for file in self._files]
        self._not_empty = max(
            range(len(paths)), key=lambda i: self._firsts[i].fields > 0
        )  # the first that is not empty
        self._is_images = self._firsts[self._not_empty].fields == 2
        self.kind = "a list of images" if self._is_images else "one label per line"
        self.label = "the label is the last field of each line" if self._is_images else ""
        self.suffix = self._files[0].suffix or ".txt"
        self.head = self._firsts[0].head
        self.hints = Hints(None, None if self.header else "pass --header")

    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """Scan the lists once."""
        shape = line_shape(IMAGES if self._is_images else LABELS, partial(_explain, self._files[self._not_empty].name))
        for file, first in zip(self._files, self._firsts, strict=True):
            skip = len(first.head), first.head.count(b"\n")
            for run in runs(file, shape, skip, ended=file is not self._files[-1]):
                yield Chunk(
                    n=run.places.shape[1],
                    labels=(run.fields(0, self._options.encoding),),
                    ids=run.fields(1, self._options.encoding) if self._is_images else None,
                    groups=None,
                    examples=run.pieces() if examples else None,
                    where=run.where,
                )


def line_shape(kind: int, explain: Callable[[str, int, int], str]) -> Shape:
    """Return the shape of scans of lines of a kind."""

    def scan(*args: object) -> tuple[int, int, str, int, int]:
        data, begin, end, out, final, careful = args
        return scan_list(data, begin, end, out, kind, final, careful)  # type: ignore[arg-type]

    scanner: Scanner = scan
    return Shape(scanner, 2 if kind == IMAGES else 1, False, explain, trims=True)


def _first(file: Input, header: bool) -> _First:
    """Look at the first lines of a file."""
    with file.open() as opened:
        data, mark, final = b"", b"", False
        while not final:
            more = opened.read(max(1 << 16, len(data)))
            final = not more
            data += more
            if not mark:
                mark, data = read_mark(file.name, data)
            begin = data.find(b"\n") + 1 if header else 0
            if header and begin == 0:
                begin = len(data)
            text = data[begin:].lstrip()
            if final or b"\n" in text:
                line = text.partition(b"\n")[0]
                return _First(mark + data[:begin], min(2, len(line.split(None, 2))))
    raise AssertionError("a file has an end")


def _explain(first: str, fault: str, line: int, fields: int) -> str:
    return {
        "zero": f"line {line} contains a zero byte: this is not text in UTF-8 or the like, but binary or UTF-16",
        "too few": f"line {line} has one field, but the first line of {first} has more; {_WORDS}",
        "too many": f"line {line} has several fields, but the first line of {first} has one; {_WORDS}",
        "carriage return": f"line {line} contains a carriage return that does not end the line",
        "blank": f"line {line} is blank",
    }[fault]
