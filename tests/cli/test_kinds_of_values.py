"""Values of several kinds over files and chunks, missing ones, and those that are of another kind than a plan's."""

import bz2
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from common_cli import assert_refused, run, split

from fastsplit.cli import folder

SIZES = ("train=0.8", "test=0.2")


def table(path, labels, ids=None):
    ids = range(len(labels)) if ids is None else ids
    Path(path).write_text("id,label\n" + "".join(f"{i},{label}\n" for i, label in zip(ids, labels, strict=True)))


def json_lines(path, values, name="label"):
    Path(path).write_text("".join(json.dumps({name: value}) + "\n" for value in values))


def lines_of(out):
    return {name: set(Path(out, f"{name}.csv").read_text().splitlines()[1:]) for name in ("train", "test")}


def classes(out):
    return [row[0] for row in json.loads(Path(out, "plan.json").read_text())["classes"]]


def assert_nothing_moved(before, after):
    old, new = lines_of(before), lines_of(after)
    n = sum(map(len, new.values()))
    assert n > 50
    assert sum(len(old[name] & new[name]) for name in old) == n


def test_labels_that_are_all_numbers_are_strings_if_the_plan_has_strings(here):
    labels = [str(i % 3) if i % 7 else "x" for i in range(700)]
    table("old.csv", labels)
    table("part.csv", [x for x in labels if x != "x"], [i for i, x in enumerate(labels) if x != "x"])
    columns = ("--column", "label", "--ids-column", "id")
    assert split("old.csv", *columns, sizes=SIZES) == 0
    assert run("assign", "part.csv", *columns, "--plan", "out", "--out", "again") == 0
    assert_nothing_moved("out", "again")


@pytest.mark.parametrize("column", ["--ids-column", "--groups-column"])
def test_ids_and_groups_that_are_all_numbers_are_strings_if_the_plan_has_strings(here, column):
    ids = [str(i) if i % 7 else f"u{i}" for i in range(700)]
    table("old.csv", ["a"] * 700, ids)
    table("part.csv", ["a"] * 600, [i for i in ids if not i.startswith("u")])
    columns = ("--column", "label", column, "id")
    assert split("old.csv", *columns, sizes=SIZES) == 0
    assert run("assign", "part.csv", *columns, "--plan", "out", "--out", "again") == 0
    assert_nothing_moved("out", "again")


def test_numbers_beside_a_class_of_missing_labels_are_the_same_classes_later(here):
    table("old.csv", ["" if i % 7 == 0 else f"{i % 3}.0" for i in range(700)])
    table("part.csv", [f"{i % 3}.0" for i in range(700) if i % 7], [i for i in range(700) if i % 7])
    columns = ("--column", "label", "--ids-column", "id", "--missing", "class")
    assert split("old.csv", *columns, sizes=SIZES) == 0
    assert run("assign", "part.csv", *columns, "--plan", "out", "--out", "again") == 0
    assert_nothing_moved("out", "again")
    assert classes("again") == classes("out") == ["(missing)", "0", "1", "2"]


@pytest.mark.parametrize("column", ["--ids-column", "--groups-column"])
def test_an_id_that_is_no_integer_is_named_if_the_plan_has_integers(here, capsys, column):
    table("old.csv", ["a"] * 20)
    table("new.csv", ["a"] * 20, [*range(18), "u18", 19])
    assert split("old.csv", "--column", "label", column, "id", sizes=SIZES) == 0
    capsys.readouterr()
    code = run("assign", "new.csv", "--column", "label", column, "id", "--plan", "out", "--out", "again")
    what = {"--ids-column": "ids", "--groups-column": "groups"}[column]
    assert_refused(
        capsys,
        code,
        f"new.csv: line 20: the {what} must be integers of 64 bits, as the plan was made with, got 'u18'",
    )


