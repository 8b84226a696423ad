"""The command line: ``fastsplit split | report | demo``."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from tokenize import TokenError
from typing import Any, BinaryIO, NoReturn

import numpy as np

import fastsplit
from fastsplit.readers import lists as _lists
from fastsplit.report import Report

_SIZE = re.compile(r"(?:(?P<name>.*)=)?(?P<number>\d+|\d+\.\d*|\.\d+|(?P<ratio>\d+/0*[1-9]\d*))", re.ASCII | re.DOTALL)
# The last three are what NumPy's reader of .npy headers and links that go in circles raise.
_BAD_INPUT = (ValueError, TypeError, OSError, MemoryError, ImportError, RuntimeError, SyntaxError, TokenError)
_FORCE = "replace DIR, if fastsplit made all that is in it"

_HELP = """\
LABELS is one of
  *.npy         an array of labels, read where it lies on disk
  *.csv, *.tsv  with --column: a name means that the first record is a header, a number, from 0,
                that there is none; quoted fields may hold commas and line ends
  other text    one label a line; or, where every line has two or more fields, an image list: the
                label is the last field, and the path before it may hold spaces (for labels of
                several words, name the file *.tsv and pass --column 0)
Labels that are all whole numbers without leading zeros are sorted as numbers, others as strings.
Text is UTF-8; other bytes are accepted outside labels and ids.

DIR receives, for each split, NAME.npy, the positions of its examples from 0, and, of text, the
selected lines byte for byte in the same order and under the same suffix. A header or byte order
mark begins each file; a last line of LABELS without a line end gets one where others follow it.
plan.json is the split as a small table (fastsplit.Plan.load), report.json holds the numbers
printed. DIR appears when all is complete, or not at all.

