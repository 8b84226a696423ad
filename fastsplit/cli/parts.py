"""The parts of a folder that a command made, read again: the id of each example, and its split."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit import readers
from fastsplit.cli import manifest, recorded
from fastsplit.engine.hashing import hashed
from fastsplit.inputs.options import read_threads
from fastsplit.readers.columns import IdColumn


class Parts(NamedTuple):
    """The examples of all splits of a folder.

    Attributes
    ----------
    names : tuple of str
        The K splits.
    splits : ndarray of uint8, shape (n,)
        The split of each example, by its number.
    ids : ndarray of uint64, shape (n,)
        The id of each example, as the split hashed it: examples whose hashes are equal were one id to it too.
    n_others : int
        How many examples are in no split, and so in no file.
    """

    names: tuple[str, ...]
    splits: NDArray[np.uint8]
    ids: NDArray[np.uint64]
    n_others: int


def have_examples(folder: Path) -> bool:
    """Return whether a folder has the examples of its splits, in files that can be read again."""
    record = recorded.of_folder(folder)
    return record is not None and record.suffix is not None and manifest.splits(folder) is not None


def read_ids(folder: Path, kind: str) -> Parts:
    """Read the ids of all examples of a folder that has them; ``kind`` is what they are, one of `ID_KINDS`.

    Raises
    ------
    ValueError
        If the files do not hold as many examples as the report says.
    """
    found, record = manifest.splits(folder), recorded.of_folder(folder)
    assert found is not None
    assert record is not None
    options, threads = record.reading(), read_threads(None)
    splits = np.repeat(np.arange(len(found.names), dtype=np.uint8), found.examples)
    ids, end = np.empty(len(splits), dtype=np.uint64), 0
    for name, n in zip(found.names, found.examples, strict=True):
        begin, end = end, end + n
        path = folder / f"{name}{record.suffix}"
        at = begin
        for chunk in readers.open([path], options).chunks() if n else ():
            if at + chunk.n <= end:
                read = IdColumn("id", kind).read(chunk.ids, chunk.where)
                if read.kind != kind:
                    raise ValueError(f"{path} has ids that are {read.kind}, and those of the other folder are {kind}")
                ids[at : at + chunk.n] = hashed(read, threads)
            at += chunk.n
        if at != end:
            raise ValueError(f"{path} has {at - begin:,} examples, but {n:,} by {manifest.REPORT}: it was changed")
    return Parts(found.names, splits, ids, found.rows - len(splits))
