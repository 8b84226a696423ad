"""How the files of a split were read: its report keeps it, so that grown files, and the parts, can be read alike."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from fastsplit.cli import manifest
from fastsplit.cli.options import SOURCE_OPTIONS, read_source_options
from fastsplit.readers.source import Options

OF_LABELS = ("column", "feature", "field")  # where the labels are: of these, all are given or none


class Recorded(NamedTuple):
    """What the report of a folder says of its source.

    Attributes
    ----------
    kind : str
        What the files were, one of `fastsplit.readers.kinds.KINDS`.
    delimiter : str or None
        What was between their fields.
    suffix : str or None
        The suffix of the parts, "" for folders; None if no examples were written.
    options : dict
        The options that were given.
    """

    kind: str
    delimiter: str | None
    suffix: str | None
    options: dict[str, Any]

    def reading(self) -> Options:
        """Return how the parts are read, which are of the kind of the source."""
        given = dict.fromkeys(SOURCE_OPTIONS) | {"column": []} | self.options
        options = read_source_options(argparse.Namespace(**given, sources=[], threads=None))
        kind = "parquet" if self.kind == "arrow" else self.kind  # as tables are written
        # The parts of images are trees of folders, whatever their labels came from.
        return replace(options, format=kind, delimiter=self.delimiter, label_from=None)


def of_command(args: argparse.Namespace, read: Options) -> Recorded:
    """Return what the report of a command will say of its source, but for what is written."""
    given = {name: value for name in SOURCE_OPTIONS if (value := getattr(args, name)) not in (None, [])}
    return Recorded(str(read.format), read.delimiter, None, given)


def of_folder(folder: Path) -> Recorded | None:
    """Return what the report of a folder says, or None if it says nothing."""
    found = manifest.source(folder)
    try:
        record = Recorded(**found)
        fits = isinstance(record.kind, str) and all(_fits(*option) for option in record.options.items())
    except (TypeError, AttributeError):
        return None
    return record if fits else None


def _fits(name: str, value: Any) -> bool:
    """Return whether an option is as a command writes it; somebody may have edited the report."""
    if name == "column":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return name in SOURCE_OPTIONS and isinstance(value, bool if name == "header" else str)


def complete(args: argparse.Namespace, plan: Path) -> str:
    """Let options that were not given be those of the split that made a plan; return these as they would be given."""
    recorded = of_folder(plan if plan.is_dir() else plan.parent)
    if recorded is None:
        return ""
    has_labels = any(getattr(args, name) for name in OF_LABELS)
    taken = {
        name: value
        for name, value in recorded.options.items()
        if getattr(args, name) in (None, []) and not (has_labels and name in OF_LABELS)
    }
    for name, value in taken.items():
        setattr(args, name, value)
    return " ".join(word for name, value in taken.items() for word in _words(name, value))


def _words(name: str, value: Any) -> list[str]:
    """Return an option as it would be given."""
    option = name.replace("_", "-")
    if isinstance(value, bool):
        return [f"--{option}" if value else f"--no-{option}"]
    values = value if isinstance(value, list) else [value]
    return [f"--{option} {shlex.quote(str(one))}" for one in values]
