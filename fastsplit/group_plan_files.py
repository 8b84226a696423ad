"""Files of group plans: the fields of a plan <-> a zip archive that `numpy.load` opens.

``plan.json`` has all that is small, and a checksum of everything; ``groups.npy`` and ``splits.npy`` have the groups.
The archive is not compressed, so that nothing in a file is larger than the file. Nothing is believed before the format,
the version and the checksum are verified; a checksum is no signature, so all contents are checked after that.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit import plan_files
from fastsplit.durable import replaced_file
from fastsplit.engine.assign import none_of
from fastsplit.inputs.ids import ID_KINDS
from fastsplit.inputs.options import MAX_CLASS, read_balance

_FORMAT = "fastsplit plan of groups"
_VERSION = 1
_HEAD = f'{{\n "format": "{_FORMAT}",\n "version": {_VERSION},\n'.encode()
_ANY_VERSION = _HEAD[: _HEAD.rindex(b" ")]
_CHECKSUM = b',\n "sha256": "'
_FIELDS = {
    *("format", "version", "seed", "balance", "sizes", "group_kind", "groups", "splits_dtype", "largest_group"),
    *("dtype", "classes", "sha256"),
}
_MEMBERS = ["plan.json", "groups.npy", "splits.npy"]
_ZIP = b"PK\x03\x04"
_JSON = b'{\n "format": "fastsplit plan",'  # how a plan without groups begins
_TIME = (1980, 1, 1, 0, 0, 0)  # the first that an archive can have: equal plans are equal files
_NPY_ALIGNMENT = 64  # of the data of a .npy file
_SPLITS: dict[str, np.dtype[Any]] = {"uint8": np.dtype("u1"), "uint16": np.dtype("<u2")}
_GROUPS: np.dtype[Any] = np.dtype("<u8")


def write(path: str | os.PathLike[str], fields: dict[str, Any]) -> None:
    """Write the fields of a plan to a file, which replaces an old one only when it is complete."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for name, content in zip(_MEMBERS, _contents(fields), strict=True):
            file.writestr(zipfile.ZipInfo(name, _TIME), content)
    with replaced_file(path) as target:
        target.write(archive.getbuffer())


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of a saved plan, or raise ValueError."""
    try:
        text, groups, splits = _members(path)
        fields = _checked(_verified(text, groups, splits), groups, splits)
        if _contents(fields) != [text, groups, splits]:  # also finds what `_contents` would write otherwise
            raise ValueError("changed after it was saved")
    except (ArithmeticError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(f"{str(path)!r} is not a valid {_FORMAT}: {error}") from error
    return fields


def _members(path: str | os.PathLike[str]) -> list[bytes]:
    """Return the contents of an archive that has exactly the members of a plan, uncompressed."""
    with open(Path(path), "rb") as file:
        head = file.read(len(_JSON))
        if head.startswith(_JSON):
            raise ValueError("it is a plan without groups, which fastsplit.Plan.load reads")
        if not head.startswith(_ZIP):
            raise ValueError(f"not a {_FORMAT}")
        data = head + file.read()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if [member.filename for member in members] != _MEMBERS:
                raise ValueError(f"not a {_FORMAT}")
            if any(member.compress_type != zipfile.ZIP_STORED for member in members):
                raise ValueError("its members are compressed")
            if sum(member.file_size for member in members) > len(data):
                raise ValueError("incomplete")
            return [archive.read(member) for member in members]
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, struct.error):
        raise ValueError("changed after it was saved, or incomplete") from None  # zipfile quotes up to 64 KB of a file


def _verified(text: bytes, groups: bytes, splits: bytes) -> dict[str, Any]:
    """Return the JSON of a plan whose checksum is right, parsed."""
    if not text.startswith(_ANY_VERSION):
        raise ValueError(f"not a {_FORMAT}")
    if not text.startswith(_HEAD):
        raise ValueError(f"of another version, but this fastsplit reads version {_VERSION}")
    body, _, checksum = text.rpartition(_CHECKSUM)
    if checksum != _digest(body, groups, splits) + b'"\n}\n':
        raise ValueError("changed after it was saved, or incomplete")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def _digest(*parts: bytes) -> bytes:
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part)
    return sha.hexdigest().encode()


def _contents(fields: dict[str, Any]) -> list[bytes]:
    """Return the contents of the members."""
    groups, splits, classes = (fields[name] for name in ("groups", "splits", "classes"))
    is_str = classes.dtype.kind == "O"
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "seed": str(fields["seed"]),
        "balance": fields["balance"],
        "sizes": {name: str(size) for name, size in zip(fields["names"], fields["sizes"], strict=True)},
        "group_kind": fields["group_kind"],
        "groups": len(groups),
        "splits_dtype": splits.dtype.name,
        "largest_group": fields["largest_group"],
        "dtype": "str" if is_str else classes.dtype.name,
    }
    table = zip(*(fields[name].tolist() for name in ("classes", "totals", "counts")), strict=True)
    rows = [json.dumps(row, ensure_ascii=False) for row in table]
    opening = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    body = (opening + ',\n "classes": [\n  ' + ",\n  ".join(rows) + "\n ]").encode("utf-8", "surrogatepass")
    arrays = [_npy(groups, _GROUPS), _npy(splits, _SPLITS[splits.dtype.name])]
    return [body + _CHECKSUM + _digest(body, *arrays) + b'"\n}\n', *arrays]


def _npy(array: NDArray[Any], dtype: np.dtype[Any]) -> bytes:
    """Return an array as the content of a .npy file, of format version 1.0."""
    return _npy_head(len(array), dtype) + array.astype(dtype, copy=False).tobytes()


def _npy_head(n: int, dtype: np.dtype[Any]) -> bytes:
    """Return what stands before the data. Not written by NumPy, whose padding depends on its version."""
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': ({n},), }}"
    length = -(-(len(np.lib.format.MAGIC_PREFIX) + 4 + len(text) + 1) // _NPY_ALIGNMENT) * _NPY_ALIGNMENT
    padded = text.ljust(length - len(np.lib.format.MAGIC_PREFIX) - 5) + "\n"
    return np.lib.format.magic(1, 0) + struct.pack("<H", len(padded)) + padded.encode()


def _values(content: bytes, n: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return the array of a .npy file that must have n elements of a dtype."""
    head = _npy_head(n, dtype)
    if not content.startswith(head) or len(content) != len(head) + n * dtype.itemsize:
        raise ValueError("its arrays are not those of its groups")
    return np.frombuffer(content, dtype=dtype, offset=len(head)).astype(dtype.newbyteorder("="), copy=False)


