"""NumPy files: .npy, and arrays in .npz archives."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from fastsplit.readers.source import CHUNK_BYTES, CHUNK_EXAMPLES, Chunk, Options, Source, labelled, listed, unchanged

_MAGIC_OF_ZIP = b"PK"
_KINDS = "biufSU"  # of labels, ids and groups
_DAMAGED = (ValueError, TypeError, SyntaxError, TokenError, EOFError, KeyError, zipfile.BadZipFile, zlib.error)


class _Header(NamedTuple):
    """The header of an array."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    of_fortran: bool


class _Column(NamedTuple):
    """Values: an array of an archive, "" for a .npy file, and a field or the number of a column if it has some."""

    array: str
    part: str | int | None


@dataclass(frozen=True, eq=False, kw_only=True)
class Arrays(Source):
    """Arrays in files, of the same type.

    Attributes
    ----------
    labels, ids, groups : _Column
        Where they are in each file.
    check : callable
        Raises ValueError if a file is not as it was.
    """

    paths: list[Path]
    kind: str
    label: str = ""
    labels: tuple[_Column, ...]
    ids: _Column | None
    groups: _Column | None
    check: Callable[[], None]

    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """Scan the files once; they are read, not mapped: mapped pages count as memory of the process."""
        self.check()
        for path in self.paths:
            begin = 0
            for n, values in self._rows(path):
                labels = tuple(values[column] for column in self.labels)
                ids, groups = (None if column is None else values[column] for column in (self.ids, self.groups))
                yield Chunk(n, labels, ids, groups, None, _naming(path, begin))
                begin += n

    def _rows(self, path: Path) -> Iterator[tuple[int, dict[_Column, NDArray[Any]]]]:
        """Yield the values of all columns, some rows at a time."""
        columns = [column for column in (*self.labels, self.ids, self.groups) if column is not None]
        names = dict.fromkeys(column.array for column in columns)
        with ExitStack() as stack:
            arrays = {name: stack.enter_context(_opened(path, name)) for name in names}
            n_rows = next(iter(arrays.values()))[1].shape[0]
            step = min(CHUNK_EXAMPLES, *(CHUNK_BYTES // max(1, _row_bytes(header)) for _, header in arrays.values()))
            for begin in range(0, n_rows, max(1, step)):
                n = min(max(1, step), n_rows - begin)
                rows = {name: _read_rows(path, file, header, n) for name, (file, header) in arrays.items()}
                yield n, {column: _part(rows[column.array], column.part) for column in columns}


def read(paths: list[Path], options: Options) -> Arrays:
    """Open arrays that are one array of labels, one after the other; of the files, only the headers are read.

    ``options.field`` names the array of an archive, or the field of a structured array; ``options.columns`` the fields
    of a structured array, or the columns of a matrix. Ids and groups are other fields, or other arrays of the archive.
    """
    first: Arrays | None = None
    for path in paths:
        headers = _headers(path)
        labels = _labels(path, headers, options)
        ids, groups = (
            None if name is None else _other(path, headers, labels[0], name)
            for name in (options.ids_column, options.groups_column)
        )
        columns = [column for column in (*labels, ids, groups) if column is not None]
        kinds = [_checked_kind(path, headers[column.array], column) for column in columns]
        n_rows = {column.array: headers[column.array].shape[0] for column in columns}
        if len(set(n_rows.values())) > 1:
            raise ValueError(f"{path}: arrays differ in length: {listed([f'{k} has {n}' for k, n in n_rows.items()])}")
        if first is None:
            first_kinds, dtype = kinds, _part_dtype(headers[labels[0].array], labels[0])
            what = f"an array of {dtype}" if len(paths) == 1 else f"{len(paths):,} arrays of {dtype}"
            check = unchanged(paths)
            first = Arrays(
                paths=paths, kind=what, label=_said(labels), labels=labels, ids=ids, groups=groups, check=check
            )
        elif (labels, ids, groups) != (first.labels, first.ids, first.groups) or kinds != first_kinds:
            raise ValueError(f"{path} does not hold arrays of the same names and types as {paths[0]}")
    if first is None:
        raise ValueError("no file given")
    return first


def _labels(path: Path, headers: dict[str, _Header], options: Options) -> tuple[_Column, ...]:
    """Return where the labels are."""
    field, array = options.field, ""
    if "" not in headers:
        if field is None and len(headers) > 1:
            raise ValueError(f"{path}: --field is required; the arrays are {listed(list(headers))}")
        array, field = next(iter(headers)) if field is None else field, None
        if array not in headers:
            raise ValueError(f"{path}: no array is named {array!r}; the arrays are {listed(list(headers))}")
    dtype, shape, of_fortran = headers[array]
    if len(shape) not in (1, 2) or (len(shape) == 2 and dtype.names is not None):
        raise ValueError(f"{path}: an array of labels has one dimension, got shape {shape}")
    parts = options.columns or (() if field is None else (field,))
    if dtype.names is not None:
        if not parts:
            raise ValueError(f"{path}: --field is required; the fields are {listed(dtype.names)}")
        return tuple(_Column(array, _field(path, dtype, part)) for part in parts)
    if len(shape) == 1:
        if parts:
            raise ValueError(f"{path}: --field and --column do not apply to an array of {dtype}; leave them out")
        return (_Column(array, None),)
    if not parts:
        raise ValueError(f"{path}: an array of labels has one dimension, got {shape}; --column names columns of it")
    if of_fortran:
        raise ValueError(f"{path}: the array is stored column by column; save it again with numpy.ascontiguousarray")
    for part in parts:
        if not part.isdecimal() or int(part) >= shape[1]:
            raise ValueError(f"{path}: column {part!r} not found; the columns are 0 to {shape[1] - 1}")
    return tuple(_Column(array, int(part)) for part in parts)


def _said(labels: tuple[_Column, ...]) -> str:
    """Say where the labels are, if there is a choice."""
    part = labels[0].part
    if part is None:
        return labelled("array", [labels[0].array]) if labels[0].array else ""
    return labelled("field" if isinstance(part, str) else "column", [str(column.part) for column in labels])


def _other(path: Path, headers: dict[str, _Header], labels: _Column, name: str) -> _Column:
    """Return where ids or groups are: in a field beside the labels, or in another array of the archive."""
    dtype = headers[labels.array].dtype
    if dtype.names is not None and name in dtype.names:
        return _Column(labels.array, name)
    if name in headers and headers[name].dtype.names is None and len(headers[name].shape) == 1:
        return _Column(name, None)
    known = [*(dtype.names or ()), *(array for array in headers if array != labels.array)]
    if not known:
        raise ValueError(f"{path}: {name!r} not found; the file has one array, of {dtype}")
    raise ValueError(f"{path}: {name!r} not found beside the labels; there are {listed(known)}")


def _field(path: Path, dtype: np.dtype[Any], name: str) -> str:
    if dtype.names is None or name not in dtype.names:
        raise ValueError(f"{path}: no field is named {name!r}; the fields are {listed(dtype.names or ())}")
    return name


def _part_dtype(header: _Header, column: _Column) -> np.dtype[Any]:
    return header.dtype[column.part] if isinstance(column.part, str) else header.dtype


def _checked_kind(path: Path, header: _Header, column: _Column) -> str:
    """Return the kind of the values of a column; signed and unsigned integers are of one."""
    dtype = _part_dtype(header, column)
    if dtype.hasobject:
        raise ValueError(f"{path}: the array holds Python objects; save it as integers or strings, or split in Python")
    if dtype.kind not in _KINDS:
        raise ValueError(f"{path}: labels, ids and groups must be integers, booleans, floats or strings, got {dtype}")
    return "i" if dtype.kind == "u" else dtype.kind


def _headers(path: Path) -> dict[str, _Header]:
    """Return the header of the array of a file, named "", or of each array of an archive."""
    if not _is_archive(path):
        with _opened(path, "") as (file, header):
            n_bytes = header.dtype.itemsize * math.prod(header.shape)
            expected, found = file.tell() + n_bytes, path.stat().st_size
        if found < expected and not header.dtype.hasobject:  # objects are pickled
            raise ValueError(f"{path} is cut short: it has {found:,} bytes, expected {expected:,}")
        return {"": header}
    headers = {}
    with _rewording(path), zipfile.ZipFile(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    for name in names:
        with _opened(path, name) as (_, header):
            headers[name] = header
    if not headers:
        raise ValueError(f"{path} is a zip archive without arrays; unpack it and name the files in it")
    return headers


@contextmanager
def _opened(path: Path, name: str) -> Iterator[tuple[IO[bytes], _Header]]:
    """Open an array; the file is at its first row."""
    with ExitStack() as stack:
        with _rewording(path):
            if name:
                archive = stack.enter_context(zipfile.ZipFile(path))
                file: IO[bytes] = stack.enter_context(closing(archive.open(f"{name}.npy")))
            else:
                file = stack.enter_context(path.open("rb"))
            header = _read_header(file)
        yield file, header


def _read_header(file: IO[bytes]) -> _Header:
    version = npy_format.read_magic(file)
    reader = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
    shape, of_fortran, dtype = reader(file)
    if version >= (3, 0) and dtype.names is not None:  # as version 2, but for the encoding of the names
        dtype.names = tuple(name.encode("latin-1").decode() for name in dtype.names)
    return _Header(dtype, shape, of_fortran and len(shape) > 1)


def _read_rows(path: Path, file: IO[bytes], header: _Header, n: int) -> NDArray[Any]:
    wanted, parts = n * _row_bytes(header), []
    with _rewording(path):
        while wanted > 0 and (part := file.read(wanted)):  # an archive may give less than is asked for
            parts.append(part)
            wanted -= len(part)
    if wanted:
        raise ValueError(f"{path} is cut short: {wanted:,} bytes are missing")
    return np.frombuffer(b"".join(parts), header.dtype).reshape(n, *header.shape[1:])


def _part(rows: NDArray[Any], part: str | int | None) -> NDArray[Any]:
    if part is None:
        return rows
    return np.ascontiguousarray(rows[part] if isinstance(part, str) else rows[:, part])


def _row_bytes(header: _Header) -> int:
    return header.dtype.itemsize * math.prod(header.shape[1:])


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC_OF_ZIP)) == _MAGIC_OF_ZIP


@contextmanager
def _rewording(path: Path) -> Iterator[None]:
    """Let errors of NumPy and of zipfile name the file, in one sentence."""
    try:
        yield
    except _DAMAGED as error:
        said = str(error).partition("\n")[0].rstrip(".") or type(error).__name__
        raise ValueError(f"{path}: the file is damaged or not one of NumPy: {said}") from error


def _naming(path: Path, begin: int) -> Callable[[int], str]:
    return lambda i: f"{path}: index {begin + i}"
