"""The sizes of a command line: NAME=SIZE -> exact numbers."""

from __future__ import annotations

import re
import unicodedata
import warnings
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from fastsplit.cli.manifest import PLAN, REPORT
from fastsplit.inputs.sizes import are_counts
from fastsplit.inputs.sizes import read_sizes as read_shares

_MOST = 1 + Fraction(1, 10**9)  # what sums to more is no 1 that was rounded
_SAMPLE = "sample"  # the name of a single split without a name
_REST = "rest"  # the size of the split that gets what the others leave
_DECIMAL = r"(?:\d+\.\d*|\.\d+)"
_SIZE = re.compile(  # a ratio must not have the denominator 0
    rf"(?:(?P<name>.*)=)?(?P<number>\d+|{_DECIMAL}|(?P<ratio>\d+/0*[1-9]\d*)|(?P<percent>\d+|{_DECIMAL})%|{_REST})",
    re.ASCII | re.DOTALL,
)
_NOT_IN_FILE_NAMES = set('/\\:*?"<>|')  # on some system
_NOT_IN_NAMES = _NOT_IN_FILE_NAMES | set("=,")  # these two are kept free for the command line's own syntax

_PERCENT = 100  # integer sizes with this sum look like percentages
_MANY = 1000  # examples: that 100 of more are asked for is hardly meant

Size = int | Fraction | Decimal | None


class Sizes(NamedTuple):
    """The sizes of the splits.

    Attributes
    ----------
    of : dict or list
        As `fastsplit.split` takes them: by name, or in a list if no size has a name; None is the rest.
    given : str
        As they were given, for messages.
    """

    of: dict[str, Size] | list[Size]
    given: str

    def exact(self, n: int) -> dict[str, Fraction]:
        """Return the share of each split of so many examples.

        Raises
        ------
        ValueError
            If the sizes are more than there is, or are percentages as it seems.
        """
        sizes = list(self.of.values()) if isinstance(self.of, dict) else self.of
        known = [size for size in sizes if size is not None]
        if are_counts(self.of) and sum(known) > n:
            raise ValueError(
                f"--sizes {self.given} are counts that sum to {sum(known):,}, more than the {n:,} examples; give less, "
                "or shares, such as 20%"
            )
        self._check_percentages(known, n)
        names, shares = read_shares(self.of, n)
        if len(known) < len(sizes) and n and shares[sizes.index(None)] == 0:
            warnings.warn(f"--sizes {self.given} leave no example for the rest", stacklevel=2)
        return dict(zip(names, shares, strict=True))

    def _check_percentages(self, known: list[int | Fraction | Decimal], n: int) -> None:
        """Refuse counts that sum to 100 of many examples; of fewer, reading them as shares warns."""
        if n <= _MANY or not 1 < len(known) == len(self.of) or not are_counts(self.of) or sum(known) != _PERCENT:
            return
        names = self.of if isinstance(self.of, dict) else read_shares([Fraction(1, len(known))] * len(known), n).names
        counts = [f"{name}={size}" for name, size in zip(names, known, strict=True)]
        percentages = [f"{size}%" for size in (counts if isinstance(self.of, dict) else known)]
        raise ValueError(
            f"--sizes {self.given} are counts, which take {_PERCENT} of {n:,} examples; did you mean "
            f"{' '.join(percentages)}? If not, name a split of the others too: {' '.join(counts)} others=rest"
        )

    def check(self) -> None:
        """Raise ValueError if the sizes are too many or too large, as far as this is known without the examples."""
        sizes = list(self.of.values()) if isinstance(self.of, dict) else self.of
        if are_counts(self.of):
            return
        known = [size for size in sizes if size is not None]
        if any(isinstance(size, int) and size > 1 for size in known):
            raise ValueError(f"--sizes must be all counts or all shares, got {self.given}")
        total = sum((Fraction(size) for size in known), Fraction(0))
        if total > _MOST:
            raise ValueError(
                f"--sizes must sum to at most 1, got {self.given}, which is {float(total):g}; one of them may be rest, "
                "and counts are whole numbers, such as test=1000"
            )
        read_shares(self.of, 0)


def read_sizes(given: list[str]) -> Sizes:
    """Read what follows --sizes."""
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
    shown = " ".join(given)
    if numbers.count(None) > 1:
        raise ValueError(
            f"--sizes must have {_REST} at most once, got {shown}; give the others numbers, such as test=0.1"
        )
    if numbers == [None]:
        warnings.warn(f"--sizes {shown} is one split with all examples: name others, such as test=20%", stacklevel=2)
    if names == [None]:
        return Sizes({_SAMPLE: numbers[0]}, shown)
    if all(name is None for name in names):
        return Sizes(numbers, shown)
    return Sizes(dict(zip(_file_names(names, given), numbers, strict=True)), shown)


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
