"""Ids of strings -> 64-bit numbers."""

from __future__ import annotations

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import ByteStrings, ObjectStrings, PaddedStrings
from fastsplit.engine.parallel import for_ranges, ranges
from fastsplit.inputs.ids import Ids, Strings, mixed_ids

_GRAIN = 1 << 16  # strings worth starting a thread for: each takes some ten times as long as a label
_BLOCK = 1 << 14  # strings per kernel call; between two calls Ctrl-C is noticed


@overload
def hashed(ids: Ids, threads: int) -> NDArray[np.uint64]: ...
@overload
def hashed(ids: None, threads: int) -> None: ...
@overload
def hashed(ids: Ids | None, threads: int) -> NDArray[np.uint64] | None: ...
def hashed(ids: Ids | None, threads: int) -> NDArray[np.uint64] | None:
    """Return ids as numbers; a string becomes the first 64 bits of its BLAKE2b hash, little-endian."""
    if ids is None or ids.strings is None:
        return None if ids is None else ids.numbers
    parts = [_hashes(strings, threads, ids.what) for strings in ids.strings]
    hashes = parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, dtype=np.uint64), *parts])
    return hashes if ids.numbers is None else hashes[ids.numbers]


def _hashes(strings: Strings, threads: int, what: str) -> NDArray[np.uint64]:
    view: Any
    if isinstance(strings, tuple):
        view = ByteStrings(*strings)
    elif strings.dtype.kind == "U":
        view = PaddedStrings(strings)
    else:
        view, threads = ObjectStrings(strings), 1  # objects are read with the GIL, where there is one
    out = np.empty(view.n, dtype=np.uint64)

    def write(_: int, begin: int, end: int) -> None:
        if view.hash(begin, end, out) < end:
            if isinstance(strings, tuple):
                raise ValueError(f"{what} must be valid Arrow strings")
            raise mixed_ids(strings, what)

    for_ranges(ranges(view.n, threads, _GRAIN), write, _BLOCK)
    return out
