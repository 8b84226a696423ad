"""What comes from data reaches the terminal as one printable line, whichever way it takes."""

import io
import os
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from common_cli import run, split

import fastsplit
from fastsplit.text import printable

HOSTILE = {  # -> as it is shown
    "red\x1b[31m": r"red\x1b[31m",
    "title\x1b]0;x\x07": r"title\x1b]0;x\x07",
    "two\nlines\r": r"two\nlines\r",
    "next\x85line\u2028": r"next\x85line\u2028",
    "right\u202eto left\u2066": r"right\u202eto left\u2066",
    "hidden\u200b\ufeff": r"hidden\u200b\ufeff",
    "undecoded\udcff": r"undecoded\udcff",
    "größe 猫 🐈": "größe 猫 🐈",
}
hostile = pytest.mark.parametrize(("text", "shown"), HOSTILE.items(), ids=ascii)


def made_plan(text):
    """A plan whose split names and class names are hostile."""
    return fastsplit.plan([text] * 3 + ["b"] * 5, {text: 0.5, "test": 0.5}, seed=0)


@hostile
def test_characters_that_are_not_printable_are_escaped(text, shown):
    assert printable(text) == shown
    assert shown.isprintable()


def test_lone_surrogates_and_other_objects_are_shown():
    assert printable("\ud800") == r"\ud800"
    assert printable(Path("a\x1b")) == r"a\x1b"
    assert printable(7) == "7"


ENTRIES = {
    "missing labels": (lambda text: None, ["split", "{}.txt", "--out", "o"]),
    "missing array": (lambda text: None, ["split", "{}.npy", "--out", "o"]),
    "blank line": (lambda text: Path(f"{text}.txt").write_bytes(b"a\n\nb\n"), ["split", "{}.txt", "--out", "o"]),
    "damaged array": (lambda text: Path(f"{text}.npy").write_bytes(b"\x93NUMPY"), ["split", "{}.npy", "--out", "o"]),
    "folder of the output": (lambda text: None, ["split", "l.npy", "--out", "{}/o"]),
    "output": (lambda text: (Path(text).mkdir(), Path(text, "x").touch()), ["split", "l.npy", "--out", "{}"]),
    "output is a file": (lambda text: Path(text).touch(), ["demo", "--out", "{}"]),
    "file in the output": (
        lambda text: (Path("o").mkdir(), Path(f"o/{text}").touch()),
        ["split", "l.npy", "--out", "o", "--force"],
    ),
    "labels in the output": (
        lambda text: (Path(text).mkdir(), Path(f"{text}/report.json").write_text('{"files": ["report.json"]}')),
        ["split", "{}/report.json", "--out", "{}", "--force"],
    ),
    "header": (
        lambda text: Path("t.csv").write_bytes(f'"{text}",b\n1,2\n'.encode(errors="surrogateescape")),
        ["split", "t.csv", "--column", "c", "--out", "o"],
    ),
    "header twice": (
        lambda text: Path("t.csv").write_bytes(f'"{text}","{text}"\n1,2\n'.encode(errors="surrogateescape")),
        ["split", "t.csv", "--column", "{}", "--out", "o"],
    ),
    "column": (lambda text: Path("t.csv").write_bytes(b"a\n1\n"), ["split", "t.csv", "--column", "{}", "--out", "o"]),
    "size": (lambda text: None, ["split", "l.npy", "--out", "o", "--sizes", "{}"]),
    "dtype": (lambda text: None, ["split", "l.npy", "--out", "o", "--dtype", "{}"]),
    "seed": (lambda text: None, ["split", "l.npy", "--out", "o", "--seed", "{}"]),
    "argument": (lambda text: None, ["split", "l.npy", "--out", "o", "{}"]),
    "command": (lambda text: None, ["{}"]),
    "missing report": (lambda text: None, ["report", "{}"]),
    "damaged plan": (lambda text: (Path(text).mkdir(), Path(f"{text}/plan.json").write_text("{}")), ["report", "{}"]),
}


@hostile
@pytest.mark.parametrize(("prepare", "args"), ENTRIES.values(), ids=ENTRIES)
def test_errors_are_one_printable_line_that_shows_the_text(here, capsys, text, shown, prepare, args):
    np.save("l.npy", np.arange(10))
    prepare(text)
    assert run(*(arg.format(text) for arg in args)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("fastsplit: error: ")
    assert err.removesuffix("\n").isprintable()
    assert shown.lower() in err.lower().replace("\\\\", "\\")


@hostile
def test_what_a_split_and_its_report_print(here, capsys, text, shown):
    label = text if text.isprintable() or "\udcff" not in text else "b"  # labels must be UTF-8
    rows = f'id,"{text}"\n' + "".join(f'{i},"{label}"\n' for i in range(3)) + "3,z\n"
    Path(f"{text}.csv").write_bytes(rows.encode(errors="surrogateescape"))
    assert split(f"{text}.csv", "--column", text, sizes=["a=0.5", "b=0.5"], out=f"{text}.out") == 0
    printed = capsys.readouterr().out
    assert all(line.isprintable() for line in printed.split("\n"))
    assert printed.startswith(f"{shown}.csv: CSV; the label is column {shown}\n")
    assert f": {shown}.out\n" in printed
    assert printable(label) in printed.split("in class")[1]
    assert run("demo", "--n", 100, "--out", f"{text}.demo") == 0
    printed = capsys.readouterr().out
    assert f"written: {shown}.demo\n" in printed
    assert all(line.isprintable() for line in printed.split("\n"))


@hostile
def test_names_and_labels_of_a_plan(here, capsys, text, shown):
    plan = made_plan(text)
    splits = fastsplit.split([text] * 3 + ["b"] * 5, {text: 0.5, "test": 0.5}, seed=0)
    os.mkdir("o")
    plan.save("o/plan.json")
    assert run("report", "o") == 0
    printed = capsys.readouterr().out
    assert printed == f"{splits.report()}\n"
    for shown_plan in (printed, repr(plan), repr(splits), repr(splits.report())):
        assert shown in shown_plan
        assert all(line.isprintable() for line in shown_plan.split("\n"))


@hostile
def test_names_in_a_picture(here, text, shown):
    image = Path("p.svg")
    made = fastsplit.split([0, 1] * 8, {text: 0.5, "test": 0.5}, seed=0).report()
    (legend,) = {entry.get_text() for entry in made.plot().get_legend().get_texts()} - {"test 50%"}
    assert legend == f"{shown} 50%"
    if text.isprintable():
        return  # the font may lack its characters, of which matplotlib warns
    made.save_plot(image)
    ElementTree.parse(io.BytesIO(image.read_bytes()))  # an escape character is not XML
