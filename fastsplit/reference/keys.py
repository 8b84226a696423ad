"""keys: the 64-bit key of an example, and the number that its id stands for: stream version 1."""

from __future__ import annotations

import hashlib
from itertools import chain, pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.ids import Ids, Strings, mixed_ids


def keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the key of each id (mx3: Maiga 2020, keyed)."""
    odd = np.uint64(0xBEA225F9EB34556D)
    first, second = seed[0:1], seed[1:2]
    x = ids + first
    x = (x ^ x >> np.uint64(32)) * odd + (first ^ second)
    x = (x ^ x >> np.uint64(29)) * odd
    x = (x ^ x >> np.uint64(32)) * odd
    return x ^ x >> np.uint64(29)


def rank_keys(seed: NDArray[np.uint64], ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the keys by which examples are ranked: none is 0."""
    return np.maximum(keys(seed, ids), np.uint64(1))


@overload
def id_numbers(ids: Ids) -> NDArray[np.uint64]: ...
@overload
def id_numbers(ids: None) -> None: ...
@overload
def id_numbers(ids: Ids | None) -> NDArray[np.uint64] | None: ...
def id_numbers(ids: Ids | None) -> NDArray[np.uint64] | None:
    """Return ids as numbers; a string becomes the first 64 bits of its BLAKE2b hash."""
    if ids is None or ids.strings is None:
        return None if ids is None else ids.numbers
    strings = chain.from_iterable(_encoded(part, ids.what) for part in ids.strings)
    digests = b"".join(hashlib.blake2b(string, digest_size=8).digest() for string in strings)
    hashes: NDArray[np.uint64] = np.frombuffer(digests, dtype="<u8").astype(np.uint64)
    return hashes if ids.numbers is None else np.asarray(hashes[ids.numbers])


def _encoded(strings: Strings, what: str) -> list[bytes]:
    """Return strings as UTF-8."""
    if isinstance(strings, tuple):
        offsets, data = strings[0].tolist(), strings[1].tobytes()
        return [data[begin:end] for begin, end in pairwise(offsets)]
    if not all(isinstance(string, str) for string in strings.tolist()):
        raise mixed_ids(strings, what)
    return [str.encode(string, "utf-8", "surrogatepass") for string in strings.tolist()]
