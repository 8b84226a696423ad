"""fastsplit report --diff by position: said always, and refused if the rows are known to be others."""

from pathlib import Path

import pytest
from common_cli import BY_POSITION, assert_refused, run, split

REFUSED = "--diff compares these by position, but not the same rows: class "
WAY_OUT = "; folders that were split with --ids-column are compared by id"
OPTIONS = {
    "positions": (),
    "groups": ("--groups-column", "group"),
    "ids that are in no file": ("--ids-column", "id", "--write", "indices"),
}
SIZES = ("train=0.8", "test=0.2")


def made(name, labels, *options, sizes=SIZES, column="label"):
    """Split a table of these labels into a folder."""
    rows = (f"{label},u{i},g{i // 2},{i % 2}\n" for i, label in enumerate(labels))
    Path(f"{name}.csv").write_text("label,id,group,other\n" + "".join(rows))
    assert split(f"{name}.csv", "--column", column, *options, sizes=sizes, out=name) == 0


@pytest.mark.parametrize("by", OPTIONS)
def test_that_positions_are_compared_is_said(here, capsys, by):
    made("a", ["x", "y"] * 20, *OPTIONS[by])
    made("b", ["x", "y"] * 30, *OPTIONS[by])
    for pair in ("ab", "ba", "aa"):
        capsys.readouterr()
        assert run("report", "--diff", *pair) == 0
        captured = capsys.readouterr()
        assert captured.err == BY_POSITION
        assert captured.out.endswith("\n" if pair == "aa" else "; 20 more in b\n")


@pytest.mark.parametrize("by", OPTIONS)
def test_folders_of_other_rows_are_refused(here, capsys, by):
    for name, labels in (("a", "xy" * 20), ("b", "xxxy" * 10), ("c", "xxxxxy" * 10), ("d", "xz" * 20)):
        made(name, labels, *OPTIONS[by])
    capsys.readouterr()
    for pair, says in (
        ("ab", "'x' has 20 examples in a and 30 in b"),
        ("ba", "'x' has 30 examples in b and 20 in a"),
        ("ac", "'y' has 20 examples in a and 10 in c"),
        ("ca", "'y' has 20 examples in a and 10 in c"),
        ("ad", "'y' has 20 examples in a and 0 in d"),
    ):
        assert_refused(capsys, run("report", "--diff", *pair), f"{REFUSED}{says}{WAY_OUT}")


def test_folders_split_by_other_labels_may_have_the_same_rows(here, capsys):
    made("a", "xy" * 20)
    made("b", "xy" * 20, column="other")
    made("numbers", "12" * 20)
    made("text", [*"12" * 20, "x"])
    for pair in (("a", "b"), ("numbers", "text")):
        capsys.readouterr()
        assert run("report", "--diff", *pair) == 0
        assert capsys.readouterr().err == BY_POSITION


@pytest.mark.parametrize("options", [(), ("--ids-column", "id"), ("--write", "none")], ids=str)
def test_splits_of_other_names_are_said_or_refused(here, capsys, options):
    made("a", "xy" * 20, *options)
    made("b", "xy" * 20, *options, sizes=("train=0.8", "dev=0.1", "test=0.1"))
    made("c", "xy" * 20, *options, sizes=("x=0.8", "y=0.2"))
    capsys.readouterr()
    message = "--diff compares splits by name, but the two have none in common: a has train, test; c has x, y"
    assert_refused(capsys, run("report", "--diff", "a", "c"), message)
    assert run("report", "--diff", "a", "b") == 0
    says = "not all splits are in both, and they are compared by name: a has train, test; b has train, dev, test"
    assert capsys.readouterr().err == f"fastsplit: warning: {says}\n{'' if options else BY_POSITION}"
