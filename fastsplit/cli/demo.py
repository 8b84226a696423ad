"""``fastsplit demo``: the labels of real photos, split by fastsplit and in the ways that are in use."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import fill
from time import perf_counter

import numpy as np

import fastsplit
from fastsplit.cli import manifest
from fastsplit.cli.folder import FORCE_HELP, Target
from fastsplit.cli.rivals import (
    SIZES,
    Array,
    Photos,
    Way,
    at_random,
    photos,
    scikit_learn,
    scikit_learn_in_two,
    skyline,
    tutorial,
)
from fastsplit.durable import durable_file
from fastsplit.splits import Splits
from fastsplit.text import printable
from fastsplit.writers.indices import write_array

ABOUT = "split the labels of 62,500 photos with fastsplit and in the ways that are in use"
EPILOG = None

_OUT = "fastsplit-demo"
_N_LABELS = 5_000_000  # the slower ways take seconds, so that the ratio is seen, not only printed
_SIZES = dict(zip(("train", "val", "test"), SIZES, strict=True))
_PAGE, _LABELS = "split.html", "labels.txt"
_IGNORED = "# Made by fastsplit demo. Git ignores all of it.\n*\n"
_EXPLAINED = (
    "A column is five classes, the largest on the left, and shows the one whose share is farthest from a tenth, which "
    "is half the height. A gap is an absent class: the test set has no photo of it, and cannot tell how well a model "
    "knows it."
)
_WHY_NOT_FEWER = (
    "scikit-learn leaves fewer gaps, because it rounds alike whatever the seed: of a class of 6 photos it always tests "
    "one, and of a class of 14 also one. fastsplit draws which way to round, so that every photo is tested with the "
    "probability of a tenth."
)
_LINE = 80  # characters
_RUNS, _ENOUGH = 3, 1.0  # at most, as long as they take less than so many seconds together

# In the order of the lines. scikit-learn is imported only when its turn comes.
_OTHERS: dict[str, Callable[[], Way]] = {
    "one shuffle": lambda: at_random,
    "the tutorial's recipe": lambda: tutorial,
    "scikit-learn": scikit_learn,
}
_WIDTH = 23  # characters of the longest name, and two more


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    made = f"the folder to make (default: {_OUT}, which is made anew)"
    parser.add_argument("--out", metavar="DIR", type=Path, help=made)
    parser.add_argument("--n", type=int, default=_N_LABELS, help="how many labels to time (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help=FORCE_HELP)


def run(args: argparse.Namespace) -> None:
    """Split the labels in all ways, then many more of them against the clock; write fastsplit's split to a folder."""
    if args.n < 1:
        raise ValueError(f"--n must be at least 1, got {args.n}")
    out = Path(_OUT) if args.out is None else args.out
    target = Target(out, args.force or args.out is None)
    data = photos()
    splits = fastsplit.split(data.labels, _SIZES, seed=0)
    _compare(data, splits)
    _race(data, args.n)
    with target.workspace() as workspace:
        _write(workspace.new, data, splits)
        target.publish(workspace)
    print(f"\nwritten: {printable(out)}\n\nnext:")
    for what, why in _next(out):
        print(f"  {printable(what)}\n      {why}")


def _compare(data: Photos, splits: Splits) -> None:
    """Print what each way leaves in the test set, and what to know of fastsplit's split."""
    totals = np.bincount(data.classes)
    about = f"{len(totals)} classes of {totals.min()} to {totals.max():,}, split 70/20/10. The test set:"
    print(f"{len(data.labels):,} photos of Places-LT in {about}\n")
    is_missing = False
    ways: dict[str, Callable[[], Way]] = {**_OTHERS, "scikit-learn, 90/10": scikit_learn_in_two}
    ways["fastsplit"] = lambda: lambda labels: list(splits)
    for name, load in ways.items():
        _begin(name)
        try:
            test = load()(data.labels)[-1]
        except (ImportError, ValueError) as error:
            is_missing |= isinstance(error, ImportError)
            print(_refusal(error))
            continue
        counts = np.bincount(data.classes[test], minlength=len(totals))
        absent, farthest = np.count_nonzero(counts == 0), np.abs(counts - SIZES[-1] * totals).max()
        print(f"{absent:2} classes absent, at most {farthest:4.1f} photos too few or too many")
        print(f"  |{skyline(totals.tolist(), counts.tolist(), SIZES[-1], sys.stdout.encoding)}|")
    for text in (_EXPLAINED, *([] if is_missing else [_WHY_NOT_FEWER])):
        print(f"\n{fill(text, _LINE)}")
    print(f"\n{splits.report()}\n")
    for finding in splits.report().findings():
        print(fill(f"- {printable(finding)}", _LINE, subsequent_indent="  ", break_on_hyphens=False))


