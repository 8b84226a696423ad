"""Progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any, TypeVar

_T = TypeVar("_T")

_DELAY = 1  # second: shorter work shows nothing
_INTERVAL = 0.1  # seconds between two counts that are shown
_ERASE = "\r\x1b[K"


def progress(items: Iterable[_T], what: str, n_of: Callable[[_T], int], total: int | None = None) -> Iterator[_T]:
    """Show how many examples are done while ``items``, each of ``n_of(item)`` examples, are iterated.

    Nothing is shown unless stderr is a terminal. tqdm draws a bar if it is installed, else a counter is shown.
    """
    if not (sys.stderr and sys.stderr.isatty()):
        yield from items
        return
    shown = _new_counter(what, total)
    try:
        for item in items:
            yield item
            shown.update(n_of(item))
    finally:
        shown.close()


def _new_counter(what: str, total: int | None) -> Any:
    try:
        from tqdm import tqdm
    except ImportError:
        return _Counter(what, total)
    return tqdm(desc=what, total=total, unit=" examples", unit_scale=True, delay=_DELAY, leave=False)


class _Counter:
    """One line that counts, for terminals without tqdm; it is erased at the end."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what, self._of = what, "" if total is None else f" of {total:,}"
        self._n, self._next, self._is_shown = 0, monotonic() + _DELAY, False

    def update(self, n: int) -> None:
        self._n += n
        if monotonic() >= self._next:
            self._next, self._is_shown = monotonic() + _INTERVAL, True
            print(f"{_ERASE}{self._what}: {self._n:,}{self._of} examples", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._is_shown:
            print(_ERASE, end="", file=sys.stderr, flush=True)
