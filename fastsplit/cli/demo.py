"""``fastsplit demo``: made-up labels, split by fastsplit and by plain NumPy."""

from __future__ import annotations

import argparse
import shlex
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import fastsplit
from fastsplit.cli import manifest
from fastsplit.cli.folder import FORCE_HELP, Target
from fastsplit.text import printable
from fastsplit.writers.indices import write_array

ABOUT = "split made-up long-tailed labels, with fastsplit and with plain NumPy"
EPILOG = None

_N_LABELS = 5_000_000  # plain NumPy takes seconds, so that the ratio is seen, not only printed
_N_CLASSES = 1000
_SIZES = {"train": Decimal("0.7"), "val": Decimal("0.2"), "test": Decimal("0.1")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("fastsplit-demo"),
        help="the folder to make (default: %(default)s)",
    )
    parser.add_argument("--n", type=int, default=_N_LABELS, help="the number of labels (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help=FORCE_HELP)


def run(args: argparse.Namespace) -> None:
    """Split the labels twice, check that both results are equal, write one, and print the times."""
    from fastsplit import reference  # here: nothing else at run time needs it

    if args.n < 1:
        raise ValueError(f"--n must be at least 1, got {args.n}")
    target = Target(args.out, args.force)
    labels = _long_tailed(args.n)

    began = perf_counter()
    splits = fastsplit.split(labels, _SIZES, seed=0)
    fast = perf_counter() - began
    began = perf_counter()
    expected = reference.split(labels, _SIZES, seed=0)
    plain = perf_counter() - began
    if splits.plan != expected.plan or not all(map(np.array_equal, splits, expected)):
        raise AssertionError("fastsplit.split and fastsplit.reference.split differ: please report it")

    report = splits.report()
    with target.workspace() as workspace:
        write_array(workspace.new / "labels.npy", labels)
        for name, indices in zip(splits.names, splits, strict=True):
            write_array(workspace.new / f"{name}.npy", indices)
        splits.plan.save(workspace.new / manifest.PLAN)
        manifest.write(workspace.new, {**report.to_dict(), "table": str(report)})
        target.publish(workspace)
    labels_file = str(args.out / "labels.npy")
    again = shlex.join(["fastsplit", "split", labels_file, "--sizes", "train=0.8", "test=0.2", "--out", "my-split"])
    print(
        f"{report}\n\nfastsplit.split            {fast:8.3f} s\n"
        f"fastsplit.reference.split  {plain:8.3f} s  (plain NumPy; the same result to the bit)\n"
        f"ratio                      {plain / fast:8.1f}\n\nwritten: {printable(args.out)}\nnext: {printable(again)}"
    )


def _long_tailed(n: int) -> NDArray[np.uint16]:
    """Return labels whose class c has the probability 1 / (c + 1)**2, up to a factor: most classes are rare."""
    weights = 1 / np.arange(1, _N_CLASSES + 1) ** 2
    return np.random.default_rng(0).choice(_N_CLASSES, size=n, p=weights / weights.sum()).astype(np.uint16)
