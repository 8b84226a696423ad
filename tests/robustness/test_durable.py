"""Durable files: whole or absent, whatever was there before, and nothing else in the folder."""

import os
import signal
import stat
import textwrap
import threading

import pytest
from common import run_python

import fastsplit
from fastsplit import durable
from fastsplit.durable import replaced_file

posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes, pipes or devices of this kind")


@pytest.fixture(params=["without a name", "with a name"])
def beside(request, monkeypatch):
    """Write where the system makes files without a name, and where it does not."""
    if request.param == "with a name":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)


def write(path, content=b"new"):
    with replaced_file(path) as file:
        file.write(content)


@pytest.mark.usefixtures("beside")
def test_a_file_is_made_and_replaced(tmp_path):
    for content in (b"one", b"two"):
        write(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == content
        assert os.listdir(tmp_path) == ["a"]


@posix
@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o444, 0o755])
def test_the_mode_of_an_old_file_is_kept(tmp_path, mode):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"


@posix
@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write(tmp_path / "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


def test_the_umask_is_never_changed(tmp_path, monkeypatch):
    """It belongs to the whole process: another thread would make files that everybody can write."""
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("changed"))
    fastsplit.plan([1, 2], seed=0).save(tmp_path / "plan.json")


@posix
@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path, exists):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "a", tmp_path / "link"
    if exists:
        target.write_bytes(b"old")
    link.symlink_to(os.path.join("far", "a"))
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path / "far") == ["a"]
    assert sorted(os.listdir(tmp_path)) == ["far", "link"]


@posix
def test_links_in_a_circle_are_an_error(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write(tmp_path / "a")


@posix
def test_a_pipe_is_written_to(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write(pipe)
    reader.join(10)
    assert got == [b"new"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_a_device_is_written_to(monkeypatch):
    monkeypatch.setattr(os, "replace", lambda *_: pytest.fail("replaced"))
    write(os.devnull)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@posix
@pytest.mark.parametrize("name", ["a" * 245, "a" * 246, "a" * 255])
def test_a_plan_is_saved_through_a_link_of_a_long_name_and_keeps_the_mode(tmp_path, name):
    plan, target = fastsplit.plan([1, 2], seed=0), tmp_path / "target"
    target.write_bytes(b"old")
    target.chmod(0o640)
    (tmp_path / name).symlink_to(target)
    plan.save(tmp_path / name)
    assert (tmp_path / name).is_symlink()
    assert fastsplit.Plan.load(target) == plan
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@posix
def test_a_plan_is_saved_into_a_pipe(tmp_path):
    plan, pipe, got = fastsplit.plan([1, 2], seed=0), tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    plan.save(pipe)
    reader.join(10)
    plan.save(tmp_path / "file")
    assert got == [(tmp_path / "file").read_bytes()]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_standard_output_is_written_to(tmp_path):
    script = "import fastsplit; fastsplit.plan([1, 2], seed=0).save('/dev/fd/1')"
    out, _ = run_python("-c", script, cwd=tmp_path)
    assert out.startswith('{\n "format": "fastsplit plan"')


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("length", [245, 246, 255])
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path, length):
    write(tmp_path / ("a" * length))
    assert [len(name) for name in os.listdir(tmp_path)] == [length]


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, OSError])
def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path, monkeypatch, step, error):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(*_):
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(error):
        write(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


@posix
def test_the_file_and_then_its_folder_are_flushed(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(stat.S_ISDIR(os.fstat(descriptor).st_mode)))
    write(tmp_path / "a")
    assert flushed == [False, True]


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="the system has no files without a name")
@pytest.mark.no_sanitizer
def test_a_run_that_is_killed_leaves_nothing(tmp_path):
    """A dead run cannot clean up; a hidden file of it would stay for ever."""
    descriptor, is_named = durable._open_beside(str(tmp_path), str(tmp_path / "x"), 0o600)
    os.close(descriptor)
    if is_named:
        pytest.skip("the file system of temporary files has no files without a name")
    script = textwrap.dedent(
        """
        import os, signal
        from fastsplit.durable import replaced_file
        with replaced_file("a") as file:
            file.write(b"x" * 10**6)
            file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    run_python("-c", script, cwd=tmp_path, code=-signal.SIGKILL)
    assert os.listdir(tmp_path) == []
