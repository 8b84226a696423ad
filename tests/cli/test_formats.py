"""The same data in files of every kind, with the same ids, is split in the same way, bit for bit."""

from pathlib import Path

import numpy as np
import pytest
from common_cli import NAMES, run, split
from common_formats import KINDS, write_csv

import fastsplit
from fastsplit.cli import planning

pytest.importorskip("pyarrow")

N = 500
INTEGERS = (np.arange(N) ** 2 % 11).tolist()
STRINGS = [("cat", "dog", "größe", "a,b")[i * i % 11 % 4] for i in range(N)]
IDS = {"integers": [7 * i + 3 for i in range(N)], "strings": [f"u/{i}.jpg" for i in range(N)]}


def assignments(folder, ids):
    """Return the split of each id."""
    found = {}
    for name in NAMES:
        found |= dict.fromkeys([ids[i] for i in np.load(f"{folder}/{name}.npy")], name)
    return found


def columns(kind):
    of_label = {"tfrecord": "--feature", "npz": "--field"}.get(kind, "--column")
    return [of_label, "label", "--ids-column", "id"]


@pytest.mark.parametrize("id_kind", IDS)
@pytest.mark.parametrize("labels", [INTEGERS, STRINGS], ids=["integers", "strings"])
def test_every_kind_of_file_gives_the_split_of_the_arrays(here, capsys, labels, id_kind, chunk_size, seen_chunks):
    ids = IDS[id_kind]
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), ids=ids, seed=0, order="ascending")
    for kind, write in KINDS.items():
        write(Path(f"data.{kind}"), labels, ids)
        seen_chunks.clear()
        assert split(f"data.{kind}", *columns(kind), out=kind) == 0, capsys.readouterr().err
        assert sum(seen_chunks) == 3 * N, "three scans"
        assert (max(seen_chunks) < N // 4) == (chunk_size == "small chunks")
        plan = fastsplit.Plan.load(f"{kind}/plan.json")
        assert plan.classes.tolist() == expected.classes.tolist()
        assert plan.id_kind == id_kind
        for array in ("totals", "counts", "cuts"):
            np.testing.assert_array_equal(getattr(plan, array), getattr(expected.plan, array))
        for name, indices in zip(NAMES, expected, strict=True):
            np.testing.assert_array_equal(np.load(f"{kind}/{name}.npy"), indices)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "npz"])
def test_files_in_any_order_give_the_same_split_of_their_ids(here, capsys, kind):
    ids, parts = IDS["strings"], []
    for i, (begin, end) in enumerate([(0, 120), (120, 121), (121, 400), (400, N)]):
        parts.append(f"part{i}.{kind}")
        KINDS[kind](Path(parts[-1]), STRINGS[begin:end], ids[begin:end])
    KINDS[kind](Path(f"whole.{kind}"), STRINGS, ids)
    assert split(f"whole.{kind}", *columns(kind), out="whole") == 0
    assert split(parts, *columns(kind), out="forward") == 0
    assert split(parts[::-1], *columns(kind), out="back") == 0
    backwards = [*ids[400:], *ids[121:400], *ids[120:121], *ids[:120]]
    assert assignments("whole", ids) == assignments("forward", ids) == assignments("back", backwards)
    assert len(assignments("whole", ids)) == N


@pytest.mark.parametrize("kind", ["csv", "jsonl", "npy"])
def test_without_ids_positions_go_on_from_file_to_file(here, capsys, kind):
    for name, begin, end in (("a", 0, 300), ("b", 300, N)):
        KINDS[kind](Path(f"{name}.{kind}"), INTEGERS[begin:end], IDS["integers"][begin:end])
    assert split([f"a.{kind}", f"b.{kind}"], "--column", "label") == 0
    expected = fastsplit.split(INTEGERS, (0.7, 0.2, 0.1), seed=0, order="ascending")
    for name, indices in zip(NAMES, expected, strict=True):
        np.testing.assert_array_equal(np.load(f"out/{name}.npy"), indices)
    assert not fastsplit.Plan.load("out/plan.json").with_ids


def test_standard_input_is_split_as_the_file_and_leaves_nothing(here, capsys, monkeypatch):
    write_csv(Path("data.csv"), STRINGS, IDS["strings"])
    assert split("data.csv", *columns("csv"), out="file") == 0
    with open("data.csv", "rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file, "isatty": lambda self: False})())
        assert split("-", "--format", "csv", *columns("csv"), out="stdin") == 0
    assert capsys.readouterr().out.count("standard input: ") == 1
    for name in NAMES:
        for suffix in ("npy", "csv"):
            assert Path(f"file/{name}.{suffix}").read_bytes() == Path(f"stdin/{name}.{suffix}").read_bytes()
    assert sorted(path.name for path in here.iterdir()) == ["data.csv", "file", "stdin"]


def test_an_error_in_standard_input_names_no_hidden_file(here, capsys, monkeypatch):
    Path("data.csv").write_text("label,id\na,1\nb\n")
    with open("data.csv", "rb") as file:
        monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": file, "isatty": lambda self: False})())
        assert run("split", "-", "--format", "csv", "--column", "label", "--out", "o") == 2
    error = capsys.readouterr().err
    assert error.startswith("fastsplit: error: standard input: line 3")
    assert ".fastsplit" not in error


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_changes_between_the_scans_is_refused(here, capsys, monkeypatch, kind):
    KINDS[kind](Path(f"data.{kind}"), INTEGERS, IDS["integers"])
    real = planning.plan_scans

    def plan_scans(*args):
        KINDS[kind](Path(f"data.{kind}"), INTEGERS[:-1], IDS["integers"][:-1])
        return real(*args)

    monkeypatch.setattr(planning, "plan_scans", plan_scans)
    assert split(f"data.{kind}", *columns(kind)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"fastsplit: error: data.{kind}")
    assert "changed" in error
    assert [path.name for path in here.iterdir()] == [f"data.{kind}"]
