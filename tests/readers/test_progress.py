"""Progress on a terminal, and nowhere else."""

import os
import re
import struct
import sys
import time

import pytest

from fastsplit.readers.progress import progress


def slow():
    """Items that take longer than the second after which progress is shown."""
    yield 1
    time.sleep(1.2)
    yield from (2, 3)


def test_progress_is_shown_on_a_terminal_and_then_erased(monkeypatch):
    fcntl, pty, termios = map(pytest.importorskip, ("fcntl", "pty", "termios"))  # of POSIX only
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))  # a new one has no columns
    os.set_blocking(screen, False)
    with open(screen, "rb", buffering=0) as shown, open(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        assert list(progress(slow(), "read")) == [1, 2, 3]
        stderr.flush()
        screen = shown.read(10_000) or b""
        assert b"read: 2.00 lines [" in screen
        assert re.search(rb"\r +\r$", screen), "spaces should overwrite the line at the end"


def test_progress_is_not_shown_elsewhere(capsys):
    assert list(progress(slow(), "read")) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


def test_works_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(progress([1, 2], "read")) == [1, 2]
