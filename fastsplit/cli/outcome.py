"""What a command found: the split of every example, chunk by chunk, and the table that is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers.source import Chunk


class Assigned(NamedTuple):
    """A chunk, the split of each of its n examples, and their ids as numbers; None if ids are positions."""

    chunk: Chunk
    splits: NDArray[Any]
    ids: NDArray[np.uint64] | None


class Assign(Protocol):
    """Scans the source: with the examples if they are written, else their labels alone."""

    def __call__(self, *, examples: bool) -> Iterator[Assigned]:
        """Yield all chunks."""


class Outcome(NamedTuple):
    """What a command writes and prints.

    Attributes
    ----------
    names : tuple of str
        The K splits.
    seed : int
        The seed.
    n : int
        The number of examples, with those in no split.
    assign : callable
        Yields all chunks with the split of each example.
    table : callable
        Returns what is printed, once all chunks were assigned.
    fields : callable
        Returns the numbers of the report, likewise.
    save : callable
        Writes the plan into a folder, likewise, if there is one that splits other data.
    """

    names: tuple[str, ...]
    seed: int
    n: int
    assign: Assign
    table: Callable[[], str]
    fields: Callable[[], dict[str, Any]]
    save: Callable[[Path], None]
