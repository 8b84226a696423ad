"""fastsplit assign takes the options that are not given from the report beside the plan, and says so."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from common_cli import NAMES, assert_refused, run, split

import fastsplit

ROWS = [(f"u{i}", "aab"[i % 3] if i % 10 else "NA", f"g{i // 7}") for i in range(300)]


def write(path, rows, delimiter=",", head=("id", "the label", "group")):
    text = "".join(f"{delimiter.join(row)}\n" for row in ([head] if head else []) + rows)
    Path(path).write_text(text, encoding="latin-1")


def assert_same(a, b, suffix=".csv"):
    for name in NAMES:
        for end in (".npy", suffix):
            assert Path(a, name + end).read_bytes() == Path(b, name + end).read_bytes()


@pytest.mark.parametrize("plan", ["parts", "parts/plan.json"])
def test_everything_that_says_how_files_are_read_is_taken(here, capsys, plan):
    write("d.csv", ROWS, "~")
    options = ("--column", "the label", "--ids-column", "0", "--missing", "drop", "--delimiter", "~")
    more = ("--quoting", "none", "--encoding", "latin-1", "--format", "csv", "--header")
    assert split("d.csv", *options, *more, out="parts") == 0
    capsys.readouterr()
    assert run("assign", "d.csv", "--plan", plan, "--out", "later") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "d.csv: a table with '~' between fields; the label is column the label"
    taken = "--column 'the label' --ids-column 0 --missing drop --format csv --delimiter '~' --quoting none --header"
    assert lines[1] == f"options of {plan}: {taken} --encoding latin-1"
    assert_same("parts", "later")
    assert fastsplit.Plan.load("parts/plan.json") == fastsplit.Plan.load("later/plan.json")


def test_what_is_taken_is_handed_on(here, capsys):
    write("d.csv", ROWS, head=None)
    assert split("d.csv", "--column", 1, "--ids-column", 0, "--no-header", "--missing", "class", out="parts") == 0
    for before, after in (("parts", "second"), ("second", "third")):
        capsys.readouterr()
        assert run("assign", "d.csv", "--plan", before, "--out", after) == 0
        taken = "--column 1 --ids-column 0 --missing class --no-header"
        assert capsys.readouterr().out.splitlines()[1] == f"options of {before}: {taken}"
        assert_same("parts", after)


def test_what_is_given_is_not_taken(here, capsys):
    write("d.csv", ROWS)
    write("renamed.csv", [(row[2], row[1], row[0]) for row in ROWS], ";", ("group", "class", "name"))
    assert split("d.csv", "--column", "the label", "--ids-column", "id", "--missing", "drop", out="parts") == 0
    capsys.readouterr()
    options = ("--column", "class", "--ids-column", "name")
    assert run("assign", "renamed.csv", *options, "--plan", "parts", "--out", "later") == 0
    assert capsys.readouterr().out.splitlines()[1] == "options of parts: --missing drop"
    for name in NAMES:
        assert Path("parts", f"{name}.npy").read_bytes() == Path("later", f"{name}.npy").read_bytes()
    assert run("assign", "renamed.csv", *options, "--missing", "error", "--plan", "parts", "--out", "o") == 2
    assert "the label is missing" in capsys.readouterr().err


def test_groups_are_taken_too(here, capsys):
    write("d.csv", ROWS)
    options = ("--column", "the label", "--groups-column", "group", "--missing", "class")
    assert split("d.csv", *options, out="parts") == 0
    capsys.readouterr()
    assert run("assign", "d.csv", "--plan", "parts/plan.npz", "--out", "later") == 0
    assert "--groups-column group" in capsys.readouterr().out.splitlines()[1]
    assert_same("parts", "later")


def test_where_the_labels_are_is_taken_as_a_whole(here, capsys):
    table = np.array([(i % 3, i) for i in range(90)], dtype=[("y", "i8"), ("id", "i8")])
    np.save("d.npy", table)
    write("d.csv", [(str(i), str(y)) for y, i in table.tolist()], head=("id", "y"))
    assert split("d.npy", "--field", "y", "--ids-column", "id", out="parts") == 0
    capsys.readouterr()
    assert run("assign", "d.csv", "--column", "y", "--plan", "parts", "--out", "later") == 0
    assert capsys.readouterr().out.splitlines()[1] == "options of parts: --ids-column id"


def test_nothing_is_said_where_nothing_is_taken(here, capsys):
    np.save("l.npy", np.arange(100) % 7)
    assert split("l.npy", out="parts") == 0
    capsys.readouterr()
    assert run("assign", "l.npy", "--plan", "parts", "--out", "later") == 0
    assert capsys.readouterr().out.splitlines()[1] == "100 examples, 0 new; 7 classes, 0 new; seed 0"


def test_files_that_do_not_fit_are_refused_with_what_was_taken(here, capsys):
    write("d.csv", ROWS)
    write("other.csv", ROWS, head=("id", "y", "group"))
    assert split("d.csv", "--column", "the label", "--missing", "drop", out="parts") == 0
    capsys.readouterr()
    message = "other.csv: column 'the label' not found in the header (id, y, group); if there is no header: "
    message += "--no-header --column 2, counted from 0; options of parts: "
    taken = "--column 'the label' --missing drop"
    assert_refused(capsys, run("assign", "other.csv", "--plan", "parts", "--out", "later"), message + taken)


@pytest.mark.parametrize(
    "source",
    [
        None,
        7,
        {},
        {"kind": "csv"},
        *(
            {"kind": "csv", "delimiter": ",", "suffix": ".csv", "options": options}
            for options in (
                7,
                {"run": "x"},
                {"column": "the label"},
                {"column": [1]},
                {"header": "yes", "column": ["y"]},
            )
        ),
    ],
)
def test_a_report_that_says_nothing_of_the_source_is_left_alone(here, capsys, source):
    write("d.csv", ROWS)
    options = ("--column", "the label", "--missing", "drop")
    assert split("d.csv", *options, out="parts") == 0
    report = Path("parts/report.json")
    report.write_text(json.dumps({**json.loads(report.read_text()), "source": source}))
    shutil.copy("parts/plan.json", "alone.json")
    capsys.readouterr()
    for plan in ("parts", "alone.json"):
        assert run("assign", "d.csv", "--plan", plan, "--out", "later") == 2
        assert "--column is required" in capsys.readouterr().err
        assert run("assign", "d.csv", *options, "--plan", plan, "--out", f"{Path(plan).stem}-2") == 0
        assert_same("parts", f"{Path(plan).stem}-2")
