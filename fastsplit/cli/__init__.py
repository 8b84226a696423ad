"""The command line: ``fastsplit split | assign | report | demo``, one file per command.

Nothing is imported here but what errors need, so that Ctrl-C is met with one line, however early it comes.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from tokenize import TokenError
from types import FrameType
from typing import Any, NoReturn

import fastsplit
from fastsplit.cli.wording import in_options
from fastsplit.text import printable

_COMMANDS = ("split", "assign", "report", "demo")

# Errors that the user's input causes. pathlib raises RuntimeError for links that form a circle; NumPy's reader of .npy
# headers raises SyntaxError and TokenError; with --strict, warnings are errors.
_BAD_INPUT = (
    ValueError,
    TypeError,
    OSError,
    MemoryError,
    ImportError,
    RuntimeError,
    SyntaxError,
    TokenError,
    UserWarning,
)

_WRONG_USE = 2
_INTERRUPTED = 130  # as shells report SIGINT: 128 + its number
_BROKEN_PIPE = 141  # likewise SIGPIPE
_SIGNAL = 128


class _Parser(argparse.ArgumentParser):
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        self._has_sizes = args is not None and "--sizes" in args
        read, unknown = super().parse_known_args(args, namespace)
        if unknown:  # said here, because the parser of all commands does not know the options of one
            self.error(f"unrecognized arguments: {' '.join(unknown)}{self._suggested(unknown)}")
        return read, unknown

    def _suggested(self, unknown: list[str]) -> str:
        """Return which options may be meant: those that begin like an unknown one, or are like it."""
        known = [option for action in self._actions for option in action.option_strings]
        found = []
        for word in (given.partition("=")[0] for given in unknown if given.startswith("--")):
            begins = [option for option in known if option.startswith(word)]
            found += (begins or difflib.get_close_matches(word, known))[:1]
        return f" (did you mean {', '.join(found)}?)" if found else ""

    def error(self, message: str) -> NoReturn:
        if "SOURCE" in message and self._has_sizes:
            message += " (--sizes takes every word up to the next option: put SOURCE first)"
        raise ValueError(f"{message}; see {self.prog} --help")


class _Ended(BaseException):
    """A signal that asks the process to end."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of this process.

    Returns
    -------
    int
        The exit code: 0; 2 after wrong use or bad input; 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP; 141 if
        the reader of the output is gone.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have characters that the terminal cannot encode
    try:
        with _ending_cleanly():
            args = _parser().parse_args(argv)
            with _warnings_of_one_line(getattr(args, "strict", False)):
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
    except _Ended as ended:
        (number,) = ended.args
        print(f"fastsplit: ended by {signal.Signals(number).name}", file=sys.stderr)
        return _SIGNAL + int(number)
    except _BAD_INPUT as error:
        print(f"fastsplit: error: {printable(in_options(_text(error)))}", file=sys.stderr)
        return _WRONG_USE
    return 0


def _parser() -> argparse.ArgumentParser:
    about = "Exact stratified splits of labelled files."
    parser = _Parser(prog="fastsplit", description=about, epilog="start with: fastsplit demo", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"fastsplit {fastsplit.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in _COMMANDS:
        command = import_module(f"fastsplit.cli.{name}")
        added = commands.add_parser(
            name,
            help=command.ABOUT,
            description=command.ABOUT,
            epilog=command.EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,  # --label would be --label-from
        )
        command.add_arguments(added)
        added.set_defaults(run=command.run)
    return parser


@contextmanager
def _ending_cleanly() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the program, as Ctrl-C does, so that nothing is left behind."""
    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # Other threads than the main one cannot handle signals. A signal that is ignored, as under nohup, stays so.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            try:
                before[number] = signal.signal(number, _end)
            except ValueError:
                break
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise _Ended(number)


@contextmanager
def _warnings_of_one_line(strict: bool) -> Iterator[None]:
    """Print warnings as errors are printed, without the line of code that warns; or raise them, if ``strict``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those for developers
        warnings.simplefilter("error" if strict else "always", UserWarning)
        warnings.showwarning = _show
        yield


def _show(message: Warning | str, *_: object, **__: object) -> None:
    print(f"fastsplit: warning: {printable(in_options(str(message)))}", file=sys.stderr)


def _text(error: BaseException) -> str:
    """Return what an error says; an error of the system names its file."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or "out of memory"  # MemoryError says nothing
