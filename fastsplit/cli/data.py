"""The data of a command: files, scanned as often as needed -> labels, ids and groups as the engine takes them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit import GroupPlan, Plan
from fastsplit.counting import Counts
from fastsplit.inputs.ids import Ids
from fastsplit.readers.columns import IdColumn, LabelColumn, taken
from fastsplit.readers.progress import progress
from fastsplit.readers.source import Chunk, Source


class Part(NamedTuple):
    """One chunk of the data; examples whose label is missing may be left out of the arrays.

    Attributes
    ----------
    chunk : Chunk
        All examples of the chunk, n of them.
    start : int
        The number of examples before the chunk: the position of its first one.
    kept : ndarray of bool, shape (n,), or None
        Which examples are in the arrays below; None if all are.
    rows : ndarray of int32
        The class of each label, by its position among the classes of the data.
    labels : Labels
        The labels.
    ids : Ids
        The ids; positions if the data has none.
    groups : Ids or None
        The groups.
    """

    chunk: Chunk
    start: int
    kept: NDArray[np.bool_] | None
    rows: NDArray[np.int32]
    labels: Any  # as functions of labels take what was read: mypy knows no array_like of our own
    ids: Any
    groups: Any

    def spread(self, splits: NDArray[Any]) -> NDArray[Any]:
        """Return the split of every example of the chunk: those that are left out are in no split."""
        if self.kept is None:
            return splits
        out = np.full(self.chunk.n, np.iinfo(splits.dtype).max, dtype=splits.dtype)
        out[self.kept] = splits
        return out


class Data:
    """Labels, ids and groups of a source; the first scan types and counts them.

    Attributes
    ----------
    source : Source
        The files.
    labels : LabelColumn
        The labels of all examples; their classes and counts.
    n : int
        The number of examples, with those whose label is missing.

    Parameters
    ----------
    planned : Plan or GroupPlan, optional
        A plan that splits the data: text is of the kind that it was when the plan was made.
    """

    def __init__(self, source: Source, missing: str, planned: Plan | GroupPlan | None = None) -> None:
        self.source, self.n = source, 0
        self.labels = LabelColumn(missing, source.hints, None if planned is None else planned.classes)
        self._id_kind = planned.id_kind if isinstance(planned, Plan) else None
        self._group_kind = planned.group_kind if isinstance(planned, GroupPlan) else None
        self._ids: IdColumn | None = None
        self._groups: IdColumn | None = None
        self._scan()
        if self.n_kept == 0:
            raise ValueError(f"{source.paths[0]}: no labels found")
        for text in self.labels.warnings:
            warnings.warn(text, stacklevel=3)

    @property
    def n_kept(self) -> int:
        """The number of examples with a label."""
        return int(self.labels.counts.sum())

    @property
    def note(self) -> str:
        """What a report says of examples that are left out; empty if there are none."""
        n = self.n - self.n_kept
        return f"\n\nexamples without a label, in no split: {n:,}" if n else ""

    @property
    def with_ids(self) -> bool:
        """Whether the data has ids; else the id of an example is its position."""
        return self._ids is not None

    @property
    def with_groups(self) -> bool:
        """Whether the data has groups."""
        return self._groups is not None

    @property
    def counts(self) -> Counts:
        """The counts of all classes."""
        return Counts(self.labels.classes, self.labels.counts)

    def _scan(self) -> None:
        for chunk in progress(self.source.chunks(), "count", n_of):
            self.labels.add(chunk.labels[0], chunk.where)
            if chunk.ids is not None:
                self._ids = self._ids or IdColumn("id", self._id_kind)
                self._ids.add(chunk.ids, chunk.where)
            if chunk.groups is not None:
                self._groups = self._groups or IdColumn("group", self._group_kind)
                self._groups.add(chunk.groups, chunk.where)
            self.n += chunk.n

    def parts(self, what: str, *, examples: bool = False) -> Iterator[Part]:
        """Scan the source again; ``what`` is shown as progress."""
        for start, chunk in scanned_again(self.source, what, self.n, examples=examples):
            rows = self.labels.rows(chunk.labels[0], chunk.where)
            kept = rows >= 0 if self.labels.n_missing else None
            rows, kept = (rows, None) if kept is None or kept.all() else (rows[kept], kept)
            labels = self.labels.labels(rows)
            ids, groups = (self._read(column, values, kept, chunk) for column, values in self._beside(chunk))
            yield Part(chunk, start, kept, rows, labels, ids or _positions(start, chunk.n, kept), groups)

    def _beside(self, chunk: Chunk) -> tuple[tuple[IdColumn | None, Any], tuple[IdColumn | None, Any]]:
        return (self._ids, chunk.ids), (self._groups, chunk.groups)

    def _read(self, column: IdColumn | None, values: Any, kept: NDArray[np.bool_] | None, chunk: Chunk) -> Ids | None:
        if column is None:
            return None
        where: Callable[[int], str] = chunk.where
        if kept is None:
            return column.read(values, where)
        rows = np.flatnonzero(kept)
        return column.read(taken(values, kept), lambda i: chunk.where(int(rows[i])))


class SplitCounts:
    """Examples by class and split, counted while a scan splits them.

    Attributes
    ----------
    table : ndarray of int64, shape (C, K)
        The examples of each class in each split.
    totals : ndarray of int64, shape (C,)
        Likewise, with those in no split.
    """

    def __init__(self, n_classes: int, n_splits: int) -> None:
        self._cells = np.zeros((n_classes, n_splits + 1), dtype=np.int64)  # the last column: in no split

    def add(self, rows: NDArray[np.int32], splits: NDArray[np.uint8]) -> None:
        """Count examples of these classes in these splits."""
        width = self._cells.shape[1]
        cells = rows.astype(np.int64) * width + np.minimum(splits, width - 1)
        self._cells += np.bincount(cells, minlength=self._cells.size).reshape(self._cells.shape)

    @property
    def table(self) -> NDArray[np.int64]:
        """Return the counts of the splits."""
        return self._cells[:, :-1]

    @property
    def totals(self) -> NDArray[np.int64]:
        """Return the counts of the classes."""
        totals: NDArray[np.int64] = self._cells.sum(axis=1)
        return totals


def n_of(chunk: Chunk) -> int:
    """Return the number of examples of a chunk, which progress counts."""
    return chunk.n


def scanned_again(source: Source, what: str, n: int, *, examples: bool = False) -> Iterator[tuple[int, Chunk]]:
    """Yield all chunks, and the number of examples before each; raise ValueError if these are not ``n`` as before."""
    start = 0
    for chunk in progress(source.chunks(examples=examples), what, n_of, n):
        if start + chunk.n > n:
            raise changed(source, f"{n:,} examples first, then more")
        yield start, chunk
        start += chunk.n
    if start != n:
        raise changed(source, f"{n:,} examples first, then {start:,}")


def changed(source: Source, how: str) -> ValueError:
    """Return the error for files that are not the same in two scans."""
    text = "the files changed while they were read"
    return ValueError(f"{source.paths[0]}: {text}: {how}; run again when nothing writes to them")


def _positions(start: int, n: int, kept: NDArray[np.bool_] | None) -> Ids:
    positions = np.arange(start, start + n, dtype=np.uint64)
    return Ids(positions if kept is None else positions[kept])
