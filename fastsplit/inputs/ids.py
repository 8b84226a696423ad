"""Ids and indices: what identifies an example, and what `fastsplit.shuffle` puts in order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastsplit.inputs.labels import read_labels


def read_ids(ids: ArrayLike | None, n: int) -> NDArray[np.uint64] | None:
    """Return ids as 64-bit numbers: integers modulo 2**64, strings as the first 64 bits of their BLAKE2b hash."""
    if ids is None:
        return None
    read = read_labels(ids, "ids")
    if len(read.values) != n:
        raise ValueError(f"ids must be as many as the labels, {n}, got {len(read.values)}")
    if read.names is not None:
        import hashlib  # here, because most splits need no hash of strings

        hashes = [hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in read.names]
        numbers: NDArray[np.uint64] = np.frombuffer(b"".join(hashes), dtype="<u8").astype(np.uint64)
        return np.asarray(numbers[read.values])
    # Copied, because ids are read more than once and must not change in between.
    return np.array(read.values, dtype=np.uint64 if read.values.dtype.kind == "u" else np.int64).view(np.uint64)


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
