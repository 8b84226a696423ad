"""The bytes that each operation must move through memory, if no cache holds its arrays: the limit of its time.

Whatever the algorithm, it reads its input and writes its output, which is new memory. The split of an example is known
only when all labels are, so a byte per example is written and read again: fewer bytes than reading the labels twice. In
a random order, every position is written to some bucket, read there, and written to its place. Arithmetic, tables and
misses of the cache come on top, which the limit leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

LABEL = INDEX = WORD = 8  # bytes
SPLIT = 1  # of an example, in the assignment
READ, WRITTEN, FRESH = "read", "written again", "written to fresh pages"  # the costs, as limits.py measures them


class Moved(NamedTuple):
    """Bytes per label that are read, written to memory in use, and written to new memory."""

    read: int
    written: int
    fresh: int

    def seconds(self, costs: Mapping[str, float]) -> float:
        """Return the time per label, given the seconds per 8 bytes of each kind."""
        return (self.read * costs[READ] + self.written * costs[WRITTEN] + self.fresh * costs[FRESH]) / 8

    def __str__(self) -> str:
        return f"{self.read} read, {self.written + self.fresh} written"


def moved_by_split(order: str, label: int = LABEL, ids: int = 0) -> Moved:
    """Return what a split moves, given the bytes of a label and of an id."""
    ascending = Moved(label + ids + SPLIT, 0, SPLIT + INDEX)
    return ascending if order == "ascending" else ascending._replace(read=ascending.read + WORD, written=INDEX)


def moved_by_folds(k: int) -> Moved:
    """Return what all pairs of k folds move: every position is in k of their arrays."""
    return Moved(LABEL + SPLIT + WORD, 0, SPLIT + WORD + k * INDEX)


PLAN = Moved(LABEL, 0, 0)
ASSIGN = Moved(LABEL, 0, SPLIT)
GROUP = Moved(2 * LABEL, 0, INDEX)  # positions have no place until the labels are counted
SHUFFLE = Moved(INDEX + WORD, INDEX, WORD)
