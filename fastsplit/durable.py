"""Files that are complete on the disk, or absent."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

_PREFIX = ".fastsplit-"  # of a file that is not complete yet; a short name fits wherever the file's own does


@contextmanager
def durable_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new file; at the end of the block its bytes are on the disk, not only in the system's cache."""
    with open(path, "xb") as file:
        yield file
        _sync(file)


@contextmanager
def replaced_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open what becomes the file at ``path`` if the block succeeds; after any error, the old file or none is there.

    A symbolic link stays and its target is replaced; a pipe or a device is written to; the mode of an old file is kept.
    """
    try:
        old = os.stat(path)
    except FileNotFoundError:
        old = None
    if old is not None and not stat.S_ISREG(old.st_mode):
        with open(path, "wb") as file:
            yield file
        return
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    beside = os.path.join(folder, _PREFIX + os.urandom(8).hex())
    try:
        descriptor, is_named = _open_beside(folder, beside, 0o666 if old is None else 0o600)
        with open(descriptor, "wb") as file:
            yield file
            _keep_owner_and_mode(file, old)
            _sync(file)
            if not is_named:
                _name(file, beside)
        os.replace(beside, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    sync_folder(folder)


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Flush the names in a folder to the disk, if the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _open_beside(folder: str, beside: str, mode: int) -> tuple[int, bool]:
    """Open a new file, and return whether it has a name: a run that is killed leaves nothing of a file without one."""
    if hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd"):
        with suppress(OSError):  # file systems need not support it
            return os.open(folder, os.O_TMPFILE | os.O_WRONLY, mode), False
    return os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), mode), True


def _name(file: BinaryIO, path: str) -> None:
    """Give a name to an open file without one."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY)
    try:  # with a folder, because os.link follows the link in /proc only then
        os.link(f"/proc/self/fd/{file.fileno()}", os.path.basename(path), src_dir_fd=folder, dst_dir_fd=folder)
    finally:
        os.close(folder)


def _keep_owner_and_mode(file: BinaryIO, old: os.stat_result | None) -> None:
    if old is None or not hasattr(os, "fchmod"):
        return
    now = os.fstat(file.fileno())
    if (now.st_uid, now.st_gid) != (old.st_uid, old.st_gid):
        with suppress(PermissionError):  # only root can give files away
            os.fchown(file.fileno(), old.st_uid, old.st_gid)
    os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
