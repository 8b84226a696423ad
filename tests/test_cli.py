"""The command line: what it writes, whole or not at all, and what it says when it cannot."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fastsplit
from fastsplit import cli

NAMES = ("train", "val", "test")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args):
    return cli.main([str(arg) for arg in args])


def split(labels, *more, sizes=("train=0.7", "val=0.2", "test=0.1"), out="out", seed=0):
    return run("split", labels, "--sizes", *sizes, "--seed", seed, "--out", out, *more)


def refused(capsys, code, message):
    """The run ended with 2, this message and nothing else."""
    captured = capsys.readouterr()
    assert code == 2
    assert captured.err == f"fastsplit: error: {message}\n"
    assert captured.out == ""


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# What is written.


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
def test_a_list_becomes_three_that_put_together_are_it(here, capsys, order):
    lines = [f"some folder/{i:04}.jpg {i * i % 11}\n".encode() for i in range(1000)]
    Path("list.txt").write_bytes(b"".join(lines))
    assert split("list.txt", "--order", order) == 0
    pairs = []
    for name, count in zip(NAMES, (700, 200, 100), strict=True):
        indices = np.load(f"out/{name}.npy")
        written = Path(f"out/{name}.txt").read_bytes().splitlines(keepends=True)
        assert len(written) == len(indices) == count
        assert (np.diff(indices) > 0).all() == (order == "ascending")
        pairs += zip(indices.tolist(), written, strict=True)
    assert [line for _, line in sorted(pairs)] == lines
    files = sorted(["plan.json", "report.json", *(name + suffix for name in NAMES for suffix in (".npy", ".txt"))])
    assert sorted(os.listdir("out")) == files
    expected = fastsplit.split([i * i % 11 for i in range(1000)], (0.7, 0.2, 0.1), seed=0, order=order)
    assert fastsplit.Plan.load("out/plan.json") == expected.plan
    assert json.loads(Path("out/report.json").read_bytes()) == {**expected.report().to_dict(), "files": files}
    for name, indices in zip(NAMES, expected, strict=True):
        np.testing.assert_array_equal(np.load(f"out/{name}.npy"), indices)
    printed = capsys.readouterr().out
    assert printed.startswith("list.txt: an image list, the last field of a line is the label\n1,000 examples")
    assert str(expected.report()) in printed


def test_ids_decide_the_split_whatever_the_order_of_the_lines(here):
    rows = [f"{i * i % 5},u{i}\n".encode() for i in range(200)]
    for name, some in (("a", rows), ("b", rows[::-1])):
        Path(f"{name}.csv").write_bytes(b"label,id\n" + b"".join(some))
        assert split(f"{name}.csv", "--column", "label", "--ids-column", "id", out=name) == 0
    for name in NAMES:
        one, other = (Path(f"{side}/{name}.csv").read_bytes().splitlines() for side in "ab")
        assert one[1:] == other[:0:-1]
        assert one[0] == other[0] == b"label,id"
    assert Path("a/train.csv").read_bytes() != Path("b/train.csv").read_bytes()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_no_two_lines_join(here, end):
    Path("list.txt").write_bytes(end.join(b"%d" % (i % 2) for i in range(40)))
    assert split("list.txt", "--order", "shuffled", sizes=["a=1.0"]) == 0
    indices = np.load("out/a.npy").tolist()
    assert indices[-1] != 39, "choose another seed: the last line should not be the last of its file"
    assert Path("out/a.txt").read_bytes() == b"".join(b"%d" % (i % 2) + end for i in indices)


def test_a_byte_order_mark_begins_every_file(here):
    mark = b"\xef\xbb\xbf"
    Path("list.txt").write_bytes(mark + b"1\n2\n" * 10)
    assert split("list.txt", "--order", "shuffled", sizes=["0.5", "0.5"]) == 0
    for name in ("train", "test"):
        text = Path(f"out/{name}.txt").read_bytes()
        assert text.startswith(mark)
        assert text.count(mark) == 1


def test_options_are_passed_on(here):
    labels = np.arange(100) % 20
    np.save("labels.npy", labels)
    assert split("labels.npy", "--dtype", "uint32", "--threads", "2", "--min-per-split", "1") == 0
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, order="ascending", min_per_split=1)
    assert fastsplit.Plan.load("out/plan.json") == expected.plan
    for name, indices in zip(NAMES, expected, strict=True):
        written = np.load(f"out/{name}.npy")
        assert written.dtype == np.uint32
        np.testing.assert_array_equal(written, indices)
    assert len(os.listdir("out")) == 5


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (["a=2/3", "b=1/3"], {"a": "2/3", "b": "1/3"}),
        (["a=0.1", "b=.2", "c=1/5"], {"a": "1/10", "b": "1/5", "c": "1/5"}),
        (["70", "30"], {"train": "7/10", "test": "3/10"}),
        (["x-y=60", "z z=40"], {"x-y": "3/5", "z z": "2/5"}),
        (["0.5", "0.3", "0.2"], {"train": "1/2", "val": "3/10", "test": "1/5"}),
    ],
)
def test_sizes_are_exact(here, sizes, expected):
    np.save("labels.npy", np.zeros(100, dtype=int))
    assert split("labels.npy", sizes=sizes) == 0
    plan = fastsplit.Plan.load("out/plan.json")
    assert {name: str(size) for name, size in zip(plan.names, plan.sizes, strict=True)} == expected


# What is refused.


def test_labels_that_are_refused(here, capsys):
    Path("l.txt").write_bytes(b"a\n\nb\n")
    refused(capsys, split("l.txt"), "l.txt: line 2 is blank")
    np.save("l.npy", np.zeros(0, dtype=int))
    refused(capsys, split("l.npy"), "l.npy: it has no labels")
    assert sorted(os.listdir()) == ["l.npy", "l.txt"]


SIZES = "--sizes must be NAME=SIZE, such as train=0.7, train=2/3 or train=7000, got "


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (["train"], SIZES + "'train'"),
        (["a=1e-3"], SIZES + "'a=1e-3'"),
        (["a=1/0"], SIZES + "'a=1/0'"),
        (["a=nan"], SIZES + "'a=nan'"),
        (["a=0.5", "0.5"], "--sizes must all have names or none, got '0.5' beside names"),
        (
            ["a=0.7", "b=0.7"],
            "sizes given as fractions must sum to at most 1, got 0.7 + 0.7 = 1.4; give counts as integers",
        ),
        (
            ["a=70", "b=70"],
            "sizes given as counts must sum to at most the number of labels, 100, got 140; "
            "give fractions as floats, such as 1.0",
        ),
        *(
            ([f"{name}=0.5", "other=0.5"], f"--sizes must have names that can be file names, got {name!r}")
            for name in ("", ".", "..", "a/b", "a\\b", "a\0", "a\nb", "/etc/x")
        ),
        *(
            (
                [f"{one}=0.5", f"{two}=0.5"],
                f"--sizes must have names that differ as file names, got {two!r} beside {one!r}",
            )
            for one, two in (("a", "a"), ("Test", "test"), ("\u00e9", "e\u0301"))
        ),
        (["plan=1.0"], "--sizes must have names that differ as file names, got 'plan' beside 'plan.json'"),
        (["REPORT=1.0"], "--sizes must have names that differ as file names, got 'REPORT' beside 'report.json'"),
    ],
)
def test_sizes_that_are_refused(here, capsys, sizes, message):
    np.save("l.npy", np.zeros(100, dtype=int))
    refused(capsys, split("l.npy", sizes=sizes), message)
    assert os.listdir() == ["l.npy"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "the following arguments are required: COMMAND; see fastsplit --help"),
        (["split", "l.npy"], "the following arguments are required: --out; see fastsplit split --help"),
        (["split", "none.npy", "--out", "o"], "none.npy: No such file or directory"),
        (["split", "none.txt", "--out", "o"], "none.txt: No such file or directory"),
        (["split", ".", "--out", "o"], ".: Is a directory"),
        (["split", "l.npy", "--out", "no/o"], "--out must be in a folder that exists, got no/o"),
        (["split", "l.npy", "--out", "l.npy"], "--out is there already: l.npy"),
        (["split", "l.npy", "--out", "l.npy", "--force"], "--out is there already: l.npy"),
        (["split", "l.npy", "--out", "."], "--out is there already: .; --force replaces it"),
        (["split", "l.npy", "--out", "o", "--seed", "-1"], "seed must be at least 0, got -1"),
        (["split", "l.npy", "--out", "o", "--threads", "0"], "threads must be at least 1, got 0"),
        (["demo", "--n", "0"], "--n must be at least 1, got 0"),
        (["demo", "--out", "l.npy"], "--out is there already: l.npy"),
        (["report", "none"], "none/plan.json: No such file or directory"),
    ],
)
def test_uses_that_are_refused(here, capsys, args, message):
    np.save("l.npy", np.zeros(10, dtype=int))
    refused(capsys, run(*args), message)
    assert os.listdir() == ["l.npy"]


# Whole or not at all.


@pytest.fixture
def old(here):
    """A folder that holds a result, and labels to make another of."""
    np.save("l.npy", np.arange(1000) % 7)
    assert split("l.npy", seed=1) == 0
    return contents(here)


def test_a_result_is_replaced_only_by_force(old, here, capsys):
    capsys.readouterr()
    refused(capsys, split("l.npy"), "--out is there already: out; --force replaces it")
    assert contents(here) == old
    assert split("l.npy", "--force", sizes=["a=0.5", "b=0.5"]) == 0
    assert sorted(os.listdir("out")) == ["a.npy", "b.npy", "plan.json", "report.json"]
    assert sorted(os.listdir()) == ["l.npy", "out"]


def test_force_spares_what_is_not_ours(old, here, capsys):
    capsys.readouterr()
    Path("out/thesis.tex").write_text("x")
    kept = contents(here)
    message = "--force replaces only what fastsplit made, got out with thesis.tex in it"
    refused(capsys, split("l.npy", "--force"), message)
    refused(capsys, split("out/train.npy", "--force", out="."), message.replace("out with thesis.tex", ". with l.npy"))
    assert contents(here) == kept


def test_demo_by_force_spares_labels_it_did_not_make(here, capsys):
    Path("out").mkdir()
    np.save("out/labels.npy", np.zeros(5, dtype=int))
    message = "--force replaces only what fastsplit made, got out with labels.npy in it"
    refused(capsys, run("demo", "--out", "out", "--n", 10, "--force"), message)


def test_the_labels_are_not_replaced_by_their_split(here, capsys):
    Path("list.txt").write_bytes(b"1\n2\n" * 50)
    assert split("list.txt") == 0
    capsys.readouterr()
    kept = contents(here)
    refused(capsys, split("out/train.txt", "--force"), "--out must not hold the labels, got out for out/train.txt")
    assert contents(here) == kept


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), MemoryError()])
@pytest.mark.parametrize("step", range(14))
def test_a_run_that_fails_leaves_what_was(old, here, capsys, monkeypatch, force, error, step):
    """Whichever of its writes, renames and flushes to disk is the one that fails."""
    calls = 0

    def failing(real):
        def call(*args, **options):
            nonlocal calls
            calls += 1
            if calls == step + 1:
                raise error
            return real(*args, **options)

        return call

    capsys.readouterr()
    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(os, "rename", failing(os.rename))
    monkeypatch.setattr(np, "save", failing(np.save))
    code = split("l.npy", *["--force"] * force, out="out" if force else "new")
    monkeypatch.undo()
    monkeypatch.chdir(here)
    changed = contents(here)
    published = step > 10 + force  # 10 saves and flushes come before the renames; one more flush comes after
    assert code == (0 if step > 11 + force else 130 if isinstance(error, KeyboardInterrupt) else 2)
    assert (changed == old) != published
    assert sorted(os.listdir()) == (["l.npy", "new", "out"] if published and not force else ["l.npy", "out"])
    if published and force:
        assert json.loads(changed["out/report.json"])["seed"] == "0"


INTERRUPTED = """
import signal, sys
import numpy as np
from fastsplit import cli
save = np.save
def pressed(*args):
    save(*args)
    print("saved", flush=True)
    signal.pause()
