"""The distinct values of a column, over all chunks, and how often each comes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers._texts import Values as TextValues
from fastsplit.readers._texts import Words
from fastsplit.readers.source import Texts
from fastsplit.readers.typed import ABSENT_WORDS, Integers, not_of_encoding

MISSING_WORDS = frozenset(("", *ABSENT_WORDS))  # without white space around them

_INTEGER = re.compile(r"(0|-?[1-9][0-9]{0,19})(?:\.0+)?")
_AT_ONCE = 1 << 12  # words that are decoded at once, to see what they say
_SMALL = 1 << 22  # a range of integers that are counted in a table

Where = Callable[[int], str]


class CountedWords:
    """Distinct values of text; as Python strings only when these are asked for, because there may be many."""

    says = "strings"

    def __init__(self, are_strings: bool = False) -> None:
        self._words = Words()
        self._codes = np.empty(0, dtype=np.int32)  # of a chunk; kept, because new memory takes time
        self._missing: list[int] = []  # codes
        self._encoding = "utf-8"
        self._are_strings = are_strings

    def add(self, texts: Texts, where: Where) -> int | None:
        """Count the values of a chunk; return the first that is missing, if there are any that were not seen before."""
        if len(self._codes) < len(texts.begins):
            self._codes = np.empty(len(texts.begins), dtype=np.int32)
        codes, before = self._codes[: len(texts.begins)], len(self._words)
        self._words.add(TextValues(texts.data, texts.begins, texts.ends), codes)
        self._are_strings |= texts.typed
        self._encoding = texts.encoding
        n_missing = len(self._missing)
        for begin in range(before, len(self._words), _AT_ONCE):
            end = min(begin + _AT_ONCE, len(self._words))
            try:
                values = self._words.texts(begin, end, self._encoding)
            except UnicodeDecodeError:
                raise self._not_decoded(range(begin, end), codes, where) from None
            self._missing += [code for code, value in enumerate(values, begin) if value.strip() in MISSING_WORDS]
        return int(np.argmax(codes == self._missing[n_missing])) if len(self._missing) > n_missing else None

    def _not_decoded(self, words: range, codes: NDArray[np.int32], where: Where) -> ValueError:
        """Return the error for the first of some words that cannot be decoded."""
        for code in words:
            try:
                self._words.texts(code, code + 1, self._encoding)
            except UnicodeDecodeError as error:
                i = int(np.argmax(codes == code))
                return ValueError(not_of_encoding(error.object, self._encoding, where(i), "label"))
        raise AssertionError("a word cannot be decoded")

    def codes(self, texts: Texts, where: Where) -> NDArray[np.int32]:
        """Return the position of each value of a chunk among the distinct ones."""
        codes = np.empty(len(texts.begins), dtype=np.int32)
        self._words.find(TextValues(texts.data, texts.begins, texts.ends), codes)
        if codes.min(initial=0) < 0:
            raise ValueError(f"{where(int(np.argmin(codes)))}: the labels changed while they were read")
        return codes

    @cached_property
    def values(self) -> list[str]:
        """The distinct values, in the order in which they came; asked for when all were added."""
        return self._words.texts(0, len(self._words), self._encoding)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which of the distinct values say that there is no value."""
        missing = np.zeros(len(self._words), dtype=bool)
        missing[self._missing] = True
        return missing

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each distinct value came."""
        counts = np.empty(len(self._words), dtype=np.int64)
        self._words.counts(counts)
        return counts

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values as numbers."""
        return np.dtype(np.uint64 if max(self.numbers or [], default=0) > np.iinfo(np.int64).max else np.int64)

    @cached_property
    def numbers(self) -> list[int] | None:
        """The distinct values as integers, 0 for missing ones; None if they are strings."""
        if self._are_strings:
            return None
        numbers = []
        for value, is_missing in zip(self.values, self.missing.tolist(), strict=True):
            found = 0 if is_missing else integer(value)
            if found is None:
                return None
            numbers.append(found)
        fits = any(
            np.iinfo(dtype).min <= min(numbers, default=0) and max(numbers, default=0) <= np.iinfo(dtype).max
            for dtype in (np.int64, np.uint64)
        )
        return numbers if fits and not self.missing.all() else None


