"""Progress on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

_T = TypeVar("_T")

_DELAY = 1  # second: shorter work shows nothing


def progress(items: Iterable[_T], what: str) -> Iterable[_T]:
    """Show how many lines are done while ``items`` are iterated, if stderr is a terminal and tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    shown = tqdm(items, what, unit=" lines", unit_scale=True, delay=_DELAY, disable=None, leave=False)
    return cast("Iterable[_T]", shown)
