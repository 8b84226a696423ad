"""The command line: ``fastsplit split | report | demo``, one file per command."""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tokenize import TokenError
from typing import NoReturn

import fastsplit
from fastsplit.cli import demo, report, split
from fastsplit.text import printable

_COMMANDS = {"split": split, "report": report, "demo": demo}

# Errors that the user's input causes. pathlib raises RuntimeError for links that form a circle; NumPy's reader of .npy
# headers raises SyntaxError and TokenError.
_BAD_INPUT = (ValueError, TypeError, OSError, MemoryError, ImportError, RuntimeError, SyntaxError, TokenError)

_WRONG_USE = 2
_INTERRUPTED = 130  # as shells report SIGINT: 128 + its number
_BROKEN_PIPE = 141  # likewise SIGPIPE


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of this process.

    Returns
    -------
    int
        The exit code: 0; 2 after wrong use or bad input; 130 after Ctrl-C; 141 if the reader of the output is gone.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have characters that the terminal cannot encode
    try:
        args = _parser().parse_args(argv)
        with _warnings_of_one_line():
            args.run(args)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes stdout again when it exits, which must not fail a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        print("fastsplit: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except _BAD_INPUT as error:
        print(f"fastsplit: error: {printable(_text(error))}", file=sys.stderr)
        return _WRONG_USE
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "Exact stratified splits of label files."
    parser = _Parser(prog="fastsplit", description=about, epilog="start with: fastsplit demo")
    parser.add_argument("--version", action="version", version=f"fastsplit {fastsplit.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        added = commands.add_parser(
            name,
            help=command.ABOUT,
            description=command.ABOUT,
            epilog=command.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(added)
        added.set_defaults(run=command.run)
    return parser


@contextmanager
def _warnings_of_one_line() -> Iterator[None]:
    """Print warnings as errors are printed, without the line of code that warns."""
    before = warnings.formatwarning
    warnings.formatwarning = lambda message, *_: f"fastsplit: warning: {printable(message)}\n"
    try:
        yield
    finally:
        warnings.formatwarning = before


def _text(error: BaseException) -> str:
    """Return what an error says; an error of the system names its file."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or "out of memory"  # MemoryError says nothing
