"""Progress on a terminal, and nowhere else."""

import re
import select
import struct
import sys
import time
from contextlib import contextmanager

import pytest

from fastsplit.readers import progress as module
from fastsplit.readers.progress import progress

END = "the end"


def slow():
    """Items that take longer than the delay after which progress is shown."""
    yield 1000
    time.sleep(0.2)
    yield from (2000, 3000)


@contextmanager
def terminal(monkeypatch):
    """Let stderr be a terminal, and yield a function that returns what it shows."""
    fcntl, pty, termios = map(pytest.importorskip, ("fcntl", "pty", "termios"))  # of POSIX only
    monkeypatch.setattr(module, "_DELAY", 0.1)
    screen, descriptor = pty.openpty()
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))  # a new one has no columns
    with open(screen, "rb", buffering=0) as shown, open(descriptor, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)

        def read():
            stderr.write(END)
            stderr.flush()
            return read_until_end(shown)

        yield read


def read_until_end(shown):
    """Return what a terminal shows before END, which reaches it piece by piece."""
    text = b""
    while END.encode() not in text:
        assert select.select([shown], [], [], 10)[0], f"nothing is shown after {text}"
        text += shown.read(10_000)
    return text.removesuffix(END.encode())


def test_progress_is_shown_on_a_terminal_and_then_erased(monkeypatch):
    pytest.importorskip("tqdm")
    with terminal(monkeypatch) as shown:
        assert list(progress(slow(), "count", int)) == [1000, 2000, 3000]
        text = shown()
    assert re.search(rb"count: [136][.]00k examples \[", text)
    assert re.search(rb"\r +\r$", text), "spaces should overwrite the line at the end"


def test_a_terminal_without_tqdm_shows_one_line_that_counts_and_is_erased(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with terminal(monkeypatch) as shown:
        assert list(progress(slow(), "write", int, 6000)) == [1000, 2000, 3000]
        text = shown()
    assert b"\r\x1b[Kwrite: 3,000 of 6,000 examples" in text
    assert b"\n" not in text
    assert text.endswith(b"examples\r\x1b[K")


def test_short_work_shows_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with terminal(monkeypatch) as shown:
        assert list(progress([1, 2], "write", int)) == [1, 2]
        assert shown() == b""


def test_the_line_is_erased_before_an_error_is_printed(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with terminal(monkeypatch) as shown:
        items = progress(slow(), "write", int)
        with pytest.raises(ZeroDivisionError):
            any(1 / (3000 - item) < 0 for item in items)
        items.close()
        assert shown().endswith(b"3,000 examples\r\x1b[K")


def test_progress_is_not_shown_elsewhere(capsys):
    assert list(progress(slow(), "count", int)) == [1000, 2000, 3000]
    assert capsys.readouterr() == ("", "")
