"""Which reader fits the paths: by what a file begins with, then by its name, or as the options say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

from fastsplit.readers.contents import delimiter_of, kind_by_name, kind_of
from fastsplit.readers.image_tree import is_image
from fastsplit.readers.record_index import INDEX_SUFFIX
from fastsplit.readers.source import Options, listed, require_distinct

_COLUMNS = ("columns", "ids_column", "groups_column")


class Kind(NamedTuple):
    """A kind of files.

    Attributes
    ----------
    module : str
        The reader, in fastsplit.readers.
    says : str
        What the files are, in the plural.
    options : tuple of str
        The options that apply, besides "format", "encoding" and "threads".
    """

    module: str
    says: str
    options: tuple[str, ...]


KINDS = {
    "csv": Kind("delimited", "CSV files", (*_COLUMNS, "delimiter", "quoting", "header")),
    "tsv": Kind("delimited", "TSV files", (*_COLUMNS, "delimiter", "quoting", "header")),
    "lines": Kind("lists", "text lists", ("header",)),
    "jsonl": Kind("json_lines", "JSON lines", _COLUMNS),
    "parquet": Kind("parquet", "Parquet files", _COLUMNS),
    "arrow": Kind("arrow", "Arrow files", _COLUMNS),
    "npy": Kind("arrays", "NumPy files", (*_COLUMNS, "field")),
    "tfrecord": Kind("records", "TFRecord files", _COLUMNS),
    "images": Kind("images", "images", ("label_from",)),
}
_OTHER_NAMES = {"tab": "tsv", "txt": "lines", "text": "lines", "json": "jsonl", "feather": "arrow", "npz": "npy"}
_OF_FOLDERS = ("images", "parquet")  # readers that take folders
_ALWAYS = ("format", "encoding", "threads")
_OPTIONS = {"columns": "column"}  # names of the command line that differ
_BESIDE = (".json", ".md", "")  # of files that say something about data of another kind, in the same folder
_ABOUT = ("parquet", "tfrecord", "arrow", "npy")  # such kinds


def recognize(paths: Sequence[Path], options: Options) -> tuple[str, list[Path], Options]:
    """Return the kind of some paths, the paths as its reader takes them, and the options.

    Raises
    ------
    ValueError
        If the files are of several kinds or of one that is not read, or an option does not apply to the kind.
    OSError
        If a path does not exist or must not be read.
    """
    if not paths:
        raise ValueError("no file given")
    if len(set(paths)) < len(paths):
        raise ValueError(f"{next(path for path in paths if list(paths).count(path) > 1)} is given more than once")
    given = None if options.format is None else _OTHER_NAMES.get(options.format, options.format)
    if given is not None and given not in KINDS:
        raise ValueError(f"--format must be one of {', '.join(KINDS)}, got {options.format!r}")
    found = [_of_path(path, given, options) for path in paths]
    kind, files = found[0][0], [file for _, of_path in found for file in of_path]
    for path, (other, _) in zip(paths, found, strict=True):
        if other != kind:
            raise ValueError(
                f"files must be of one kind, got {KINDS[kind].says} such as {paths[0]} and {KINDS[other].says} such as "
                f"{path}; leave one out, or pass --format"
            )
    _check_apart(paths)
    require_distinct(files)
    _check_options(kind, options)
    if KINDS[kind].module == "delimited" and options.delimiter is None:
        options = replace(options, delimiter=delimiter_of(files[0], kind))
    return kind, files, replace(options, format=kind)


def _check_apart(paths: Sequence[Path]) -> None:
    """Refuse a path in a folder that is given too."""
    given = {path.resolve(): path for path in paths}
    for full, path in given.items():
        folder = next((given[parent] for parent in full.parents if parent in given), None)
        if folder is not None:
            raise ValueError(f"{path} is in {folder}, which is given too: its examples would come twice; leave one out")


def _check_options(kind: str, options: Options) -> None:
    """Raise ValueError if an option does not apply to the kind."""
    if options.label_from == "column" and "columns" in KINDS[kind].options:
        options = replace(options, label_from=None)
    for field in fields(options):
        if field.name not in (*_ALWAYS, *KINDS[kind].options) and getattr(options, field.name) not in (None, ()):
            name = _OPTIONS.get(field.name, field.name).replace("_", "-")
            hint = "; if they are tables, --column says where the labels are" if kind == "lines" else ""
            raise ValueError(f"--{name} does not apply to {KINDS[kind].says}{hint}")


def _of_path(path: Path, given: str | None, options: Options) -> tuple[str, list[Path]]:
    """Return the kind of a path, and the files that its reader takes."""
    if not path.is_dir():
        if path.exists() and not path.is_file():
            raise ValueError(f"{path} is a pipe or device, which cannot be read twice; pass - and pipe into it")
        return given or kind_of(path, options), [path]
    if given in _OF_FOLDERS:
        return given, [path]
    if given is not None:
        return given, _not_none([file for file in _files_in(path) if not _is_hidden(file, path)], path)
    found, refusal = _files_by_kind(path, options)
    if refusal is not None and "images" not in found:
        raise refusal
    if len(found) > 1:  # text beside data of another kind says something about it
        about = {kind: files for kind, files in found.items() if kind in _ABOUT or not _are_beside(files)}
        found = about or found
    if "images" in found and not any(kind in _ABOUT for kind in found):
        return "images", [path]
    if len(found) > 1:
        listing = [f"{KINDS[kind].says} such as {files[0]}" for kind, files in found.items()]
        raise ValueError(f"{path} holds files of several kinds: {listed(listing)}; name those of one, or pass --format")
    kind, files = next(iter(found.items()), ("", []))
    return kind, [path] if kind in _OF_FOLDERS else _not_none(files, path)


def _files_by_kind(folder: Path, options: Options) -> tuple[dict[str, list[Path]], ValueError | None]:
    """Return the files in a folder by kind, and what is said of the first file that is not read.

    Of images, of which there may be millions, only the first is returned.
    """
    found: dict[str, list[Path]] = {}
    refusal = None
    for file in _files_in(folder):
        if is_image(str(file)):
            found.setdefault("images", [file])
        elif not _is_hidden(file, folder):
            try:
                found.setdefault(kind_by_name(file) or kind_of(file, options), []).append(file)
            except ValueError as error:
                refusal = refusal or error
    return found, refusal


def _are_beside(files: list[Path]) -> bool:
    return all(file.suffix.lower() in _BESIDE for file in files)


def _not_none(files: list[Path], folder: Path) -> list[Path]:
    if not files:
        raise ValueError(f"{folder} holds no files; those whose names begin with a dot or an underscore do not count")
    return files


def _files_in(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, at any depth, sorted; those whose names begin with a dot are hidden."""
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("."))


def _is_hidden(file: Path, folder: Path) -> bool:
    """Return whether a file is about a data set: an index, or a name that begins with an underscore; images may."""
    return file.name.endswith(INDEX_SUFFIX) or any(name.startswith("_") for name in file.relative_to(folder).parts)


def _raise(error: OSError) -> None:
    raise error
