"""Columns of labels and of ids: values of files, in chunks -> what the engine takes, the same over all scans."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.ids import Ids
from fastsplit.inputs.labels import Labels
from fastsplit.readers._texts import Values as TextValues
from fastsplit.readers._texts import Words
from fastsplit.readers.source import Texts, Values
from fastsplit.readers.suspicions import suspicions_of_classes, suspicions_of_spaces
from fastsplit.readers.typed import Numbers, integer, read_values

MISSING_WORDS = ("", "NA", "NaN", "null", "None")  # without white space around them
MISSING_CLASS = "(missing)"
MISSING = ("error", "drop", "class")

Where = Callable[[int], str]


class _Word(NamedTuple):
    """A distinct value of text."""

    text: str
    is_missing: bool


class LabelColumn:
    """The labels of one column: `add` every chunk in the first scan, then `read` every chunk in the scans that follow.

    Labels are integers if all values are whole numbers of 64 bits, such as ``3`` or ``3.0`` but not ``007``; else strings.
    ``NA``, ``NaN``, ``null``, ``None``, and what is empty or blank, are missing labels.

    Parameters
    ----------
    missing : {"error", "drop", "class"}
        What to do with a missing label: raise an error, leave the example out, or make a class of its own of them.
    encoding : str
        That of text.
    name : str, optional
        The name of the column in the header, if there is one.
    headless : bool
        Whether the first example may be a header by mistake.

    Attributes
    ----------
    n, n_missing : int
        The examples, and the missing labels among them.
    """

    def __init__(
        self, missing: str = "error", *, encoding: str = "utf-8", name: str | None = None, headless: bool = False
    ) -> None:
        if missing not in MISSING:
            raise ValueError(f"--missing must be one of {', '.join(MISSING)}, got {missing!r}")
        self._missing, self._encoding, self._name, self._headless = missing, encoding, name, headless
        self._texts: _TextColumn | None = None
        self._numbers: _NumberColumn | None = None
        self.n = 0

    def add(self, values: Values, where: Where) -> None:
        """Add the values of a chunk, of length n; ``where(i)`` names value i in errors."""
        read = read_values(values, where, "label")
        self._column(read, where).add(read, where, may_be_missing=self._missing != "error")
        self.n += len(read.values) if isinstance(read, Numbers) else len(read.begins)

    def read(self, values: Values, where: Where) -> tuple[Labels, NDArray[np.bool_] | None]:
        """Return the labels of a chunk, shape (n,), and which of the examples are kept; None if all are.

        The label of an example that is not kept has no meaning.
        """
        read = read_values(values, where, "label")
        rows = self._column(read, where).rows(read, where)
        kept = rows >= 0
        labels = self._labels(rows, read)
        return labels, None if kept.all() else kept

    @property
    def classes(self) -> NDArray[Any]:
        """The classes, ascending, shape (C,): integers, or strings as objects."""
        return self._known.classes

    @property
    def counts(self) -> NDArray[np.int64]:
        """The examples of each class, shape (C,)."""
        return self._known.counts

    @property
    def n_missing(self) -> int:
        """The missing labels."""
        return self._known.n_missing

    @cached_property
    def warnings(self) -> list[str]:
        """What is likely a mistake, one line each."""
        known = self._known
        texts = known.texts if self._texts is not None else []
        first = known.texts[0] if self._texts is not None and texts else ""
        found = suspicions_of_spaces(texts, "label")
        return found + suspicions_of_classes(known.classes, known.counts, first, self._name, self._headless)

    def _column(self, read: Texts | Numbers, where: Where) -> Any:
        if isinstance(read, Numbers):
            self._numbers = self._numbers or _NumberColumn()
        else:
            self._texts = self._texts or _TextColumn(self._encoding)
        if self._texts is not None and self._numbers is not None:
            raise ValueError(f"{where(0)}: labels are numbers in one part of the data, and strings in another")
        return self._numbers or self._texts
