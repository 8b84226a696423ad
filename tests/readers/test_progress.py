"""Progress on a terminal, and nowhere else."""

import re
import select
import struct
import sys
import time

import pytest

from fastsplit.readers.progress import progress

END = "the end"


def slow():
    """Items that take longer than the second after which progress is shown."""
    yield 1
    time.sleep(1.2)
    yield from (2, 3)


def test_progress_is_shown_on_a_terminal_and_then_erased(monkeypatch):
    fcntl, pty, termios = map(pytest.importorskip, ("fcntl", "pty", "termios"))  # of POSIX only
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))  # a new one has no columns
    with open(screen, "rb", buffering=0) as shown, open(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        assert list(progress(slow(), "read")) == [1, 2, 3]
        stderr.write(END)
        stderr.flush()
        text = read_until_end(shown)
    assert b"read: 2.00 lines [" in text
    assert re.search(rb"\r +\r$", text), "spaces should overwrite the line at the end"


def read_until_end(shown):
    """Return what a terminal shows before END, which reaches it piece by piece."""
    text = b""
    while END.encode() not in text:
        assert select.select([shown], [], [], 10)[0], f"nothing is shown after {text}"
        text += shown.read(10_000)
    return text.removesuffix(END.encode())


def test_progress_is_not_shown_elsewhere(capsys):
    assert list(progress(slow(), "read")) == [1, 2, 3]
    assert capsys.readouterr() == ("", "")


def test_works_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert list(progress([1, 2], "read")) == [1, 2]