def _race(data: Photos, n: int) -> None:
    """Time the ways with so many labels, drawn in the proportions of the photos; check that plain NumPy agrees."""
    from fastsplit import reference  # here: nothing else at run time needs it

    counts = np.bincount(data.classes)
    labels = np.random.default_rng(0).choice(len(counts), size=n, p=counts / counts.sum()).astype(np.uint16)
    print(f"\n{n:,} labels, drawn from these classes in proportion:\n")
    splits = fastsplit.split(labels, _SIZES, seed=0)
    _begin("fastsplit")
    fast = _seconds_of(lambda: fastsplit.split(labels, _SIZES, seed=0))
    print(f"{fast:8.3f} s")

    def plain(labels: Array) -> list[Array]:
        expected = reference.split(labels, _SIZES, seed=0)
        if splits.plan != expected.plan or not all(map(np.array_equal, splits, expected)):
            raise AssertionError("fastsplit.split and fastsplit.reference.split differ: please report it")
        return list(expected)

    for name, load in {"plain NumPy": lambda: plain, **_OTHERS}.items():
        _begin(name)
        try:
            seconds = _seconds_of(partial(load(), labels))
        except (ImportError, ValueError) as error:
            print(_refusal(error))
        else:
            print(f"{seconds:8.3f} s, {seconds / fast:.3g} times as long")


def _seconds_of(body: Callable[[], object]) -> float:
    """Return the fastest of a few runs: the first may have to wait for memory."""
    runs: list[float] = []
    while len(runs) < _RUNS and sum(runs) < _ENOUGH:
        began = perf_counter()
        body()
        runs.append(perf_counter() - began)
    return min(runs)


def _begin(name: str) -> None:
    """Show what is under way; its result comes on the same line."""
    print(f"{name:{_WIDTH}}", end="", flush=True)


def _refusal(error: Exception) -> str:
    """Say why a way has no result."""
    if isinstance(error, ImportError):
        return "not installed: pip install scikit-learn, to compare with it"
    return f"fails: {printable(error).partition(',')[0].partition('. ')[0]}"


def _write(folder: Path, data: Photos, splits: Splits) -> None:
    """Write the labels and their split, as other commands do, and a page to look at."""
    for name, text in ((".gitignore", _IGNORED), (_LABELS, "".join(f"{label}\n" for label in data.labels.tolist()))):
        with durable_file(folder / name) as file:
            file.write(text.encode())
    for name, indices in zip(splits.names, splits, strict=True):
        write_array(folder / f"{name}.npy", indices)
    splits.plan.save(folder / manifest.PLAN)
    report = splits.report()
    report.to_html(folder / _PAGE)
    manifest.write(folder, {**report.to_dict(), "table": str(report)})


def _next(out: Path) -> list[tuple[str, str]]:
    """Return what to try, and why."""
    program = _program()
    labels, again = str(out / _LABELS), f"{out.name}-2"
    sizes = ["--sizes", *(f"{name}={size}" for name, size in _SIZES.items())]
    return [
        (
            f"open {shlex.quote(str(out / _PAGE))} in a browser",
            "this split as a page: pictures, and a search over all classes",
        ),
        (
            shlex.join([*program, "split", labels, *sizes, "--min-per-split", "1", "--seed", "0", "--out", again]),
            "the same photos, no class absent, and a file of labels per split",
        ),
        (shlex.join([*program, "split", "--help"]), "your own files: CSV, Parquet, TFRecords, folders of images"),
    ]


def _program() -> list[str]:
    """Return how this program is called from here: by its name only if the PATH leads to it."""
    called = Path(sys.argv[0])
    if called.stem != "fastsplit":
        return [sys.executable, "-m", "fastsplit"]
    found = shutil.which("fastsplit")
    return ["fastsplit" if found and Path(found).resolve() == called.resolve() else str(called)]
