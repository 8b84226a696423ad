"""Scans of text: a file in blocks -> records and fields, in runs of whole records."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers._texts import survey
from fastsplit.readers.blocks import Block, Input, ahead, blocks
from fastsplit.readers.source import Pieces, Texts

MAX_LINES = 1 << 20  # of a run: it bounds the memory of the places of its records

_NEWLINE = 10
_FEW = 1 << 16  # bytes that are looked through for the kind of line ends

# scan(data, begin, end, out, final, careful) -> records, their end, fault, its position, fields of the record with it
Scanner: TypeAlias = Callable[
    [NDArray[np.uint8], int, int, NDArray[np.int64], bool, bool], tuple[int, int, str, int, int]
]


class Shape(NamedTuple):
    """How a scanner reads and writes."""

    scan: Scanner
    slots: int  # pairs of begins and ends that it writes beside the ends of records
    spare: bool  # whether it needs as much room as there is text
    explain: Callable[[str, int, int], str]  # fault, line, fields -> what an error says
    trims: bool = False  # whether white space around fields is no part of them


class Run(NamedTuple):
    """Consecutive records of a file."""

    name: str
    data: NDArray[np.uint8]
    begin: int  # of the first record
    lines: int  # before the first record
    places: NDArray[np.int64]
    records: int  # before the first one here
    skipped: int  # lines before all records: of the header

    def fields(self, slot: int, encoding: str = "utf-8") -> Texts:
        """Return the fields of a slot."""
        slots = (len(self.places) - 1) // 2
        return Texts(self.data, self.places[1 + slot], self.places[1 + slots + slot], encoding)

    def pieces(self) -> Pieces:
        """Return the records with their line ends."""
        return Pieces(self.data[self.begin :], self.places[0] - self.begin)

    def where(self, i: int) -> str:
        """Name record ``i``: its file, its first line and, if records of several lines came before, its number."""
        end = self.begin if i == 0 else int(self.places[0, i - 1])
        line, record = self.lines + _count_lines(self.data, self.begin, end) + 1, self.records + i + 1
        return f"{self.name}: line {line}{'' if line == self.skipped + record else f' (record {record})'}"


def runs(file: Input, shape: Shape, skip: tuple[int, int], ended: bool, size: int | None = None) -> Iterator[Run]:
    """Scan a file.

    Parameters
    ----------
    file : Input
        The file.
    shape : Shape
        The scanner.
    skip : tuple of int
        The bytes and the lines before the first record.
    ended : bool
        Whether the last record gets a line end if it has none.
    size : int, optional
        Bytes per block.

    Yields
    ------
    Run
        At least one record.
    """
    tape = _Tape(file.name, shape, skip, ended)
    yield from ahead(tape.all_runs(blocks(file, spare=shape.spare, size=size)))


class _Tape:
    """The bytes of a file that are read, but not scanned."""

    def __init__(self, name: str, shape: Shape, skip: tuple[int, int], ended: bool) -> None:
        self._name, self._shape, self._ended = name, shape, ended
        self._skipped, self._lines = skip
        self._head, self._records = self._lines, 0
        self._data = np.empty(0, dtype=np.uint8)
        self._begin = self._end = 0
        self._final = False

    def all_runs(self, of: Iterator[Block]) -> Generator[Run, None, None]:
        """Scan all blocks."""
        for block in of:
            self.load(block)
            yield from self.runs()

    def load(self, block: Block) -> None:
        """Put a block behind the bytes that are left."""
        left = self._data[self._begin : self._end]
        self._final = block.final
        end = self._line_end(left, block) if block.final and self._ended else b""
        n = len(left) + block.end - block.begin + len(end)
        data, begin = block.data, block.begin - len(left)
        if begin < 0:
            data, begin = np.empty(2 * n if self._shape.spare else n, dtype=np.uint8), 0
            data[len(left) : n - len(end)] = block.data[block.begin : block.end]
        data[begin : begin + len(left)] = left
        data[begin + n - len(end) : begin + n] = np.frombuffer(end, dtype=np.uint8)
        skipped = min(self._skipped, n)
        self._skipped -= skipped
        self._data, self._begin, self._end = data, begin + skipped, begin + n

    def _line_end(self, left: NDArray[np.uint8], block: Block) -> bytes:
        """Return the line end that the last line lacks."""
        last = left[-_FEW:].tobytes() + block.data[max(block.begin, block.end - _FEW) : block.end].tobytes()
        if not last or last.endswith(b"\n"):
            return b""
        return b"\r\n" if last[: last.rfind(b"\n") + 1].endswith(b"\r\n") else b"\n"

    def runs(self) -> Iterator[Run]:
        """Scan all whole records."""
        max_lines = MAX_LINES
        while self._begin < self._end:
            seen, lines, zero, returns, spaces = survey(self._data, self._begin, self._end, max_lines)
            if zero >= 0:
                raise self._error("zero", zero, 0)
            out = np.empty((1 + 2 * self._shape.slots, lines + 1), dtype=np.int64)
            final = self._final and seen == self._end
            careful = returns or (spaces and self._shape.trims)
            n, end, fault, at, fields = self._shape.scan(self._data, self._begin, seen, out, final, careful)
            if n > 0:
                yield Run(self._name, self._data, self._begin, self._lines, out[:, :n], self._records, self._head)
                self._records += n
            if fault:
                raise self._error(fault, at, fields)
            if end == self._begin and seen == self._end:
                return  # the rest of the record is in the next block
            if end == self._begin:
                max_lines *= 2
            self._lines += lines - _count_lines(self._data, end, seen)
            self._begin = end

    def _error(self, fault: str, at: int, fields: int) -> ValueError:
        line = self._lines + _count_lines(self._data, self._begin, at) + 1
        return ValueError(f"{self._name}: {self._shape.explain(fault, line, fields)}")


def _count_lines(data: NDArray[np.uint8], begin: int, end: int) -> int:
    return int(np.count_nonzero(data[begin:end] == _NEWLINE))
