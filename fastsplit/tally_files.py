"""Tallies as bytes: a line with the format, its version and a checksum, a head in JSON, and the arrays.

Nothing is believed before the format, the version and the checksum are verified. A checksum is no signature, so the
head and the arrays are checked after that, and no array is larger than the bytes.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.engine import narrowing
from fastsplit.engine.narrowing import Narrowed
from fastsplit.inputs.ids import ID_KINDS
from fastsplit.inputs.options import MAX_CLASS
from fastsplit.inputs.sizes import MAX_SPLITS, Shares
from fastsplit.plan_files import checked_seed, checked_sizes

_FORMAT = "fastsplit tally"
_VERSION = 1
_HEAD = re.compile(rb"fastsplit tally ([0-9]{1,9})\n([0-9a-f]{64})\n([0-9]{1,12})\n")
_HEAD_BYTES = 120
_FIELDS = {"names", "shares", "seed", "min_per_split", "reach", "with_ids", "id_kind", "planned"}
_MORE_FIELDS = {"covered", "dtype", "n_classes", "n_keys", "n_narrowed", "n_bins"}
_INTEGERS = ("bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)))
_DIGEST = re.compile("[0-9a-f]{64}")
_MAX_ROW = 2**63


def to_bytes(head: dict[str, Any], covered: tuple[tuple[int, int], ...], state: dict[str, Any]) -> bytes:
    """Return a tally as bytes: the fields of its head, the ranges of rows, and the fields of its state."""
    classes, narrowed = state["classes"], state["narrowed"]
    is_str = classes.dtype.kind == "O"
    fields = {
        **head,
        "names": list(head["names"]),
        "shares": [str(share) for share in head["shares"]],
        "seed": str(head["seed"]),
        "covered": covered,
        "dtype": "str" if is_str else classes.dtype.name,
        "n_classes": len(classes),
        "n_keys": len(state["keys"]),
        "n_narrowed": 0 if narrowed is None else len(narrowed.numbers),
        "n_bins": 0 if narrowed is None else len(narrowed.bins.sizes),
    }
    text = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()
    parts = [*(_of_strings(classes) if is_str else [_raw(classes)]), _raw(state["counts"]), _raw(state["below"])]
    parts += [_raw(np.diff(state["starts"])), _raw(state["keys"])]
    if head["planned"] is not None:
        parts += [_raw(state["low"]), _raw(state["high"])]
    if narrowed is not None:
        parts += map(_raw, narrowed.arrays())
    body = b"".join([text, *parts])
    opening = f"{_FORMAT} {_VERSION}\n{hashlib.sha256(body).hexdigest()}\n{len(text)}\n"
    return opening.encode() + body


def from_bytes(data: bytes) -> tuple[dict[str, Any], tuple[tuple[int, int], ...], dict[str, Any]]:
    """Return what `to_bytes` was given, or raise ValueError; the bands of a tally that is not planned are empty."""
    try:
        match = _HEAD.match(bytes(data[:_HEAD_BYTES]))
        if match is None:
            raise ValueError(f"not a {_FORMAT}")
        if int(match[1]) != _VERSION:
            raise ValueError(f"version {int(match[1])}, but this fastsplit reads version {_VERSION}")
        body = memoryview(data)[match.end() :]
        if hashlib.sha256(body).hexdigest().encode() != match[2]:
            raise ValueError("changed after it was written, or incomplete")
        length = int(match[3])
        fields = json.loads(bytes(body[:length]))
        head, covered = _checked_head(fields)
        return head, covered, _checked_state(fields, head, _Reader(body[length:]))
    except (ArithmeticError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"the bytes are not a valid {_FORMAT}: {error}") from error


def _raw(array: NDArray[Any]) -> bytes:
    """Return the elements of an array, little-endian."""
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _of_strings(classes: NDArray[Any]) -> list[bytes]:
    texts = [name.encode("utf-8", "surrogatepass") for name in classes.tolist()]
    return [np.array(list(map(len, texts)), dtype="<i8").tobytes(), *texts]


class _Reader:
    """The arrays that follow each other in some bytes."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def bytes(self, n: int) -> bytes:
        if not 0 <= n <= len(self.data) - self.at:
            raise ValueError("its arrays are incomplete")
        self.at += n
        return bytes(self.data[self.at - n : self.at])

    def array(self, n: int, dtype: str) -> NDArray[Any]:
        kind = np.dtype(dtype).newbyteorder("<")
        return np.frombuffer(self.bytes(n * kind.itemsize), dtype=kind).astype(kind.newbyteorder("="))


