"""Standard input, as a file that can be read more than once."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

_NAME = "standard-input"
_kept: list[tempfile.TemporaryDirectory[str]] = []  # until the process ends


def as_file() -> Path:
    """Copy standard input to a temporary file, which is deleted when the process ends; TMPDIR says where it lies."""
    if sys.stdin.isatty():
        raise ValueError("- is standard input, which is a terminal here; pipe the data into the command")
    folder = tempfile.TemporaryDirectory(prefix="fastsplit-")
    _kept.append(folder)
    path = Path(folder.name, _NAME)
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path
