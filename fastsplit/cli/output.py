"""The folder that a command makes: complete on the disk, or absent."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import numpy as np

from fastsplit import Plan, Splits
from fastsplit.durable import durable_file, sync_folder
from fastsplit.readers import Source
from fastsplit.readers.progress import progress
from fastsplit.report import Report

PLAN = "plan.json"
REPORT = "report.json"
FORCE_HELP = "replace DIR if it contains only files that fastsplit made"


def checked_target(target: Path, force: bool) -> Path:
    """Return the resolved path of the folder to make, or raise ValueError if making it would lose anything."""
    resolved = target.resolve()
    if not resolved.parent.is_dir():
        raise ValueError(f"--out must be in an existing folder, got {target}")
    if not os.path.lexists(resolved):
        return resolved
    if not resolved.is_dir():
        raise ValueError(f"--out already exists and is not a folder: {target}")
    if not force:
        raise ValueError(f"--out already exists: {target}; pass --force to replace it")
    try:
        own = set(json.loads((resolved / REPORT).read_bytes())["files"])
    except (OSError, KeyError, RecursionError, TypeError, ValueError):
        own = set()  # no report of ours: nothing in the folder is known to be ours
    for path in resolved.iterdir():
        if path.name not in own or not path.is_file():
            raise ValueError(f"--force replaces only files that fastsplit made, but {target} contains {path.name}")
    return resolved


@contextmanager
def atomic_folder(target: Path, force: bool) -> Iterator[Path]:
    """Yield a new folder that becomes ``target`` if the block succeeds; after any error, all is as before."""
    beside = Path(tempfile.mkdtemp(prefix=".fastsplit-", dir=target.parent))  # same disk: a rename is enough
    new, old = beside / "new", beside / "old"
    try:
        new.mkdir()
        yield new
        sync_folder(new)
        if force and target.exists():
            os.rename(target, old)
        os.rename(new, target)
        sync_folder(target.parent)
    finally:
        # The old folder goes back first: if that fails, rmtree is not reached and does not delete it.
        if old.exists() and not target.exists():
            os.rename(old, target)
        shutil.rmtree(beside)


def write_split(folder: Path, splits: Splits, report: Report, source: Source) -> None:
    """Write the index arrays, the plan, the report and, if the source has examples, those of each split."""
    for name, indices in zip(splits.names, splits, strict=True):
        with durable_file(folder / f"{name}.npy") as file:
            np.save(file, indices)
        if source.suffix:
            with durable_file(folder / f"{name}{source.suffix}") as file:
                file.write(source.head)
                file.writelines(progress(source.select(indices), f"write {name}"))
    cast(Plan, splits.plan).save(folder / PLAN)  # the command line has no groups
    files = sorted([*(path.name for path in folder.iterdir()), REPORT])
    with durable_file(folder / REPORT) as file:
        file.write(json.dumps({**report.to_dict(), "files": files}, indent=1).encode() + b"\n")
