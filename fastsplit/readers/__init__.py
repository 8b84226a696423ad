"""Readers: files -> labels and ids, and the examples of each split back out.

One file per kind, chosen in `kinds`. A reader returns a `Source` and knows nothing of splits.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from fastsplit.readers.source import Options, Source

__all__ = ["Options", "Source", "open"]


def open(paths: Sequence[Path], options: Options) -> Source:  # noqa: A001
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
    return open_recognized(paths, options)[0]


def open_recognized(paths: Sequence[Path], options: Options) -> tuple[Source, Options]:
    """Open files as `open` does; also return the options, with the kind and the delimiter that were recognized."""
    from fastsplit.readers.kinds import KINDS, recognize

    kind, files, options = recognize(paths, options)
    opened: Source = import_module(f"fastsplit.readers.{KINDS[kind].module}").read(files, options)
    return opened, options
