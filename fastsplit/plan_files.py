"""Plan files: the fields of a plan <-> JSON, one class per line."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit.inputs.sizes import MAX_FOLDS, Shares

_FORMAT = "fastsplit plan"
_VERSION = 1
_RATIO = re.compile("[0-9]{1,20}(/[0-9]{1,20})?")


def write(path: str | os.PathLike[str], fields: dict[str, Any]) -> None:
    """Write the fields of a plan to a file beside ``path``, then rename it."""
    path = Path(path)
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            file.write(_to_text(fields))
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside, 0o666 & ~umask)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the fields of a saved plan, or raise ValueError."""
    text = Path(path).read_bytes()
    try:
        parsed = json.loads(text)
        if not isinstance(parsed, dict) or parsed.get("format") != _FORMAT:
            raise ValueError(f"not a {_FORMAT}")
        if parsed.get("version") != _VERSION:
            raise ValueError(f"version {parsed.get('version')}, but this fastsplit reads version {_VERSION}")
        fields = _checked(parsed)
        if _to_text(fields).encode("utf-8", "surrogatepass") != text:
            raise ValueError("changed after it was saved")
    except json.JSONDecodeError as error:
        reason = f"not JSON (line {error.lineno}, column {error.colno})"
        raise ValueError(f"{str(path)!r} is not a valid {_FORMAT}: {reason}") from error
    except (ArithmeticError, AttributeError, KeyError, RecursionError, SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"{str(path)!r} is not a valid {_FORMAT}: {error}") from error
    return fields


def _to_text(fields: dict[str, Any]) -> str:
    """Return JSON with one class per line; numbers that JSON readers would round are strings."""
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "seed": str(fields["seed"]),
        "with_ids": fields["with_ids"],
        "sizes": {name: str(size) for name, size in zip(fields["names"], fields["sizes"], strict=True)},
        "dtype": "str" if fields["classes"].dtype.kind == "O" else fields["classes"].dtype.name,
    }
    columns = (fields[name].tolist() for name in ("classes", "totals", "counts", "cuts"))
    rows = [
        json.dumps([value, total, counts, [f"{cut:016x}" for cut in cuts]], ensure_ascii=False)
        for value, total, counts, cuts in zip(*columns, strict=True)
    ]
    opening = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    body = opening + ',\n "classes": [\n  ' + ",\n  ".join(rows) + "\n ]"
    return f'{body},\n "sha256": "{hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()}"\n}}\n'


def _checked(parsed: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a plan from parsed JSON, checked against each other."""
    names = tuple(parsed["sizes"])
    if len(names) > MAX_FOLDS or not all(_RATIO.fullmatch(size) for size in parsed["sizes"].values()):
        raise ValueError("its sizes are not ratios")
    sizes = Shares(Fraction(size) for size in parsed["sizes"].values())
    if not names or min(sizes) < 0 or sum(sizes) > 1:
        raise ValueError("its sizes do not sum to at most 1")
    seed = int(parsed["seed"])
    if seed < 0:
        raise ValueError("its seed is negative")
    with_ids = parsed["with_ids"]
    if not isinstance(with_ids, bool):
        raise ValueError("with_ids is not a boolean")
    table = _checked_table(parsed, len(names), sum(sizes) == 1)
    return {"names": names, "sizes": sizes, "seed": seed, "with_ids": with_ids, **table}


def _checked_table(parsed: dict[str, Any], n_splits: int, complete: bool) -> dict[str, NDArray[Any]]:
    """Return the arrays of a plan; ``complete`` says that its sizes sum to 1."""
    rows, width = parsed["classes"], n_splits - complete
    if not all(len(row) == 4 and len(row[2]) == n_splits and len(row[3]) == width for row in rows):
        raise ValueError("its cuts do not fit its classes")
    dtype = np.dtype(object if parsed["dtype"] == "str" else parsed["dtype"])
    classes = np.array([row[0] for row in rows], dtype=dtype)
    totals = np.array([row[1] for row in rows], dtype=np.int64)
    counts = np.array([row[2] for row in rows], dtype=np.int64).reshape(len(rows), n_splits)
    cuts = np.array([[int(cut, 16) for cut in row[3]] for row in rows], dtype=np.uint64).reshape(len(rows), width)
    named = dtype.kind == "O" and all(isinstance(row[0], str) for row in rows)
    if not (named or dtype.kind in "iub") or (classes[:-1] >= classes[1:]).any():
        raise ValueError("its classes are not ascending labels")
    rest = totals - counts.sum(axis=1)
    if (counts < 0).any() or (rest < 0).any() or (complete and rest.any()) or (cuts[:, :-1] > cuts[:, 1:]).any():
        raise ValueError("its cuts do not fit its classes")
    return {"classes": classes, "totals": totals, "counts": counts, "cuts": cuts}
