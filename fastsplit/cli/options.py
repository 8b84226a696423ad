"""Options that commands share, and their checks, which come before any file is read."""

from __future__ import annotations

import argparse
import codecs
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fastsplit.cli.folder import FORCE_HELP
from fastsplit.inputs.options import read_dtype, read_threads
from fastsplit.readers.kinds import KINDS
from fastsplit.readers.source import Options

STDIN = "-"
WAYS = ("indices", "lines", "parquet", "records", "links", "copies", "none")
SOURCE_OPTIONS = (  # those of `add_source`, by their names in Python; not given, they are None, or [] if repeated
    "column",
    "feature",
    "field",
    "ids_column",
    "groups_column",
    "label_from",
    "missing",
    "format",
    "delimiter",
    "quoting",
    "header",
    "encoding",
)
_TAB = {"\\t": "\t", "tab": "\t"}


class Writing(NamedTuple):
    """What is written beside the plan and the report.

    Attributes
    ----------
    way : str or None
        How the examples are written; None is what fits the source.
    shuffled : bool
        Whether index arrays are in a random order.
    dtype : str or None
        The type of index arrays; None is the platform's intp.
    threads : int
        The number of threads.
    """

    way: str | None
    shuffled: bool
    dtype: str | None
    threads: int


def add_source(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that say what is read, and how."""
    option = parser.add_argument_group("what is read").add_argument
    parser.add_argument("sources", metavar="SOURCE", nargs="+", help="files or folders; - is standard input")
    column = "the column of the labels; repeat it for several columns of 0 and 1, several labels per example"
    option("--column", metavar="NAME|NUMBER", action="append", default=[], help=column)
    option("--feature", metavar="NAME", help="the feature of TFRecords that is the label")
    option("--field", metavar="NAME", help="the field of a structured array, or the array of an .npz file")
    ids = "the column of the ids; with ids, the split does not depend on the order of the examples"
    option("--ids-column", metavar="NAME|NUMBER", help=ids)
    option("--groups-column", metavar="NAME|NUMBER", help="the column of the groups, which stay in one split each")
    label_from = "where the labels of images are (default: what fits)"
    option("--label-from", choices=["folder", "name", "column"], help=label_from)
    missing = "what is done with examples without a label (default: error)"
    option("--missing", choices=["error", "drop", "class"], help=missing)
    option(
        "--format", metavar="KIND", help=f"what the files are, by default known by their content: {', '.join(KINDS)}"
    )
    option("--delimiter", metavar="CHARACTER", help="between the fields of a table (default: what fits)")
    quoting = "whether fields may be quoted (default: minimal; none for tabs)"
    option("--quoting", choices=["minimal", "none"], help=quoting)
    header = "whether the first line of a table is a header (default: what fits)"
    option("--header", action=argparse.BooleanOptionalAction, default=None, help=header)
    option("--encoding", metavar="NAME", help="of text (default: utf-8)")


def add_output(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that say what is written, and how."""
    option = parser.add_argument_group("what is written").add_argument
    option("--out", metavar="DIR", type=_folder, required=True, help="the folder to make")
    option("--write", metavar="WAY", choices=WAYS, help=f"{', '.join(WAYS)} (default: what fits SOURCE)")
    order = "the order of each index array: that of SOURCE, or random (default: %(default)s)"
    option("--order", choices=["ascending", "shuffled"], default="ascending", help=order)
    option("--dtype", help="the integer type of index arrays (default: the platform's intp)")
    threads = "the number of threads, on which the result does not depend (default: one per CPU)"
    option("--threads", metavar="N", type=int, help=threads)
    option("--force", action="store_true", help=FORCE_HELP)
    option("--strict", action="store_true", help="take warnings for errors, before anything is written")


def read_source_options(args: argparse.Namespace) -> Options:
    """Return how files are read."""
    if args.feature is not None and args.column:
        raise ValueError("--feature and --column must not be given together: both say where the labels are")
    for option, column in (("--ids-column", args.ids_column), ("--groups-column", args.groups_column)):
        if column is not None and column in (*args.column, args.feature):
            raise ValueError(
                f"{option} must not be the column of the labels, got {column}: a class would be one of them"
            )
    for source in args.sources:
        if "://" in source:
            raise ValueError(f"{source} is a URL, but only files are read: download it, or pipe it into the source -")
    if args.sources.count(STDIN) > 1:
        raise ValueError("- must be given at most once: standard input can be read only once")
    try:
        encoding = codecs.lookup("utf-8" if args.encoding is None else args.encoding).name
    except LookupError:
        raise ValueError(f"--encoding must be one that Python knows, such as cp1252, got {args.encoding!r}") from None
    return Options(
        format=args.format,
        columns=tuple(args.column) if args.feature is None else (args.feature,),
        ids_column=args.ids_column,
        groups_column=args.groups_column,
        delimiter=_delimiter(args.delimiter),
        quoting=args.quoting,
        header=args.header,
        encoding=encoding,
        label_from=args.label_from,
        field=args.field,
        threads=read_threads(args.threads),
    )


def read_missing(args: argparse.Namespace) -> str:
    """Return what is done with examples without a label."""
    return args.missing or "error"


def read_writing(args: argparse.Namespace) -> Writing:
    """Return what is written."""
    if args.dtype is not None:
        read_dtype(args.dtype, 0)
    return Writing(args.write, args.order == "shuffled", args.dtype, read_threads(args.threads))


def index_dtype(writing: Writing, n: int) -> np.dtype[np.integer]:
    """Return the type of index arrays of so many examples."""
    return read_dtype(writing.dtype, n)


def _folder(given: str) -> Path:
    """Return a path; an empty one, as of a variable of the shell that is not set, would be the folder at hand."""
    if not given:
        raise argparse.ArgumentTypeError("must name a folder, got an empty text")
    return Path(given)


def _delimiter(given: str | None) -> str | None:
    if given is None:
        return None
    delimiter = _TAB.get(given, given)
    if len(delimiter) != 1 or delimiter in '"\r\n' or not delimiter.isascii():
        raise ValueError(f"--delimiter must be one ASCII character, or tab, got {given!r}")
    return delimiter
