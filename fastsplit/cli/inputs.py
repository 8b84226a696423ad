"""The files of a command: standard input is kept in a file while the run lasts, because files are scanned twice."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastsplit import readers
from fastsplit.cli.folder import Target, Workspace
from fastsplit.cli.options import STDIN
from fastsplit.readers.source import Options, Source
from fastsplit.text import printable
from fastsplit.writers.base import named

_BLOCK = 1 << 20  # bytes that are copied at once
_SHOWN_STDIN = "standard input"
_MAX_SHOWN = 3  # of the files that a report names


def check_apart(sources: list[str], target: Target) -> None:
    """Refuse a source in the folder that is made, which would be replaced, and the reverse, which would be read."""
    for source in sources:
        path = Path(source).resolve()
        if source == STDIN:
            continue
        if target.path.exists() and path.is_relative_to(target.path):
            raise ValueError(f"--out must not contain what is read, got {target.given} and {source}")
        if path.is_dir() and target.path.is_relative_to(path):
            raise ValueError(f"--out must not be in a folder that is read, got {target.given} and {source}")


@contextmanager
def opened(
    args: argparse.Namespace, options: Options, workspace: Workspace, hint: str = ""
) -> Iterator[tuple[Source, Options]]:
    """Yield the source of a command, and how it is read; errors call the copy of standard input what it is a copy of.

    If the files cannot be read with the options, errors end with ``hint``.
    """
    spool = workspace.path / f"stdin{'.' + options.format if options.format else ''}"
    if STDIN in args.sources:
        if sys.stdin.isatty():
            raise ValueError("- is standard input, which is a terminal here: pipe data into the command")
        with named(spool), open(spool, "xb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file, _BLOCK)
    paths = [spool if source == STDIN else Path(source) for source in args.sources]
    try:
        try:
            found = readers.open_recognized(paths, options)
        except ValueError as error:
            raise ValueError(f"{error}{hint}") from error
        yield found
    except (ValueError, TypeError) as error:
        if STDIN not in args.sources:
            raise
        text = str(error).replace(printable(spool), _SHOWN_STDIN).replace(os.fspath(spool), _SHOWN_STDIN)
        raise ValueError(text) from error  # not of the same type, which may take other arguments


def shown(sources: list[str]) -> str:
    """Return the files of a command as a report names them."""
    names = [_SHOWN_STDIN if source == STDIN else source for source in sources[:_MAX_SHOWN]]
    more = f" and {len(sources) - _MAX_SHOWN:,} more" if len(sources) > _MAX_SHOWN else ""
    return printable(", ".join(names) + more)
