"""The memory of this machine."""

from __future__ import annotations

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GUESS = 8 << 30  # bytes: a common size of memory, for systems without /proc/meminfo


def free_memory() -> int:
    """Return how many bytes can be allocated without swapping, or 8 GiB if the system does not say.

    This is ``MemAvailable`` of /proc/meminfo: free memory and caches that the kernel would give up.
    """
    try:
        fields = dict(line.split(":") for line in _MEMINFO.read_text(encoding="ascii").splitlines())
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, IndexError, ValueError):
        return _GUESS
