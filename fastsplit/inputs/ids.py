"""Ids and indices: what identifies an example, and what `fastsplit.shuffle` puts in order."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit.inputs.labels import read_labels
from fastsplit.typing import Balance

ID_KINDS = ("integers", "strings")

Strings: TypeAlias = NDArray[Any] | tuple[NDArray[np.int64], NDArray[np.uint8]]


@dataclass(frozen=True)
class Ids:
    """The ids of N examples: numbers, or strings that the engine hashes.

    Attributes
    ----------
    numbers : ndarray, shape (N,), or None
        Without strings, the ids as uint64. With strings, the position of each id among them; None if each has its own.
    strings : list, optional
        Strings, one part after the other. A part is an array of objects, which may hold others than strings; a native
        array of dtype U; or offsets and bytes, as in Arrow's ``large_string``.
    what : str
        The argument that error messages name: groups are ids too.
    """

    numbers: NDArray[Any] | None
    strings: list[Strings] | None = None
    what: str = "ids"

    @property
    def kind(self) -> str:
        """One of `ID_KINDS`: a plan keeps it, because the integer 7 and the string "7" are different ids."""
        return ID_KINDS[self.strings is not None]


def read_ids(ids: ArrayLike | None, n: int) -> Ids | None:
    """Return the ids of ``n`` examples: integers modulo 2**64, strings as they are."""
    return None if ids is None else _read(ids, n, "ids")


def read_groups(groups: ArrayLike | None, n: int) -> Ids:
    """Return the groups of ``n`` examples, in every form that ids have."""
    if groups is None:
        raise TypeError("groups must be given, one per example, got None")
    return _read(groups, n, "groups")


def check_groups_alone(groups: ArrayLike | None, ids: ArrayLike | None, balance: Balance) -> None:
    """Refuse ids beside groups, and a balance without groups."""
    if groups is None:
        raise ValueError(f"balance={balance!r} needs groups, got groups=None: pass groups, or leave balance out")
    if ids is not None:
        raise ValueError(
            "groups and ids must not be given together, got both: groups alone decide the split, so leave ids out; "
            "rows that share an id and a class stay together by ids alone"
        )


def mixed_ids(ids: NDArray[Any], what: str = "ids") -> TypeError:
    """Return, or raise, the error for ids of which one is no string, though the first is."""
    read_labels(ids, what)  # says which object is missing or of another type
    return TypeError(f"{what} must be all integers or all strings, got a mixture")


def read_indices(indices: ArrayLike) -> NDArray[Any]:
    """Return the indices to shuffle as a contiguous array of native byte order."""
    array = np.asarray(indices)
    if array.size == 0 and not isinstance(indices, np.ndarray):
        array = array.astype(np.intp)
    if array.ndim != 1:
        raise ValueError(f"indices must be one-dimensional, got shape {array.shape}")
    if array.dtype.kind not in "iu":
        raise TypeError(f"indices must be integers, got dtype {array.dtype}")
    return np.require(array, dtype=array.dtype.newbyteorder("="), requirements=["C", "A"])


def _read(ids: ArrayLike | Ids, n: int, what: str) -> Ids:
    if isinstance(ids, Ids):
        return ids  # read before, by a reader of files
    strings = _strings(ids)
    if strings is not None:
        _check_length(sum(len(part[0]) - 1 if isinstance(part, tuple) else len(part) for part in strings), n, what)
        return Ids(None, strings, what)
    read = read_labels(ids, what)
    _check_length(len(read.values), n, what)
    if read.names is not None:
        return Ids(read.values, [read.names], what)
    # Copied, because ids are read more than once and must not change in between.
    numbers = np.array(read.values, dtype=np.uint64 if read.values.dtype.kind == "u" else np.int64)
    return Ids(numbers.view(np.uint64), None, what)


def _strings(ids: Any) -> list[Strings] | None:
    """Return strings as they are, neither compared nor sorted; or None: `read_labels` reads every other form."""
    library = type(ids).__module__.partition(".")[0]
    if library == "pandas" and "pandas" in sys.modules:
        return _strings_of_pandas(ids)
    if library == "pyarrow" and "pyarrow" in sys.modules:
        return _strings_of_arrow(ids)
    if isinstance(ids, list | tuple) and ids and isinstance(ids[0], str):
        ids = np.fromiter(ids, dtype=object, count=len(ids))
    return _strings_of_array(ids) if isinstance(ids, np.ndarray) and not isinstance(ids, np.ma.MaskedArray) else None


def _strings_of_array(ids: NDArray[Any]) -> list[Strings] | None:
    if ids.ndim != 1 or ids.size == 0:
        return None
    if ids.dtype.kind == "U":
        return [np.require(ids, dtype=ids.dtype.newbyteorder("="), requirements=["C", "A"])]
    if ids.dtype.kind == "T":
        ids = ids.astype(object)
    return [np.ascontiguousarray(ids)] if ids.dtype.kind == "O" and isinstance(ids[0], str) else None


def _strings_of_pandas(ids: Any) -> list[Strings] | None:
    import pandas as pd

    dtype = getattr(ids, "dtype", None)
    if isinstance(dtype, np.dtype):
        return _strings_of_array(ids.to_numpy())
    if isinstance(dtype, pd.ArrowDtype) or (isinstance(dtype, pd.StringDtype) and dtype.storage == "pyarrow"):
        return _strings_of_arrow(pd.array(ids, copy=False).__arrow_array__())
    return _strings_of_array(ids.to_numpy(dtype=object)) if isinstance(dtype, pd.StringDtype) else None


def _strings_of_arrow(ids: Any) -> list[Strings] | None:
    import pyarrow as pa

    kind = getattr(ids, "type", None)
    if not isinstance(ids, pa.Array | pa.ChunkedArray) or ids.null_count:
        return None
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        return None
    chunks = ids.cast(pa.large_string())
    return [_offsets_and_bytes(chunk) for chunk in (chunks.chunks if isinstance(chunks, pa.ChunkedArray) else [chunks])]


def _offsets_and_bytes(chunk: Any) -> Strings:
    """Return views of the buffers of an Arrow array of type large_string."""
    if len(chunk) == 0:  # may have no buffers
        return np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.uint8)
    _, offsets, data = chunk.buffers()
    begin = chunk.offset * np.dtype(np.int64).itemsize
    views = np.frombuffer(offsets, dtype=np.int64, count=len(chunk) + 1, offset=begin)
    return views, np.frombuffer(data, dtype=np.uint8) if data is not None and data.size else np.empty(0, dtype=np.uint8)


def _check_length(got: int, n: int, what: str) -> None:
    if got != n:
        raise ValueError(f"{what} must be as many as the labels, {n}, got {got}")
