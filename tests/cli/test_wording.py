"""Messages name the options of the command line, not the arguments of Python."""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from common_cli import run

from fastsplit.cli.wording import in_options
from fastsplit.inputs import gates

# Arguments of functions: with an underscore, or with a value as in Python; of options, the two dashes come first.
PYTHON = re.compile(r"(?<![-\w])(?:[a-z]+_[a-z_]+|(?:seed|threads|dtype|sizes|ids|groups|labels|balance|order|k)=)")
N = 100


@pytest.fixture
def files(here, capsys):
    rows = [f"{'aab'[i % 3]},u{i},g{i // 40}\n" for i in range(N)]
    Path("d.csv").write_text("label,id,group\n" + "".join(rows))
    Path("fewer.csv").write_text("label,id,group\n" + "".join(rows[:-1]))
    assert run("split", "d.csv", "--column", "label", "--out", "plain") == 0
    capsys.readouterr()


COLUMN = ("d.csv", "--column", "label")
GROUPS = (*COLUMN, "--groups-column", "group")


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("split", *COLUMN, "--seed", -1), "--seed must be at least 0"),
        (("split", *COLUMN, "--seed", 2**4097), "--seed must be below 2**4096"),
        (("split", *COLUMN, "--threads", 0), "--threads must be at least 1"),
        (("split", *COLUMN, "--dtype", "str"), "--dtype must be an integer type"),
        (("split", *COLUMN, "--dtype", "float32"), "--dtype must be an integer type"),
        (("split", *COLUMN, "--order", "shuffled", "--dtype", "uint4"), "--dtype must be an integer type"),
        (("split", *COLUMN, "--sizes", *["0.001"] * 255), "--sizes must describe 1 to 254 splits"),
        (("split", *COLUMN, "--sizes", 80, 300), "--sizes 80 300 are counts"),
        (("split", *COLUMN, "--sizes", "80%", "30%"), "--sizes must sum to at most 1"),
        (("split", *COLUMN, "--min-per-split", -1), "--min-per-split must be from 0"),
        (("split", *COLUMN, "--min-per-split", 40), "--min-per-split 40 with 2 splits needs at least 80"),
        (("split", *COLUMN, "--min-per-split", 1, "--sizes", 1, 99), "--min-per-split 1 with 2 classes needs"),
        (
            ("split", *GROUPS, "--seed", 2, "--min-per-split", 9),
            "--min-per-split 9 cannot be kept, because groups stay whole",
        ),
        (("split", *GROUPS, "--sizes", *["1/6"] * 6), "splits are empty"),
        (("assign", "fewer.csv", "--column", "label", "--plan", "plain"), "SOURCE has 99 examples, fewer than the 100"),
        (("assign", "fewer.csv", "--column", "label", "--plan", "plain"), "make the plan with --ids-column"),
    ],
)
def test_messages_name_options(files, capsys, args, named):
    assert run(*args, "--out", "out", "--strict") == 2
    message = capsys.readouterr().err
    assert named in message
    assert PYTHON.search(message) is None, message


def test_percentages_without_a_sign_are_warned_of_in_words_of_options(here, capsys):
    np.save("l.npy", np.arange(1000) % 7)
    assert run("split", "l.npy", "--sizes", 80, 20, "--out", "out") == 0
    warning = "--sizes are counts: 80 + 20 takes 100 of 1000 examples; did you mean 80% 20%?"
    assert capsys.readouterr().err == f"fastsplit: warning: {warning}\n"


def test_a_shared_id_that_breaks_a_minimum_is_said_in_words_of_options(here, capsys):
    Path("d.csv").write_text("label,id\n" + "".join(f"{'ab'[i % 2]},u{i % 2}\n" for i in range(40)))
    columns = ("--column", "label", "--ids-column", "id")
    assert run("split", "d.csv", *columns, "--min-per-split", 1, "--out", "out") == 2
    message = capsys.readouterr().err
    assert "--min-per-split cannot be kept: rows that share an id" in message
    assert PYTHON.search(message) is None, message


def test_names_of_files_are_left_as_they_are():
    for message in ("seed must.csv: No such file", "min_per_split=1 a.csv: No such file", "a: sizes must be b"):
        assert in_options(message) == message


ONLY_IN_PYTHON = {"check_groups_for_folds", "warn_of_empty_folds", "check_fits_plan"}  # the command line checks itself


def _messages():
    """Yield the messages of all gates that the command line may meet, with 7 for what is filled in."""
    for function in ast.parse(inspect.getsource(gates)).body:
        if isinstance(function, ast.FunctionDef) and function.name not in ONLY_IN_PYTHON:
            for call in ast.walk(function):
                is_error = isinstance(call, ast.Call) and getattr(call.func, "id", "").endswith(
                    ("Error", "warn_caller")
                )
                if is_error and isinstance(call.args[0], ast.JoinedStr | ast.Constant):
                    parts = call.args[0].values if isinstance(call.args[0], ast.JoinedStr) else [call.args[0]]
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in parts)


def test_every_message_of_a_gate_has_words_of_options():
    messages = list(_messages())
    assert len(messages) >= 10
    assert sum(PYTHON.search(message) is not None for message in messages) > 3
    for message in messages:
        assert PYTHON.search(in_options(message)) is None, message
