"""Writers: the examples of each split -> files; one file per way of writing.

A writer gets the chunks of a source one after another, each with the split of every example, and keeps none of them.
Readers know nothing of writers, and writers know nothing of plans.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from fastsplit.readers.source import Source
from fastsplit.writers.base import Writer

__all__ = ["WAYS", "Writer", "new_writer"]

WAYS = {  # the module and the class of each; imported on use, because some need pyarrow
    "lines": ("pieces", "PieceWriter"),
    "records": ("pieces", "PieceWriter"),
    "parquet": ("tables", "TableWriter"),
    "links": ("links", "LinkWriter"),
    "copies": ("links", "CopyWriter"),
}


def new_writer(way: str, folder: Path, names: Sequence[str], source: Source) -> Writer:
    """Return the writer of one of the ways of a source."""
    module, name = WAYS[way]
    writer: Writer = getattr(import_module(f"fastsplit.writers.{module}"), name)(folder, names, source)
    return writer
