"""fastsplit assign: a plan splits data that has grown, and nothing moves."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from common_cli import NAMES, assert_refused, run, split

import fastsplit

OLD = [f"{'abc'[i % 3]},u{i},g{i // 4}" for i in range(300)]
NEW = [f"{'abcd'[i % 4]},u{i},g{i // 4}" for i in range(300, 420)]
COLUMNS = ("--column", "label", "--ids-column", "id")
GROUPS = ("--column", "label", "--groups-column", "group")


def write(path, rows):
    Path(path).write_text("label,id,group\n" + "".join(f"{row}\n" for row in rows))


def lines(folder):
    return {name: set(Path(folder, f"{name}.csv").read_text().splitlines()[1:]) for name in NAMES}


@pytest.fixture
def parts(here, capsys):
    """Data that was split, and the same data grown."""
    write("old.csv", OLD)
    write("new.csv", [*NEW, *OLD[::-1]])
    write("appended.csv", [*OLD, *NEW])
    assert split("old.csv", *COLUMNS, out="parts") == 0
    capsys.readouterr()
    return lines("parts")


def test_nothing_moves_and_new_examples_are_split_by_their_ids(parts, capsys):
    assert run("assign", "new.csv", *COLUMNS, "--plan", "parts/plan.json", "--out", "grown") == 0
    grown = lines("grown")
    assert all(parts[name] <= grown[name] for name in NAMES)
    assert sum(len(grown[name]) for name in NAMES) == 420
    labels, ids = zip(*(row.split(",")[:2] for row in [*NEW, *OLD[::-1]]), strict=True)
    plan = fastsplit.Plan.load("parts/plan.json")
    expected = plan.split(list(labels), list(ids), order="ascending")
    for name, indices in zip(NAMES, expected, strict=True):
        np.testing.assert_array_equal(np.load(f"grown/{name}.npy"), indices)
    assert fastsplit.Plan.load("grown/plan.json") == expected.plan
    printed = capsys.readouterr().out
    assert str(plan.report(list(labels), list(ids))) in printed
    assert "new classes: 'd'\n" in printed
    drift = json.loads(Path("grown/report.json").read_bytes())["drift"]
    assert (drift["new"], drift["new_classes"]) == (120, 1)
    assert list(drift["largest"]) == list(NAMES)


def test_the_report_is_the_same_if_nothing_is_written(parts, capsys):
    assert run("assign", "new.csv", *COLUMNS, "--plan", "parts", "--out", "grown") == 0
    assert run("assign", "new.csv", *COLUMNS, "--plan", "parts", "--out", "none", "--write", "none") == 0
    assert sorted(os.listdir("none")) == ["plan.json", "report.json"]
    one, other = (json.loads(Path(name, "report.json").read_bytes()) for name in ("grown", "none"))
    del one["files"], other["files"], one["sha256"], other["sha256"]
    assert (one["source"].pop("suffix"), other["source"].pop("suffix")) == (".csv", None)
    assert one == other


def test_without_ids_new_lines_come_after_the_old_ones(here, capsys):
    write("old.csv", OLD)
    write("appended.csv", [*OLD, *NEW])
    assert split("old.csv", "--column", "label", out="parts") == 0
    assert run("assign", "appended.csv", "--column", "label", "--plan", "parts", "--out", "grown") == 0
    for name in NAMES:
        old = Path(f"parts/{name}.csv").read_bytes()
        assert Path(f"grown/{name}.csv").read_bytes().startswith(old)
    capsys.readouterr()
    write("fewer.csv", OLD[:-1])
    assert run("assign", "fewer.csv", "--column", "label", "--plan", "parts", "--out", "fewer") == 0
    assert "fewer than the 300 that the plan was made from" in capsys.readouterr().err
    args = ("assign", "fewer.csv", "--column", "label", "--plan", "parts", "--out", "strict", "--strict")
    assert run(*args) == 2
    assert not Path("strict").exists()


@pytest.mark.parametrize("tail", [[], NEW])
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([OLD[-1], *OLD[:-1]], "class '[abc]' has \\d+ of them in (train|val|test), \\d+ planned"),
        (["a,u,g", *OLD[:-1]], "class 'a' has 101 of them, 100 planned"),
        ([*OLD[1:], "d,u,g"], "class '[ad]' has (99|1) of them, (100|0) planned"),
        (["x,y,z"] * 300, "class 'x' has 300 of them, 0 planned"),
    ],
)
def test_first_rows_that_are_not_those_of_a_plan_without_ids_are_warned_of(here, capsys, chunk_size, rows, says, tail):
    write("old.csv", OLD)
    write("new.csv", [*rows, *tail])
    assert split("old.csv", "--column", "label", out="parts") == 0
    capsys.readouterr()
    for code, *options in (
        (0, "--out", "grown"),
        (0, "--out", "none", "--write", "none"),
        (2, "--out", "o", "--strict"),
    ):
        assert run("assign", "new.csv", "--column", "label", "--plan", "parts", *options) == code
        assert re.fullmatch(
            rf"fastsplit: {'error' if code else 'warning'}: the plan has no ids: rows are known by their position, and "
            rf"the first 300 rows are not those that it was made from \({says}\); put the old rows first in the same "
            r"order, or split again with --ids-column\n",
            capsys.readouterr().err,
        )
    assert not Path("o").exists()


@pytest.mark.parametrize("missing", ["drop", "class"])
def test_the_rows_of_a_plan_that_come_first_are_not_warned_of(here, capsys, chunk_size, missing):
    old = [*OLD[:50], "NA,u,g", *OLD[50:], ",u,g"]
    write("old.csv", old)
    write("new.csv", [*old, *NEW, "NA,u,g"])
    assert split("old.csv", "--column", "label", "--missing", missing, out="parts") == 0
    for source, out in (("old.csv", "same"), ("new.csv", "grown")):
        assert run("assign", source, "--column", "label", "--plan", "parts", "--strict", "--out", out) == 0
    assert capsys.readouterr().err == ""


def test_groups_stay_where_they_are(here, capsys):
    write("old.csv", OLD)
    write("new.csv", [*NEW, "a,u,g0", *OLD])
    assert split("old.csv", *GROUPS, out="parts") == 0
    assert run("assign", "new.csv", *GROUPS, "--plan", "parts", "--out", "grown") == 0
    before, after = lines("parts"), lines("grown")
    assert all(before[name] <= after[name] for name in NAMES)
    groups = {name: {row.split(",")[2] for row in after[name]} for name in NAMES}
    assert not any(groups[a] & groups[b] for a in NAMES for b in NAMES if a != b)
    labels, _, of_groups = zip(*(row.split(",") for row in [*NEW, "a,u,g0", *OLD]), strict=True)
    expected = fastsplit.GroupPlan.load("parts/plan.npz").split(list(labels), list(of_groups))
    assert fastsplit.GroupPlan.load("grown/plan.npz") == expected.plan


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--column", "label"), "--ids-column is required, because the plan was made with ids"),
        (GROUPS, "--groups-column does not apply, because the plan was made without groups"),
        (("--column", "label", "--column", "id"), "--column must be one for assign, got label, id"),
    ],
)
def test_data_that_lacks_what_the_plan_decides_by_is_refused(parts, capsys, options, message):
    shutil.move("parts/plan.json", "plan.json")  # away from the report, which says how the old data was read
    code = run("assign", "new.csv", *options, "--plan", "plan.json", "--out", "grown")
    assert_refused(capsys, code, message)
    assert not Path("grown").exists()


def test_a_plan_without_ids_is_not_applied_to_ids(here, capsys):
    write("old.csv", OLD)
    assert split("old.csv", "--column", "label", out="parts") == 0
    capsys.readouterr()
    code = run("assign", "old.csv", *COLUMNS, "--plan", "parts", "--out", "grown")
    message = "--ids-column does not apply, because the plan was made without ids: positions are the ids"
    assert_refused(capsys, code, message)


def test_the_plan_is_not_replaced_by_what_it_splits(parts, capsys):
    code = run("assign", "new.csv", *COLUMNS, "--plan", "parts/plan.json", "--out", "parts", "--force")
    assert_refused(capsys, code, "--out must not contain what is read, got parts and parts/plan.json")
