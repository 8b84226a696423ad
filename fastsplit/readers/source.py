"""What every reader returns: a `Source`, which gives the labels, ids and examples of files in chunks."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastsplit.text import printable

CHUNK_BYTES = 1 << 24  # of a chunk, if its examples are large
CHUNK_EXAMPLES = 10**6  # of a chunk, if they are small
_LISTED = 10  # names in an error message: a table may have thousands of columns


class Texts(NamedTuple):
    """Values of text, shape (n,), not decoded: value i is ``data[begins[i]:ends[i]]``, without quotes around it."""

    data: NDArray[np.uint8]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    encoding: str = "utf-8"
    typed: bool = False  # whether the file says that they are strings: "7" is no number then

    def text(self, i: int) -> str:
        """Return a value, decoded; bytes that are not of the encoding become surrogates."""
        return self.data[self.begins[i] : self.ends[i]].tobytes().decode(self.encoding, errors="surrogateescape")


class Pieces(NamedTuple):
    """Examples as bytes, one after the other: example i is ``data[ends[i - 1]:ends[i]]``; the first begins at 0."""

    data: NDArray[np.uint8]
    ends: NDArray[np.int64]


class Hints(NamedTuple):
    """What a source knows of its first column of labels, by which mistakes are noticed."""

    name: str | None = None  # in the header, if there is one
    if_header: str | None = None  # what to do if the first example is a header; None if it cannot be one


Values: TypeAlias = "NDArray[Any] | Texts | Any"  # Any: an Arrow array
Examples: TypeAlias = "Pieces | list[Path] | Any"  # Any: an Arrow table


@dataclass(frozen=True, eq=False)
class Chunk:
    """Some consecutive examples of a source.

    Attributes
    ----------
    n : int
        The number of examples, at least 1.
    labels : tuple of Values, each of length n
        The label columns, in the order in which they were asked for; usually one.
    ids, groups : Values of length n, or None
        As the options ask for; relative paths for image trees and lists of images.
    examples : Pieces, list of Path, Arrow table or None
        The examples themselves, if they were asked for and can be written.
    where : callable
        ``where(i)`` names example i in error messages: its file and line, row or offset.
    """

    n: int
    labels: tuple[Values, ...]
    ids: Values | None
    groups: Values | None
    examples: Examples | None
    where: Callable[[int], str]


@dataclass(frozen=True)
class Options:
    """How to read files; the names are those of the command line. None is what fits the files."""

    format: str | None = None
    columns: tuple[str, ...] = ()  # of the labels: names, or numbers from 0; features of TFRecords
    ids_column: str | None = None
    groups_column: str | None = None
    delimiter: str | None = None
    quoting: str | None = None  # "minimal" or "none"
    header: bool | None = None
    encoding: str = "utf-8"
    label_from: str | None = None  # "folder", "name" or "column"
    field: str | None = None  # of a structured array, or the array of an .npz file
    threads: int = 1


class Source(ABC):
    """Files of one kind that are one data set, in the order in which they were given.

    Attributes
    ----------
    paths : list of Path
        The files; a folder is not one.
    kind : str
        What they are, in words.
    label : str
        Where the labels are, in words; empty if there is no choice.
    ways : tuple of str
        How the examples can be written beside index arrays, the usual way first: of "lines", "records", "parquet",
        "links" and "copies".
    suffix : str
        The suffix of a file that holds some of the examples; empty if the source has labels alone.
    head : bytes
        The first bytes of every such file: a byte order mark, a header, both or nothing.
    hints : Hints
        What is known of the labels.
    """

    paths: list[Path]
    kind: str
    label: str = ""
    ways: tuple[str, ...] = ()
    suffix: str = ""
    head: bytes = b""
    hints: Hints = Hints()

    @property
    def says(self) -> str:
        """What the files are and, if there is a choice, where the labels are: the first line that a command prints."""
        return f"{self.kind}; {self.label}" if self.label else self.kind

    @abstractmethod
    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """Scan the files once, from the beginning; the memory that it takes does not depend on their size."""


def labelled(what: str, names: Sequence[str]) -> str:
    """Say where the labels are: the names of what holds them, such as columns."""
    return f"the label is {what} {names[0]}" if len(names) == 1 else f"the labels are {what}s {listed(names)}"


def unchanged(paths: Sequence[Path]) -> Callable[[], None]:
    """Return a function that raises ValueError if a file is not as it is now, by its size and time of modification.

    A reader calls it once when it first sees the files, and the function that it returns at the start of each scan.
    """
    before = [_stamp(path) for path in paths]

    def check() -> None:
        for path, stamp in zip(paths, before, strict=True):
            if _stamp(path) != stamp:
                raise ValueError(f"{path} changed while it was read; run again when nothing writes to it")

    return check


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def require_distinct(paths: Sequence[Path]) -> None:
    """Raise ValueError if two paths lead to one file, whose examples would come twice."""
    seen: dict[tuple[int, int], Path] = {}
    for path in paths:
        status = path.stat()
        other = seen.setdefault((status.st_dev, status.st_ino), path)
        if other is not path and status.st_ino:  # some file systems have no numbers
            raise ValueError(f"{other} and {path} are the same file, whose examples would come twice; leave one out")


def suggested(name: str, names: Sequence[str]) -> str:
    """Return what an error about a name that is not there adds: the name that is most like it, if one is."""
    folded = {other.casefold(): other for other in reversed(names)}
    close = difflib.get_close_matches(name.casefold(), folded, 1)
    return f"; did you mean {printable(repr(folded[close[0]]))}?" if close else ""


def listed(names: Sequence[object]) -> str:
    """Return names for an error message: at most ten, and how many more there are."""
    shown = ", ".join(map(str, names[:_LISTED]))
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED:,} more"
