"""The folder that a command makes: complete or absent, and nothing of the user's is lost."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from common import CHILD_TIMEOUT, started_python
from common_cli import assert_refused, contents, split

from fastsplit.cli import exchange, folder
from fastsplit.durable import durable_file

NOT_OURS = "--force replaces only files that fastsplit made, but "
CHANGED = "--force replaces no file that was changed since fastsplit made it: "


def hidden(path="."):
    return [name for name in os.listdir(path) if name.startswith(".")]


@pytest.fixture(params=["exchanged", "renamed"])
def either_swap(request, monkeypatch):
    """Run a test twice: the system exchanges two folders in one step, or cannot."""
    if request.param == "renamed":
        monkeypatch.setattr(exchange, "_system_call", lambda: None)
    elif exchange._system_call() is None:
        pytest.skip("this system exchanges no folders")


def at_the_swap(monkeypatch, action):
    """Let something happen in the last moment before the folders are exchanged."""
    real = folder.exchange

    def exchanged(a, b):
        monkeypatch.setattr(folder, "exchange", real)
        action()
        return real(a, b)

    monkeypatch.setattr(folder, "exchange", exchanged)


def test_a_result_is_replaced_only_by_force(old, here, capsys, either_swap):
    assert_refused(capsys, split("l.npy"), "--out already exists: out; pass --force to replace it")
    assert contents(here) == old
    assert split("l.npy", "--force", sizes=["a=0.5", "b=0.5"]) == 0
    assert sorted(os.listdir("out")) == ["a.npy", "b.npy", "plan.json", "report.json"]
    assert sorted(os.listdir()) == ["l.npy", "out"]


def test_force_replaces_no_folder_with_a_file_of_the_users(old, here, capsys):
    Path("out/thesis.tex").write_text("x")
    kept = contents(here)
    assert_refused(capsys, split("l.npy", "--force"), NOT_OURS + "out contains thesis.tex")
    os.rename("l.npy", "../l.npy")
    assert_refused(capsys, split("../l.npy", "--force", out="."), NOT_OURS + ". contains out")
    os.rename("../l.npy", "l.npy")
    assert contents(here) == kept


def test_force_replaces_no_file_that_was_edited(old, here, capsys):
    for name in ("val.npy", "plan.json"):
        before = Path("out", name).read_bytes()
        Path("out", name).write_bytes(before[:-1] + b"!")
        kept = contents(here)
        assert_refused(capsys, split("l.npy", "--force"), f"{CHANGED}out/{name}")
        assert contents(here) == kept
        Path("out", name).write_bytes(before)


def test_force_replaces_no_folder_inside_the_folder(old, here, capsys):
    Path("out/val.npy").unlink()
    Path("out/val.npy").mkdir()
    assert_refused(capsys, split("l.npy", "--force"), f"{CHANGED}out/val.npy")


@pytest.mark.parametrize("report", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff"])
def test_force_replaces_no_folder_with_a_damaged_report(old, here, capsys, report):
    Path("out/report.json").write_bytes(report)
    kept = contents(here)
    assert split("l.npy", "--force") == 2
    assert NOT_OURS in capsys.readouterr().err
    assert contents(here) == kept


def test_force_replaces_no_report_that_was_edited(old, here, capsys):
    text = Path("out/report.json").read_text()
    Path("out/report.json").write_text(text.replace('"seed": "1"', '"seed": "2"'))
    assert_refused(capsys, split("l.npy", "--force"), NOT_OURS + "out contains plan.json")


def test_a_file_put_into_the_folder_while_the_run_lasts_is_kept(old, here, capsys, monkeypatch, either_swap):
    at_the_swap(monkeypatch, lambda: Path("out/notes.txt").write_text("mine"))
    assert_refused(capsys, split("l.npy", "--force", sizes=["a=1.0"]), NOT_OURS + "out contains notes.txt")
    assert contents(here) == {**old, "out/notes.txt": b"mine"}
    assert hidden() == []


def test_a_file_edited_while_the_run_lasts_is_kept(old, here, capsys, monkeypatch, either_swap):
    at_the_swap(monkeypatch, lambda: Path("out/val.npy").write_bytes(b"mine"))
    assert_refused(capsys, split("l.npy", "--force", sizes=["a=1.0"]), f"{CHANGED}out/val.npy")
    assert contents(here) == {**old, "out/val.npy": b"mine"}
    assert hidden() == []


def test_the_loser_of_two_runs_into_one_folder_is_told(here, capsys, monkeypatch):
    np.save("l.npy", np.arange(100) % 7)
    publish = folder.Target.publish

    def late(target, workspace):
        monkeypatch.setattr(folder.Target, "publish", publish)
        assert split("l.npy", seed=5) == 0
        capsys.readouterr()
        publish(target, workspace)

    monkeypatch.setattr(folder.Target, "publish", late)
    message = "--out was made by something else while this run lasted, and is left as it is: out"
    assert_refused(capsys, split("l.npy", seed=6), message)
    assert json.loads(Path("out/report.json").read_bytes())["seed"] == "5"
    assert hidden() == []


def test_the_loser_of_two_runs_by_force_is_told(old, here, capsys, monkeypatch, either_swap):
    def other():
        assert split("l.npy", "--force", seed=5) == 0
        capsys.readouterr()

    at_the_swap(monkeypatch, other)
    message = "--out was replaced while this run lasted, and is left as it is: out"
    assert_refused(capsys, split("l.npy", "--force", seed=6), message)
    assert json.loads(Path("out/report.json").read_bytes())["seed"] == "5"
    assert hidden() == []


def test_an_empty_folder_is_filled_and_keeps_its_mode(here, capsys):
    np.save("l.npy", np.arange(100) % 7)
    os.mkdir("out", mode=0o750)
    assert split("l.npy") == 0
    assert "train.npy" in os.listdir("out")
    assert os.stat("out").st_mode & 0o777 == 0o750
    assert hidden() == hidden("out") == []


def test_a_mount_point_is_filled(here, capsys, monkeypatch):
    np.save("l.npy", np.arange(100) % 7)
    os.makedirs("out/lost+found")
    monkeypatch.setattr(os.path, "ismount", lambda path: path == here / "out")
    inode, real, moved = os.stat("out").st_ino, os.rename, []
    monkeypatch.setattr(os, "rename", lambda source, target: [real(source, target), moved.append(target.name)])
    assert split("l.npy") == 0
    assert moved[-1] == "report.json", "it says that all others are there"
    assert os.stat("out").st_ino == inode
    assert sorted(os.listdir("out")) == sorted(
        ["lost+found", "plan.json", "report.json", "test.npy", "train.npy", "val.npy"]
    )
    capsys.readouterr()
    message = "--force cannot replace a mount point, or one in a read-only folder; delete the files in out"
    assert_refused(capsys, split("l.npy", "--force"), message)


def test_a_mount_point_is_empty_after_an_error(here, capsys, monkeypatch):
    np.save("l.npy", np.arange(100) % 7)
    os.mkdir("out")
    monkeypatch.setattr(os.path, "ismount", lambda path: path == here / "out")
    real, calls = os.rename, []

    def failing(source, target):
        calls.append(target)
        if len(calls) == 3:
            raise OSError(errno.EIO, "Input/output error")
        return real(source, target)

    monkeypatch.setattr(os, "rename", failing)
    assert split("l.npy") == 2
    assert os.listdir("out") == []


def test_a_folder_that_must_not_be_written_to_is_named(here, capsys, monkeypatch):
    np.save("l.npy", np.arange(100) % 7)

    def mkdir(path, **options):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", mkdir)
    assert_refused(capsys, split("l.npy"), f"--out cannot be made, because {here} cannot be written: Permission denied")


def test_a_full_disk_names_the_file(here, capsys):
    np.save("l.npy", np.arange(100) % 7)
    assert split("l.npy") == 0
    capsys.readouterr()
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no full device")
    from fastsplit.writers import base

    def full(path):
        return open("/dev/full", "wb")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(base, "durable_file", full)
        code = split("l.npy", out="new")
    assert_refused(capsys, code, "new/train.npy: No space left on device")
    assert sorted(os.listdir()) == ["l.npy", "out"]


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


def test_a_source_in_the_folder_is_refused(old, here, capsys):
    kept = contents(here)
    message = "--out must not contain what is read, got out and out/train.npy"
    assert_refused(capsys, split("out/train.npy", "--force"), message)
    assert contents(here) == kept


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device"), MemoryError()])
@pytest.mark.parametrize("step", range(12))
def test_a_run_that_fails_leaves_the_old_folder(old, here, monkeypatch, force, error, step):
    """Whichever of its flushes to the disk, renames and exchanges is the one that fails."""
    calls = []

    def failing(real):
        def call(*args, **options):
            calls.append(real.__name__)
            if len(calls) == step + 1:
                raise error
            return real(*args, **options)

        return call

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(os, "rename", failing(os.rename))
    monkeypatch.setattr(folder, "exchange", failing(folder.exchange))
    code = split("l.npy", *["--force"] * force, out="out" if force else "new")
    monkeypatch.undo()
    monkeypatch.chdir(here)
    changed = contents(here)
    last = next((i for i, name in enumerate(calls) if name in ("rename", "exchange")), 99)
    published = step > last or len(calls) <= step
    assert code == (0 if len(calls) <= step else 130 if isinstance(error, KeyboardInterrupt) else 2)
    assert (changed == old) != published
    assert sorted(os.listdir()) == (["l.npy", "new", "out"] if published and not force else ["l.npy", "out"])
    if published and force:
        assert json.loads(changed["out/report.json"])["seed"] == "0"


STOPPED = """
import sys, time
from fastsplit import cli
from fastsplit.cli import manifest
write = manifest.write
def stopped(*args):
    write(*args)
    print("saved", flush=True)
    for _ in range(6000):  # not signal.pause, which would wait for a second signal if the first came just before it
        time.sleep(0.01)
