"""Plan files: the fields of a plan <-> JSON, one class per line.

Nothing in a file is believed before its format, its version and its checksum are verified. A checksum is no signature,
so everything is bounded before it is computed with.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.durable import replaced_file
from fastsplit.inputs.ids import ID_KINDS
from fastsplit.inputs.options import MAX_CLASS
from fastsplit.inputs.seeds import read_seed
from fastsplit.inputs.sizes import MAX_FOLDS, Shares

_FORMAT = "fastsplit plan"
_VERSION = 1
_HEAD = re.compile(rb'\{\n "format": "fastsplit plan",\n "version": ([0-9]{1,9}),\n')
_HEAD_BYTES = 100  # read before the rest of the file is
_ZIP = b"PK\x03\x04"  # how a plan of groups begins
_CHECKSUM = b',\n "sha256": "'
_FIELDS = {"format", "version", "seed", "with_ids", "sizes", "dtype", "classes", "sha256"}
_SEED = re.compile("[0-9]{1,1300}")
_RATIO = re.compile("([0-9]{1,19})(?:/([0-9]{1,19}))?")
_MAX_DENOMINATOR = 2**62  # of all sizes together: quotas are computed with it
_DTYPES = ("str", "bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)))
_CUT_DIGITS = 16  # hexadecimal
_ROWS = 1 << 12  # classes that are written at once


def write(path: str | os.PathLike[str], fields: dict[str, Any]) -> None:
    """Write the fields of a plan to a file, which replaces an old one only when it is complete."""
    with replaced_file(path) as file:
        file.writelines(_parts(fields))


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of a saved plan, or raise ValueError."""
    try:
        parsed, text = _verified(path)
        fields = _checked(parsed)
        if not _is_text_of(fields, text):  # also finds numbers, white space and order that `write` would not write
            raise ValueError("changed after it was saved")
    except (ArithmeticError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{str(path)!r} is not a valid {_FORMAT}: {error}") from error
    return fields


def _verified(path: str | os.PathLike[str]) -> tuple[dict[str, Any], bytes]:
    """Return the JSON of a file whose checksum is right, parsed and as text with the line ends of `write`."""
    with open(Path(path), "rb") as file:
        head = file.read(_HEAD_BYTES)
        match = _HEAD.match(_with_newlines(head))
        if match is None and f'"{_FORMAT}"'.encode() in head:
            raise ValueError("changed after it was saved: its lines are not as Plan.save writes them")
        if match is None:
            by_group = head.startswith(_ZIP)
            raise ValueError(f"not a {_FORMAT}{', but maybe one for fastsplit.GroupPlan.load' if by_group else ''}")
        if int(match[1]) != _VERSION:
            raise ValueError(f"version {int(match[1])}, but this fastsplit reads version {_VERSION}")
        text = _with_newlines(head + file.read())
    body, _, checksum = text.rpartition(_CHECKSUM)
    if checksum != hashlib.sha256(body).hexdigest().encode() + b'"\n}\n':
        raise ValueError("changed after it was saved, or incomplete")
    return json.loads(text), text


def _with_newlines(text: bytes) -> bytes:
    """Undo what version control does to line ends; strings in JSON have no raw ones."""
    return text.replace(b"\r\n", b"\n")


def _is_text_of(fields: dict[str, Any], text: bytes) -> bool:
    at = 0
    for part in _parts(fields):
        if not text.startswith(part, at):
            return False
        at += len(part)
    return at == len(text)


def _parts(fields: dict[str, Any]) -> Iterator[bytes]:
    """Yield JSON with one class per line, part by part; numbers that JSON readers would round are strings."""
    is_str = fields["classes"].dtype.kind == "O"
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "seed": str(fields["seed"]),
        "with_ids": fields["with_ids"],
        **({"id_kind": fields["id_kind"]} if fields["id_kind"] else {}),
        "sizes": {name: str(size) for name, size in zip(fields["names"], fields["sizes"], strict=True)},
        "dtype": "str" if is_str else fields["classes"].dtype.name,
    }
    opening = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    sha = hashlib.sha256()
    for text in chain([opening, ',\n "classes": [\n  '], _rows(fields), ["\n ]"]):
        part = text.encode("utf-8", "surrogatepass")
        sha.update(part)
        yield part
    yield _CHECKSUM + sha.hexdigest().encode() + b'"\n}\n'


