"""What the tests of the documentation share: its pages, and what their blocks leave, run one after the other."""

import ast
import contextlib
import functools
import importlib.util
import io
import os
import re
import shlex
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

from fastsplit import cli

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {path.relative_to(DOCS).with_suffix("").as_posix(): path for path in sorted(DOCS.rglob("*.md"))}
ENGINES = {"dask", "pyspark", "ray"}  # which are installed in few environments: a block that needs them is left out
# What a block needs that it does not import by this name.
NEEDS = {"fastsplit.tfdata": "tensorflow", "fastsplit.model_selection": "sklearn", "pyspark": "java"}

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r"[0-9.]+ s\b")


class Block(NamedTuple):
    """A block of a page: its language, its text, and its number among those of the page."""

    language: str
    text: str
    number: int


class Page(NamedTuple):
    """What the blocks of a page left: the names, and the numbers of the blocks that were left out."""

    names: dict
    left_out: list


def text_of(page):
    return PAGES[page].read_text(encoding="utf-8")


def blocks_of(page, *languages):
    blocks = [Block(*found, number) for number, found in enumerate(_BLOCK.findall(text_of(page)))]
    return [block for block in blocks if not languages or block.language in languages]


def modules_of(code):
    """Return the packages that code imports, and those that it needs for it."""
    imported = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    needed = {NEEDS[name] for name in imported & set(NEEDS)}
    return {name.partition(".")[0] for name in imported} | needed


def is_there(module):
    if module == "java":
        return any(Path(folder, "java").exists() for folder in os.environ["PATH"].split(os.pathsep))
    return importlib.util.find_spec(module) is not None


def missing(code):
    """Return the packages that a block needs and that are not installed."""
    return {module for module in modules_of(code) if not is_there(module)}


@functools.cache
def run(page):
    """Run the blocks of Python and the commands of a page in a folder of their own; compare the outputs it shows."""
    names, left_out, printed = {"__name__": "__main__"}, [], ""
    with tempfile.TemporaryDirectory() as folder, _working_in(folder), warnings.catch_warnings():
        for language, text, number in blocks_of(page):
            if language == "python" and missing(text) & {*ENGINES, "java"}:
                left_out.append(number)
            elif language == "python":
                if modules_of(text) & ENGINES:
                    warnings.simplefilter("ignore")  # the engine's own
                elif "keras" in modules_of(text):
                    warnings.simplefilter("ignore", DeprecationWarning)  # Keras's own
                printed += _output_of(exec, compile(text, f"{page}.md, block {number}", "exec"), names)
            elif language == "console":
                _run_commands(text)
            elif language == "output":
                assert printed == text, f"{page}.md shows another output in block {number} than\n{printed}"
                printed = ""
    return Page(names, left_out)


def _run_commands(text):
    """Run the commands of fastsplit and ls; compare what they print with the lines below them, if there are any."""
    for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
        program, *arguments = shlex.split(command)
        if program == "fastsplit":
            printed = _output_of(_checked_main, arguments)
        elif program == "ls":
            printed = "  ".join(sorted(os.listdir(*arguments))) + "\n"
        else:
            continue
        if shown:
            assert _without_times(printed) == _without_times(shown), command


def _checked_main(arguments):
    assert cli.main(arguments) == 0


def _without_times(printed):
    return _SECONDS.sub("- s", printed)


def _output_of(function, *arguments):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        function(*arguments)
    return printed.getvalue()


@contextlib.contextmanager
def _working_in(folder):  # contextlib.chdir is in Python 3.11 and newer
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
