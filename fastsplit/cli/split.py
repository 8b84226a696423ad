"""``fastsplit split``: files of labels -> a folder with a split of them."""

from __future__ import annotations

import argparse
import secrets
from fractions import Fraction
from time import perf_counter

from fastsplit.cli import in_memory, inputs, options, planning, recorded
from fastsplit.cli.data import Data
from fastsplit.cli.folder import Target
from fastsplit.cli.outcome import Outcome
from fastsplit.cli.output import way_of, write_outcome
from fastsplit.cli.planning import Wanted
from fastsplit.cli.sizes import Sizes, read_sizes
from fastsplit.inputs.options import integer_argument, read_min_per_split, read_threads
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import MAX_SPLITS
from fastsplit.readers.source import Options, Source
from fastsplit.text import printable

ABOUT = "split files of labels so that every class keeps its share"
EPILOG = """\
SOURCE is files of one kind, or folders of them, which together are one data set:
  *.npy, *.npz              an array of labels; --field names an array of several, or a field
  *.csv, *.tsv, other text  a table: --column says where the labels are, by the name in the header or
                            by a number counted from 0. Without --column, one label per line, or an
                            image list: the label is the last field, and the path before it may
                            contain spaces
  *.jsonl                   an object per line; --column names a field
  *.parquet, *.arrow        a table; --column names a column
  *.tfrecord                examples of TensorFlow; --feature names the feature with the label
  a folder of images        the label is the name of an image's folder, or --label-from name
Text may be compressed (gz, bz2, xz, zst). The kind is known by the content; --format overrides it.
If all labels are whole numbers, they are sorted as integers, otherwise as strings. NA, NaN, null,
None and empty labels are missing: --missing says what is done then. What is likely a mistake, such
as labels that differ only in white space, is warned of; with --strict it is an error.

DIR receives NAME.npy for each split, the positions of its examples over all files, counted from 0.
It also receives the examples of each split, by default in the way that fits SOURCE:
  --write lines     NAME.csv and so on: the lines, byte for byte, after the header if there is one
  --write records   NAME.tfrecord: the records, byte for byte
  --write parquet   NAME.parquet
  --write links     NAME/CLASS/...: a tree of links to the images; copies are made if asked for
  --write indices   no examples; --write none: no index arrays either
Examples are always in the order of SOURCE; --order shuffled is for index arrays alone. plan.json
is the split as a small table, for fastsplit assign and fastsplit.Plan.load; of groups it is
plan.npz. There is none with several labels per example or with --continuous. report.json has the
printed numbers, and hashes of all files. DIR appears when everything is complete, or not at all.

Files are scanned two or three times and need not fit in memory. These need memory for each example:
1 byte with --order shuffled, 9 with ids too (and as much again while an array is sorted), 8 with
--continuous, and the labels with several per example.

examples:
  fastsplit split labels.npy --sizes train=0.7 val=0.2 test=0.1 --seed 0 --out parts
  fastsplit split data.csv --column label --ids-column url --sizes train=rest test=1000 --out parts
  fastsplit split data/*.parquet --column label --groups-column patient --out parts
  fastsplit split shards/*.tfrecord --feature label --sizes 80% 20% --seed 0 --out parts
  fastsplit split data.csv --column label --sizes sample=500 --seed 0 --out few
  fastsplit split images/ --folds 5 --seed 0 --out folds
  zcat big.csv.gz | fastsplit split - --format csv --column tags --multilabel ';' --out parts
"""

