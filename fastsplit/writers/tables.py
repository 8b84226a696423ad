"""Tables of examples -> a Parquet file per split."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fastsplit.durable import durable_file
from fastsplit.readers.arrow_tables import TableSource
from fastsplit.readers.source import Chunk, Source
from fastsplit.writers.base import Writer, named

_BUFFERED = 1 << 25  # bytes of the rows of all splits that wait to be written: row groups of a few megabytes or more
_ROWS = 1 << 20  # of a row group, at most
_PAGE_ROWS = 1024  # pyarrow's default
_PAGE_BYTES = 1 << 20  # likewise


class TableWriter(Writer):
    """Writes the rows of each split as a Parquet file of the schema, metadata and compression of the source.

    Parameters
    ----------
    folder : Path
        Gets a file NAME.parquet per split.
    names : sequence of str
        The K splits.
    source : TableSource
        Where the rows come from.
    """

    def __init__(self, folder: Path, names: Sequence[str], source: Source) -> None:
        self._source = cast("TableSource", source)
        self._paths = [folder / f"{name}.parquet" for name in names]
        self._waiting: list[list[Any]] = [[] for _ in names]
        self._n_bytes = [0] * len(names)
        self._writers: list[Any] = [None] * len(names)
        with ExitStack() as stack:
            self._files = []
            for path in self._paths:
                stack.enter_context(named(path))
                self._files.append(stack.enter_context(durable_file(path)))
            self._stack = stack.pop_all()

    def write(self, chunk: Chunk, splits: NDArray[np.uint8]) -> None:
        """Append the rows of a chunk."""
        order = np.argsort(splits, kind="stable")
        ends = np.bincount(splits, minlength=len(self._paths)).cumsum()[: len(self._paths)].tolist()
        for split, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            if end > begin:
                rows = cast("Any", chunk.examples).take(order[begin:end])
                self._waiting[split].append(rows)
                self._n_bytes[split] += rows.nbytes
        while sum(self._n_bytes) > _BUFFERED:
            self._flush(int(np.argmax(self._n_bytes)))  # so that row groups are as large as the memory allows

    def close(self) -> None:
        """Write the rows that wait, and the footers."""
        with self._stack:
            for split in range(len(self._paths)):
                self._flush(split)

    def _flush(self, split: int) -> None:
        import pyarrow as pa

        rows = pa.concat_tables([self._source.schema.empty_table(), *self._waiting[split]])
        self._waiting[split], self._n_bytes[split] = [], 0
        with named(self._paths[split]):
            if self._writers[split] is None:
                self._writers[split] = self._stack.enter_context(self._new_writer(split, rows))
            if len(rows):
                self._writers[split].write_table(rows, row_group_size=_ROWS)

    def _new_writer(self, split: int, rows: Any) -> Any:
        """Return the writer of a split; it looks at the size of a page only after so many of the first rows."""
        from pyarrow import parquet

        batch = max(1, min(_PAGE_ROWS, _PAGE_BYTES * len(rows) // max(1, rows.nbytes)))
        return parquet.ParquetWriter(
            self._files[split], rows.schema, compression=self._source.compression, write_batch_size=batch
        )