class CountedNumbers:
    """Distinct integers or booleans; see `CountedWords`."""

    says = "numbers"

    def __init__(self, n_missing: int = 0) -> None:
        self._counts: dict[Any, int] = {}
        self._n_missing = n_missing
        self._is_bool: bool | None = None  # not known yet
        self._sorted: NDArray[Any] | None = None

    def add(self, integers: Integers, where: Where) -> int | None:
        """Count the values of a chunk; return the first that is missing."""
        values, missing = integers
        first = None if missing is None else int(np.argmax(missing))
        if missing is not None:
            self._n_missing += int(missing.sum())
            values = values[~missing]
        if len(values):
            is_bool = values.dtype.kind == "b"
            if self._is_bool not in (None, is_bool):  # True and 1 are equal to Python
                here, before = ("booleans", "numbers") if is_bool else ("numbers", "booleans")
                raise ValueError(f"{where(0)}: the labels are {here} here, but {before} before")
            self._is_bool = is_bool
        distinct, counts = _counted(values)
        for value, count in zip(distinct.tolist(), counts.tolist(), strict=True):
            self._counts[value] = self._counts.get(value, 0) + count
        return first

    @cached_property
    def _keys(self) -> NDArray[Any]:
        return np.array(sorted(self._counts), dtype=self.dtype)

    def codes(self, integers: Integers, where: Where) -> NDArray[np.int32]:
        """Return the position of each value of a chunk among the distinct ones; the last are the missing ones."""
        values, missing = integers
        if len(self._keys) == 0:
            codes = np.zeros(len(values), dtype=np.int32)
        else:
            codes = _places(self._keys, values.astype(self.dtype)).astype(np.int32)
            wrong = self._keys[codes] != values
            if missing is not None:
                wrong &= ~missing
            if wrong.any():
                raise ValueError(f"{where(int(np.argmax(wrong)))}: the labels changed while they were read")
        if missing is not None:
            codes[missing] = len(self._keys)
        return codes

    @property
    def values(self) -> list[str]:
        """The distinct values as text, ascending, then an empty one for those that are missing."""
        return [*map(str, self._keys.tolist()), *([""] if self._n_missing else [])]

    @property
    def numbers(self) -> list[int]:
        """The same as numbers, 0 for missing ones."""
        return [*self._keys.tolist(), *([0] if self._n_missing else [])]

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Which of them are missing ones."""
        return np.array([False] * len(self._keys) + ([True] if self._n_missing else []), dtype=bool)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each came."""
        counts = [self._counts[key] for key in self._keys.tolist()] + ([self._n_missing] if self._n_missing else [])
        return np.array(counts, dtype=np.int64)

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values."""
        if self._is_bool:
            return np.dtype(bool)
        largest, smallest = max(self._counts, default=0), min(self._counts, default=0)
        if largest > np.iinfo(np.int64).max and smallest < 0:
            raise ValueError("the labels do not fit integers of 64 bits: some are negative, some are 2**63 or more")
        return np.dtype(np.uint64 if largest > np.iinfo(np.int64).max else np.int64)


def integer(text: str) -> int | None:
    """Return the whole number that a text is, or None."""
    found = _INTEGER.fullmatch(text)
    return None if found is None else int(found[1])


def _counted(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the distinct values and how often each comes."""
    if values.size and values.dtype.kind != "b":
        low, high = int(values.min()), int(values.max())
        if high - low < _SMALL and np.iinfo(np.int64).min <= low and high <= np.iinfo(np.int64).max:
            table = np.bincount(values.astype(np.int64) - low)
            places = np.flatnonzero(table)
            return places + low, table[places]
    return np.unique(values, return_counts=True)


def _places(keys: NDArray[Any], values: NDArray[Any]) -> NDArray[np.intp]:
    """Return the position of each value in the ascending keys; of one that is not there, any."""
    if keys.dtype.kind != "b" and int(keys[-1]) - int(keys[0]) == len(keys) - 1:  # no gaps
        places: NDArray[np.intp] = (np.clip(values, keys[0], keys[-1]) - keys[0]).astype(np.intp)
        return places
    return np.minimum(np.searchsorted(keys, values), len(keys) - 1)