_SEED_BITS = 32  # of a fresh seed: ten digits, which a person can copy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    options.add_source(parser)
    option = parser.add_argument_group("what is split").add_argument
    sizes = "0.8, 80%% or 4/5, together at most 1, or counts; one may be rest; without names, one is sample, two are "
    sizes += "train and test, three are train, val and test (default: 0.8 0.2)"
    option("--sizes", nargs="+", metavar="NAME=SIZE", help=sizes)
    option("--folds", metavar="K", type=int, help="as --sizes, K equal folds: fold0, fold1, ...")
    option("--seed", type=int, help="the same seed gives the same split (default: a fresh one, which is printed)")
    minimum = "minimum number of examples of each class in each non-empty split (default: %(default)s)"
    option("--min-per-split", metavar="N", type=int, default=0, help=minimum)
    several = "the label column has several labels, with this text between them"
    option("--multilabel", metavar="SEPARATOR", help=several)
    option("--continuous", action="store_true", help="the label is a number: every split gets its distribution")
    options.add_output(parser)


def run(args: argparse.Namespace) -> None:
    """Scan the files, split them, write the results, and print the report."""
    wanted, writing, reading = _read_wanted(args), options.read_writing(args), options.read_source_options(args)
    _check_together(args)
    target = Target(args.out, args.force)
    inputs.check_apart(args.sources, target)
    began = perf_counter()
    with target.workspace() as workspace, inputs.opened(args, reading, workspace) as (source, read):
        way_of(writing, source)
        outcome = _outcome(args, source, reading, wanted)
        planned = perf_counter()
        write_outcome(workspace.new, outcome, source, writing, recorded.of_command(args, read))
        target.publish(workspace)
        print(
            f"{inputs.shown(args.sources)}: {printable(source.says)}\n{outcome.table()}\n\n"
            f"planned in {planned - began:.2f} s, written in {perf_counter() - planned:.2f} s: {printable(args.out)}"
        )


def _outcome(args: argparse.Namespace, source: Source, reading: Options, wanted: Wanted) -> Outcome:
    """Split a source in the way that the options ask for."""
    if args.continuous:
        return in_memory.by_numbers(source, wanted)
    if args.multilabel is not None:
        return in_memory.by_separator(source, args.multilabel, wanted)
    if len(reading.columns) > 1:
        return in_memory.by_columns(source, reading.columns, wanted)
    data = Data(source, options.read_missing(args))
    return planning.by_groups(data, wanted) if data.with_groups else planning.by_classes(data, wanted)


def _read_wanted(args: argparse.Namespace) -> Wanted:
    """Return the sizes and what else the split is made by."""
    if args.folds is not None and args.sizes is not None:
        raise ValueError("--folds and --sizes must not be given together: folds are splits of equal sizes")
    if args.folds is not None:
        k = integer_argument("--folds", args.folds, minimum=2, maximum=MAX_SPLITS)
        sizes = Sizes({f"fold{i}": Fraction(1, k) for i in range(k)}, f"of --folds {k}")
    else:
        sizes = read_sizes(args.sizes or ["0.8", "0.2"])
        sizes.check()
    seed = secrets.randbits(_SEED_BITS) if args.seed is None else read_seed(args.seed)
    return Wanted(sizes, seed, read_min_per_split(args.min_per_split), read_threads(args.threads))


def _check_together(args: argparse.Namespace) -> None:
    """Refuse options that do not go together."""
    if args.groups_column is not None and args.ids_column is not None:
        raise ValueError("--groups-column and --ids-column must not be given together: groups alone decide the split")
    in_memory = {
        "--multilabel": args.multilabel is not None,
        "several columns of labels": len(args.column) > 1,
        "--continuous": args.continuous,
    }
    chosen = [name for name, given in in_memory.items() if given]
    if len(chosen) > 1:
        raise ValueError(f"{chosen[0]} and {chosen[1]} must not be given together")
    beside = {
        "--ids-column": args.ids_column is not None,
        "--groups-column": args.groups_column is not None,
        "--min-per-split": args.min_per_split != 0,
        f"--missing {args.missing}": options.read_missing(args) != "error",
    }
    if args.multilabel == "":
        raise ValueError("--multilabel must be the text between labels, got none")
    for name, given in beside.items():
        if chosen and given:
            raise ValueError(f"{name} does not go together with {chosen[0]}")
