"""Splits of other kinds than one label per example: folds, groups, several labels, numbers, missing labels."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from common_cli import NAMES, assert_refused, run, split

import fastsplit

N = 400


def write(head, rows, name="data.csv"):
    Path(name).write_text(head + "\n" + "".join(f"{row}\n" for row in rows))


def indices(folder="out", names=NAMES):
    return [np.load(f"{folder}/{name}.npy") for name in names]


def assert_equal(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_folds_are_those_of_kfold(here, capsys, chunk_size):
    labels = np.arange(N) ** 2 % 11
    np.save("l.npy", labels)
    assert run("split", "l.npy", "--folds", 5, "--seed", 0, "--out", "out") == 0
    expected = fastsplit.kfold(labels, 5, seed=0)
    found = indices(names=[f"fold{i}" for i in range(5)])
    assert_equal(found, [np.flatnonzero(expected.assignment == fold) for fold in range(5)])
    np.testing.assert_array_equal(fastsplit.Plan.load("out/plan.json").cuts, expected.plan.cuts)


@pytest.mark.parametrize("labels", [np.arange(N) % 7, [f"c{i % 7}" for i in range(N)]], ids=["integers", "strings"])
def test_groups_stay_together(here, capsys, labels, chunk_size):
    groups = [f"g{i * 7 % 50}" for i in range(N)]
    write("label,group", [f"{label},{group}" for label, group in zip(labels, groups, strict=True)])
    assert split("data.csv", "--column", "label", "--groups-column", "group") == 0
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), groups=groups, seed=0, order="ascending")
    assert_equal(indices(), list(expected))
    saved = fastsplit.GroupPlan.load("out/plan.npz")
    np.testing.assert_array_equal(saved.splits, expected.plan.splits)
    assert str(saved.counts) == str(expected.plan.counts)
    assert run("report", "out") == 0
    assert "in 50 groups" in capsys.readouterr().out


def test_labels_that_look_like_several_are_warned_of(here, capsys):
    write(
        "tags", [";".join(name for bit, name in ((1, "a"), (2, "b"), (4, "c")) if i % 8 & bit) or "d" for i in range(N)]
    )
    assert split("data.csv", "--column", "tags") == 0
    assert "labels such as 'a;b' look like several labels" in capsys.readouterr().err
    assert split("data.csv", "--column", "tags", "--multilabel", "|", out="other") == 0
    assert "--multilabel: no label has the separator '|'" in capsys.readouterr().err
    assert split("data.csv", "--column", "tags", "--multilabel", ";", out="right") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "labels", [["a,b", "c,d", "e,f", "g,h", "i,j"], ["a;b", "a", "b"], ["a b", "b c", "a", "b", "c"]]
)
def test_labels_with_a_separator_by_chance_are_not_warned_of(here, capsys, labels):
    write("tags", [f'"{label}"' for label in labels * 20])
    assert split("data.csv", "--column", "tags") == 0
    assert capsys.readouterr().err == ""


def test_several_labels_in_one_column(here, capsys, chunk_size):
    sets = [[name for bit, name in ((1, "cat"), (2, "dog"), (4, "größe")) if i % 8 & bit] for i in range(N)]
    write("tags,x", [f"{';'.join(labels)},{i}" for i, labels in enumerate(sets)])
    assert split("data.csv", "--column", "tags", "--multilabel", ";") == 0
    expected = fastsplit.split_multilabel(sets, (0.7, 0.2, 0.1), seed=0, order="ascending")
    assert_equal(indices(), list(expected))
    assert str(expected.report()) in capsys.readouterr().out
    assert "plan.json" not in os.listdir("out")
    assert Path("out/test.csv").read_text().count("\n") == 1 + N // 10


def test_a_column_of_0_and_1_per_label(here, capsys, chunk_size):
    table = np.random.default_rng(0).integers(0, 2, (N, 3))
    write("a,b,c", [",".join(map(str, row)) for row in table.tolist()])
    columns = ("--column", "a", "--column", "b", "--column", "c")
    assert split("data.csv", *columns) == 0
    expected = fastsplit.split_multilabel(table, (0.7, 0.2, 0.1), seed=0, order="ascending")
    assert_equal(indices(), list(expected))
    assert capsys.readouterr().out.count("\n") > 3
    splits = json.loads(Path("out/report.json").read_bytes())["splits"]
    assert [row["examples"] for row in splits] == [280, 80, 40]
    write("a,b,c", ["0,1,2", "1,0,1"])
    code = split("data.csv", *columns, out="other")
    assert_refused(capsys, code, "column 'c' must have only 0 and 1, because several columns are labels; got 2")


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
def test_numbers_are_split_by_their_strata(here, capsys, chunk_size, order):
    values = np.random.default_rng(0).lognormal(size=N)
    write("price", [repr(value) for value in values.tolist()])
    np.save("values.npy", values)
    sizes = (0.7, 0.2, 0.1)
    expected = fastsplit.split(fastsplit.strata(values, sizes), sizes, seed=0, order=order)
    for name in ("data.csv", "values.npy"):
        column = ["--column", "price"] * (name == "data.csv")
        assert split(name, *column, "--continuous", "--order", order, out=name + ".out") == 0
        assert_equal(indices(name + ".out"), list(expected))
    splits = json.loads(Path("data.csv.out/report.json").read_bytes())["splits"]
    mean = values[next(iter(expected))].mean()
    assert splits[0]["mean"] == pytest.approx(mean, rel=1e-12), "the same but for the order of the sum"


@pytest.mark.parametrize("options", [["--ids-column", "id"], ["--min-per-split", "1"], ["--missing", "drop"]])
@pytest.mark.parametrize("wish", [["--multilabel", ";"], ["--continuous"]])
def test_options_that_do_not_go_together_are_refused(here, capsys, wish, options):
    write("label,id", ["1,2"])
    code = split("data.csv", "--column", "label", *wish, *options)
    shown = options[0] if options[0] != "--missing" else "--missing drop"
    assert_refused(capsys, code, f"{shown} does not go together with {wish[0]}")


@pytest.mark.parametrize("labels", [["cat", "dog"], ["7", "11"]])
def test_a_minimum_is_kept_or_the_classes_that_are_too_small_are_named(here, capsys, chunk_size, labels):
    write("label", labels[:1] * (N - 4) + labels[1:] * 4)
    assert split("data.csv", "--column", "label", "--min-per-split", "1") == 0
    assert (fastsplit.Plan.load("out/plan.json").counts >= 1).all()
    capsys.readouterr()
    assert split("data.csv", "--column", "label", "--min-per-split", "2", out="o") == 2
    name = repr(labels[1]) if labels[1] == "dog" else labels[1]
    assert f"1 of 2 classes have fewer: {name} (4)" in capsys.readouterr().err


def test_a_label_that_is_no_number_is_named(here, capsys):
    write("price", ["1.5", "2", "cheap"])
    code = split("data.csv", "--column", "price", "--continuous")
    captured = capsys.readouterr().err
    assert code == 2
    assert captured.startswith("fastsplit: error: data.csv")
    assert "line 4" in captured
    assert captured.endswith("the label must be a finite number for --continuous, got 'cheap'\n")
    np.save("values.npy", np.array([0.5, np.nan]))
    assert split("values.npy", "--continuous") == 2
    assert "got 'nan'" in capsys.readouterr().err


def test_missing_labels_are_an_error_or_dropped_or_a_class(here, capsys, chunk_size):
    labels = [("cat", "dog", "NA", "")[i % 4] for i in range(N)]
    write("label,id", [f"{label},u{i}" for i, label in enumerate(labels)])
    columns = ("--column", "label", "--ids-column", "id")
    assert split("data.csv", *columns) == 2
    assert "line 4" in capsys.readouterr().err
    assert split("data.csv", *columns, "--missing", "drop", out="drop") == 0
    kept = [i for i in range(N) if i % 4 < 2]
    some, ids = [labels[i] for i in kept], [f"u{i}" for i in kept]
    expected = fastsplit.split(some, (0.7, 0.2, 0.1), ids=ids, seed=0, order="ascending")
    assert_equal(indices("drop"), [np.array(kept)[part] for part in expected])
    assert f"{expected.report()}\n\nexamples without a label, in no split: {N // 2}\n" in capsys.readouterr().out
    assert fastsplit.Plan.load("drop/plan.json") == expected.plan
    assert split("data.csv", *columns, "--missing", "class", out="class") == 0
    assert len(fastsplit.Plan.load("class/plan.json").classes) == 3
    assert sum(map(len, indices("class"))) == N


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
@pytest.mark.parametrize("with_ids", [False, True])
def test_dropped_examples_keep_the_positions_of_the_others(here, capsys, chunk_size, order, with_ids):
    labels = [("cat", "dog", "NA", "cow")[i % 4] for i in range(N)]
    write("label,id", [f"{label},u{i}" for i, label in enumerate(labels)])
    columns = ["--column", "label", *["--ids-column", "id"] * with_ids]
    assert split("data.csv", *columns, "--missing", "drop", "--order", order, out=order) == 0
    kept = np.array([i for i in range(N) if i % 4 != 2])
    ids = [f"u{i}" for i in kept.tolist()] if with_ids else kept
    expected = fastsplit.split([labels[i] for i in kept.tolist()], (0.7, 0.2, 0.1), ids=ids, seed=0, order=order)
    assert_equal(indices(order), [kept[part] for part in expected])


@pytest.mark.parametrize("ids", [False, True])
def test_a_random_order_is_that_of_split(here, capsys, chunk_size, ids):
    labels = [f"c{i % 7}" for i in range(N)]
    names = [f"u{i}" for i in range(N)]
    write("label,id", [f"{label},{name}" for label, name in zip(labels, names, strict=True)])
    columns = ["--column", "label", *["--ids-column", "id"] * ids]
    assert split("data.csv", *columns, "--order", "shuffled") == 0
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), ids=names if ids else None, seed=0)
    assert_equal(indices(), list(expected))


@pytest.mark.parametrize("way", ["indices", "none", "lines"])
def test_what_is_written(here, capsys, way):
    write("label", [f"c{i % 7}" for i in range(N)])
    assert split("data.csv", "--column", "label", "--write", way) == 0
    arrays = [f"{name}.npy" for name in NAMES] if way != "none" else []
    parts = [f"{name}.csv" for name in NAMES] if way == "lines" else []
    assert sorted(os.listdir("out")) == sorted([*arrays, *parts, "plan.json", "report.json"])


def test_a_way_that_does_not_fit_the_source_is_refused(here, capsys):
    np.save("l.npy", np.arange(N) % 7)
    code = split("l.npy", "--write", "lines")
    assert_refused(capsys, code, "--write must be one of indices, none for an array of int64, got lines")


def test_strict_makes_warnings_errors_before_anything_is_written(here, capsys):
    write("label", [("cat", "cat ", "dog")[i % 3] for i in range(N)])
    assert split("data.csv", "--column", "label", out="o") == 0
    warning = capsys.readouterr().err
    assert warning.startswith("fastsplit: warning: ")
    assert warning.count("\n") == 1
    assert split("data.csv", "--column", "label", "--strict", out="strict") == 2
    assert capsys.readouterr().err == warning.replace("warning", "error")
    assert sorted(os.listdir()) == ["data.csv", "o"]


def test_counts_and_the_rest(here, capsys):
    np.save("l.npy", np.arange(N) % 4)
    assert split("l.npy", sizes=["train=rest", "test=100"]) == 0
    assert [len(part) for part in indices(names=["train", "test"])] == [300, 100]
    assert split("l.npy", sizes=["80%", "20%"], out="percent") == 0
    assert [len(part) for part in indices("percent", ["train", "test"])] == [320, 80]
