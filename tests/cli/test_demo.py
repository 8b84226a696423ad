"""fastsplit demo: what each way to split leaves of real labels, the same result twice, and a folder to go on with."""

import io
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from common_cli import NAMES, assert_refused, run

import fastsplit
from fastsplit import reference
from fastsplit.cli import demo, rivals

N = 200_000  # so many that scikit-learn can split them


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder in which a demo ran, and what it printed."""
    folder, out = tmp_path_factory.mktemp("demo"), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        patch.chdir(folder)
        assert run("demo", "--n", N) == 0
    return folder, out.getvalue()


@pytest.fixture
def printed(made, monkeypatch):
    """What the demo printed; the current folder is that in which it ran."""
    folder, out = made
    monkeypatch.chdir(folder)
    return out


def lines_of(printed, name):
    """Return the lines that begin with a name: what the test set is like, and the time."""
    return [line.removeprefix(name).strip() for line in printed.splitlines() if line.startswith(name)]


def without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.model_selection", None)


def test_demo_writes_labels_their_split_and_a_page(printed):
    assert sorted(os.listdir("fastsplit-demo")) == [
        *(".gitignore", "labels.txt", "plan.json", "report.json", "split.html"),
        *("test.npy", "train.npy", "val.npy"),
    ]
    labels = Path("fastsplit-demo/labels.txt").read_text().splitlines()
    assert len(labels) == 62_500
    splits = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    for name, indices in zip(NAMES, splits, strict=True):
        np.testing.assert_array_equal(np.load(f"fastsplit-demo/{name}.npy"), indices)
    assert fastsplit.Plan.load("fastsplit-demo/plan.json").counts.tolist() == splits.counts.tolist()
    assert "<title>Split of 62,500 examples</title>" in Path("fastsplit-demo/split.html").read_text()
    assert run("report", "fastsplit-demo") == 0


def test_demo_prints_the_report_of_what_it_writes(printed, capsys):
    assert run("report", "fastsplit-demo") == 0
    assert capsys.readouterr().out in printed


def test_each_command_that_demo_recommends_runs_and_leaves_no_class_absent(printed, capsys):
    _, recommended = printed.split("\nnext:\n")
    commands = [line.strip() for line in recommended.splitlines()[::2]]
    page, split, help_page = (line.partition(" fastsplit ") for line in commands)
    assert page[0] == "open fastsplit-demo/split.html in a browser"
    assert split[0] == help_page[0] == f"{sys.executable} -m"
    assert run(*shlex.split(split[2])) == 0
    table = capsys.readouterr().out
    assert [line.split()[-1] for line in table.splitlines() if line.startswith(NAMES)] == ["0", "0", "0"]
    assert Path("fastsplit-demo-2/train.txt").exists()
    with pytest.raises(SystemExit, match=r"^0$"):
        run(*shlex.split(help_page[2]))


@pytest.mark.parametrize("called", ["on the path", "elsewhere"])
def test_the_commands_name_the_program_as_it_was_called(here, monkeypatch, called):
    program = here / "bin" / "fastsplit"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", ["bin/fastsplit", "demo"])
    monkeypatch.setenv("PATH", str(program.parent) if called == "on the path" else str(here))
    assert demo._program() == (["fastsplit"] if called == "on the path" else [str(Path("bin/fastsplit"))])


@pytest.mark.no_sanitizer
def test_git_ignores_the_folder(printed):
    try:
        subprocess.run(["git", "init", "--quiet"], check=True, timeout=60)
    except FileNotFoundError:
        pytest.skip("needs git")
    Path("seen.txt").touch()
    status = ["git", "status", "--porcelain", "--untracked-files=all", "fastsplit-demo", "seen.txt"]
    found = subprocess.run(status, check=True, timeout=60, capture_output=True, text=True)
    assert found.stdout == "?? seen.txt\n"


def test_demo_makes_its_folder_anew_and_no_other(here, capsys):
    assert run("demo", "--n", 100) == 0
    assert run("demo", "--n", 100) == 0
    assert run("demo", "--n", 100, "--out", "mine") == 0
    capsys.readouterr()
    message = "--out already exists: mine; pass --force to replace it"
    assert_refused(capsys, run("demo", "--out", "mine"), message)
    assert run("demo", "--n", 100, "--out", "mine", "--force") == 0
    assert sorted(os.listdir()) == ["fastsplit-demo", "mine"]


@pytest.mark.parametrize("args", [["--out", "fastsplit-demo", "--force"], []])
def test_demo_replaces_no_labels_that_it_did_not_make(here, capsys, args):
    Path("fastsplit-demo").mkdir()
    np.save("fastsplit-demo/labels.npy", np.zeros(5, dtype=int))
    message = "--force replaces only files that fastsplit made, but fastsplit-demo contains labels.npy"
    assert_refused(capsys, run("demo", "--n", 10, *args), message)


@pytest.mark.parametrize("differing", ["plan", "arrays"])
def test_demo_does_not_hide_a_difference(here, monkeypatch, differing):
    def split(labels, sizes, seed):
        same, other = (fastsplit.split(labels, sizes, seed=seed + step) for step in (0, 1))
        plan, arrays = (other.plan, same) if differing == "plan" else (same.plan, other)
        return fastsplit.Splits(plan, same.assignment, list(arrays))

    monkeypatch.setattr(reference, "split", split)
    with pytest.raises(AssertionError, match="differ"):
        run("demo", "--n", 1000)
    assert os.listdir() == []


def test_all_ways_are_timed_and_plain_numpy_has_the_same_result(printed):
    for name in ("fastsplit", "plain NumPy", "one shuffle", "the tutorial's recipe", "scikit-learn"):
        assert re.fullmatch(r"[0-9.]+ s(, [0-9.]+ times as long)?", lines_of(printed, name)[-1]), name
    assert f"{N:,} labels" in printed


def test_demo_shows_what_each_way_leaves_in_the_test_set(printed):
    """As counted from the splits themselves; fastsplit's are those that it writes."""
    data = rivals.photos()
    totals = np.bincount(data.classes)
    ways = {
        "one shuffle": rivals.at_random,
        "the tutorial's recipe": rivals.tutorial,
        "scikit-learn, 90/10": rivals.scikit_learn_in_two(),
        "fastsplit": lambda labels: [np.load("fastsplit-demo/test.npy")],
    }
    absent, off = {}, {}
    for name, way in ways.items():
        counts = np.bincount(data.classes[way(data.labels)[-1]], minlength=len(totals))
        absent[name], off[name] = int((counts == 0).sum()), np.abs(counts - 0.1 * totals).max()
        says = f"{absent[name]} classes absent, at most {off[name]:4.1f} photos too few or too many"
        assert lines_of(printed, name)[0] == says
    assert off["fastsplit"] < 1 < 10 < min(off["one shuffle"], off["the tutorial's recipe"])
    assert max(off["one shuffle"], off["the tutorial's recipe"]) < 100  # 21 by chance, of 4,980
    assert absent["scikit-learn, 90/10"] < absent["fastsplit"] < absent["the tutorial's recipe"]
    assert lines_of(printed, "scikit-learn")[0].startswith("fails: ")


