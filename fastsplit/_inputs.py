"""What the user passes -> checked arrays and numbers. The only place that words a user's error."""

from __future__ import annotations

import hashlib
import math
import operator
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from numbers import Integral, Real
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastsplit._shares import Shares, ratio

Seed: TypeAlias = "int | np.random.SeedSequence | np.random.Generator | None"
SizesLike: TypeAlias = "Sequence[Any] | Mapping[str, Any] | NDArray[Any]"

MAX_SPLITS = 254
MAX_FOLDS = 32_768
MAX_CLASS = 2**40
MAX_TABLE = 2**30
_LARGEST_DENOMINATOR = 2**53


@dataclass(frozen=True)
class Labels:
    """Labels as integers. Where ``names`` is given, they are positions in this sorted array of strings."""

    values: NDArray[Any]
    names: NDArray[np.object_] | None = None


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
    return _whole("threads", threads, least=1)


def read_seed(seed: Seed) -> int:
    """Return the integer that stands for a seed; the same integer gives the same split again."""
    if seed is None or isinstance(seed, np.random.SeedSequence):
        return _entropy(seed or np.random.SeedSequence())
    if isinstance(seed, np.random.Generator):
        low, high = (int(word) for word in seed.integers(0, 2**64, size=2, dtype=np.uint64))
        return high << 64 | low
    if isinstance(seed, bool | np.bool_) or not isinstance(seed, Integral):
        raise TypeError(
            f"seed must be an integer, a numpy SeedSequence, a numpy Generator or None, got {_described(seed)}"
        )
    number = _whole("seed", seed, least=0)
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
            f"got {_described(sizes)}"
        )
    if not 1 <= len(given) <= MAX_SPLITS:
        raise ValueError(f"sizes must describe 1 to {MAX_SPLITS} splits, got {len(given)}")
    if names is None:
        usual = {2: ["train", "test"], 3: ["train", "val", "test"]}
        names = usual.get(len(given)) or [str(split) for split in range(len(given))]
    for size in given:
        if isinstance(size, bool | np.bool_) or not isinstance(size, Real | Decimal):
            raise TypeError(f"sizes must be numbers, got {_described(size)}")
        if not math.isfinite(size) or size < 0:
            raise ValueError(f"sizes must be finite and not negative, got {size}")
    shares = _counts(given, n) if all(isinstance(size, Integral) for size in given) else _fractions(*given)
    return Sizes(tuple(names), shares)


def read_folds(k: int) -> Sizes:
    """Return the equal shares of ``k`` folds."""
    k = _whole("k", k, least=2, most=MAX_FOLDS)
    return Sizes(tuple(str(fold) for fold in range(k)), Shares((Fraction(1, k),) * k))


def read_min_per_split(min_per_split: int) -> int:
    """Return how many examples of each class every split is to have at the least."""
    return _whole("min_per_split", min_per_split, least=0, most=MAX_CLASS)


def check_class_sizes(classes: NDArray[Any], counts: NDArray[np.int64], splits: int, min_per_split: int) -> None:
    """Refuse classes that are too large to count with, or too small for ``min_per_split`` in each of ``splits``."""
    if counts.size and int(counts.max()) > MAX_CLASS:
        largest = int(counts.argmax())
        raise ValueError(
            f"labels must have at most 2**40 examples of a class, got {counts[largest]} of {classes[largest]!r}"
        )
    small = np.flatnonzero(counts < min_per_split * splits)
    if small.size:
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


def read_shuffle(shuffle: bool) -> bool:
    """Return whether to put index arrays in random order."""
    if not isinstance(shuffle, bool | np.bool_):
        raise TypeError(f"shuffle must be True or False, got {_described(shuffle)}")
    return bool(shuffle)


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


def read_labels(labels: Any, what: str = "labels") -> Labels:
    """Return labels as integers, without a copy where they are integers already.

    Accepts one-dimensional integer and bool arrays, sequences of integers or strings, and the pandas and Arrow types
    that hold these. Missing labels are an error.
    """
    library = type(labels).__module__.partition(".")[0]
    if library == "pandas" and "pandas" in sys.modules:
        return _read_pandas(labels, what)
    if library == "pyarrow" and "pyarrow" in sys.modules:
        return _read_arrow(labels, what)
    if isinstance(labels, np.ma.MaskedArray):
        _check_missing(np.ma.getmaskarray(labels), what)
        labels = labels.data
    try:
        strings = isinstance(labels, list | tuple) and labels and isinstance(labels[0], str)
        array = np.array(labels, dtype=object) if strings else np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"{what} must be one-dimensional: {error}") from error
    if array.ndim == 0:
        raise TypeError(f"{what} must be a one-dimensional array, got {_described(labels)}")
    if array.ndim != 1:
        hint = {2: "; for one-hot rows pass their argmax(axis=1), for a column its ravel()"}.get(array.ndim, "")
        raise ValueError(f"{what} must be one-dimensional, got shape {array.shape}{hint}")
    if (
        isinstance(labels, list | tuple) and array.dtype.kind in "fUO"
    ):  # NumPy reads 2**63 as a float, mixtures as strings
        array = np.array(labels, dtype=object) if labels else array.astype(np.intp)
    kind = array.dtype.kind
    if kind in "iub":
        return Labels(array)
    if kind == "f":
        _check_missing(np.isnan(array), what)
        raise TypeError(
            f"{what} must be integers, booleans or strings, got dtype {array.dtype}; convert with astype(int)"
        )
    if kind == "U":
        names, codes = np.unique(array, return_inverse=True)
        return Labels(codes.astype(np.int32), names.astype(object))
    if kind in "OT":
        return _read_objects(array.astype(object), what)
    hint = "; decode them with numpy.char.decode" if kind == "S" else ""
    raise TypeError(f"{what} must be integers, booleans or strings, got dtype {array.dtype}{hint}")


