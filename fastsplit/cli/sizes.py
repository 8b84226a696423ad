"""The sizes of a command line: NAME=SIZE -> exact numbers."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction

from fastsplit.cli.manifest import PLAN, REPORT

_REST = "rest"  # the size of the split that gets what the others leave
_DECIMAL = r"(?:\d+\.\d*|\.\d+)"
_SIZE = re.compile(  # a ratio must not have the denominator 0
    rf"(?:(?P<name>.*)=)?(?P<number>\d+|{_DECIMAL}|(?P<ratio>\d+/0*[1-9]\d*)|(?P<percent>\d+|{_DECIMAL})%|{_REST})",
    re.ASCII | re.DOTALL,
)
_NOT_IN_FILE_NAMES = set('/\\:*?"<>|')  # on some system
_NOT_IN_NAMES = _NOT_IN_FILE_NAMES | set("=,")  # these two are kept free for the command line's own syntax

Size = int | Fraction | Decimal | None


def read_sizes(given: list[str]) -> dict[str, Size] | list[Size]:
    """Return sizes as `fastsplit.split` takes them: by name, or in a list if no size has a name; None is the rest."""
    names: list[str | None] = []
    numbers: list[Size] = []
    for text in given:
        match = _SIZE.fullmatch(text)
        if match is None:
            raise ValueError(
                "--sizes must be NAME=SIZE, such as train=0.7, train=70%, train=2/3, train=7000 or train=rest, "
                f"got {text!r}{'; separate sizes by spaces' if ',' in text else ''}"
            )
        names.append(match["name"])
        numbers.append(_number(match))
    if numbers.count(None) > 1:
        raise ValueError(f"--sizes must have at most one {_REST}, got {numbers.count(None)}")
    if all(name is None for name in names):
        return numbers
    return dict(zip(_file_names(names, given), numbers, strict=True))


def _number(match: re.Match[str]) -> Size:
    """Return the exact number that a size is, or None for the rest."""
    text = match["number"]
    if text == _REST:
        return None
    if match["percent"]:
        return Fraction(Decimal(match["percent"])) / 100
    if match["ratio"]:
        ratio = Fraction(text)
        if ratio > 1:
            raise ValueError(f"--sizes must be ratios of at most 1, such as 4/5, got {text}; percentages are 80% 20%")
        return ratio
    return int(text) if text.isdecimal() else Decimal(text)


def _file_names(names: list[str | None], given: list[str]) -> list[str]:
    """Return the names of the splits if all can be file names, in one folder and on any system."""
    taken = {"plan": PLAN, "report": REPORT}
    checked: list[str] = []
    for name, text in zip(names, given, strict=True):
        if name is None:
            raise ValueError(f"--sizes must have names for all splits or for none, got {text!r} without a name")
        if name in ("", ".", "..") or not name.isprintable() or set(name) & _NOT_IN_NAMES:
            raise ValueError(f"--sizes must have names that can be file names, got {name!r}")
        folded = unicodedata.normalize("NFC", name).casefold()  # as file systems that ignore case compare names
        if folded in taken:
            raise ValueError(f"--sizes must have names that differ as file names, got {name!r} and {taken[folded]!r}")
        taken[folded] = name
        checked.append(name)
    return checked