def test_labels_that_are_no_numbers_are_named_if_the_plan_has_numbers(here, capsys):
    table("old.csv", [1, 2] * 20)
    table("new.csv", [1, 2] * 20 + ["cat", "007"])
    assert split("old.csv", "--column", "label", sizes=SIZES) == 0
    capsys.readouterr()
    code = run("assign", "new.csv", "--column", "label", "--plan", "out", "--out", "again")
    assert_refused(capsys, code, "the labels must be whole numbers, as in the plan, got '007', 'cat'")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_file_of_nulls_has_labels_of_any_kind(here, order):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    json_lines("0.jsonl", [i % 3 for i in range(60)])
    json_lines("1.jsonl", [None] * 30)
    parquet.write_table(pa.table({"label": [i % 3 for i in range(60)]}), "0.parquet")
    parquet.write_table(pa.table({"label": pa.nulls(30)}), "1.parquet")
    for suffix in ("jsonl", "parquet"):
        files = [f"{i}.{suffix}" for i in order]
        assert split(files, "--column", "label", "--missing", "drop", sizes=SIZES, out=suffix) == 0
        assert classes(suffix) == [0, 1, 2]
        assert split(files, "--column", "label", "--missing", "class", sizes=SIZES, out=f"{suffix}-class") == 0
        assert classes(f"{suffix}-class") == ["(missing)", "0", "1", "2"]


def test_a_column_of_booleans_may_begin_with_nulls(here):
    json_lines("0.jsonl", [None] * 10)
    json_lines("1.jsonl", [True, False] * 10)
    assert split(["0.jsonl", "1.jsonl"], "--column", "label", "--missing", "drop", sizes=SIZES) == 0
    assert classes("out") == [False, True]


def test_a_field_may_be_absent_from_a_later_file(here, capsys):
    json_lines("a.jsonl", [1, 2] * 20)
    json_lines("b.jsonl", [1, 2] * 5, name="text")
    assert split(["a.jsonl", "b.jsonl"], "--column", "label", "--missing", "drop", sizes=SIZES) == 0
    assert classes("out") == [1, 2]
    capsys.readouterr()
    code = split(["b.jsonl", "a.jsonl"], "--column", "labl", out="other")
    assert_refused(capsys, code, "b.jsonl: line 1 has no field 'labl', but text")


def test_booleans_and_numbers_are_not_mixed(here, capsys):
    json_lines("a.jsonl", [True, False] * 5)
    json_lines("b.jsonl", [1, 2] * 5)
    json_lines("c.jsonl", [1, 2, True])
    code = split(["a.jsonl", "b.jsonl"], "--column", "label")
    assert_refused(capsys, code, "b.jsonl: line 1: the labels are numbers here, but booleans before")
    code = split("c.jsonl", "--column", "label")
    assert_refused(capsys, code, "c.jsonl: line 3: the label is True, but others are not booleans")


def test_integer_ids_that_do_not_fit_64_bits_together_are_refused(here, capsys):
    for path, ids in (("a.jsonl", [-1, 1]), ("b.jsonl", [2**64 - 1]), ("c.jsonl", [-1, 2**64 - 1])):
        Path(path).write_text("".join(json.dumps({"label": 1, "id": i}) + "\n" for i in ids))
    columns = ("--column", "label", "--ids-column", "id")
    code = split(["a.jsonl", "b.jsonl"], *columns)
    text = "the ids up to here do not fit integers of 64 bits: some are negative, some are 2**63 or more"
    assert_refused(capsys, code, f"b.jsonl: line 1: {text}")
    code = split("c.jsonl", *columns)
    text = "the ids do not fit integers of 64 bits, signed or unsigned: 18446744073709551615"
    assert_refused(capsys, code, f"c.jsonl: line 2: {text}")


def test_ids_that_are_not_of_the_encoding_are_named(here, capsys):
    Path("l.csv").write_bytes(b"id,label\n1,a\n\x81,a\n")
    code = split("l.csv", "--column", "label", "--ids-column", "id", "--encoding", "cp1252")
    says = r"the id '\x81' is not CP1252; if the text is in another encoding, pass it, such as --encoding latin-1"
    assert_refused(capsys, code, f"l.csv: line 3: {says}")