examples:
  fastsplit split labels.npy --sizes train=0.7 val=0.2 test=0.1 --seed 0 --out parts
  fastsplit split images.txt --sizes train=2/3 test=1/3 --seed 0 --out parts --order shuffled
  fastsplit split data.csv --column label --ids-column url --sizes train=9000 test=1000 --out parts
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 2 (wrong use or bad input), 130 (Ctrl-C) or 141 (nobody reads the output)."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # of names that the terminal's encoding lacks
    try:
        args = _parser().parse_args(argv)
        args.run(args)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more at its end, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("fastsplit: interrupted", file=sys.stderr)
        return 130
    except _BAD_INPUT as error:
        text = str(error) or "out of memory"
        if isinstance(error, OSError) and error.filename is not None:
            text = f"{error.filename}: {error.strerror}"
        print(f"fastsplit: error: {text}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "Exact stratified splits of label lists."
    parser = _Parser(prog="fastsplit", description=about, epilog="start with: fastsplit demo")
    parser.add_argument("--version", action="version", version=f"fastsplit {fastsplit.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], None], about: str) -> Callable[..., Any]:
        layout = argparse.RawDescriptionHelpFormatter
        epilog = _HELP if name == "split" else None
        added = commands.add_parser(name, help=about, description=about, epilog=epilog, formatter_class=layout)
        added.set_defaults(run=run)
        return added.add_argument

    option = command("split", _split, "split a list of labels so that every class keeps its share")
    option("labels", metavar="LABELS", type=Path, help="the labels: .npy, .csv, .tsv or other text")
    sizes = "decimals or ratios that sum to at most 1, or whole counts; names may be left out (default: 0.8 0.2)"
    option("--sizes", nargs="+", metavar="NAME=SIZE", default=["0.8", "0.2"], help=sizes)
    option("--out", metavar="DIR", type=Path, required=True, help="the folder to make")
    option("--seed", type=int, help="the same seed gives the same split (default: a fresh one, printed)")
    option("--column", metavar="NAME|NUMBER", help="the labels of a .csv or .tsv")
    option("--ids-column", metavar="NAME|NUMBER", help="ids: the split then does not depend on the order of lines")
    option(
        "--order",
        choices=["ascending", "shuffled"],
        default="ascending",
        help="of LABELS, or random (default: %(default)s)",
    )
    option("--min-per-split", metavar="N", type=int, default=0, help="the least of each class in each split")
    option("--dtype", help="integer type of the positions (default: the platform's intp)")
    option("--threads", metavar="N", type=int, help="the result does not depend on it (default: all)")
    option("--force", action="store_true", help=_FORCE)

    option = command("report", _report, "print the table of a split again, and draw it")
    option("folder", metavar="DIR", type=Path, help="what fastsplit split made")
    option("--picture", metavar="FILE", type=Path, help="draw the share of every class: .png, .pdf or .svg")

    option = command("demo", _demo, "split made-up long-tailed labels, with fastsplit and with plain NumPy")
    option("--out", metavar="DIR", type=Path, default=Path("fastsplit-demo"), help="default: %(default)s")
    option("--n", type=int, default=5_000_000, help="how many labels (default: %(default)s)")
    option("--force", action="store_true", help=_FORCE)
    return parser


def _split(args: argparse.Namespace) -> None:
    sizes = _read_sizes(args.sizes)
    target = _checked_target(args.out, args.force)
    if args.labels.resolve().is_relative_to(target):
        raise ValueError(f"--out must not hold the labels, got {args.out} for {args.labels}")
    began = perf_counter()
    source = _lists.read(args.labels, args.column, args.ids_column)
    read = perf_counter()
    parts = fastsplit.split(
        source.labels,
        sizes,
        seed=args.seed,
        ids=source.ids,
        order=args.order,
        min_per_split=args.min_per_split,
        dtype=args.dtype,
        threads=args.threads,
    )
    done = perf_counter()
    report = parts.report()
    with _whole(target, args.force) as folder:
        _write(folder, parts, report, source)
    print(
        f"{args.labels}: {source.kind}\n{report}\n\nread in {read - began:.2f} s, split in {done - read:.3f} s, "
        f"reported and written in {perf_counter() - done:.2f} s: {args.out}"
    )


def _report(args: argparse.Namespace) -> None:
    report = Report(fastsplit.Plan.load(args.folder / "plan.json"))
    if args.picture is not None:
        report.save_plot(args.picture)
    print(report)


def _demo(args: argparse.Namespace) -> None:
    from fastsplit import reference

    if args.n < 1:
        raise ValueError(f"--n must be at least 1, got {args.n}")
    target = _checked_target(args.out, args.force)
    weights = 1 / np.arange(1, 1001) ** 2
    labels = np.random.default_rng(0).choice(1000, size=args.n, p=weights / weights.sum()).astype(np.uint16)
    sizes = {"train": Decimal("0.7"), "val": Decimal("0.2"), "test": Decimal("0.1")}

    times, results = [], []
    for split in (fastsplit.split, reference.split):
        began = perf_counter()
        results.append(split(labels, sizes, seed=0))
        times.append(perf_counter() - began)
    parts, twin = results
    if parts.plan != twin.plan or not all(map(np.array_equal, parts, twin)):
        raise AssertionError("fastsplit.split and fastsplit.reference.split differ: please report it")
    report = parts.report()
    with _whole(target, args.force) as folder:
        with _durable(folder / "labels.npy") as file:
            np.save(file, labels)
        _write(folder, parts, report, _lists.Source(labels, "made up"))
    labels_file = str(args.out / "labels.npy")
    again = shlex.join(["fastsplit", "split", labels_file, "--sizes", "train=0.8", "test=0.2", "--out", "my-split"])
    print(
        f"{report}\n\nfastsplit.split            {times[0]:8.3f} s\n"
        f"fastsplit.reference.split  {times[1]:8.3f} s  (plain NumPy; the same result to the bit)\n"
        f"ratio                      {times[1] / times[0]:8.1f}\n\nwritten: {args.out}\nnext: {again}"
    )


def _read_sizes(given: list[str]) -> dict[str, Any] | list[Any]:
    names, numbers = [], []
    for size in given:
        match = _SIZE.fullmatch(size)
        if match is None:
            raise ValueError(f"--sizes must be NAME=SIZE, such as train=0.7, train=2/3 or train=7000, got {size!r}")
        number = match["number"]
        numbers.append(int(number) if number.isdecimal() else Fraction(number) if match["ratio"] else Decimal(number))
        names.append(match["name"])
    if all(name is None for name in names):
        return numbers
    seen = {"plan": "plan.json", "report": "report.json"}
    for name, size in zip(names, given, strict=True):
        if name is None:
            raise ValueError(f"--sizes must all have names or none, got {size!r} beside names")
        if name in ("", ".", "..") or not name.isprintable() or set(name) & set('/\\:*?"<>|=,'):
            raise ValueError(f"--sizes must have names that can be file names, got {name!r}")
        key = unicodedata.normalize("NFC", name).casefold()
        if key in seen:
            raise ValueError(f"--sizes must have names that differ as file names, got {name!r} beside {seen[key]!r}")
        seen[key] = name
    return dict(zip(names, numbers, strict=True))


def _checked_target(target: Path, force: bool) -> Path:
    """Return the resolved folder to make, if it may be made: what fastsplit did not write is never replaced."""
    resolved = target.resolve()
    if not resolved.parent.is_dir():
        raise ValueError(f"--out must be in a folder that exists, got {target}")
    if not os.path.lexists(resolved):
        return resolved
    if not resolved.is_dir():
        raise ValueError(f"--out is there already: {target}")
    if not force:
        raise ValueError(f"--out is there already: {target}; --force replaces it")
    try:
        own = set(json.loads((resolved / "report.json").read_bytes())["files"])
    except (OSError, KeyError, RecursionError, TypeError, ValueError):
        own = set()
    for path in resolved.iterdir():
        if path.name not in own or not path.is_file():
            raise ValueError(f"--force replaces only what fastsplit made, got {target} with {path.name} in it")
    return resolved


@contextmanager
def _whole(target: Path, force: bool) -> Iterator[Path]:
    """Yield a new folder that takes the place of ``target`` if all goes well, and leaves no trace if not."""
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    new, old = beside / "new", beside / "old"
    try:
        new.mkdir()
        yield new
        _sync(new)
        if force and target.exists():
            os.rename(target, old)
        os.rename(new, target)
        _sync(target.parent)
    finally:
        # First what was, then the rest: if it cannot be put back, it is not deleted either.
        if old.exists() and not target.exists():
            os.rename(old, target)
        shutil.rmtree(beside)


@contextmanager
def _durable(path: Path) -> Iterator[BinaryIO]:
    """Open a new file, and see it on the disk at the end."""
    with open(path, "xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """See the names in a folder on the disk, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write(folder: Path, parts: fastsplit.Splits, report: Report, source: _lists.Source) -> None:
    """Write the results of a split into a new folder."""
    for name, indices in zip(parts.names, parts, strict=True):
        with _durable(folder / f"{name}.npy") as file:
            np.save(file, indices)
        if source.records:
            with _durable(folder / f"{name}{source.suffix}") as file:
                file.write(source.head)
                file.writelines(_lists.progress(source.select(indices), f"write {name}"))
    parts.plan.save(folder / "plan.json")
    files = sorted([*(path.name for path in folder.iterdir()), "report.json"])
    with _durable(folder / "report.json") as file:
        file.write(json.dumps({**report.to_dict(), "files": files}, indent=1).encode() + b"\n")
    _sync(folder)


if __name__ == "__main__":
    sys.exit(main())
