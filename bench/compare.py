"""Compare two commits: ``python bench/compare.py OLD NEW``.

Builds each into an environment of its own and runs them by turns on this machine. A case has regressed if the fastest
run of NEW is slower than the slowest of OLD by a quarter, as noise alone does not make it. Exits with 1 if any has.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
SETUP = """
import numpy as np, fastsplit
rng = np.random.default_rng(0)
ten, thousand = rng.integers(0, 10, N), rng.integers(0, 1000, N)
many, few = rng.integers(0, N // 50, N), rng.integers(0, 10, 1000)
sizes, indices = (0.7, 0.2, 0.1), np.arange(N)
plan = fastsplit.plan(thousand, sizes, seed=0)
"""
CASES = {
    "split, ascending, 10 classes": "fastsplit.split(ten, sizes, seed=0, shuffle=False)",
    "split, ascending, 1,000 classes": "fastsplit.split(thousand, sizes, seed=0, shuffle=False)",
    "split, 10 classes": "fastsplit.split(ten, sizes, seed=0)",
    "split, 50 examples a class": "fastsplit.split(many, sizes, seed=0)",
    "split, 1,000 labels": "fastsplit.split(few, sizes, seed=0)",
    "assign": "plan.assign(thousand)",
    "group": "fastsplit.group(thousand)",
    "kfold": "list(fastsplit.kfold(ten, seed=0))",
    "shuffle": "fastsplit.shuffle(indices, seed=0)",
}
# Reads a case a line, runs it once and prints the seconds that it took.
WORKER = """
import sys, time
for line in sys.stdin:
    begin = time.perf_counter()
    eval(line)
    print(time.perf_counter() - begin, flush=True)
"""


def build(commit: str, folder: Path) -> Path:
    """Install a commit into a new environment; return its interpreter."""
    source = folder / "source"
    subprocess.run(["git", "clone", "--quiet", ROOT, source], check=True)
    subprocess.run(["git", "-C", source, "checkout", "--quiet", commit], check=True)
    venv.create(folder / "environment", with_pip=True)
    python = folder / "environment" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", source], check=True)
    return python


class Runner:
    """A process that runs cases with one of the two versions."""

    def __init__(self, python: Path, n: int, folder: Path) -> None:
        code = f"N = {n}\n{SETUP}\n{WORKER}"
        self.process = subprocess.Popen(
            [python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )

    def seconds(self, case: str) -> float:
        """Run a case once."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(case, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def main() -> int:
    """Build, run, print a table; return 1 if a case has regressed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", help="a commit")
    parser.add_argument("new", help="another")
    parser.add_argument("--n", type=int, default=5_000_000, help="labels (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=9, help="runs of each case (default: %(default)s)")
    args = parser.parse_args()
    regressed = 0
    with tempfile.TemporaryDirectory() as name:
        runners = []
        for commit in (args.old, args.new):
            folder = Path(name) / f"{len(runners)}"
            folder.mkdir()
            commit = subprocess.check_output(["git", "-C", ROOT, "rev-parse", commit], text=True).strip()
            runners.append(Runner(build(commit, folder), args.n, folder))
        print("| | old, ms | new, ms | new / old | |\n|---|---|---|---|---|")
        for title, case in CASES.items():
            for runner in runners:
                runner.seconds(case)
            old, new = zip(*[[runner.seconds(case) for runner in runners] for _ in range(args.runs)], strict=True)
            slower = min(new) > 1.25 * max(old)
            regressed += slower
            ratio = median(new) / median(old)
            note = "REGRESSED" if slower else ""
            print(f"| {title} | {median(old) * 1e3:.2f} | {median(new) * 1e3:.2f} | {ratio:.2f} | {note} |", flush=True)
        for runner in runners:
            runner.process.communicate()
    return int(regressed > 0)


if __name__ == "__main__":
    sys.exit(main())