def test_scikit_learn_rounds_classes_alike_whatever_the_seed_and_fastsplit_does_not(printed):
    """Of the classes of 6 and of 14 photos it always tests one, as the demo says."""
    from sklearn.model_selection import train_test_split

    data = rivals.photos()
    totals = np.bincount(data.classes)
    six, fourteen = totals == 6, totals == 14
    said = "of a class of 6 photos it always tests one, and of a class of 14 also one"
    assert said in " ".join(printed.split())
    drawn = []
    for seed in range(10):
        _, test = train_test_split(np.arange(62_500), test_size=0.1, stratify=data.classes, random_state=seed)
        counts = np.bincount(data.classes[test], minlength=len(totals))
        assert set(counts[six | fourteen].tolist()) == {1}
        drawn.append(fastsplit.split(data.classes, (0.7, 0.2, 0.1), seed=seed).counts[:, 2])
    assert {0, 1} == set(np.ravel([counts[six] for counts in drawn]).tolist())
    assert {1, 2} == set(np.ravel([counts[fourteen] for counts in drawn]).tolist())


def test_absent_classes_are_explained(printed):
    assert "A gap is an absent class: the test set has no photo of it" in " ".join(printed.split())
    assert re.search(r"^- test lacks \d+ of 365 classes: ", printed, re.MULTILINE)


def test_without_scikit_learn_demo_says_how_to_compare_with_it(here, capsys, monkeypatch):
    without_scikit_learn(monkeypatch)
    assert run("demo", "--n", 100) == 0
    printed = capsys.readouterr().out
    assert all("pip install scikit-learn" in line for line in lines_of(printed, "scikit-learn"))
    assert "whatever the seed" not in printed
    assert "▄▄▄▄" in printed  # in UTF-8
    assert Path("fastsplit-demo/split.html").exists()


def test_each_way_is_named_before_it_is_done(here, monkeypatch, capsys):
    """So that somebody who waits sees for what."""
    seen = []

    def tutorial(labels):
        seen.append(capsys.readouterr().out)
        return rivals.tutorial(labels)

    monkeypatch.setattr(demo, "tutorial", tutorial)
    assert run("demo", "--n", 100) == 0
    assert len(seen) > 1
    assert all(out.splitlines()[-1].strip() == "the tutorial's recipe" for out in seen[:2])


def test_the_skyline_is_half_high_where_shares_are_as_requested_and_has_a_gap_where_a_class_is_absent():
    totals = [1000, 10, 100, 20]
    assert rivals.skyline(totals, [100, 1, 10, 2], 0.1, "utf-8") == "▄▄▄▄"
    assert rivals.skyline(totals, [100, 0, 20, 1], 0.1, "utf-8") == "▄█▂ "
    assert rivals.skyline(totals, [100, 10, 1, 2], 0.1, "ascii") == "=.=#"
    assert rivals.skyline([9] * 146, [1, 9] * 73, 1 / 9, "utf-8") == "█" * 73  # of two classes, the farther one


def test_the_photos_are_those_of_the_published_list():
    data = rivals.photos()
    totals = np.bincount(data.classes)
    assert (len(data.labels), len(totals), totals.min(), totals.max()) == (62_500, 365, 5, 4_980)
    assert (np.diff(data.classes) >= 0).all()
    assert len(set(data.labels.tolist())) == 365
