"""Plans as JSON files."""

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

from fastsplit import _inputs
from fastsplit._plan import Plan
from fastsplit._shares import Shares

_FORMAT = "fastsplit plan"
_VERSION = 1
_RATIO = re.compile("[0-9]{1,20}(/[0-9]{1,20})?")


def write(path: str | os.PathLike[str], text: str) -> None:
    """Write a file, which appears whole or not at all."""
    path = Path(path)
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside, 0o666 & ~umask)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def read(path: str | os.PathLike[str]) -> Plan:
    """Read a plan that was saved, or raise ValueError."""
    text = Path(path).read_bytes()
    try:
        fields = json.loads(text)
        if not isinstance(fields, dict) or fields.get("format") != _FORMAT:
            raise ValueError(f"it is not a {_FORMAT}")
        if fields.get("version") != _VERSION:
            raise ValueError(f"it has version {fields.get('version')}, this fastsplit reads version {_VERSION}")
        plan = _from_fields(fields)
        if to_text(plan).encode("utf-8", "surrogatepass") != text:
            raise ValueError("it was changed after it was saved")
    except (ArithmeticError, AttributeError, KeyError, RecursionError, SyntaxError, TypeError, ValueError) as error:
        raise ValueError(f"path must be a plan that was saved whole, got {str(path)!r}: {error}") from error
    return plan


def to_text(plan: Plan) -> str:
    """Return the plan as JSON, a class a line; numbers that JSON readers would round are strings."""
    head = {
        "format": _FORMAT,
        "version": _VERSION,
        "seed": str(plan.seed),
        "with_ids": plan.with_ids,
        "sizes": {name: str(size) for name, size in zip(plan.names, plan.sizes, strict=True)},
        "dtype": "str" if plan.classes.dtype.kind == "O" else plan.classes.dtype.name,
    }
    columns = (plan.classes.tolist(), plan.totals.tolist(), plan.counts.tolist(), plan.cuts.tolist())
    rows = [
        json.dumps([value, total, counts, [f"{cut:016x}" for cut in cuts]], ensure_ascii=False)
        for value, total, counts, cuts in zip(*columns, strict=True)
    ]
    opening = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    body = opening + ',\n "classes": [\n  ' + ",\n  ".join(rows) + "\n ]"
    return f'{body},\n "sha256": "{hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()}"\n}}\n'


def _from_fields(fields: dict[str, Any]) -> Plan:
    names = tuple(fields["sizes"])
    if len(names) > _inputs.MAX_FOLDS or not all(_RATIO.fullmatch(size) for size in fields["sizes"].values()):
        raise ValueError("its sizes are not ratios")
    sizes = Shares(Fraction(size) for size in fields["sizes"].values())
    total = sum(sizes, Fraction(0))
    if not names or min(sizes) < 0 or total > 1:
        raise ValueError("its sizes do not sum to at most 1")
    seed = int(fields["seed"])
    if seed < 0:
        raise ValueError("its seed is negative")
    with_ids = fields["with_ids"]
    if not isinstance(with_ids, bool):
        raise ValueError("it does not tell whether it was made with ids")

    rows, width = fields["classes"], len(names) - (total == 1)
    if not all(len(row) == 4 and len(row[2]) == len(names) and len(row[3]) == width for row in rows):
        raise ValueError("its cuts do not fit its classes")
    dtype = np.dtype(object if fields["dtype"] == "str" else fields["dtype"])
    classes = np.array([row[0] for row in rows], dtype=dtype)
    totals = np.array([row[1] for row in rows], dtype=np.int64)
    counts = np.array([row[2] for row in rows], dtype=np.int64).reshape(len(rows), len(names))
    cuts = np.array([[int(cut, 16) for cut in row[3]] for row in rows], dtype=np.uint64).reshape(len(rows), width)
    named = dtype.kind == "O" and all(isinstance(row[0], str) for row in rows)
    if not (named or dtype.kind in "iub") or (classes[:-1] >= classes[1:]).any():
        raise ValueError("its classes are not ascending labels")
    rest = totals - counts.sum(axis=1)
    if (counts < 0).any() or (rest < 0).any() or (rest.any() and total == 1) or (cuts[:, :-1] > cuts[:, 1:]).any():
        raise ValueError("its cuts do not fit its classes")
    return Plan(names, sizes, seed, with_ids, classes, totals, counts, cuts)
