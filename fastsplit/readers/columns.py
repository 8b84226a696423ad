"""Columns of labels and of ids: values of files, in chunks -> what the engine takes, the same over all scans."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.ids import Ids
from fastsplit.inputs.labels import Labels
from fastsplit.readers import suspicions
from fastsplit.readers.counted import CountedNumbers, CountedWords, integer
from fastsplit.readers.source import Hints, Texts, Values
from fastsplit.readers.typed import (
    Integers,
    first_absent,
    first_not_utf8,
    none_of_any_kind,
    not_of_encoding,
    packed,
    read_integers,
    read_values,
    require_values,
)
from fastsplit.text import printable

MISSING = ("error", "drop", "class")
MISSING_CLASS = "(missing)"

Where = Callable[[int], str]


class LabelColumn:
    """The labels of one column: `add` every chunk in the first scan, then `read` every chunk in the scans that follow.

    Labels are integers if all values are whole numbers of 64 bits, such as ``3`` or ``3.0`` but not ``007``; else they
    are strings. ``NA``, ``NaN``, ``null``, ``None``, and what is empty or blank, are missing labels.

    Parameters
    ----------
    missing : {"error", "drop", "class"}
        What to do with missing labels: raise an error, leave the examples out, or make them a class.
    hints : Hints
        What the source knows of the column.
    planned : ndarray, optional
        The classes of a plan that splits the data: if they are strings, so are labels of text, numbers or not.
    """

    def __init__(
        self,
        missing: str = "error",
        hints: Hints = Hints(),  # noqa: B008, immutable
        planned: NDArray[Any] | None = None,
    ) -> None:
        if missing not in MISSING:
            raise ValueError(f"--missing must be one of {', '.join(MISSING)}, got {missing!r}")
        self._missing, self._hints = missing, hints
        self._counted: CountedNumbers | CountedWords | None = None
        names = planned.tolist() if planned is not None and planned.dtype.kind == "O" else []
        self._as_planned = names != []
        # Numbers become strings if there is a class of those that are missing.
        self._had_missing = MISSING_CLASS in names
        self._were_numbers = self._had_missing and all(name == MISSING_CLASS or _is_integer(name) for name in names)

    def add(self, values: Values, where: Where) -> None:
        """Count the labels of a chunk, of length n; ``where(i)`` names example i in errors."""
        read = self._read(values, where)
        if self._counted is None:
            self._counted = CountedNumbers() if isinstance(read, Integers) else CountedWords(self._are_strings)
        elif isinstance(read, Integers) and isinstance(self._counted, CountedWords) and self._counted.missing.all():
            self._counted = CountedNumbers(self.n_missing)  # what came before was of no kind
        i = self._same_kind(read, where).add(read, where)
        if i is not None and self._missing == "error":
            raise ValueError(
                f"{where(i)}: the label is missing; pass --missing drop to leave such examples out, or --missing class"
            )

    @property
    def classes(self) -> NDArray[Any]:
        """The classes, ascending, shape (C,): integers, or strings as objects."""
        return self._found[0]

    @property
    def counts(self) -> NDArray[np.int64]:
        """The examples of each class, shape (C,)."""
        return self._found[1]

    @property
    def n_missing(self) -> int:
        """The number of missing labels."""
        return 0 if self._counted is None else int(self._counted.counts[self._counted.missing].sum())

    @cached_property
    def warnings(self) -> list[str]:
        """What is likely a mistake, a line each."""
        if self._counted is None:
            return []
        present = ~self._counted.missing
        values = [value for value, is_present in zip(self._counted.values, present.tolist(), strict=True) if is_present]
        are_integers = self._counted.numbers is not None
        return suspicions.of_labels(values, self._counted.counts[present], are_integers, self._hints)

    def read(self, values: Values, where: Where) -> tuple[Labels, NDArray[np.bool_] | None]:
        """Return the labels of a chunk, shape (n,), and which examples are kept; None if all are.

        The labels of the others have no meaning.
        """
        rows = self.rows(values, where)
        kept = None if self._found[2].min(initial=0) >= 0 else rows >= 0
        return self.labels(rows), None if kept is None or kept.all() else kept

    def rows(self, values: Values, where: Where) -> NDArray[np.int32]:
        """Return the class of each label of a chunk by its position in `classes`, shape (n,); -1 if it is left out."""
        read = self._read(values, where)
        codes = self._same_kind(read, where).codes(read, where)
        rows: NDArray[np.int32] = self._found[2][codes]
        return rows

    def labels(self, rows: NDArray[np.int32]) -> Labels:
        """Return the labels that `rows` stand for; those of -1 have no meaning."""
        if self.classes.dtype.kind == "O":
            return Labels(rows, self.classes)
        return Labels(self.classes[rows] if len(self.classes) else np.zeros(len(rows), dtype=np.int64))

    @property
    def _are_strings(self) -> bool:
        return self._as_planned and not self._were_numbers

    def _read(self, values: Values, where: Where) -> Integers | Texts:
        read = read_values(values, where, "label")
        if isinstance(self._counted, CountedNumbers) and none_of_any_kind(read):
            n = len(read.begins)  # type: ignore[union-attr]
            return Integers(np.zeros(n, dtype=bool), np.ones(n, dtype=bool))
        return read

    def _same_kind(self, read: Integers | Texts, where: Where) -> Any:
        """Return what counts values of this kind; raise ValueError if others were of another kind."""
        of_kind = CountedNumbers if isinstance(read, Integers) else CountedWords
        if not isinstance(self._counted, of_kind):
            before = "numbers" if of_kind is CountedWords else "strings"
            raise ValueError(f"{where(0)}: the labels are {of_kind.says} here, but {before} before")
        return self._counted

    @cached_property
    def _found(self) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int32]]:
        """The classes, their counts, and the class of each distinct value, -1 for one that is left out."""
        counted = self._counted
        if counted is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
        missing = counted.missing.tolist()
        has_class = self._missing == "class" and any(missing)
        if has_class and MISSING_CLASS in counted.values:
            raise ValueError(f"--missing class is the class {MISSING_CLASS!r}, but there are labels of that name")
        names: list[Any] = counted.values if counted.numbers is None else counted.numbers
        if self._were_numbers:
            names = [value if (number := integer(value)) is None else str(number) for value in counted.values]
        elif self._had_missing and isinstance(counted, CountedNumbers):
            names = counted.values
        if has_class:  # beside a string, numbers are strings
            names = [MISSING_CLASS if absent else str(name) for name, absent in zip(names, missing, strict=True)]
        present = np.flatnonzero(~counted.missing | has_class)
        order = np.array(sorted(present.tolist(), key=names.__getitem__), dtype=np.intp)
        ordered = np.array(names, dtype=object)[order]
        is_first = np.ones(len(ordered), dtype=bool)  # of its class: 3 and 3.0 are one
        is_first[1:] = ordered[1:] != ordered[:-1]
        rows = np.full(len(names), -1, dtype=np.int32)
        rows[order] = np.cumsum(is_first) - 1
        classes = ordered[is_first]
        counts = np.zeros(len(classes), dtype=np.int64)
        np.add.at(counts, rows[order], counted.counts[order])
        is_text = len(classes) > 0 and isinstance(classes[0], str)
        return classes if is_text else classes.astype(counted.dtype), counts, rows


class IdColumn:
    """The ids of one column, or groups: integers if all are whole numbers of 64 bits, in every chunk; else strings.

    Parameters
    ----------
    what : str
        What error messages call them.
    planned : {"integers", "strings"}, optional
        What they are in a plan that splits the data: text is read as these.
    """

    def __init__(self, what: str = "id", planned: str | None = None) -> None:
        self._what, self._planned = what, planned
        self._given: type | None = None  # Integers or Texts, as the file says
        self._are_integers = planned != "strings"
        self._has_warned = self._has_warned_of_bytes = False
        self._have_negatives = self._have_large = False

    def add(self, values: Values, where: Where) -> None:
        """Look at the ids of a chunk; ``where(i)`` names example i in errors."""
        read = self._read(values, where)
        require_values(read, where, self._what)
        if isinstance(read, Integers):
            self._add_integers(read.values, where)
        elif not self._has_warned and (absent := first_absent(read)) is not None:
            self._has_warned = True
            warnings.warn(
                f"{where(absent)}: the {self._what} is {read.text(absent)!r}, which is taken for a name: if it means "
                "that there is none, all such examples would be one",
                stacklevel=3,
            )
        if isinstance(read, Texts) and not read.typed:
            self._warn_of_bytes(read, where)
        if isinstance(read, Texts) and self._are_integers:
            found = read_integers(read)
            self._have_negatives |= found.has_negatives
            self._have_large |= found.has_large
            fit = not (self._have_negatives and self._have_large)
            self._are_integers = found.all and fit and not read.typed
            if not self._are_integers and self._planned == "integers":
                i = min(found.first, len(read.begins) - 1)
                raise ValueError(
                    f"{where(i)}: the {self._what}s must be integers of 64 bits, as the plan was made with, got "
                    f"{printable(repr(read.text(i)))}"
                )

    def _warn_of_bytes(self, texts: Texts, where: Where) -> None:
        """Warn of the first id that is not UTF-8."""
        if self._has_warned_of_bytes or (wrong := first_not_utf8(texts)) is None:
            return
        self._has_warned_of_bytes = True
        value = texts.data[texts.begins[wrong] : texts.ends[wrong]].tobytes()
        text = not_of_encoding(value, texts.encoding, where(wrong), self._what)
        warnings.warn(f"{text}; without it, such {self._what}s are taken byte for byte", stacklevel=4)

    def _add_integers(self, values: NDArray[Any], where: Where) -> None:
        """Refuse ids that would be equal modulo 2**64."""
        if len(values) and values.dtype.kind != "b":
            self._have_negatives |= bool(values.min() < 0)
            self._have_large |= bool(values.max() > np.iinfo(np.int64).max)
        if self._have_negatives and self._have_large:
            raise ValueError(
                f"{where(0)}: the {self._what}s up to here do not fit integers of 64 bits: some are negative, some are "
                "2**63 or more"
            )

    def read(self, values: Values, where: Where) -> Ids:
        """Return the ids of a chunk, shape (n,)."""
        read = self._read(values, where)
        if isinstance(read, Integers):
            signed = read.values.dtype.kind != "u"
            return Ids(read.values.astype(np.int64 if signed else np.uint64).view(np.uint64))
        if not self._are_integers:
            return Ids(None, [packed(read, where, self._what)], f"{self._what}s")
        found = read_integers(read)
        if not found.all:
            raise ValueError(f"{where(found.first)}: the {self._what}s changed while they were read")
        return Ids(found.values)

    def _read(self, values: Values, where: Where) -> Integers | Texts:
        read = read_values(values, where, self._what)
        self._given = self._given or type(read)
        if self._given is not type(read):
            raise ValueError(f"{where(0)}: the {self._what}s are integers in one part of the data, strings in another")
        return read


def _is_integer(name: str) -> bool:
    return (number := integer(name)) is not None and str(number) == name


def taken(values: Values, kept: NDArray[np.bool_]) -> Values:
    """Return some of the values."""
    if isinstance(values, Texts):
        return values._replace(begins=values.begins[kept], ends=values.ends[kept])
    return values[kept] if isinstance(values, np.ndarray) else values.filter(kept)
