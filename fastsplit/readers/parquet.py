"""Parquet files, and folders of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fastsplit.readers.arrow_tables import TableSource, agreed, find_columns, naming, require_pyarrow
from fastsplit.readers.source import CHUNK_EXAMPLES, Options, listed, require_distinct, unchanged

_BUFFER = 1 << 20  # bytes of a column chunk that are read at once: a row group may be as large as the file
_BUFFERS = 1 << 26  # bytes, of all columns together
_LEAST_BUFFER = 1 << 12
_BATCH_BYTES = 1 << 23  # of a chunk, which is in memory twice while it is written
_LOOKED_AT = 10_000  # sizes of columns in row groups
_MOST_ROWS = 1 << 16  # of it: their size is not known if values are coded by dictionaries
_PARTITION = re.compile(r"([^=]+)=(.*)")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # as Hive and Spark name a folder
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")

Partitions = tuple[tuple[str, "int | str | None"], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Parquet(TableSource):
    """Parquet files.

    Attributes
    ----------
    partitions : list of Partitions
        Per file, the columns that the names of its folders give.
    """

    partitions: list[Partitions]

    def batches(self, file: int, *, examples: bool) -> Iterator[Any]:
        """Yield batches of a few megabytes; no more of the file is in memory."""
        from pyarrow import parquet

        path, partitions = self.paths[file], self.partitions[file]
        of_folders = [name for name, _ in partitions]
        wanted = [".".join(column) for column in self.columns.all if column[0] not in of_folders]
        names = None if examples else wanted
        metadata = parquet.read_metadata(path)
        leaves = _leaves(metadata, names)
        # Strings that the file codes by a dictionary stay codes: a scan of labels then takes a fifth of the time.
        # pyarrow cannot do so in structs.
        coded = [column[0] for column in self.columns.labels if len(column) == 1 and column[0] in leaves]
        with parquet.ParquetFile(
            path,
            metadata=metadata,
            read_dictionary=[] if examples else coded,
            buffer_size=max(_LEAST_BUFFER, min(_BUFFER, _BUFFERS // max(1, len(leaves)))),
            pre_buffer=False,  # it keeps all that was read
        ) as opened:
            rows = _batch_rows(metadata, leaves, _MOST_ROWS if examples else CHUNK_EXAMPLES)
            for batch in opened.iter_batches(rows, columns=names, use_threads=False):
                yield _with_partitions(batch, partitions, self.schema, coded=not examples)


def read(paths: list[Path], options: Options) -> Parquet:
    """Open Parquet files, or folders of them, as one table; of the files, only the footers are read.

    Of a folder, the files at any depth are read that end with .parquet or .pq, and do not begin with a dot or an
    underscore. Folders in it named KEY=VALUE are columns, of integers if all values are.
    """
    require_pyarrow(paths[0])
    files, partitions = _listing(paths)
    schema, compression = _footers(files)
    schema = _add_partitions(schema, partitions, files)
    columns = find_columns(schema, options, paths[0])
    return Parquet(
        paths=files,
        kind=f"{len(files):,} Parquet files" if len(files) > 1 else "a Parquet file",
        columns=columns,
        label=columns.label,
        schema=schema,
        compression=compression,
        check=unchanged(files),
        partitions=partitions,
    )


def files_in(folder: Path) -> list[Path]:
    """Return the Parquet files in a folder, at any depth, sorted."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() in (".parquet", ".pq") and path.is_file()]
    return sorted(path for path in found if not any(_is_hidden(name) for name in path.relative_to(folder).parts))


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _listing(paths: list[Path]) -> tuple[list[Path], list[Partitions]]:
    """Return the files of all paths, and the columns that the names of their folders give."""
    files: list[Path] = []
    texts: list[dict[str, str | None]] = []
    for path in paths:
        for file in files_in(path) if path.is_dir() else [path]:
            folders = file.parent.relative_to(path).parts if path.is_dir() else ()
            matches = [match for match in map(_PARTITION.fullmatch, folders) if match]
            files.append(file)
            texts.append({m[1]: None if m[2] == _NO_VALUE else unquote(m[2]) for m in matches})
    if not files:
        raise ValueError(f"{listed(paths)}: no Parquet file found")
    require_distinct(files)
    keys = dict.fromkeys(key for of_file in texts for key in of_file)
    for file, of_file in zip(files, texts, strict=True):
        if len(of_file) != len(keys):
            lacking = next(key for key in keys if key not in of_file)
            raise ValueError(f"{file} is in no folder named {lacking}=..., but other files are")
    numbers = {key for key in keys if all(_is_integer(of_file[key]) for of_file in texts)}
    return files, [
        tuple((key, int(text) if text is not None and key in numbers else text) for key, text in of_file.items())
        for of_file in texts
    ]


