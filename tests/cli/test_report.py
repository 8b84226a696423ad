"""fastsplit report: the table and the picture of a finished split, and what differs between two."""

from pathlib import Path

import numpy as np
import pytest
from common_cli import assert_refused, run, split

import fastsplit


@pytest.mark.parametrize("sizes", [["a=0.7", "b=0.3"], ["a=0.5", "b=0.2"], ["a=10", "b=3"]])
def test_report_prints_the_same_table_again(here, capsys, sizes):
    np.save("l.npy", np.arange(100) ** 2 % 7)
    assert split("l.npy", sizes=sizes) == 0
    printed = capsys.readouterr().out
    for given in ("out", "out/plan.json"):
        assert run("report", given) == 0
        table = capsys.readouterr().out
        assert table in printed
        assert ("(none)" in table) == (sizes != ["a=0.7", "b=0.3"])


def test_report_draws_in_the_format_of_the_suffix(here):
    np.save("l.npy", np.arange(100) % 7)
    assert split("l.npy", sizes=["a=0.5"]) == 0
    assert run("report", "out", "--picture", "p.png") == 0
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")
    assert run("report", "out", "--picture", "p.nonsense") == 2
    assert not Path("p.nonsense").exists()


def test_report_writes_a_page(here, capsys):
    np.save("l.npy", np.arange(100) % 7)
    assert split("l.npy", sizes=["a=0.5"]) == 0
    assert run("report", "out", "--html", "p.html") == 0
    fastsplit.split(np.arange(100) % 7, {"a": 0.5}, seed=0).report().to_html("expected.html")
    assert Path("p.html").read_bytes() == Path("expected.html").read_bytes()


def test_a_split_without_a_plan_is_printed_again(here, capsys):
    np.save("l.npy", np.arange(100) ** 2)
    assert split("l.npy", "--continuous", sizes=["a=0.5", "b=0.5"]) == 0
    printed = capsys.readouterr().out
    assert run("report", "out") == 0
    table = capsys.readouterr().out
    assert "median" in table
    assert table in printed
    for option in ("--picture", "--html"):
        assert_refused(capsys, run("report", "out", option, "p.x"), f"{option} needs a plan, and out has none")
        assert not Path("p.x").exists()


def test_a_damaged_plan_is_refused(old, here, capsys):
    Path("out/plan.json").write_bytes(b"{}")
    message = "'out/plan.json' is not a valid fastsplit plan: not a fastsplit plan"
    assert_refused(capsys, run("report", "out"), message)


def test_a_plan_of_groups_is_printed(here, capsys):
    plan = fastsplit.plan([0, 1] * 10, groups=range(20), seed=0)
    plan.save("plan.npz")
    assert run("report", "plan.npz") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("20 examples in 20 groups")


def test_what_moves_is_counted_by_index_arrays(here, capsys):
    labels = np.arange(1000) % 7
    np.save("l.npy", labels)
    np.save("grown.npy", np.arange(1100) % 7)
    assert split("l.npy", out="a", sizes=["train=0.8", "test=0.2"]) == 0
    assert split("l.npy", out="b", sizes=["train=0.8", "val=0.1", "test=0.1"]) == 0
    assert run("assign", "grown.npy", "--plan", "a", "--out", "c") == 0
    capsys.readouterr()
    one, other = fastsplit.Plan.load("a/plan.json"), fastsplit.Plan.load("b/plan.json")
    assert run("report", "--diff", "a", "b") == 0
    assert capsys.readouterr().out == f"{one.moved(other, labels)}\n"
    assert run("report", "--diff", "a", "c") == 0
    assert capsys.readouterr().out == "0 of 1,000 examples move; 100 more in c\n"
    assert run("report", "--diff", "c", "a") == 0
    assert capsys.readouterr().out == "0 of 1,000 examples move; 100 more in c\n"


def test_index_arrays_of_other_data_are_refused(here, capsys):
    np.save("l.npy", np.arange(100) % 7)
    for out in "ab":
        assert split("l.npy", out=out) == 0
    capsys.readouterr()
    np.save("b/val.npy", np.array([100]))
    message = "b/val.npy is not an index array of the 100 examples in report.json"
    assert_refused(capsys, run("report", "--diff", "a", "b"), message)


@pytest.mark.parametrize("seed", [0, 1])
def test_what_moves_is_estimated_by_plans_alone(here, capsys, seed):
    labels = np.arange(100_000) % 7
    one = fastsplit.plan(labels, {"train": 0.8, "test": 0.2}, seed=0)
    other = fastsplit.plan(labels, {"train": 0.7, "val": 0.1, "test": 0.2}, seed=seed)
    one.save("a.json")
    other.save("b.json")
    assert run("report", "--diff", "a.json", "b.json") == 0
    printed = capsys.readouterr().out
    about = int(printed.split(" of ")[0].removeprefix("about ").replace(",", ""))
    exact = len(one.moved(other, labels).positions)
    deviation = (exact * (1 - exact / len(labels))) ** 0.5
    assert abs(about - exact) < 5 * deviation
    assert printed.endswith(" (by the cuts of the plans)\n")


def test_a_plan_does_not_move_from_itself(here, capsys):
    fastsplit.plan(np.arange(1000) % 7, seed=0).save("a.json")
    assert run("report", "--diff", "a.json", "a.json") == 0
    assert capsys.readouterr().out == "about 0 of 1,000 examples move (by the cuts of the plans)\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "DIR or --diff A B must be given, and not both"),
        (["a", "--diff", "a", "b"], "DIR or --diff A B must be given, and not both"),
        (["--diff", "a", "b", "--picture", "p.png"], "--picture does not go together with --diff"),
        (
            ["--diff", "a.json", "ids.json"],
            "--diff needs plans that were made with ids of one kind, or folders with index arrays",
        ),
        (["--diff", "a.json", "g.npz"], "--diff of plans of groups needs folders with index arrays"),
    ],
)
def test_reports_of_nothing_are_refused(here, capsys, args, message):
    labels = np.arange(100) % 7
    fastsplit.plan(labels, seed=0).save("a.json")
    fastsplit.plan(labels, ids=labels, seed=0).save("ids.json")
    fastsplit.plan(labels, groups=np.arange(100), seed=0).save("g.npz")
    assert_refused(capsys, run("report", *args), message)
