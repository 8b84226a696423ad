"""Sources: arrays, tables, files and nests of them -> columns, whose rows are taken by index.

`base` has the column, each kind of column has its file, `kinds` chooses among them, `source` makes nests.
"""

from fastsplit.tfdata.sources.base import SourceError
from fastsplit.tfdata.sources.source import Source, concat

__all__ = ["Source", "SourceError", "concat"]
