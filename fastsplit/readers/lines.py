"""Lines of text files: what lists and tables share."""

from __future__ import annotations

import codecs
import re
import warnings
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers.base import Source
from fastsplit.readers.progress import progress

# Only texts that an integer prints as, so that distinct texts stay distinct classes. 20 digits reach past 64 bits.
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,19}")
_UNDECODED = re.compile("[\udc80-\udcff]")  # bytes that were not UTF-8, as decoded with errors="surrogateescape"


@dataclass(frozen=True, eq=False)
class Records(Source):
    """A source whose examples are records: one or more lines each.

    Attributes
    ----------
    records : sequence of bytes
        The N records with their line ends; only the last may lack one.
    """

    records: Sequence[bytes] = ()

    def select(self, indices: NDArray[np.integer[Any]]) -> list[bytes]:
        """Return some records byte for byte; a record without a line end gets one if another follows it."""
        end = b"\r\n" if self.records[0].endswith(b"\r\n") else b"\n"
        chosen = [self.records[i] for i in indices.tolist()]
        for i, record in enumerate(chosen[:-1]):
            if not record.endswith(b"\n"):
                chosen[i] = record + end
        return chosen


def read_lines(path: Path) -> tuple[bytes, list[bytes]]:
    """Return the byte order mark, or nothing, and the lines."""
    with open(path, "rb") as file:
        lines = list(progress(file, "read", lambda _: 1))
    if not lines:
        return b"", []
    if lines[0].startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError("expected UTF-8, got UTF-16")
    if not lines[0].startswith(codecs.BOM_UTF8):
        return b"", lines
    first = lines[0].removeprefix(codecs.BOM_UTF8)
    return codecs.BOM_UTF8, [first, *lines[1:]] if first else []


def decoded(text: bytes) -> str:
    """Return text in which bytes that are not UTF-8 are kept as surrogates: only labels and ids must not have them."""
    return text.decode(errors="surrogateescape")


def read_values(texts: list[str], lines: Sequence[int], what: str) -> NDArray[Any]:
    """Return labels or ids as objects: integers if all texts are integers, strings otherwise.

    ``lines`` are the numbers of the lines where the records begin, which error messages name.
    """
    distinct = dict.fromkeys(texts)
    for text in distinct:
        if not text.strip() or _UNDECODED.search(text):
            fault = "not UTF-8" if text.strip() else "empty"
            raise ValueError(f"the {what} of the record at line {lines[texts.index(text)]} is {fault}")
    _warn_of_spaces(distinct, what)
    if all(_INTEGER.fullmatch(text) for text in distinct):
        numbers = {text: int(text) for text in distinct}
        return np.array([numbers[text] for text in texts], dtype=object)
    return np.array(texts, dtype=object)


def warn_of_header(labels: list[str], remedy: str) -> None:
    """Warn if the first line is taken for an example, but its label is unlike all others: it may be a header."""
    first, others = labels[0], Counter(labels[1:])
    if not others or first in others or not any(map(str.isalpha, first)):
        return
    if min(others.values()) > 1 or all(map(_INTEGER.fullmatch, others)):
        warnings.warn(
            f"line 1 looks like a header, but is read as an example with the label {first!r}; {remedy}",
            stacklevel=2,
        )


def _warn_of_spaces(distinct: Collection[str], what: str) -> None:
    """Warn if distinct texts are the same without the white space around them."""
    if len(set(map(str.strip, distinct))) == len(distinct):
        return
    seen: dict[str, str] = {}
    for text in distinct:
        same = seen.setdefault(text.strip(), text)
        if same is not text:
            warnings.warn(
                f"the {what}s {same!r} and {text!r} differ only in white space, and are "
                "not the same; if they should be, strip them",
                stacklevel=3,
            )
            return