def _read_objects(array: NDArray[np.object_], what: str) -> Labels:
    distinct: dict[Any, int] = {}
    try:
        codes = np.fromiter((distinct.setdefault(x, len(distinct)) for x in array), dtype=np.int64, count=array.size)
    except TypeError:
        raise TypeError(f"{what} must be integers, booleans or strings, got an array of unhashable objects") from None
    missing = [code for x, code in distinct.items() if _is_missing(x)]
    if missing:
        _check_missing(np.isin(codes, missing), what)
    if all(isinstance(x, str) for x in distinct):
        return _coded(codes, [str.__str__(x) for x in distinct])  # a subclass may print otherwise
    if all(isinstance(x, Integral | bool | np.bool_) for x in distinct):
        numbers = [operator.index(x) for x in distinct]
        for dtype in (np.int64, np.uint64):
            if np.iinfo(dtype).min <= min(numbers) and max(numbers) <= np.iinfo(dtype).max:
                return Labels(np.array(numbers, dtype=dtype)[codes])
        raise ValueError(f"{what} must fit one 64-bit integer type, got {min(numbers)} to {max(numbers)}")
    kinds = sorted({type(x).__name__ for x in distinct})
    raise TypeError(f"{what} must be all integers, all booleans or all strings, got objects of type {', '.join(kinds)}")


def _read_pandas(labels: Any, what: str) -> Labels:
    import pandas as pd

    if getattr(labels, "ndim", 1) != 1:
        raise ValueError(f"{what} must be one-dimensional, got a {type(labels).__name__} of shape {labels.shape}")
    if isinstance(labels, pd.MultiIndex) or not hasattr(labels, "dtype"):
        raise TypeError(f"{what} must be integers, booleans or strings, got a {type(labels).__name__}")
    dtype = labels.dtype
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return read_labels(labels.to_numpy(), what)
    values = pd.array(labels, copy=False) if not isinstance(dtype, np.dtype) else labels.to_numpy()
    if isinstance(dtype, pd.ArrowDtype):
        return _read_arrow(values.__arrow_array__(), what)
    _check_missing(np.asarray(pd.isna(values)), what)
    if isinstance(dtype, pd.CategoricalDtype):
        categories = read_labels(dtype.categories, what) if len(dtype.categories) else Labels(np.empty(0, np.intp))
        return _recoded(np.asarray(values.codes), categories)
    if isinstance(dtype, np.dtype):
        return read_labels(values, what)
    if pd.api.types.is_integer_dtype(dtype) or pd.api.types.is_bool_dtype(dtype):
        return Labels(np.asarray(values.to_numpy(dtype=dtype.numpy_dtype)))
    if pd.api.types.is_string_dtype(dtype):
        codes, names = pd.factorize(values)
        return _coded(codes, [str(name) for name in names])
    raise TypeError(f"{what} must be integers, booleans or strings, got dtype {dtype}")


def _read_arrow(labels: Any, what: str) -> Labels:
    import pyarrow as pa

    if isinstance(labels, pa.ChunkedArray):
        labels = pa.concat_arrays(labels.unify_dictionaries().chunks) if labels.num_chunks else labels.combine_chunks()
    if not isinstance(labels, pa.Array):
        raise TypeError(f"{what} must be a one-dimensional array, got {_described(labels)}")
    if labels.null_count:
        _check_missing(labels.is_null().to_numpy(zero_copy_only=False), what)
    kind = labels.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        labels = labels.cast(pa.large_string()).dictionary_encode()
    if isinstance(labels, pa.DictionaryArray):
        if labels.dictionary.null_count:
            valid = labels.dictionary.is_valid().to_numpy(zero_copy_only=False)
            _check_missing(~valid[labels.indices.to_numpy(zero_copy_only=False)], what)
            raise TypeError(f"{what} must not have a dictionary that holds nulls")
        if pa.types.is_integer(labels.dictionary.type):
            categories = read_labels(labels.dictionary, what)
        else:
            categories = read_labels(np.array(labels.dictionary.to_pylist(), dtype=object), what)
        return _recoded(labels.indices.to_numpy(zero_copy_only=False), categories)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return Labels(labels.to_numpy(zero_copy_only=False))
    raise TypeError(f"{what} must be integers, booleans or strings, got the Arrow type {kind}")


def _coded(codes: NDArray[Any], names: list[str]) -> Labels:
    """Codes into distinct strings -> codes into the same strings sorted."""
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return Labels(rank[codes], np.array([names[i] for i in order], dtype=object))


def _recoded(codes: NDArray[Any], categories: Labels) -> Labels:
    """Codes into categories -> labels."""
    return Labels(categories.values[codes], categories.names)


def _is_missing(x: object) -> bool:
    """Tell whether an object stands for a missing label: None, NaN, NaT or pandas.NA."""
    return x is None or type(x).__name__ in ("NAType", "NaTType") or (isinstance(x, float | np.floating) and x != x)


def _check_missing(missing: NDArray[np.bool_], what: str) -> None:
    count = int(np.count_nonzero(missing))
    if count:
        first = int(np.argmax(missing))
        raise ValueError(
            f"{what} must not be missing, got {count} missing of {missing.size}, the first at position {first}"
        )


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


def _whole(what: str, value: Any, *, least: int, most: int | None = None) -> int:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{what} must be an integer, got {_described(value)}")
    number = operator.index(value)
    if number < least or (most is not None and number > most):
        accepted = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{what} must be {accepted}, got {number}")
    return number


def _described(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"