np.save = pressed
sys.exit(cli.main(sys.argv[1:]))
"""


def test_ctrl_c_leaves_what_was(old, here):
    command = [sys.executable, "-c", INTERRUPTED, "split", "l.npy", "--out", "out", "--force"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "saved\n"
        assert len(os.listdir()) == 3, "the new result should be beside the old one"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (130, "", "fastsplit: interrupted\n")
    assert contents(here) == old
    assert sorted(os.listdir()) == ["l.npy", "out"]


def test_nobody_reads_the_output(old):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "fastsplit", "report", "out"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


# The other commands.


@pytest.mark.parametrize("sizes", [["a=0.7", "b=0.3"], ["a=0.5", "b=0.2"], ["a=10", "b=3"]])
def test_report_prints_the_same_table_again(here, capsys, sizes):
    np.save("l.npy", np.arange(100) ** 2 % 7)
    assert split("l.npy", sizes=sizes) == 0
    printed = capsys.readouterr().out
    assert run("report", "out") == 0
    table = capsys.readouterr().out
    assert table in printed
    assert ("(none)" in table) == (sizes != ["a=0.7", "b=0.3"])


def test_report_draws(here):
    np.save("l.npy", np.arange(100) % 7)
    assert split("l.npy", sizes=["a=0.5"]) == 0
    assert run("report", "out", "--picture", "p.png") == 0
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")
    assert run("report", "out", "--picture", "p.nonsense") == 2
    assert not Path("p.nonsense").exists()


def test_report_of_a_damaged_plan(old, here, capsys):
    capsys.readouterr()
    Path("out/plan.json").write_bytes(b"{}")
    refused(
        capsys,
        run("report", "out"),
        "'out/plan.json' is not a valid fastsplit plan: not a fastsplit plan",
    )


def test_demo(here, capsys):
    assert run("demo", "--n", 20_000) == 0
    printed = capsys.readouterr().out
    assert "the same result to the bit" in printed
    last = printed.splitlines()[-1]
    assert last == "next: fastsplit split fastsplit-demo/labels.npy --sizes train=0.8 test=0.2 --out my-split"
    assert run(*last.split()[2:]) == 0
    shutil.rmtree("my-split")
    capsys.readouterr()
    labels = np.load("fastsplit-demo/labels.npy")
    counts = np.bincount(labels)
    assert counts[0] > 50 * counts[10] > 0
    assert printed.startswith(f"20,000 examples, {np.count_nonzero(counts)} classes, seed 0\n")
    for name, indices in zip(NAMES, fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0), strict=True):
        np.testing.assert_array_equal(np.load(f"fastsplit-demo/{name}.npy"), indices)
    assert run("report", "fastsplit-demo") == 0
    capsys.readouterr()
    refused(capsys, run("demo"), "--out is there already: fastsplit-demo; --force replaces it")
    assert run("demo", "--n", 100, "--force") == 0
    assert len(np.load("fastsplit-demo/labels.npy")) == 100
    assert os.listdir() == ["fastsplit-demo"]


def test_demo_does_not_hide_a_difference(here, monkeypatch):
    from fastsplit import reference

    real = reference.split
    monkeypatch.setattr(reference, "split", lambda labels, sizes, seed: real(labels, sizes, seed=seed + 1))
    with pytest.raises(AssertionError, match="differ"):
        run("demo", "--n", 1000)
    assert os.listdir() == []


@pytest.mark.parametrize("command", [[], ["split"], ["report"], ["demo"]])
def test_help(capsys, command):
    with pytest.raises(SystemExit, match=r"^0$"):
        run(*command, "--help")
    assert capsys.readouterr().out.startswith(" ".join(["usage: fastsplit", *command]))


def test_version(capsys):
    with pytest.raises(SystemExit, match=r"^0$"):
        run("--version")
    assert capsys.readouterr().out == f"fastsplit {fastsplit.__version__}\n"
