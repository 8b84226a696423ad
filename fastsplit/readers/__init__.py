"""Readers: files -> labels and ids, and the examples of each split back out.

One file per kind, chosen in `kinds`. A reader returns a `Source` and knows nothing of splits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from fastsplit.readers import npy, source, table, text
from fastsplit.readers.base import Source
from fastsplit.text import printable

__all__ = ["Source", "open", "read"]

# The suffix of a file tells its kind; every suffix that is not listed here is read as text.
_TABLES: dict[str, Callable[[Path, str, str | None], Source]] = {".csv": table.read, ".tsv": table.read}
_OTHERS: dict[str, Callable[[Path], Source]] = {".npy": npy.read}


def open(paths: Sequence[Path], options: source.Options) -> source.Source:  # noqa: A001
    """Open files, or folders of them, as one data set.

    Parameters
    ----------
    paths : sequence of Path
        The files and folders, of one kind.
    options : Options
        How to read them.

    Returns
    -------
    Source
        Its chunks are the examples of all files in the given order. Of folders, files are sorted by their paths.

    Raises
    ------
    ValueError
        If files are of several kinds, or of one that is not read; if an option does not apply, or a column is missing.
        The message names the file.
    OSError
        If a file does not exist or must not be read.
    ImportError
        If the reader needs pyarrow and it is missing.
    """
    from fastsplit.readers.kinds import KINDS, recognize

    kind, files, options = recognize(paths, options)
    opened: source.Source = import_module(f"fastsplit.readers.{KINDS[kind].module}").read(files, options)
    return opened


def read(path: Path, column: str | None = None, ids_column: str | None = None) -> Source:
    """Read a file of labels.

    Parameters
    ----------
    path : Path
        The file; its suffix tells its kind.
    column, ids_column : str, optional
        The columns of the labels and of the ids: names in the header, or numbers from 0. Tables need ``column``; other
        files have no columns.

    Returns
    -------
    Source
        At least one label.

    Raises
    ------
    ValueError
        If the file is not of the kind that its suffix tells, or a label is missing. The message names the file and,
        for text and tables, the line.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in _TABLES and column is None:
            raise ValueError(f"--column is required for {suffix} files")
        if suffix not in _TABLES and (column is not None or ids_column is not None):
            raise ValueError(f"--column and --ids-column apply only to {' and '.join(_TABLES)} files")
        if column is not None:
            source = _TABLES[suffix](path, column, ids_column)
        else:
            source = _OTHERS.get(suffix, text.read)(path)
        if source.labels.size == 0:
            raise ValueError("no labels found")
    except ValueError as error:
        raise ValueError(printable(f"{path}: {error}")) from error
    return source
