"""``fastsplit split``: a file of labels -> a folder with a split of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import perf_counter

import fastsplit
from fastsplit import readers
from fastsplit.cli.output import FORCE_HELP, atomic_folder, checked_target, write_split
from fastsplit.cli.sizes import read_sizes
from fastsplit.text import printable

ABOUT = "split a file of labels so that every class keeps its share"
EPILOG = """\
LABELS is one of
  *.npy         an array of labels, which is not loaded into memory
  *.csv, *.tsv  a table; --column says where the labels are. A name means that the first record is a
                header; a number, counted from 0, means that there is no header. Quoted fields may
                contain commas and line ends.
  other text    one label per line; or, if every line has two or more fields, an image list: the
                label is the last field, and the path before it may contain spaces. (For labels of
                several words, name the file *.tsv and pass --column 0.)
If all labels are integers without leading zeros, they are sorted as integers, otherwise as strings.
Text is UTF-8; other bytes are accepted outside labels and ids. A first line that is read as an
example but looks like a header, and labels or ids that differ only in white space, are warned of.

DIR receives NAME.npy for each split, the positions of its examples counted from 0. For text it also
receives the selected lines, byte for byte, in the same order and with the suffix of LABELS. Each of
these files begins with the header and the byte order mark of LABELS, if it has them. If the last
line of LABELS has no line end, it gets one when other lines follow it. plan.json is the split as a
small table (fastsplit.Plan.load), report.json has the printed numbers. DIR appears when everything
is complete, or not at all.

examples:
  fastsplit split labels.npy --sizes train=0.7 val=0.2 test=0.1 --seed 0 --out parts
  fastsplit split images.txt --sizes train=2/3 test=1/3 --seed 0 --out parts --order shuffled
  fastsplit split data.csv --column label --ids-column url --sizes train=rest test=1000 --out parts
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    option = parser.add_argument
    option("labels", metavar="LABELS", type=Path, help="the labels: .npy, .csv, .tsv or other text")
    sizes = "0.8, 80%% or 4/5, together at most 1, or counts; one may be rest; names are optional (default: 0.8 0.2)"
    option("--sizes", nargs="+", metavar="NAME=SIZE", default=["0.8", "0.2"], help=sizes)
    option("--out", metavar="DIR", type=Path, required=True, help="the folder to make")
    option("--seed", type=int, help="the same seed gives the same split (default: a fresh one, which is printed)")
    option("--column", metavar="NAME|NUMBER", help="the column of the labels in a .csv or .tsv file")
    ids = "the column of the ids; with ids, the split does not depend on the order of the lines"
    option("--ids-column", metavar="NAME|NUMBER", help=ids)
    order = "the order of each split: that of LABELS, or random (default: %(default)s)"
    option("--order", choices=["ascending", "shuffled"], default="ascending", help=order)
    minimum = "minimum number of examples of each class in each non-empty split (default: %(default)s)"
    option("--min-per-split", metavar="N", type=int, default=0, help=minimum)
    option("--dtype", help="the integer type of the positions (default: the platform's intp)")
    threads = "the number of threads, on which the result does not depend (default: one per CPU)"
    option("--threads", metavar="N", type=int, help=threads)
    option("--force", action="store_true", help=FORCE_HELP)


def run(args: argparse.Namespace) -> None:
    """Read the labels, split them, write the results, and print the report."""
    sizes = read_sizes(args.sizes)
    target = checked_target(args.out, args.force)
    if args.labels.resolve().is_relative_to(target):
        raise ValueError(f"--out must not contain the labels, got {args.out} and {args.labels}")
    began = perf_counter()
    source = readers.read(args.labels, args.column, args.ids_column)
    read = perf_counter()
    splits = fastsplit.split(
        source.labels,
        sizes,
        seed=args.seed,
        ids=source.ids,
        order=args.order,
        min_per_split=args.min_per_split,
        dtype=args.dtype,
        threads=args.threads,
    )
    split = perf_counter()
    report = splits.report()
    with atomic_folder(target, args.force) as folder:
        write_split(folder, splits, report, source)
    written = perf_counter()
    print(
        f"{printable(args.labels)}: {source.kind}\n{report}\n\n"
        f"read in {read - began:.2f} s, split in {split - read:.3f} s, "
        f"reported and written in {written - split:.2f} s: {printable(args.out)}"
    )