def _rows(fields: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of some classes at once: the text of many would take several times the memory of the plan."""
    classes = fields["classes"]
    # Lists of integers and plain integers are written in Python as in JSON.
    is_integer = classes.dtype.kind in "iu"
    for begin in range(0, len(classes), _ROWS):
        some = slice(begin, begin + _ROWS)
        values, totals, counts = (fields[name][some].tolist() for name in ("classes", "totals", "counts"))
        rows = (
            f"[{value if is_integer else _json(value)}, {total}, {count}, [{cuts}]]"
            for value, total, count, cuts in zip(
                values, totals, counts, _cuts_as_text(fields["cuts"][some]), strict=True
            )
        )
        yield (",\n  " if begin else "") + ",\n  ".join(rows)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _cuts_as_text(cuts: NDArray[np.uint64]) -> list[str]:
    """Return the cuts of each class as strings of hexadecimal digits, separated by commas."""
    n_classes, width = cuts.shape
    if width == 0:
        return [""] * n_classes
    cells = np.empty((n_classes, width, _CUT_DIGITS + 4), dtype=np.uint8)
    cells[...] = np.frombuffer(b'"' + bytes(_CUT_DIGITS) + b'", ', dtype=np.uint8)
    digits = np.frombuffer(cuts.astype(">u8").tobytes().hex().encode(), dtype=np.uint8)
    cells[:, :, 1 : 1 + _CUT_DIGITS] = digits.reshape(n_classes, width, _CUT_DIGITS)
    text, length = cells.tobytes().decode(), width * cells.shape[2]
    return [text[begin : begin + length - 2] for begin in range(0, n_classes * length, length)]


def _checked(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a plan from parsed JSON, checked against each other."""
    if set(parsed) - {"id_kind"} != _FIELDS:  # which plans without ids, and older files, do not have
        raise ValueError("its fields are not those of a plan")
    seed, with_ids = checked_seed(parsed["seed"]), parsed["with_ids"]
    if not isinstance(with_ids, bool):
        raise ValueError("with_ids is not a boolean")
    id_kind = parsed.get("id_kind")
    if "id_kind" in parsed and (not with_ids or id_kind not in ID_KINDS):
        raise ValueError(f"its ids are not of the kind {' or '.join(ID_KINDS)}")
    names, sizes, is_complete = checked_sizes(parsed["sizes"])
    table = _checked_table(parsed["classes"], parsed["dtype"], len(names), is_complete)
    head = {"names": names, "sizes": sizes, "seed": seed, "with_ids": with_ids, "id_kind": id_kind}
    return {**head, **table}


def checked_seed(seed: Any) -> int:
    """Return the seed of a plan."""
    if not isinstance(seed, str) or not _SEED.fullmatch(seed):
        raise ValueError("its seed is not a number")
    return read_seed(int(seed))


def checked_sizes(given: Any) -> tuple[tuple[str, ...], Shares, bool]:
    """Return the names and the sizes of the splits, and whether the sizes sum to 1."""
    if not isinstance(given, dict) or not 1 <= len(given) <= MAX_FOLDS:
        raise ValueError(f"its sizes are not those of 1 to {MAX_FOLDS} splits")
    ratios, denominator = [], 1
    for size in given.values():
        match = _RATIO.fullmatch(size) if isinstance(size, str) else None
        if match is None or int(match[2] or 1) == 0:
            raise ValueError("its sizes are not ratios")
        ratios.append((int(match[1]), int(match[2] or 1)))
        denominator = math.lcm(denominator, ratios[-1][1])
        if denominator >= _MAX_DENOMINATOR:
            raise ValueError("its sizes have no common denominator below 2**62")
    total = sum(numerator * (denominator // own) for numerator, own in ratios)
    if total > denominator:
        raise ValueError("its sizes do not sum to at most 1")
    return tuple(given), Shares(Fraction(*ratio) for ratio in ratios), total == denominator


def _checked_table(rows: Any, dtype: Any, n_splits: int, is_complete: bool) -> dict[str, NDArray[Any]]:
    """Return the arrays of a plan, from a row per class: its label, its total, its counts and its cuts."""
    width = n_splits - is_complete
    labels, row_totals, row_counts, row_cuts = checked_columns(rows, dtype, ("label", "total", "counts", "cuts"))
    if not all(len(row) == width for row in row_cuts):
        raise ValueError("its cuts do not fit its classes")
    classes = checked_classes(labels, dtype)
    totals, counts = checked_counts(row_totals, row_counts, n_splits)
    cuts = _cuts(list(chain.from_iterable(row_cuts))).reshape(len(rows), width)
    rest = totals - counts.sum(axis=1)
    if (rest < 0).any() or (is_complete and rest.any()) or (cuts[:, :-1] > cuts[:, 1:]).any():
        raise ValueError("its cuts do not fit its classes")
    return {"classes": classes, "totals": totals, "counts": counts, "cuts": cuts}


def checked_columns(rows: Any, dtype: Any, names: tuple[str, ...]) -> list[list[Any]]:
    """Return the columns of a table with a row per class: labels of this dtype, numbers, and lists of these names."""
    if dtype not in _DTYPES:
        raise ValueError(f"its dtype is not one of {', '.join(_DTYPES)}")
    if not _are(list, [rows]) or not _are(list, rows) or not all(len(row) == len(names) for row in rows):
        raise ValueError(f"its classes are not rows of {', '.join(names[:-1])} and {names[-1]}")
    columns = [[row[i] for row in rows] for i in range(len(names))]
    if not all(_are(list, column) for column in columns[2:]):
        raise ValueError(f"its classes are not rows of {', '.join(names[:-1])} and {names[-1]}")
    return columns


def checked_counts(totals: list[Any], counts: list[Any], n_splits: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the total of each class, and its counts in each split."""
    if not all(len(row) == n_splits for row in counts):
        raise ValueError("its counts do not fit its classes")
    table = _numbers(list(chain.from_iterable(counts))).reshape(len(totals), n_splits)
    return _numbers(totals), table


def checked_classes(labels: list[Any], dtype: str) -> NDArray[Any]:
    """Return the labels of the classes, which must be ascending."""
    is_integer = dtype not in ("str", "bool")
    if not _are({"str": str, "bool": bool}.get(dtype, int), labels):
        raise ValueError(f"its classes are not labels of dtype {dtype}")
    if is_integer and labels and not np.iinfo(dtype).min <= min(labels) <= max(labels) <= np.iinfo(dtype).max:
        raise ValueError(f"its classes are not labels of dtype {dtype}")
    classes = np.array(labels, dtype=object if dtype == "str" else dtype)
    if (classes[:-1] >= classes[1:]).any():
        raise ValueError("its classes are not ascending labels")
    return classes


def _numbers(flat: list[Any]) -> NDArray[np.int64]:
    """Return numbers of examples, of which a class has at most 2**40."""
    if not _are(int, flat) or (flat and not 0 <= min(flat) <= max(flat) <= MAX_CLASS):
        raise ValueError("its counts are not from 0 to 2**40")
    return np.array(flat, dtype=np.int64)


def _cuts(flat: list[Any]) -> NDArray[np.uint64]:
    """Return cuts from strings of hexadecimal digits."""
    if not _are(str, flat) or any(len(cut) != _CUT_DIGITS for cut in flat):
        raise ValueError("its cuts are not numbers of 16 hexadecimal digits")
    raw = bytes.fromhex("".join(flat))
    if len(raw) * 2 != len(flat) * _CUT_DIGITS:  # fromhex skips white space
        raise ValueError("its cuts are not numbers of 16 hexadecimal digits")
    return np.frombuffer(raw, dtype=">u8").astype(np.uint64)


def _are(kind: type, values: Iterable[Any]) -> bool:
    """Return whether all values are of this very type: a bool is no int."""
    return set(map(type, values)) <= {kind}
