"""The command line: exit codes and messages after wrong use, help, version."""

import os
from pathlib import Path

import numpy as np
import pytest
from common import run_python
from common_cli import assert_refused, run

import fastsplit


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "the following arguments are required: COMMAND; see fastsplit --help"),
        (["split", "l.npy"], "the following arguments are required: --out; see fastsplit split --help"),
        (["split", "none.npy", "--out", "o"], "none.npy: No such file or directory"),
        (["split", "none.txt", "--out", "o"], "none.txt: No such file or directory"),
        (["split", ".", "--out", "o"], ".: Is a directory"),
        (["split", "l.npy", "--out", "no/o"], "--out must be in an existing folder, got no/o"),
        (["split", "l.npy", "--out", "l.npy"], "--out already exists and is not a folder: l.npy"),
        (["split", "l.npy", "--out", "l.npy", "--force"], "--out already exists and is not a folder: l.npy"),
        (["split", "l.npy", "--out", "."], "--out already exists: .; pass --force to replace it"),
        (["split", "l.npy", "--out", "o", "--seed", "-1"], "seed must be at least 0, got -1"),
        (["split", "l.npy", "--out", "o", "--threads", "0"], "threads must be at least 1, got 0"),
        (["demo", "--n", "0"], "--n must be at least 1, got 0"),
        (["demo", "--out", "l.npy"], "--out already exists and is not a folder: l.npy"),
        (["report", "none"], "none/plan.json: No such file or directory"),
    ],
)
def test_wrong_use_ends_with_one_line_and_makes_nothing(here, capsys, args, message):
    np.save("l.npy", np.zeros(10, dtype=int))
    assert_refused(capsys, run(*args), message)
    assert os.listdir() == ["l.npy"]


def test_a_damaged_array_is_one_line(here, capsys):
    """NumPy's reader of headers then raises errors that no file is expected to raise."""
    for header in (b"{'shape': (", b"{'shape' \x00", b"if 1:\n    a\n  b\n"):
        Path("l.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        assert run("split", "l.npy", "--out", "o") == 2
        captured = capsys.readouterr()
        assert captured.err.startswith("fastsplit: error: ")
        assert captured.err.count("\n") == 1


def test_links_in_a_circle_are_one_line(here, capsys):
    os.symlink("a", "b")
    os.symlink("b", "a")
    assert run("split", "a", "--out", "o") == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("fastsplit: error: ")
    assert captured.err.count("\n") == 1


def test_no_memory_is_said_in_words(here, capsys, monkeypatch):
    np.save("l.npy", np.zeros(10, dtype=int))

    def split(*args, **options):
        raise MemoryError

    monkeypatch.setattr(fastsplit, "split", split)
    assert_refused(capsys, run("split", "l.npy", "--out", "o"), "out of memory")


def test_a_closed_pipe_ends_the_run_without_a_message(old):
    reader, writer = os.pipe()
    os.close(reader)
    buffered = {"PYTHONUNBUFFERED": ""}  # so that the first write is the last flush
    _, err = run_python("-m", "fastsplit", "report", "out", code=141, stdout=writer, env=buffered)
    os.close(writer)
    assert err == ""


def test_a_terminal_that_cannot_encode_a_name_shows_its_code(here):
    np.save("l.npy", np.zeros(10, dtype=int))
    assert run("split", "l.npy", "--out", "o", "--sizes", "é=1.0") == 0
    out, err = run_python("-m", "fastsplit", "report", "o", env={"PYTHONIOENCODING": "ascii"})
    assert err == ""
    assert r"\xe9" in out


@pytest.mark.parametrize("command", [[], ["split"], ["report"], ["demo"]])
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit, match=r"^0$"):
        run(*command, "--help")
    assert capsys.readouterr().out.startswith(" ".join(["usage: fastsplit", *command]))


def test_version_prints_the_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        run("--version")
    assert capsys.readouterr().out == f"fastsplit {fastsplit.__version__}\n"
