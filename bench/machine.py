"""The line below each table: what the figures were measured on, and with."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np

import fastsplit

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent


def cpu_name() -> str:
    """Return the name of the processor, as far as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else None
    return found.group(1) if found else platform.processor() or platform.machine()


def environment() -> str:
    """Describe processor, compiler and the versions of other packages."""
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.splitlines() or ["unknown"]
    return (
        f"{cpu_name()}, {os.cpu_count()} CPUs; {compiler[0]}; Python {platform.python_version()}, "
        f"NumPy {np.__version__}, scikit-learn {version('scikit-learn')}"
    )


def machine() -> str:
    """Describe the environment and the commit of fastsplit in one line."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout
    changed = subprocess.run(["git", "diff", "--quiet", "HEAD", "--", "fastsplit", "csrc"], cwd=ROOT).returncode
    state = f"at commit {commit.strip()}{' with changes' if changed else ''}"
    return f"{environment()}; fastsplit {fastsplit.__version__} {state}."
