"""The command line: exit codes and messages after wrong use, help, version."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from common import run_python
from common_cli import assert_refused, run

import fastsplit
from fastsplit import readers
from fastsplit.cli import demo, planning


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "the following arguments are required: COMMAND; see fastsplit --help"),
        (["split", "l.npy"], "the following arguments are required: --out; see fastsplit split --help"),
        (["split", "none.npy", "--out", "o"], "none.npy: No such file or directory"),
        (["split", "none.txt", "--out", "o"], "none.txt: No such file or directory"),
        (["split", ".", "--out", "o"], "--out must not be in a folder that is read, got o and ."),
        (
            ["split", "l.npy", "--out", "o", "--sizes", "0.8", "0.3"],
            "--sizes must sum to at most 1, got 0.8 0.3, which is 1.1; one of them may be rest, and counts are whole "
            "numbers, such as test=1000",
        ),
        (
            ["split", "l.npy", "--out", "o", "--dtype", "float"],
            "--dtype must be an integer type of native byte order, got float64",
        ),
        (
            ["split", "l.npy", "--out", "o", "--label", "name"],
            "unrecognized arguments: --label name (did you mean --label-from?); see fastsplit split --help",
        ),
        (
            ["split", "l.npy", "--out", "o", "--groups", "g", "--fromat=csv", "--xyzzy"],
            "unrecognized arguments: --groups g --fromat=csv --xyzzy (did you mean --groups-column, --format?); see "
            "fastsplit split --help",
        ),
        (
            ["assign", "l.npy", "--out", "o", "--plan", "p", "--ids", "id"],
            "unrecognized arguments: --ids id (did you mean --ids-column?); see fastsplit assign --help",
        ),
        (["report", "p", "q"], "unrecognized arguments: q; see fastsplit report --help"),
        (["split", "l.npy", "--out", "o", "--folds", "1"], "--folds must be from 2 to 254, got 1"),
        (
            ["split", "l.npy", "--out", "o", "--folds", "3", "--sizes", "0.8", "0.2"],
            "--folds and --sizes must not be given together: folds are splits of equal sizes",
        ),
        (
            ["split", "l.npy", "--out", "o", "--encoding", "latin-x"],
            "--encoding must be one that Python knows, such as cp1252, got 'latin-x'",
        ),
        (
            ["split", "l.npy", "--out", "o", "--delimiter", "::"],
            "--delimiter must be one ASCII character, or tab, got '::'",
        ),
        (["split", "-", "-", "--out", "o"], "- must be given at most once: standard input can be read only once"),
        (
            ["split", "l.npy", "--out", "o", "--column", "a", "--feature", "b"],
            "--feature and --column must not be given together: both say where the labels are",
        ),
        (
            ["split", "l.npy", "--out", "o", "--ids-column", "a", "--groups-column", "b"],
            "--groups-column and --ids-column must not be given together: groups alone decide the split",
        ),
        (
            ["split", "l.npy", "--out", "o", "--continuous", "--multilabel", ";"],
            "--multilabel and --continuous must not be given together",
        ),
        (
            ["split", "l.npy", "--out", "o", "--continuous", "--ids-column", "a"],
            "--ids-column does not go together with --continuous",
        ),
        (["split", "l.npy", "--out", "no/o"], "--out must be in an existing folder, got no/o"),
        (["split", "l.npy", "--out", "l.npy"], "--out already exists and is not a folder: l.npy"),
        (["split", "l.npy", "--out", "l.npy", "--force"], "--out already exists and is not a folder: l.npy"),
        (["split", "l.npy", "--out", "."], "--out already exists: .; pass --force to replace it"),
        (["split", "l.npy", "--out", "o", "--seed", "-1"], "--seed must be at least 0, got -1"),
        (["split", "l.npy", "--out", "o", "--threads", "0"], "--threads must be at least 1, got 0"),
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

    def plan_scans(*args, **options):
        raise MemoryError

    monkeypatch.setattr(planning, "plan_scans", plan_scans)
    assert_refused(capsys, run("split", "l.npy", "--out", "o"), "out of memory")


def test_options_are_checked_before_any_file_is_read(here, capsys, monkeypatch):
    monkeypatch.setattr(readers, "open_recognized", None)
    assert run("split", "none.npy", "--out", "o", "--sizes", "0.9", "0.9") == 2
    assert "must sum to at most 1" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
@pytest.mark.parametrize("before", [signal.SIG_DFL, signal.SIG_IGN], ids=["default", "ignored"])
def test_a_signal_that_is_ignored_stays_so_and_handlers_are_put_back(here, capsys, monkeypatch, before):
    seen = []
    monkeypatch.setattr(demo, "run", lambda args: seen.append(signal.getsignal(signal.SIGHUP)))
    own = signal.signal(signal.SIGHUP, before)
    try:
        assert run("demo") == 0
        assert signal.getsignal(signal.SIGHUP) is before
    finally:
        signal.signal(signal.SIGHUP, own)
    assert (seen == [before]) == (before is signal.SIG_IGN)


INTERRUPTED = "raise KeyboardInterrupt"


def test_ctrl_c_during_start_up_is_one_line(here):
    Path("numpy.py").write_text(INTERRUPTED)
    path = {"PYTHONPATH": os.pathsep.join([str(here), str(Path(fastsplit.__file__).parents[1])])}
    out, err = run_python("-m", "fastsplit", "--version", code=130, env=path)
    assert (out, err) == ("", "fastsplit: interrupted\n")
    Path("fastsplit_user.py").write_text("import fastsplit")
    result = subprocess.run([sys.executable, "-m", "fastsplit_user"], env={**os.environ, **path}, capture_output=True)
    assert b"Traceback" in result.stderr, "a program that uses the library sees the interrupt"


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


@pytest.mark.parametrize("command", [[], ["split"], ["assign"], ["report"], ["demo"]])
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit, match=r"^0$"):
        run(*command, "--help")
    assert capsys.readouterr().out.startswith(" ".join(["usage: fastsplit", *command]))


def test_version_prints_the_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        run("--version")
    assert capsys.readouterr().out == f"fastsplit {fastsplit.__version__}\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["split", "--sizes", "0.8", "0.2", "d.csv", "--column", "label", "--out", "o"],
            "the following arguments are required: SOURCE (--sizes takes every word up to the next option: put SOURCE "
            "first); see fastsplit split --help",
        ),
        (
            ["split", "d.csv", "--column", "label", "--out", ""],
            "argument --out: must name a folder, got an empty text; see fastsplit split --help",
        ),
        (
            ["split", "d.csv", "--column", "label", "--ids-column", "label", "--out", "o"],
            "--ids-column must not be the column of the labels, got label: a class would be one of them",
        ),
        (
            ["split", "d.csv", "--feature", "label", "--groups-column", "label", "--out", "o"],
            "--groups-column must not be the column of the labels, got label: a class would be one of them",
        ),
        (
            ["split", "d.csv", "--ids-column", "id", "--format", "lines", "--out", "o"],
            "--ids-column does not apply to text lists; if they are tables, --column says where the labels are",
        ),
        (
            ["split", "d.csv", "--column", "label", "--delimiter", ";", "--out", "o"],
            "d.csv: column 'label' not found in the header (id,label); is ';' between fields?",
        ),
        (
            ["split", "d.csv", "--column", "Label", "--out", "o"],
            "d.csv: column 'Label' not found in the header (id, label); did you mean 'label'?",
        ),
        (
            ["split", "d.csv", "--column", "label", "--ids-column", "ident", "--out", "o"],
            "d.csv: column 'ident' not found in the header (id, label); if there is no header: --no-header --column 1, "
            "counted from 0",
        ),
        (
            ["split", "https://example.com/d.csv", "--column", "label", "--out", "o"],
            "https://example.com/d.csv is a URL, but only files are read: download it, or pipe it into the source -",
        ),
        (
            ["split", "d.csv", "--column", "label", "--encoding", "", "--out", "o"],
            "--encoding must be one that Python knows, such as cp1252, got ''",
        ),
        (["split"], "the following arguments are required: SOURCE, --out; see fastsplit split --help"),
        (["report", "e"], "e has no plan: it is no folder that fastsplit split or assign made"),
        (
            ["assign", "d.csv", "--plan", "e", "--out", "o"],
            "e has no plan: it is no folder that fastsplit split or assign made",
        ),
        (["report", "e", "--html", "no/p.html"], "--html must be a file in an existing folder, got no/p.html"),
        (["report", "e", "--picture", "no/p.png"], "--picture must be a file in an existing folder, got no/p.png"),
    ],
)
def test_what_is_easily_mistaken_is_said_with_a_way_out(here, capsys, args, message):
    Path("d.csv").write_text("id,label\n1,a\n2,b\n")
    Path("e").mkdir()
    assert_refused(capsys, run(*args), message)
    assert sorted(os.listdir()) == ["d.csv", "e"]
