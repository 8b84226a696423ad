"""Ctrl-C while the command line starts: it imports NumPy first, which takes longer than all else."""

from __future__ import annotations

import os
import sys

_INTERRUPTED = 130  # as shells report SIGINT: 128 + its number


def end_if_command_line() -> None:
    """End the process with one line instead of a traceback, if it was started as ``fastsplit``."""
    name = sys.argv[0] if sys.argv else ""
    if name == "-m":  # while ``python -m`` imports a package, before it runs it
        name = sys.orig_argv[sys.orig_argv.index("-m") + 1]
    if os.path.splitext(os.path.basename(name))[0] == "fastsplit":
        print("fastsplit: interrupted", file=sys.stderr)
        raise SystemExit(_INTERRUPTED)
