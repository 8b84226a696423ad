"""free_memory."""

import pytest

from fastsplit import memory

MEMINFO = """MemTotal:       16000000 kB
MemFree:         1000000 kB
MemAvailable:    2000000 kB
HugePages_Total:       0
"""


def test_free_memory_is_what_the_kernel_calls_available(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text(MEMINFO, encoding="ascii")
    assert memory.free_memory() == 2_000_000 * 1024


@pytest.mark.parametrize(
    "text", [None, "", "MemTotal: 16 kB\n", "MemAvailable:\n", "MemAvailable: many kB\n", "a: b: c\n"]
)
def test_free_memory_is_a_guess_if_the_system_does_not_say(monkeypatch, tmp_path, text):
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    if text is not None:
        (tmp_path / "meminfo").write_text(text, encoding="ascii")
    assert memory.free_memory() == 8 * 1024**3
