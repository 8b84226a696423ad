"""What the user passes -> checked arrays and numbers. The only place that words a user's error."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastsplit._labels import Labels, described, read_labels
from fastsplit._shares import Shares, ratio

Seed: TypeAlias = "int | np.random.SeedSequence | np.random.Generator | None"
SizesLike: TypeAlias = "Sequence[Any] | Mapping[str, Any] | NDArray[Any]"

MAX_SPLITS = 254
MAX_FOLDS = 32_768
MAX_CLASS = 2**40
MAX_TABLE = 2**30
_LARGEST_DENOMINATOR = 2**53
_BOOLEANS = (bool, np.bool_)
_INTEGERS = (int, Integral)  # what is common first: an abstract class takes ten times as long to look up
_NUMBERS = (float, int, Real, Decimal)


@dataclass(frozen=True)
class Sizes:
    """The asked-for share of every split, exactly."""

    names: tuple[str, ...]
    shares: Shares


class Seeds(NamedTuple):
    """The 128-bit seeds of the three streams that one user's seed stands for."""

    split: NDArray[np.uint64]
    rounding: NDArray[np.uint64]
    order: NDArray[np.uint64]


def read_threads(threads: int | None) -> int:
    """Return how many threads to use: by default as many as this process may run on."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole("threads", threads, least=1)


def read_seed(seed: Seed) -> int:
    """Return the integer that stands for a seed; the same integer gives the same split again."""
    if seed is None or isinstance(seed, np.random.SeedSequence):
        return _entropy(seed or np.random.SeedSequence())
    if isinstance(seed, np.random.Generator):
        low, high = (int(word) for word in seed.integers(0, 2**64, size=2, dtype=np.uint64))
        return high << 64 | low
    if isinstance(seed, _BOOLEANS) or not isinstance(seed, _INTEGERS):
        raise TypeError(
            f"seed must be an integer, a numpy SeedSequence, a numpy Generator or None, got {described(seed)}"
        )
    number = whole("seed", seed, least=0)
    if number.bit_length() > 4096:
        raise ValueError(f"seed must be below 2**4096, got one of {number.bit_length()} bits")
    return number


@lru_cache(maxsize=16)
def expand_seed(seed: int) -> Seeds:
    """Expand a seed to the words of each stream (numpy.random.SeedSequence: O'Neill 2015, Salmon et al. 2011)."""
    words: NDArray[np.uint64] = np.random.SeedSequence(seed).generate_state(6, np.uint64).astype(np.uint64)
    words.flags.writeable = False  # the same words are given out again
    return Seeds(words[0:2], words[2:4], words[4:6])


def read_sizes(sizes: SizesLike, n: int) -> Sizes:
    """Return the names and exact shares of splits given as fractions, or as whole counts of ``n`` examples."""
    if isinstance(sizes, Mapping):
        names, given = list(sizes.keys()), list(sizes.values())
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"sizes must be named by strings, got the name {name!r}")
    elif (isinstance(sizes, Sequence) and not isinstance(sizes, str | bytes)) or getattr(sizes, "ndim", 0) == 1:
        names, given = None, list(sizes)
    else:
        raise TypeError(
            "sizes must be a sequence of fractions or counts, such as (0.8, 0.2), or a mapping of names to them, "
            f"got {described(sizes)}"
        )
    if not 1 <= len(given) <= MAX_SPLITS:
        raise ValueError(f"sizes must describe 1 to {MAX_SPLITS} splits, got {len(given)}")
    if names is None:
        usual = {2: ["train", "test"], 3: ["train", "val", "test"]}
        names = usual.get(len(given)) or [str(split) for split in range(len(given))]
    for size in given:
        if isinstance(size, _BOOLEANS) or not isinstance(size, _NUMBERS):
            raise TypeError(f"sizes must be numbers, got {described(size)}")
        if not math.isfinite(size) or size < 0:
            raise ValueError(f"sizes must be finite and not negative, got {size}")
    shares = _counts(given, n) if all(isinstance(size, _INTEGERS) for size in given) else _fractions(*given)
    return Sizes(tuple(names), shares)


def read_folds(k: int) -> Sizes:
    """Return the equal shares of ``k`` folds."""
    k = whole("k", k, least=2, most=MAX_FOLDS)
    return Sizes(tuple(str(fold) for fold in range(k)), Shares((Fraction(1, k),) * k))


def read_min_per_split(min_per_split: int) -> int:
    """Return how many examples of each class every split is to have at the least."""
    return whole("min_per_split", min_per_split, least=0, most=MAX_CLASS)


def check_class_sizes(classes: NDArray[Any], counts: NDArray[np.int64], splits: int, min_per_split: int) -> None:
    """Refuse classes that are too large to count with, or too small for ``min_per_split`` in each of ``splits``."""
    if counts.size and int(counts.max()) > MAX_CLASS:
        largest = int(counts.argmax())
        raise ValueError(
            f"labels must have at most 2**40 examples of a class, got {counts[largest]} of {classes[largest]!r}"
        )
    if min_per_split and (small := np.flatnonzero(counts < min_per_split * splits)).size:
        few = zip(classes[small[:10]].tolist(), counts[small[:10]].tolist(), strict=True)
        shown = ", ".join(f"{label!r}: {count}" for label, count in few)
        more = f" and {small.size - 10} more" if small.size > 10 else ""
        raise ValueError(
            f"min_per_split={min_per_split} for {splits} splits needs {min_per_split * splits} examples of every "
            f"class, got fewer of {small.size} of {counts.size} classes ({shown}{more})"
        )


