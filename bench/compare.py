"""Compare two commits on every case: ``python bench/compare.py OLD NEW``.

Both are built, and run interleaved with the cases of this checkout, each in a process of its own. A case has regressed
if the fastest run of NEW is slower than the slowest of OLD by a quarter, which noise alone does not bring about. Exits
with 1 if a case has regressed, or if the two return different results.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from cases import CASES, EPOCH, Case
from machine import BENCH, ROOT, environment
from measure import interleaved

REGRESSION = 1.25
SHORTEST = 0.01  # seconds: shorter calls are repeated until they take as long


def build(commit: str, folder: Path) -> Path:
    """Build a commit; return the folder that holds the package."""
    archive, source, built = folder / "source.tar", folder / "source", folder / "built"
    folder.mkdir()
    subprocess.run(["git", "-C", ROOT, "archive", "--output", archive, commit], check=True)
    shutil.unpack_archive(archive, source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", built, source]
    subprocess.run(pip, check=True)
    return built


class Version:
    """A process that runs cases with one of the two commits."""

    def __init__(self, built: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(built), "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, str(BENCH / "worker.py")]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=built
        )
        package = Path(self._answer())
        if not package.is_relative_to(built):
            raise RuntimeError(f"another fastsplit than the one just built was imported: {package}")

    def ask(self, *request: str | float) -> Any:
        """Send a request to the worker and return its answer."""
        assert self.process.stdin is not None
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the process of a version ended; its error stands above")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def compare(case: Case, versions: list[Version], scale: float, rounds: int) -> tuple[list[list[float]], bool]:
    """Return the seconds per call of each version, and whether their results are equal."""
    checksums = [version.ask("load", case.title, scale) for version in versions]
    calls = max(1, round(SHORTEST / max(version.ask("run", 1) for version in versions)))
    samplers: dict[int, Callable[[], float]] = {
        number: partial(version.ask, "run", calls) for number, version in enumerate(versions)
    }
    return list(interleaved(samplers, rounds).values()), checksums[0] == checksums[1]


def main() -> int:
    """Build, run, print a table; return 1 if a case has regressed or its results differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", help="a commit")
    parser.add_argument("new", help="another commit")
    parser.add_argument("--scale", type=float, default=1, help="share of the labels of each case (default: all)")
    parser.add_argument("--rounds", type=int, default=9, help="runs of each case (default: %(default)s)")
    parser.add_argument("--only", default="", help="compare only the cases that have this in their title")
    args = parser.parse_args()
    cases = [case for case in [*CASES, *([EPOCH] if find_spec("tensorflow") else [])] if args.only in case.title]
    if not cases:
        titles = "\n  ".join(case.title for case in CASES)
        parser.error(f"--only {args.only!r}: no case has it in its title; the cases are\n  {titles}")
    n_failed = 0
    with tempfile.TemporaryDirectory() as name:
        versions = [Version(build(commit, Path(name) / str(i))) for i, commit in enumerate((args.old, args.new))]
        print(f"{environment()}; old is {args.old}, new is {args.new}; medians of {args.rounds} interleaved runs.\n")
        print("| | labels | old, ms | new, ms | new / old | |\n|---|---|---|---|---|---|")
        for case in cases:
            (old, new), equal = compare(case, versions, args.scale, args.rounds)
            notes = ["RESULTS DIFFER"] * (not equal) + ["REGRESSED"] * (min(new) > REGRESSION * max(old))
            n_failed += bool(notes)
            milliseconds = f"{median(old) * 1e3:.3f} | {median(new) * 1e3:.3f} | {median(new) / median(old):.2f}"
            print(f"| {case.title} | {case.size(args.scale):,} | {milliseconds} | {', '.join(notes)} |", flush=True)
        for version in versions:
            version.close()
    return int(n_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
