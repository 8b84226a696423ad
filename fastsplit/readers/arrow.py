"""Arrow IPC files, which Feather files are, and Arrow streams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastsplit.readers.arrow_tables import TableSource, agreed, find_columns, naming, require_pyarrow
from fastsplit.readers.source import CHUNK_BYTES, CHUNK_EXAMPLES, Options, unchanged

_FILE = b"ARROW1"  # how files begin; streams begin with a message
_LARGE = 1 << 26  # bytes of a batch that is not read as a whole


@dataclass(frozen=True, eq=False, kw_only=True)
class Arrow(TableSource):
    """Arrow files, or streams, of record batches."""

    def batches(self, file: int, *, examples: bool) -> Iterator[Any]:
        """Yield slices of the record batches; one batch is in memory, or pages of the file if it is large."""
        path, fields = self.paths[file], None
        if not examples:
            with _opened(path) as reader:
                fields = sorted({reader.schema.get_field_index(column[0]) for column in self.columns.all})
        with _opened(path, fields) as reader:
            for batch in _record_batches(reader):
                rows = len(batch) * CHUNK_BYTES // max(CHUNK_BYTES, batch.nbytes)
                rows = max(1, min(rows, CHUNK_EXAMPLES))
                for begin in range(0, len(batch), rows):
                    yield batch.slice(begin, rows)


def read(paths: list[Path], options: Options) -> Arrow:
    """Open Arrow files and streams as one table; of the files, only the schemas are read."""
    require_pyarrow(paths[0])
    schema = None
    for path in paths:
        with naming(path), _opened(path) as reader:
            found = reader.schema
        schema = found if schema is None else agreed(schema, paths[0], found, path)
    columns = find_columns(schema, options, paths[0])
    return Arrow(
        paths=paths,
        kind=f"{len(paths):,} Arrow files" if len(paths) > 1 else "an Arrow file",
        columns=columns,
        label=columns.label,
        schema=schema,
        check=unchanged(paths),
    )


@contextmanager
def _opened(path: Path, fields: list[int] | None = None) -> Iterator[Any]:
    """Open a file or a stream; of the columns, only the given ones are read."""
    import pyarrow as pa
    from pyarrow import ipc

    options = ipc.IpcReadOptions(use_threads=False, included_fields=fields or [])
    with path.open("rb") as file:
        is_file = file.read(len(_FILE)) == _FILE
    if not is_file:
        with pa.OSFile(str(path)) as opened, ipc.open_stream(opened, options=options) as reader:
            yield reader
        return
    with pa.memory_map(str(path)) as mapped, ipc.open_file(mapped) as reader:
        if path.stat().st_size > _LARGE * max(1, reader.num_record_batches):
            yield reader  # of all columns: pages of a column that is not used are not read
            return
    # Memory that was read counts as this process's if it is mapped, however much of it the system could take back.
    with pa.OSFile(str(path)) as opened, ipc.open_file(opened, options=options) as reader:
        yield reader


def _record_batches(reader: Any) -> Iterator[Any]:
    if hasattr(reader, "num_record_batches"):
        for i in range(reader.num_record_batches):
            yield reader.get_batch(i)
    else:
        yield from reader