def _is_integer(text: str | None) -> bool:
    return text is None or _INTEGER.fullmatch(text) is not None


def _footers(files: list[Path]) -> tuple[Any, str]:
    """Return the schema of all files and the compression of the first column of the first of them that has rows."""
    from pyarrow import parquet

    schema, compression = None, ""
    for path in files:
        with path.open("rb") as opened:  # pyarrow's own error would not say which file it is
            if not opened.read(1):
                raise ValueError(f"{path} is empty; a Parquet file without rows has a footer")
        with naming(path), parquet.ParquetFile(path) as file:
            found = file.schema_arrow
            if not compression and file.metadata.num_row_groups and file.metadata.num_columns:
                compression = file.metadata.row_group(0).column(0).compression.lower()
        schema = found if schema is None else agreed(schema, files[0], found, path)
    return schema, {"": "snappy", "uncompressed": "none", "lzo": "snappy"}.get(compression, compression)


def _add_partitions(schema: Any, partitions: list[Partitions], files: list[Path]) -> Any:
    import pyarrow as pa

    for position, (key, _) in enumerate(partitions[0]):
        if key in schema.names:
            raise ValueError(f"{files[0]}: {key!r} is a column of the file and the name of a folder")
        values = [of_file[position][1] for of_file in partitions]
        schema = schema.append(pa.field(key, pa.string() if any(isinstance(v, str) for v in values) else pa.int64()))
    return schema


def _with_partitions(batch: Any, partitions: Partitions, schema: Any, *, coded: bool) -> Any:
    """Append columns of one value each; as a dictionary of it, unless they are written."""
    import pyarrow as pa

    for key, value in partitions:
        kind = schema.field(key).type
        if coded and value is not None:
            zeros = pa.repeat(pa.scalar(0, pa.int32()), len(batch))
            constant = pa.DictionaryArray.from_arrays(zeros, pa.array([value], kind))
        else:
            constant = pa.repeat(pa.scalar(value, kind), len(batch))
        batch = batch.append_column(key, constant)
    return batch


def _leaves(metadata: Any, names: list[str] | None) -> dict[str, int]:
    """Return the number of each column without fields in some columns, or in all, by its name with dots."""
    paths = [metadata.schema.column(i).path for i in range(metadata.num_columns)]
    return {
        path: i
        for i, path in enumerate(paths)
        if names is None or any(path == name or path.startswith(f"{name}.") for name in names)
    }


def _batch_rows(metadata: Any, leaves: dict[str, int], most: int) -> int:
    """Return how many rows make a chunk, by the size of a row before compression in the row group where it is largest.

    Of many row groups and columns, only some are looked at: a footer may have millions of entries.
    """
    step = max(1, metadata.num_row_groups * len(leaves) // _LOOKED_AT)
    groups = [metadata.row_group(i) for i in range(0, metadata.num_row_groups, step)]
    sizes = [
        sum(group.column(i).total_uncompressed_size for i in leaves.values()) / group.num_rows
        for group in groups
        if group.num_rows
    ]
    return int(max(1, min(most, _BATCH_BYTES / max([1, *sizes]))))
