"""The memory of this machine."""

from __future__ import annotations

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_SMALL = 1 << 27  # bytes worth no look at the memory
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


def require_memory(n_bytes: int, what: str) -> None:
    """Raise MemoryError, before ``what`` is allocated, if it takes more bytes than are free."""
    if n_bytes > _SMALL and n_bytes > (free := free_memory()):
        raise MemoryError(f"{what} takes {n_bytes / 1e9:,.1f} GB, more than the free memory of {free / 1e9:,.1f} GB")
