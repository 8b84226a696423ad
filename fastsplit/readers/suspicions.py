"""Suspicions: what is likely a mistake in a column of labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers.source import Hints
from fastsplit.text import printable

_FEW = 5  # classes: of fewer, most may well have one example
_SEPARATORS = (";", "|", ",")  # between several labels of one example
_LISTS = 3  # distinct labels with a separator: fewer may have it by chance
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_LONGEST = 28  # characters of a number: more digits would be rounded
_CONTINUOUS = 20  # distinct numbers that are not whole: more are hardly classes


def of_labels(values: Sequence[str], counts: NDArray[np.int64], are_integers: bool, hints: Hints) -> list[str]:
    """Return the suspicions, a line each.

    Parameters
    ----------
    values : sequence of str, length C
        The distinct labels, those of text in the order in which they came.
    counts : ndarray of int64, shape (C,)
        How often each came.
    are_integers : bool
        Whether they are classes as integers.
    hints : Hints
        What the source knows of the column.
    """
    if not values:
        return []
    found = [
        _alike(values),
        None if are_integers else _one_number(values),
        _header(values, counts, hints),
        _no_header(values, are_integers, hints),
        _single(values, counts),
        None if are_integers else _continuous(values),
        None if are_integers else _several(values),
    ]
    return [printable(text) for text in found if text is not None]


def _alike(values: Sequence[str]) -> str | None:
    """Suspect labels that look the same, because they differ only in what is not seen."""
    # Few labels have what is not seen: the others need to be remembered only if they look like one of these.
    hiding = {seen for value in values if (seen := _visible(value)) != value}
    first: dict[str, str] = {}
    for value in values if hiding else ():
        seen = _visible(value)
        same = first.setdefault(seen, value) if seen in hiding else value
        if same is not value:
            spaces = same.strip() == value.strip()
            return (
                f"the labels {same!r} and {value!r} differ only in white space, and are not the same; if they should "
                "be, strip them"
                if spaces
                else f"the labels {same!a} and {value!a} look the same, but are not; if they should be, "
                "normalize them to NFC and remove marks that are not visible"
            )
    return None


def _one_number(values: Sequence[str]) -> str | None:
    """Suspect labels that are strings, but one number."""
    seen: dict[Decimal, str] = {}
    for value in values:
        if len(value) <= _LONGEST and _DECIMAL.fullmatch(value):
            same = seen.setdefault(Decimal(value), value)
            if same is not value:
                return (
                    f"the labels {same!r} and {value!r} are two classes, because labels are strings here: not all are "
                    "whole numbers without leading zeros; if these two should be one class, write them alike"
                )
    return None


def _visible(value: str) -> str:
    """Return a text in the composed form, without white space around it and characters that are not seen."""
    if value.isascii():
        return value.strip()
    text = unicodedata.normalize("NFC", value)
    if not text.isprintable():
        text = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return text.strip()


def _header(values: Sequence[str], counts: NDArray[np.int64], hints: Hints) -> str | None:
    """Suspect a first example that is unlike all others."""
    first = values[0]
    if hints.if_header is None or len(values) < 2 or counts[0] > 1 or not any(map(str.isalpha, first)):
        return None
    others_are_numbers = all(_number(value) is not None for value in values[1:])
    if counts[1:].min() == 1 and not others_are_numbers:
        return None
    return f"the first label, {first!r}, occurs nowhere else: if it is of a header, {hints.if_header}"


def _no_header(values: Sequence[str], are_integers: bool, hints: Hints) -> str | None:
    """Suspect a header that is an example."""
    if hints.name is None or not (hints.name in values or (are_integers and _number(hints.name) is not None)):
        return None
    return f"the header names the labels {hints.name!r}, like a label: if there is no header, pass --no-header"


def _single(values: Sequence[str], counts: NDArray[np.int64]) -> str | None:
    n_single = int((counts == 1).sum())
    if len(values) < _FEW or 2 * n_single <= len(values):
        return None
    example = values[int(np.argmax(counts == 1))]
    return (
        f"{n_single:,} of {len(values):,} classes have a single example: is {example!r} the label of one? "
        "--column says where the labels are"
    )


def _continuous(values: Sequence[str]) -> str | None:
    n_broken = 0
    for value in values:
        number = _number(value)
        if number is None:
            return None
        n_broken += not number.is_integer()
    if n_broken <= _CONTINUOUS:
        return None
    return (
        f"the labels look continuous: {n_broken:,} distinct numbers that are not whole, such as {values[0]}; each is a "
        "class of its own unless you pass --continuous"
    )


def _several(values: Sequence[str]) -> str | None:
    """Suspect labels that are lists of fewer others."""
    for separator in _SEPARATORS:
        lists = [value.split(separator) for value in values if separator in value]
        if len(lists) < _LISTS:
            continue
        parts = {part.strip() for of_one in lists for part in of_one}
        parts |= {value.strip() for value in values if separator not in value}
        if len(parts) < len(values):
            shown = separator.join(lists[0])
            return (
                f"labels such as {shown!r} look like several labels: each is a class of its own unless you pass "
                f"--multilabel {separator!r}"
            )
    return None


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
