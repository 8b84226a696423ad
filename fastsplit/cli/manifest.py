"""The report of a folder, which is also its manifest: what fastsplit made there, with a hash of each file."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from fastsplit.inputs.options import read_threads
from fastsplit.text import printable
from fastsplit.writers.base import SplitFiles

PLAN = "plan.json"
GROUP_PLAN = "plan.npz"  # a plan of groups is as long as they are many
REPORT = "report.json"
_UNFINISHED = "report.json.part"  # a report under its own name is complete, whenever a run is killed

_BLOCK = 1 << 20  # bytes that are read and hashed at once
_CHECKSUM = ',\n "sha256": "'  # of everything before it
_END = '"\n}\n'

Made = Mapping[str, str]  # the hash of each file, by its name


def write(folder: Path, fields: Mapping[str, Any]) -> None:
    """Write the report of a folder that is complete but for it."""
    names = sorted(os.listdir(folder))
    with ThreadPoolExecutor(read_threads(None)) as pool:
        hashes = dict(zip(names, pool.map(_hash, [folder / name for name in names]), strict=True))
    text = json.dumps({**fields, "files": hashes}, indent=1)[: -len("\n}")]
    sha = hashlib.sha256(text.encode()).hexdigest()
    files = SplitFiles(folder, [_UNFINISHED], "")
    try:
        files.write(0, (text + _CHECKSUM + sha + _END).encode())
    finally:
        files.close()
    os.replace(folder / _UNFINISHED, folder / REPORT)


def checked(folder: Path, shown: Path) -> Made:
    """Return what fastsplit made in a folder, which error messages call ``shown``.

    Raises
    ------
    ValueError
        If the folder contains anything else, or a file that was changed.
    """
    made = dict(_own(folder / REPORT))
    for name in sorted(os.listdir(folder)):
        path = folder / name
        if name not in made:
            raise ValueError(f"--force replaces only files that fastsplit made, but {shown} contains {printable(name)}")
        if name != REPORT and _hash(path) != made[name]:
            raise ValueError(f"--force replaces no file that was changed since fastsplit made it: {shown / name}")
    return made


class Splits(NamedTuple):
    """The splits of a folder, the examples of each, and the number of all, from which their positions are."""

    names: tuple[str, ...]
    examples: tuple[int, ...]
    rows: int


def table(folder: Path) -> str | None:
    """Return the table that was printed when a folder was made, or None if there is no report."""
    found = _fields(folder).get("table")
    return found if isinstance(found, str) else None


def splits(folder: Path) -> Splits | None:
    """Return the splits of a folder that a command made of files, or None."""
    fields = _fields(folder)
    try:
        rows = fields["splits"]
        examples = tuple(int(row["examples"]) for row in rows)
        return Splits(tuple(str(row["name"]) for row in rows), examples, int(fields["rows"]))
    except (KeyError, TypeError, ValueError):
        return None


def source(folder: Path) -> dict[str, Any]:
    """Return what the report of a folder says of its source; nothing if it says nothing."""
    found = _fields(folder).get("source")
    return found if isinstance(found, dict) else {}


def _fields(folder: Path) -> dict[str, Any]:
    try:
        fields = json.loads((folder / REPORT).read_bytes())
    except (OSError, RecursionError, ValueError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _own(report: Path) -> Made:
    """Return the hashes of a report and of the files that it lists; nothing if it is no report, or was changed."""
    try:
        text, _, sha = report.read_bytes().rpartition(_CHECKSUM.encode())
        if hashlib.sha256(text).hexdigest() != sha.decode().removesuffix(_END):
            return {}
        files = json.loads(text + b"}")["files"]
        return {**files, REPORT: sha.decode()}
    except (OSError, KeyError, RecursionError, TypeError, ValueError):
        return {}


def _hash(path: Path) -> str:
    """Return a hash of the bytes of a file; of a folder, of what the system says about everything in it.

    A folder holds links to examples, of which there may be millions: links are compared by where they lead, files by
    their size and the time of their last change.
    """
    sha = hashlib.sha256()
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        sha.update(os.fsencode(os.readlink(path)) if path.is_symlink() else b"neither file nor folder")
    elif path.is_dir():
        _add_tree(path, "", sha)
    else:
        with open(path, "rb", buffering=0) as file:
            while block := file.read(_BLOCK):
                sha.update(block)
    return sha.hexdigest()


def _add_tree(folder: Path, prefix: str, sha: Any) -> None:
    with os.scandir(folder) as found:
        for entry in sorted(found, key=lambda entry: entry.name):
            name, status = f"{prefix}/{entry.name}", entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                kind = "folder"
            elif entry.is_symlink():
                kind = os.readlink(entry.path)
            else:
                kind = f"{status.st_size} {status.st_mtime_ns}"
            sha.update(os.fsencode(f"{name}\0{kind}\0"))
            if kind == "folder":
                _add_tree(Path(entry.path), name, sha)