def _checked(parsed: dict[str, Any], groups: bytes, splits: bytes) -> dict[str, Any]:
    """Return the fields of a plan from its contents, checked against each other."""
    if set(parsed) != _FIELDS:
        raise ValueError("its fields are not those of a plan of groups")
    names, sizes, is_complete = plan_files.checked_sizes(parsed["sizes"])
    n, kind, largest = parsed["groups"], parsed["group_kind"], parsed["largest_group"]
    if type(n) is not int or type(largest) is not int or not 0 <= largest <= MAX_CLASS * max(1, len(parsed["classes"])):
        raise ValueError("its numbers of groups and examples are not numbers")
    if kind not in (ID_KINDS if n else (None,)):
        raise ValueError(f"its groups are not of the kind {' or '.join(ID_KINDS)}")
    none = none_of(len(names) - is_complete)
    if parsed["splits_dtype"] != none.dtype.name:
        raise ValueError("the dtype of its splits does not fit their number")
    group_array, split_array = _values(groups, n, _GROUPS), _values(splits, n, _SPLITS[none.dtype.name])
    if (group_array[:-1] >= group_array[1:]).any():
        raise ValueError("its groups are not ascending")
    known = split_array < len(names)
    if not (known if is_complete else known | (split_array == none)).all():
        raise ValueError("its groups are in splits that there are not")
    head = {"names": names, "sizes": sizes, "seed": plan_files.checked_seed(parsed["seed"])}
    more = {"balance": read_balance(parsed["balance"]), "group_kind": kind, "largest_group": largest}
    table = _checked_table(parsed["classes"], parsed["dtype"], len(names), is_complete)
    n_groups = np.bincount(split_array[known], minlength=len(names))
    if table["counts"].sum(axis=0)[n_groups == 0].any():
        raise ValueError("its counts do not fit its groups")
    return {**head, **more, "groups": group_array, "splits": split_array, **table}


def _checked_table(rows: Any, dtype: Any, n_splits: int, is_complete: bool) -> dict[str, NDArray[Any]]:
    """Return the classes, their totals and their counts, from a row per class."""
    labels, row_totals, row_counts = plan_files.checked_columns(rows, dtype, ("label", "total", "counts"))
    classes = plan_files.checked_classes(labels, dtype)
    totals, counts = plan_files.checked_counts(row_totals, row_counts, n_splits)
    rest = totals - counts.sum(axis=1)
    if (rest < 0).any() or (is_complete and rest.any()):
        raise ValueError("its counts do not fit its classes")
    return {"classes": classes, "totals": totals, "counts": counts}