manifest.write = stopped
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        ("SIGINT", 130, "fastsplit: interrupted\n"),
        ("SIGTERM", 143, "fastsplit: ended by SIGTERM\n"),
        ("SIGHUP", 129, "fastsplit: ended by SIGHUP\n"),
        ("SIGKILL", -9, ""),
    ],
)
def test_a_signal_leaves_the_old_folder(old, here, capsys, number, code, message):
    with started_python("-c", STOPPED, "split", "l.npy", "--out", "out", "--force") as child:
        assert child.stdout.readline() == "saved\n"
        assert len(os.listdir()) == 3, "the new folder should be beside the old one"
        child.send_signal(getattr(signal, number))
        out, err = child.communicate(timeout=CHILD_TIMEOUT)
    assert (child.returncode, out, err) == (code, "", message)
    left = contents(here)
    assert {name: left[name] for name in old} == old
    assert len(hidden()) == (number == "SIGKILL")
    assert split("l.npy", "--force", seed=3) == 0
    assert hidden() == []


def test_the_hidden_folder_of_a_live_run_is_left_alone(old, here, capsys):
    with started_python("-c", STOPPED, "split", "l.npy", "--out", "out", "--force") as child:
        assert child.stdout.readline() == "saved\n"
        (name,) = hidden()
        assert split("l.npy", out="other") == 0
        assert hidden() == [name]
        child.kill()
        child.communicate(timeout=CHILD_TIMEOUT)


