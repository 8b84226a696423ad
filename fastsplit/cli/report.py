"""``fastsplit report``: the table and the picture of a split that was made before."""

from __future__ import annotations

import argparse
from pathlib import Path

from fastsplit import Plan
from fastsplit.cli.output import PLAN
from fastsplit.report import Report

ABOUT = "print the table of a split again, and draw it"
EPILOG = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("folder", metavar="DIR", type=Path, help="a folder made by fastsplit split")
    picture = "draw the share of every class: .png, .pdf or .svg"
    parser.add_argument("--picture", metavar="FILE", type=Path, help=picture)


def run(args: argparse.Namespace) -> None:
    """Print the table and, if asked for, write the picture."""
    report = Report(Plan.load(args.folder / PLAN))
    if args.picture is not None:
        report.save_plot(args.picture)
    print(report)