@pytest.mark.parametrize("value", ["1_000", "0x10", "cat", "nan", "-inf", "", "x" * 1000])
def test_only_finite_numbers_are_continuous(here, capsys, value):
    Path("l.csv").write_text(f"y\n1.5\n1e3\n{value}\n" + "2\n" * 5)
    code = split("l.csv", "--column", "y", "--continuous")
    got = repr(value[:50])
    assert_refused(capsys, code, f"l.csv: line 4: the label must be a finite number for --continuous, got {got}")


@pytest.mark.parametrize("unit", ["ns", "us", "s"])
def test_dates_are_not_continuous(here, capsys, unit):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"y": pa.array([1, None], pa.timestamp(unit))}), "l.parquet")
    assert split("l.parquet", "--column", "y", "--continuous") == 2
    assert "row 0 (counted from 0): the label must be a finite number" in capsys.readouterr().err


def test_several_columns_of_no_rows_have_no_labels(here, capsys):
    Path("l.csv").write_text("a,b\n")
    assert_refused(capsys, split("l.csv", "--column", "a", "--column", "b"), "l.csv: no labels found")


def test_what_is_neither_0_nor_1_is_named_among_several_columns(here, capsys):
    Path("l.csv").write_text("a,b\n0,1\n1,x\n0,0\n")
    code = split("l.csv", "--column", "a", "--column", "b")
    assert_refused(capsys, code, "column 'b' must have only 0 and 1, because several columns are labels; got 'x'")


def test_an_empty_separator_is_refused(here, capsys):
    Path("l.csv").write_text("y\na\n")
    code = split("l.csv", "--column", "y", "--multilabel", "")
    assert_refused(capsys, code, "--multilabel must be the text between labels, got none")


def test_an_empty_list_says_nothing_about_the_others(here):
    Path("a.txt").write_text("")
    Path("b.txt").write_text("".join(f"{i}.jpg {i % 2}\n" for i in range(50)))
    assert split(["a.txt", "b.txt"], sizes=SIZES) == 0
    assert classes("out") == [0, 1]


def test_an_empty_file_may_be_compressed_by_bzip2(here):
    Path("a.txt.bz2").write_bytes(bz2.compress(b""))
    Path("b.txt.bz2").write_bytes(bz2.compress(b"1\n2\n" * 20))
    assert split(["a.txt.bz2", "b.txt.bz2"], sizes=SIZES) == 0
    assert classes("out") == [1, 2]


def test_a_signal_while_the_hidden_folder_is_removed_leaves_none(here, monkeypatch):
    np.save("l.npy", np.arange(100) % 3)
    real, calls = shutil.rmtree, []

    def removed(*args, **options):
        calls.append(args)
        if len(calls) == 1:
            raise KeyboardInterrupt
        real(*args, **options)

    monkeypatch.setattr(folder.shutil, "rmtree", removed)
    assert split("l.npy", sizes=SIZES) == 130
    assert not list(here.glob(".fastsplit*"))


def test_strings_and_numbers_are_not_mixed(here, capsys):
    json_lines("l.jsonl", ["1", 1])
    code = split("l.jsonl", "--column", "label")
    assert_refused(capsys, code, "l.jsonl: line 2: the label must be a string, as others are, got 1")


@pytest.mark.parametrize("other", ["e\u0301", "\u00e9\u200d", "\ufeff\u00e9"])
def test_labels_that_look_the_same_are_warned_of(here, capsys, other):
    Path("l.txt").write_text(f"\u00e9\n{other}\n" * 10, encoding="utf-8")
    assert split("l.txt", sizes=SIZES) == 0
    names = rf"'\xe9' and {other!a}"
    assert f"warning: the labels {names} look the same, but are not" in capsys.readouterr().err