def _checked_head(fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[tuple[int, int], ...]]:
    """Return the fields of a head and the covered ranges, checked against each other."""
    if not isinstance(fields, dict) or set(fields) != _FIELDS | _MORE_FIELDS:
        raise ValueError("its fields are not those of a tally")
    sizes = dict(zip(fields["names"], fields["shares"], strict=True))
    names, shares, _ = checked_sizes(sizes)
    if len(names) > MAX_SPLITS or len(names) != len(fields["names"]) or not isinstance(shares, Shares):
        raise ValueError("its sizes are not those of a tally")
    minimum, reach, with_ids, kind = (fields[name] for name in ("min_per_split", "reach", "with_ids", "id_kind"))
    if type(minimum) is not int or not 0 <= minimum <= MAX_CLASS:
        raise ValueError("its min_per_split is not from 0 to 2**40")
    if type(reach) is not float or not (math.isfinite(reach) and reach > 0):
        raise ValueError("its reach is not a number above 0")
    if type(with_ids) not in (bool, type(None)) or kind not in (None, *(ID_KINDS if with_ids else ())):
        raise ValueError("its ids are of no kind")
    head = {"names": names, "shares": shares, "seed": checked_seed(fields["seed"]), "min_per_split": minimum}
    planned = _checked_planned(fields["planned"])
    head |= {"reach": reach, "with_ids": with_ids, "id_kind": kind, "planned": planned}
    covered = fields["covered"]
    rows = [row for pair in covered for row in pair]
    if any(len(pair) != 2 for pair in covered) or not all(type(row) is int and 0 <= row < _MAX_ROW for row in rows):
        raise ValueError("its rows are not ranges")
    if any(a >= b for a, b in pairwise(rows)) or (with_ids and rows):
        raise ValueError("its rows are not ascending ranges")
    return head, tuple((begin, end) for begin, end in covered)


def _checked_planned(planned: Any) -> tuple[int, str] | None:
    if planned is None:
        return None
    n, digest = planned
    if type(n) is not int or n < 0 or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError("its counts are not numbers")
    return n, digest


def _checked_state(fields: dict[str, Any], head: dict[str, Any], reader: _Reader) -> dict[str, Any]:
    """Return the fields of a state, checked against each other."""
    n, n_keys, width = fields["n_classes"], fields["n_keys"], len(head["shares"].ideal_cuts)
    if type(n) is not int or type(n_keys) is not int or min(n, n_keys) < 0:
        raise ValueError("its numbers of classes and keys are not numbers")
    classes = _checked_classes(n, fields["dtype"], reader)
    counts, below = reader.array(n, "i8"), reader.array(n * width, "i8").reshape(n, width)
    sizes, keys = reader.array(n, "i8"), reader.array(n_keys, "u8")
    edges = np.empty((0, width), dtype=np.uint64)
    low = high = edges
    if head["planned"] is not None:
        low, high = (reader.array(n * width, "u8").reshape(n, width) for _ in range(2))
        if (low - 1 > high).any() or any((edge[:, :-1] > edge[:, 1:]).any() for edge in (low, high)):
            raise ValueError("its bands are not ascending")
    narrowed = _checked_narrowed(fields, width, n, reader)
    if narrowed is not None and head["planned"] is None:
        raise ValueError("its bins were not planned")
    if reader.at != len(reader.data):
        raise ValueError("its arrays are longer than its classes")
    if ((counts < 1) | (counts > MAX_CLASS) | (sizes < 0) | (sizes > counts)).any() or sizes.sum() != n_keys:
        raise ValueError("its counts do not fit its keys")
    is_dropped = (below == -1) & (sizes == 0)[:, None] & (head["planned"] is not None)
    if ((below < 0) & ~is_dropped).any() or (below > counts[:, None]).any():
        raise ValueError("its counts do not fit its classes")
    covered = sum(end - begin for begin, end in fields["covered"])
    if head["with_ids"] is False and covered != counts.sum():
        raise ValueError("its counts do not fit its rows")
    starts = np.append(0, sizes.cumsum())
    falls = np.flatnonzero(keys[:-1] > keys[1:]) + 1
    if not np.isin(falls, starts).all():
        raise ValueError("its keys are not ascending")
    names = ("classes", "counts", "low", "high", "below", "starts", "keys", "narrowed")
    return dict(zip(names, (classes, counts, low, high, below, starts, keys, narrowed), strict=True))


def _checked_narrowed(fields: dict[str, Any], width: int, n_classes: int, reader: _Reader) -> Narrowed | None:
    m, n_bins = fields["n_narrowed"], fields["n_bins"]
    if type(m) is not int or type(n_bins) is not int or min(m, n_bins) < 0 or (m == 0 and n_bins > 0):
        raise ValueError("its numbers of bins are not numbers")
    if m == 0:
        return None
    numbers, kinds = reader.array(m, "i8"), ("u8", "u8", "i8", "i8", "u8", "u8")
    intervals = narrowing.Intervals._make(reader.array(m * width, kind).reshape(m, width) for kind in kinds)
    starts, bins = reader.array(m + 1, "i8"), narrowing.Bins._make(reader.array(n_bins, k) for k in ("u8", "u8", "i8"))
    narrowed = narrowing.Narrowed(numbers, intervals, starts, bins)
    narrowing.check(narrowed, n_classes)
    return narrowed


def _checked_classes(n: int, dtype: Any, reader: _Reader) -> NDArray[Any]:
    classes: NDArray[Any]
    if dtype == "str":
        lengths = reader.array(n, "i8").tolist()
        names = [reader.bytes(length).decode("utf-8", "surrogatepass") for length in lengths]
        classes = np.array(names, dtype=object)
    elif dtype == "bool":
        classes = reader.array(n, "u1").astype(bool)
    elif dtype in _INTEGERS:
        classes = reader.array(n, dtype)
    else:
        raise ValueError(f"its dtype is not one of str, {', '.join(_INTEGERS)}")
    if (classes[:-1] >= classes[1:]).any():
        raise ValueError("its classes are not ascending labels")
    return classes