def check_fits_plan(labels: Labels, ids: NDArray[np.uint64] | None, classes: NDArray[Any], with_ids: bool) -> None:
    """Refuse strings for a plan of integer classes, and the other way round; and no ids for a plan made with them."""
    if (classes.dtype.kind == "O") != (labels.names is not None) and classes.size and labels.values.size:
        expected, got = ("strings", "integers") if classes.dtype.kind == "O" else ("integers", "strings")
        raise TypeError(f"labels must be {expected}, as in the plan, got {got}")
    if with_ids and ids is None:
        raise ValueError("ids must be given, as the plan was made with ids")


def read_flag(what: str, flag: bool) -> bool:
    """Return an argument that is True or False."""
    if not isinstance(flag, _BOOLEANS):
        raise TypeError(f"{what} must be True or False, got {described(flag)}")
    return bool(flag)


def check_table(classes: int, columns: int) -> None:
    """Refuse a table of classes and splits that is too large to make."""
    if classes * columns > MAX_TABLE:
        raise ValueError(
            f"the table of classes and splits must have at most 2**30 cells, got {classes} classes and {columns} splits"
        )


def read_dtype(dtype: DTypeLike | None, n: int) -> np.dtype[Any]:
    """Return the dtype of index arrays, which must hold every position."""
    try:
        result = np.dtype(np.intp if dtype is None else dtype)
    except (SyntaxError, TypeError, ValueError):
        raise TypeError(f"dtype must be an integer type of native byte order, got {dtype!r}") from None
    if result.kind not in "iu" or not result.isnative:
        raise TypeError(f"dtype must be an integer type of native byte order, got {result}")
    if n - 1 > np.iinfo(result).max:
        raise ValueError(f"dtype must hold the largest position, {n - 1}, got {result}")
    return result


def read_ids(ids: Any, n: int) -> NDArray[np.uint64] | None:
    """Return ids as 64-bit numbers: integers modulo 2**64, strings by the first 64 bits of their BLAKE2b hash."""
    if ids is None:
        return None
    read = read_labels(ids, "ids")
    if len(read.values) != n:
        raise ValueError(f"ids must be as many as the labels, {n}, got {len(read.values)}")
    if read.names is not None:
        import hashlib  # here, as most splits need none

        hashes = [hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest() for name in read.names]
        numbers: NDArray[np.uint64] = np.frombuffer(b"".join(hashes), dtype="<u8").astype(np.uint64)
        return np.asarray(numbers[read.values])
    # A copy of our own: ids are read more than once, and must not change in between.
    return np.array(read.values, dtype=np.uint64 if read.values.dtype.kind == "u" else np.int64).view(np.uint64)


def read_indices(indices: Any) -> NDArray[Any]:
    """Return the indices to shuffle as a contiguous array of native byte order."""
    array = np.asarray(indices)
    if array.size == 0 and not isinstance(indices, np.ndarray):
        array = array.astype(np.intp)
    if array.ndim != 1:
        raise ValueError(f"indices must be one-dimensional, got shape {array.shape}")
    if array.dtype.kind not in "iu":
        raise TypeError(f"indices must be integers, got dtype {array.dtype}")
    return np.require(array, dtype=array.dtype.newbyteorder("="), requirements=["C", "A"])


def _counts(given: list[Any], n: int) -> Shares:
    counts = [operator.index(size) for size in given]
    if sum(counts) > n:
        raise ValueError(
            f"sizes given as whole counts must sum to at most the number of labels, {n}, got {sum(counts)}; "
            "give fractions as floats, such as 1.0"
        )
    return Shares(Fraction(count, max(n, 1)) for count in counts)


@lru_cache(maxsize=64, typed=True)
def _fractions(*given: Any) -> Shares:
    shares = [ratio(size) for size in given]
    if math.lcm(*(share.denominator for share in shares)) > _LARGEST_DENOMINATOR:
        shares = [Fraction(round(share * _LARGEST_DENOMINATOR), _LARGEST_DENOMINATOR) for share in shares]
    dust = 1 - sum(shares, Fraction(0))
    if abs(dust) <= len(shares) * Fraction(8, 2**52):  # what is left of a sum to 1 after floating-point arithmetic
        largest = shares.index(max(shares))
        shares[largest] += dust
    if sum(shares) > 1:
        raise ValueError(
            f"sizes given as fractions must sum to at most 1, got {' + '.join(str(size) for size in given)} "
            f"= {float(sum(shares))}; give counts as integers"
        )
    return Shares(shares)


def _entropy(sequence: np.random.SeedSequence) -> int:
    """Return the entropy of a sequence, or of a spawned one 128 bits of its state."""
    if not sequence.spawn_key and isinstance(sequence.entropy, Integral) and sequence.pool_size == 4:
        return operator.index(sequence.entropy)
    low, high = (int(word) for word in sequence.generate_state(2, np.uint64))
    return high << 64 | low


def whole(what: str, value: Any, *, least: int, most: int | None = None) -> int:
    """Return an integer argument within its limits."""
    if isinstance(value, _BOOLEANS) or not isinstance(value, _INTEGERS):
        raise TypeError(f"{what} must be an integer, got {described(value)}")
    number = operator.index(value)
    if number < least or (most is not None and number > most):
        accepted = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{what} must be {accepted}, got {number}")
    return number