def test_a_folder_that_a_killed_run_had_taken_away_comes_back(old, here, capsys):
    os.makedirs(".fastsplit-run-0123/new")
    Path(".fastsplit-run-0123/name").write_text("out")
    os.rename("out", ".fastsplit-run-0123/old")
    assert split("l.npy", out="other") == 0
    shutil.rmtree("other")
    assert contents(here) == old
    assert hidden() == []


def test_what_is_not_ours_in_the_hidden_folder_of_a_killed_run_is_kept(old, here, capsys):
    os.mkdir(".fastsplit-run-0123")
    shutil.copytree("out", ".fastsplit-run-0123/new")
    Path(".fastsplit-run-0123/new/notes.txt").write_text("mine")
    assert split("l.npy", out="other") == 0
    assert Path(".fastsplit-run-0123/new/notes.txt").read_text() == "mine"
    warning = capsys.readouterr().err
    assert warning.startswith("fastsplit: warning: ")
    assert "was left by a run that was killed, and is kept" in warning


def test_a_run_that_was_killed_before_its_report_was_whole_is_cleaned_up(old, here, capsys, monkeypatch):
    replace = os.replace

    def killed(source, target):
        if Path(target).name == "report.json":
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(folder, "_discard", lambda hidden: None)  # nor could it clean up
    monkeypatch.setattr(os, "replace", killed)
    assert split("l.npy", out="killed") == 130
    monkeypatch.undo()
    monkeypatch.chdir(here)
    (left,) = hidden()
    assert Path(left, "new", "plan.json").exists()
    assert not Path(left, "new", "report.json").exists()
    capsys.readouterr()
    assert split("l.npy", out="next") == 0
    assert hidden() == []
    assert capsys.readouterr().err == ""


def test_a_report_is_the_first_that_is_removed(old, here, monkeypatch):
    """So that a run that is killed while it removes a tree leaves no report of files that are no longer as it says."""
    seen = []
    monkeypatch.setattr(folder.shutil, "rmtree", lambda path, **_: seen.append(sorted(os.listdir(path / "new"))))
    assert split("l.npy", "--force", seed=2) == 0
    assert seen == [["plan.json", "test.npy", "train.npy", "val.npy"]]


KILLED = """
import sys
from fastsplit import cli
for seed in range(10 ** 6):
    code = cli.main([*sys.argv[1:], "--seed", str(seed)])
    if code:
        sys.exit(code)
    print("made", flush=True)
"""


@pytest.mark.slow
def test_kill_9_at_random_moments_leaves_the_old_folder_or_the_new_one(here, capsys):
    """Each run replaces the folder by another; whenever it is killed, the folder is that of one seed, complete."""
    np.save("l.npy", np.arange(50_000) % 7)
    assert split("l.npy") == 0
    rng = np.random.default_rng(0)
    for _ in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, "split", "l.npy", "--out", "out", "--force"], stdout=subprocess.PIPE
        )
        assert process.stdout.readline() != b""
        try:
            process.wait(timeout=rng.uniform(0, 0.05))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate(timeout=CHILD_TIMEOUT)
        report = json.loads(Path("out/report.json").read_bytes())
        assert sorted(os.listdir("out")) == sorted([*report["files"], "report.json"])
        assert folder.manifest.checked(here / "out", here / "out")
        assert len(hidden()) <= 1
    assert split("l.npy", "--force") == 0
    assert hidden() == []
