"""The folder that a command makes: complete or absent, and nothing of the user's is lost."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from common import CHILD_TIMEOUT, started_python
from common_cli import assert_refused, contents, split

from fastsplit.durable import durable_file


def test_a_result_is_replaced_only_by_force(old, here, capsys):
    assert_refused(capsys, split("l.npy"), "--out already exists: out; pass --force to replace it")
    assert contents(here) == old
    assert split("l.npy", "--force", sizes=["a=0.5", "b=0.5"]) == 0
    assert sorted(os.listdir("out")) == ["a.npy", "b.npy", "plan.json", "report.json"]
    assert sorted(os.listdir()) == ["l.npy", "out"]


def test_force_replaces_no_folder_with_a_file_of_the_users(old, here, capsys):
    Path("out/thesis.tex").write_text("x")
    kept = contents(here)
    message = "--force replaces only files that fastsplit made, but "
    assert_refused(capsys, split("l.npy", "--force"), message + "out contains thesis.tex")
    assert_refused(capsys, split("out/train.npy", "--force", out="."), message + ". contains l.npy")
    assert contents(here) == kept


def test_force_replaces_no_folder_inside_the_folder(old, here, capsys):
    Path("out/val.npy").unlink()
    Path("out/val.npy").mkdir()
    message = "--force replaces only files that fastsplit made, but out contains val.npy"
    assert_refused(capsys, split("l.npy", "--force"), message)


@pytest.mark.parametrize("report", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff"])
def test_force_replaces_no_folder_with_a_damaged_report(old, here, capsys, report):
    Path("out/report.json").write_bytes(report)
    kept = contents(here)
    assert split("l.npy", "--force") == 2
    assert "--force replaces only files that fastsplit made" in capsys.readouterr().err
    assert contents(here) == kept


def test_a_durable_file_is_flushed_before_the_disk_is(here, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(os.fstat(descriptor).st_size))
    with durable_file(Path("new")) as file:
        file.write(b"abc")
    assert flushed == [3]


def test_a_durable_file_replaces_none(here):
    Path("old").write_bytes(b"abc")
    with pytest.raises(FileExistsError), durable_file(Path("old")):
        pass
    assert Path("old").read_bytes() == b"abc"


def test_the_labels_are_not_replaced_by_their_split(here, capsys):
    Path("list.txt").write_bytes(b"1\n2\n" * 50)
    assert split("list.txt") == 0
    capsys.readouterr()
    kept = contents(here)
    message = "--out must not contain the labels, got out and out/train.txt"
    assert_refused(capsys, split("out/train.txt", "--force"), message)
    assert contents(here) == kept


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), MemoryError()])
@pytest.mark.parametrize("step", range(14))
def test_a_run_that_fails_leaves_the_old_folder(old, here, monkeypatch, force, error, step):
    """Whichever of its saves, renames and flushes to the disk is the one that fails."""
    calls = 0

    def failing(real):
        def call(*args, **options):
            nonlocal calls
            calls += 1
            if calls == step + 1:
                raise error
            return real(*args, **options)

        return call

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(os, "rename", failing(os.rename))
    monkeypatch.setattr(np, "save", failing(np.save))
    code = split("l.npy", *["--force"] * force, out="out" if force else "new")
    monkeypatch.undo()
    monkeypatch.chdir(here)
    changed = contents(here)
    renamed = 10 + 1 + force  # 10 saves and flushes, 1 rename, and 1 more that moves the old folder away
    published = step >= renamed
    assert code == (0 if step > renamed else 130 if isinstance(error, KeyboardInterrupt) else 2)
    assert (changed == old) != published
    assert sorted(os.listdir()) == (["l.npy", "new", "out"] if published and not force else ["l.npy", "out"])
    if published and force:
        assert json.loads(changed["out/report.json"])["seed"] == "0"


INTERRUPTED = """
import sys, time
import numpy as np
from fastsplit import cli
save = np.save
def pressed(*args):
    save(*args)
    print("saved", flush=True)
    for _ in range(6000):  # not signal.pause, which would wait for a second signal if the first came just before it
        time.sleep(0.01)
np.save = pressed
sys.exit(cli.main(sys.argv[1:]))
"""


def test_ctrl_c_leaves_the_old_folder(old, here):
    with started_python("-c", INTERRUPTED, "split", "l.npy", "--out", "out", "--force") as child:
        assert child.stdout.readline() == "saved\n"
        assert len(os.listdir()) == 3, "the new folder should be beside the old one"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=CHILD_TIMEOUT)
    assert (child.returncode, out, err) == (130, "", "fastsplit: interrupted\n")
    assert contents(here) == old
    assert sorted(os.listdir()) == ["l.npy", "out"]
