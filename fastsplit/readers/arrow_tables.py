"""What Parquet and Arrow files share: the columns that are asked for, and tables in chunks, through pyarrow."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from fastsplit.readers.source import Chunk, Options, Source, labelled, listed, suggested

Column = tuple[str, ...]  # the name of a column and, if it is one of structs, the names of the fields down to a value

_LONGEST = 160  # characters of an error of pyarrow, which may show pages of C++


class Columns(NamedTuple):
    """Where a table has what is asked for."""

    labels: tuple[Column, ...]
    ids: Column | None
    groups: Column | None

    @property
    def label(self) -> str:
        """Where the labels are, in words."""
        return labelled("column", [".".join(column) for column in self.labels])

    @property
    def all(self) -> tuple[Column, ...]:
        """Every column that is read, each of them once."""
        others = (self.ids, self.groups)
        return tuple(dict.fromkeys([*self.labels, *(column for column in others if column is not None)]))


@dataclass(frozen=True, eq=False, kw_only=True)
class TableSource(Source):
    """Files of tables that have the same columns.

    Attributes
    ----------
    columns : Columns
        Where the labels, ids and groups are.
    schema : pyarrow.Schema
        That of the examples: the first file's, with its metadata, and the columns that the names of folders give.
    compression : str
        How tables of examples are compressed.
    check : callable
        Raises ValueError if a file is not as it was.
    """

    paths: list[Path]
    kind: str
    label: str = ""
    ways: tuple[str, ...] = ("parquet",)
    suffix: str = ".parquet"
    columns: Columns
    schema: Any
    compression: str = "snappy"
    check: Callable[[], None]

    @abstractmethod
    def batches(self, file: int, *, examples: bool) -> Iterator[Any]:
        """Yield record batches of a file, by its number: of all columns, or of those that are read."""

    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """Scan the files once."""
        self.check()
        for file, path in enumerate(self.paths):
            begin = 0
            for batch in _named(path, self.batches(file, examples=examples)):
                if len(batch):
                    yield self._chunk(path, begin, batch, examples)
                begin += len(batch)

    def _chunk(self, path: Path, begin: int, batch: Any, examples: bool) -> Chunk:
        labels = tuple(_values(batch, column) for column in self.columns.labels)
        ids, groups = (None if c is None else _values(batch, c) for c in (self.columns.ids, self.columns.groups))
        table = _conformed(batch, self.schema) if examples else None
        return Chunk(len(batch), labels, ids, groups, table, lambda i: f"{path}: row {begin + i} (counted from 0)")


def find_columns(schema: Any, options: Options, path: Path) -> Columns:
    """Return where the columns of the options are, in a file or anything that has the schema."""
    given = options.columns
    if not given:
        if len(schema.names) != 1:
            raise ValueError(f"{path}: --column is required; the columns are {listed(schema.names)}")
        given = (schema.names[0],)
    ids, groups = (
        None if name is None else _find(schema, name, path) for name in (options.ids_column, options.groups_column)
    )
    return Columns(tuple(_find(schema, name, path) for name in given), ids, groups)


def agreed(schema: Any, path: Path, other: Any, other_path: Path) -> Any:
    """Return the schema of two files, the first one's; its types where a column of it has no value at all.

    Raises
    ------
    ValueError
        If the files do not have the same columns of the same types, naming both files.
    """
    import pyarrow as pa

    if schema.equals(other):  # the usual case, at once: there may be thousands of files and columns
        return schema
    for here, there, lacking in ((schema, other, other_path), (other, schema, path)):
        for name in here.names:
            if name not in there.names:
                having = path if lacking is other_path else other_path
                raise ValueError(f"{lacking} has no column {name!r}, which {having} has")
    fields = []
    for field in schema:
        found = other.field(field.name)
        if pa.types.is_null(field.type):
            field = found
        elif not pa.types.is_null(found.type) and not plain_type(field.type).equals(plain_type(found.type)):
            raise ValueError(
                f"column {field.name!r} is {field.type} in {path}, but {found.type} in {other_path}; "
                "convert the column in one of them"
            )
        fields.append(field.with_nullable(field.nullable or found.nullable))
    return pa.schema(fields, schema.metadata)


def plain_type(kind: Any) -> Any:
    """Return a type without what makes no difference to values: dictionaries, and the width of offsets."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return plain_type(kind.value_type)
    if str(kind) in ("large_string", "string_view"):
        return pa.string()
    return pa.binary() if str(kind) in ("large_binary", "binary_view") else kind


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let errors of pyarrow name the file, in one sentence."""
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        said = str(error).partition("\n")[0].rstrip(".")
        said = said if len(said) <= _LONGEST else f"{said[: _LONGEST - 3]}..."
        raise ValueError(f"{path}: the file is damaged or cut short, or pyarrow cannot read it: {said}") from error


def _named(path: Path, batches: Iterator[Any]) -> Iterator[Any]:
    """Yield batches of a file; errors of pyarrow name it."""
    while True:
        with naming(path):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def require_pyarrow(path: Path) -> None:
    """Raise ImportError, which says what to install, if pyarrow is missing."""
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise ImportError(f"{path}: pyarrow is missing; install it with: pip install 'fastsplit[files]'") from error


def _find(schema: Any, name: str, path: Path) -> Column:
    """Return a column that is given by its name, by the names of structs and fields with dots, or by its number."""
    if name in schema.names:
        column: Column = (name,)
    elif (fields := _nested(schema, name)) is not None:
        column = fields
    elif name.isdecimal() and int(name) < len(schema.names):
        column = (schema.names[int(name)],)
    else:
        raise ValueError(
            f"{path}: column {name!r} not found; the columns are {listed(schema.names)}{suggested(name, schema.names)}"
        )
    if schema.names.count(column[0]) > 1:
        raise ValueError(f"{path}: column {column[0]!r} occurs {schema.names.count(column[0])} times")
    kind = _type(schema, column)
    if hasattr(kind, "num_fields") and str(kind).startswith("struct"):
        inner = [".".join([*column, kind.field(i).name]) for i in range(kind.num_fields)]
        raise ValueError(f"{path}: column {name!r} is one of structs; name one of its fields: {listed(inner)}")
    return column


def _nested(schema: Any, name: str) -> Column | None:
    """Return the fields down to a value, ``("a", "b")`` for ``"a.b"``, or None if there is none."""
    column = tuple(name.split("."))
    try:
        _type(schema, column)
    except (KeyError, AttributeError, TypeError):  # of types without fields
        return None
    return column


def _type(schema: Any, column: Sequence[str]) -> Any:
    kind = schema.field(column[0]).type
    for field in column[1:]:
        kind = kind.field(field).type
    return kind


def _values(batch: Any, column: Column) -> Any:
    from pyarrow import compute

    values = batch.column(column[0])
    for field in column[1:]:
        values = compute.struct_field(values, field)
    return values


def _conformed(batch: Any, schema: Any) -> Any:
    """Return a batch as a table of the schema; files may hold columns in another order, and other widths of offsets."""
    import pyarrow as pa

    table = pa.Table.from_batches([batch]).select(schema.names)
    return table.replace_schema_metadata(schema.metadata) if table.schema.equals(schema) else table.cast(schema)