def test_missing_labels_of_a_plan_of_numbers_have_a_way_out(here, capsys):
    table("old.csv", [1, 2] * 20)
    table("new.csv", [1, 2, ""] * 20)
    assert split("old.csv", "--column", "label", sizes=SIZES) == 0
    capsys.readouterr()
    more = ("--column", "label", "--plan", "out", "--out", "again")
    code = run("assign", "new.csv", *more, "--missing", "class")
    says = "the labels must be whole numbers, as in the plan, got '(missing)'; pass --missing drop"
    assert_refused(capsys, code, says)
    assert run("assign", "new.csv", *more, "--missing", "drop") == 0


def test_a_folder_that_has_no_plan_says_why(here, capsys):
    Path("l.csv").write_text("y\na;b\nb\n")
    assert split("l.csv", "--column", "y", "--multilabel", ";", sizes=SIZES, out="several") == 0
    capsys.readouterr()
    code = run("assign", "l.csv", "--column", "y", "--plan", "several", "--out", "again")
    says = "a split of several labels per example, or of --continuous, splits no other data"
    assert_refused(capsys, code, f"several has no plan: {says}")


def test_plans_of_strings_and_of_numbers_are_not_compared(here, capsys):
    np.save("a.npy", np.arange(20) % 2)
    np.save("b.npy", np.array(["x", "y"] * 10))
    for name in "ab":
        assert split(f"{name}.npy", "--write", "none", sizes=SIZES, out=name) == 0
    capsys.readouterr()
    says = "--diff needs plans of the same labels, but those of one are integers, of the other strings"
    assert_refused(capsys, run("report", "--diff", "a", "b"), says)


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_file_that_comes_twice_by_other_names_is_refused(here, capsys, link):
    Path("d").mkdir()
    table("d/a.csv", [1, 2] * 5)
    getattr(Path("d/b.csv"), link)(here / "d/a.csv")
    says = "are the same file, whose examples would come twice; leave one out"
    code = split(["d/a.csv", "d/b.csv"], "--column", "label")
    assert_refused(capsys, code, f"d/a.csv and d/b.csv {says}")
    code = split("d", "--column", "label")
    assert_refused(capsys, code, f"d/a.csv and d/b.csv {says}")


def test_a_parquet_file_that_comes_twice_in_a_folder_is_refused(here, capsys):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    Path("d").mkdir()
    parquet.write_table(pa.table({"label": [1, 2]}), "d/2026.parquet")
    Path("d/latest.parquet").symlink_to("2026.parquet")
    code = split("d", "--column", "label")
    says = "are the same file, whose examples would come twice; leave one out"
    assert_refused(capsys, code, f"d/2026.parquet and d/latest.parquet {says}")


def test_a_file_in_a_folder_that_is_given_too_is_refused(here, capsys):
    Path("d").mkdir()
    table("d/a.csv", [1, 2] * 5)
    table("b.csv", [1, 2] * 5)
    code = split(["b.csv", "d", "d/a.csv"], "--column", "label")
    says = "which is given too: its examples would come twice; leave one out"
    assert_refused(capsys, code, f"d/a.csv is in d, {says}")


@pytest.mark.parametrize("column", ["--ids-column", "--groups-column"])
@pytest.mark.parametrize("word", ["NA", "NaN", "null", "None"])
def test_ids_that_say_that_there_is_none_are_warned_of(here, capsys, column, word):
    table("a.csv", [1, 2] * 20, [word if i % 7 == 3 else i for i in range(40)])
    table("b.csv", [1, 2] * 20, [f"{word}-{i}" if i % 7 == 3 else "Nina" for i in range(40)])
    assert split("a.csv", "--column", "label", column, "id", sizes=SIZES) == 0
    what = {"--ids-column": "id", "--groups-column": "group"}[column]
    says = f"fastsplit: warning: a.csv: line 5: the {what} is {word!r}, which is taken for a name"
    assert capsys.readouterr().err.count(says) == 1
    assert split("b.csv", "--column", "label", column, "id", sizes=SIZES, out="b") == 0
    assert "taken for a name" not in capsys.readouterr().err
