"""``fastsplit report``: the table, the picture and the page of a split, or what differs between two splits."""

from __future__ import annotations

import argparse
from pathlib import Path

from fastsplit.cli import manifest
from fastsplit.cli.diff import difference
from fastsplit.cli.plans import has_plan, load_plan
from fastsplit.report import Report

ABOUT = "print the table of a split again, draw it, or compare two splits"
EPILOG = """\
--diff says how many examples are in another split, how many came and how many went. If both folders
were split by ids, and have the examples in files, examples are compared by their ids, which takes
about 90 bytes of memory per example. Otherwise the index arrays of the two are compared, which must
be of the same data in the same order; examples that only one of the two has are counted apart. Of
two plans without index arrays it says about how many examples move, from their cuts.

examples:
  fastsplit report parts --picture parts.png --html parts.html
  fastsplit report --diff parts parts-2
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    split = "a folder made by fastsplit split, or its plan"
    parser.add_argument("folder", metavar="DIR", nargs="?", type=Path, help=split)
    picture = "draw the share of every class: .png, .pdf or .svg"
    parser.add_argument("--picture", metavar="FILE", type=Path, help=picture)
    page = "write a page with the table, pictures, what to know of the split, and a search over classes"
    parser.add_argument("--html", metavar="FILE", type=Path, help=page)
    diff = "compare two folders, or two plans"
    parser.add_argument("--diff", nargs=2, metavar=("A", "B"), type=Path, help=diff)


def run(args: argparse.Namespace) -> None:
    """Print the table and, if asked for, write the picture and the page; or print the difference."""
    if (args.folder is None) == (args.diff is None):
        raise ValueError("DIR or --diff A B must be given, and not both")
    drawn = "--picture" if args.picture is not None else "--html" if args.html is not None else None
    for option, file in (("--picture", args.picture), ("--html", args.html)):
        if file is not None and not file.parent.is_dir():
            raise ValueError(f"{option} must be a file in an existing folder, got {file}")
    if args.diff is not None:
        if drawn is not None:
            raise ValueError(f"{drawn} does not go together with --diff")
        print(difference(*args.diff))
        return
    if not has_plan(args.folder) and (table := manifest.table(args.folder)) is not None:
        if drawn is not None:
            raise ValueError(f"{drawn} needs a plan, and {args.folder} has none")
        print(table)
        return
    report = Report(load_plan(args.folder))
    if args.picture is not None:
        report.save_plot(args.picture)
    if args.html is not None:
        report.to_html(args.html)
    print(report)
