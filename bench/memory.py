"""What is measured in fresh processes: peak memory and the time of imports."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

import fastsplit
from contenders import SIZES, with_order
from fastsplit.memory import free_memory
from machine import BENCH
from measure import interleaved, seconds_of


def touch_memory() -> None:
    """Write once to most of the memory that is free.

    A virtual machine gets its memory from the host page by page. The first touch of a page takes many times as long as
    later ones, and would be charged to whichever contender comes first.
    """
    np.ones(free_memory() // 10)  # eight bytes each: eight tenths of it


def of_process(field: str) -> int:
    """Return the bytes that a field of /proc/self/status reports of this process.

    ``VmHWM`` is the peak, ``VmRSS`` the current memory, ``RssAnon`` its part that no file backs. (``ru_maxrss`` of
    getrusage is no substitute: it is the parent's if that is larger.)
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"/proc/self/status has no {field}")


def in_fresh_process(module: str, function: str, *arguments: str | int) -> float:
    """Call a function of a module of bench/ in a fresh interpreter and return the number that it returns."""
    code = f"import {module}; print({module}.{function}(*{arguments!r}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=BENCH)
    if run.returncode:
        raise RuntimeError(f"{module}.{function} failed in a fresh process:\n{run.stderr}")
    return float(run.stdout.splitlines()[-1])


def added_by_split(n: int, order: str) -> float:
    """Return the bytes per label that a split adds to the peak of this process."""
    labels = np.arange(n) % 10
    fastsplit.split(labels[:100_000], SIZES, seed=0)
    before = of_process("VmHWM")
    balloon = np.ones(max(0, before - of_process("VmRSS")) // 8)  # so that memory already freed does not count
    parts = fastsplit.split(labels, SIZES, seed=0, **with_order(order))
    added = of_process("VmHWM") - before
    del balloon, parts
    return added / n


def import_seconds() -> dict[str, float]:
    """Return the median seconds that a fresh interpreter takes to import fastsplit, and to import numpy."""
    # -S: the hooks of editable installs would take a part of the time.
    paths = [str(Path(package.__file__).parents[1]) for package in (fastsplit, np)]

    # Packages are installed with their bytecode.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    def importing(name: str) -> Callable[[], float]:
        command = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {paths}; import {name}"]
        return partial(seconds_of, partial(subprocess.run, command, check=True, env=environment))

    samples = interleaved({name: importing(name) for name in ("fastsplit", "numpy")}, rounds=31)
    return {name: median(seconds) for name, seconds in samples.items()}
