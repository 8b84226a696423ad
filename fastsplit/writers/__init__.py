"""Writers: the examples of each split -> files; one file per way of writing.

A writer gets the chunks of a source one after another, each with the split of every example, and keeps none of them.
Readers know nothing of writers, and writers know nothing of plans.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fastsplit.readers.source import Source
from fastsplit.writers.base import Writer
from fastsplit.writers.links import CopyWriter, LinkWriter
from fastsplit.writers.pieces import PieceWriter
from fastsplit.writers.tables import TableWriter

__all__ = ["WAYS", "Writer", "new_writer"]

WAYS: dict[str, Callable[[Path, Sequence[str], Source], Writer]] = {
    "lines": PieceWriter,
    "records": PieceWriter,
    "parquet": TableWriter,
    "links": LinkWriter,
    "copies": CopyWriter,
}


def new_writer(way: str, folder: Path, names: Sequence[str], source: Source) -> Writer:
    """Return the writer of one of the ways of a source."""
    return WAYS[way](folder, names, source)
