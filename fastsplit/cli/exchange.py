"""Exchange of two folders in one step, so that there is no moment in which one of them is missing."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # of Linux
_RENAME_SWAP = 2  # of macOS
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}  # by some file systems


def exchange(a: Path, b: Path) -> bool:
    """Exchange two folders of one file system; return False, with nothing done, if the system cannot."""
    call = _system_call()
    if call is None:
        return False
    if call(os.fsencode(a), os.fsencode(b)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(b))


def _system_call() -> Callable[[bytes, bytes], int] | None:
    """Return the function of the C library that exchanges two paths, or None."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            swap = library.renamex_np
            return lambda a, b: int(swap(a, b, ctypes.c_uint(_RENAME_SWAP)))
        rename = library.renameat2
        return lambda a, b: int(rename(_AT_FDCWD, a, _AT_FDCWD, b, ctypes.c_uint(_RENAME_EXCHANGE)))
    except (AttributeError, OSError, TypeError):  # another system, or an old library
        return None
