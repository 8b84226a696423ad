"""fastsplit report: the table and the picture of a finished split."""

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
    assert run("report", "out") == 0
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


def test_a_damaged_plan_is_refused(old, here, capsys):
    Path("out/plan.json").write_bytes(b"{}")
    message = "'out/plan.json' is not a valid fastsplit plan: not a fastsplit plan"
    assert_refused(capsys, run("report", "out"), message)


def test_a_plan_of_groups_is_refused_by_name(old, here, capsys):
    fastsplit.plan([0, 1] * 10, groups=range(20), seed=0).save("out/plan.json")
    message = "not a fastsplit plan, but maybe one for fastsplit.GroupPlan.load"
    assert_refused(capsys, run("report", "out"), f"'out/plan.json' is not a valid fastsplit plan: {message}")
