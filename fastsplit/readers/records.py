"""TFRecord files: labels, ids and groups are features of `tf.train.Example`; TensorFlow is not needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit.readers import _records
from fastsplit.readers.frames import Block, Buffers, blocks
from fastsplit.readers.source import Chunk, Options, Pieces, Source, Texts, Values, labelled, listed, unchanged
from fastsplit.text import printable

_BLOCK = 1 << 22  # bytes: read, checked and scanned while they are in the CPU's cache, twice as fast as 16 MB
_MOST_WORKERS = 16
_KINDS = ("nothing", "bytes", "floats", "integers")  # by the number that protobuf.hpp gives them
_BYTES, _INTEGERS = _KINDS.index("bytes"), _KINDS.index("integers")
_N_LISTED = 10_000  # features that are looked at for an error message
_SMALL = 1 << 16  # bytes: a block that is read for its first record
_AGAIN = "the file is damaged here; copy or write it again"

# By the number that tfrecord.hpp gives them; the first two are not about a record's data.
_FAULTS = (
    "",
    "",
    f"the checksum of the record's data is wrong: {_AGAIN}",
    "the record is empty, so it has no feature {name!r}: write the file without it",
    "the record is no tf.train.Example, because its data is no whole protobuf; records of other kinds are not read",
    "the record has no feature {name!r}; it has {features}",
    "feature {name!r} holds floats, which cannot be {role}: name a feature of integers or bytes",
    "feature {name!r} has no value in this record: write one, or write the file without the record",
    "feature {name!r} has {n} values in this record, but {role} need exactly one: name another feature, or write one",
    "feature {name!r} holds {kind} here, but {other} in {first}: write them alike",
)
_OTHER_KIND = len(_FAULTS) - 1


class Scanned(NamedTuple):
    """A block, the values of its features, shape (features, 2, n), and their kinds."""

    block: Block
    values: NDArray[np.int64]
    kinds: tuple[int, ...]
    error: str


class RecordSource(Source):
    """TFRecord files, plain or compressed by gzip.

    Parameters
    ----------
    paths : sequence of Path
        The files, in order.
    options : Options
        ``columns``, ``ids_column`` and ``groups_column`` name features with exactly one value, integers or bytes;
        ``threads`` scan at the same time.
    """

    kind = "TFRecord files"
    ways = ("records",)
    suffix = ".tfrecord"

    def __init__(self, paths: Sequence[Path], options: Options) -> None:
        self.paths = list(paths)
        others = [name for name in (options.ids_column, options.groups_column) if name is not None]
        self._options = options
        self._names = [*options.columns, *others]
        self._encoded = tuple(name.encode(errors="surrogateescape") for name in self._names)
        self.label = labelled("feature", options.columns) if options.columns else ""
        self._check_unchanged = unchanged(self.paths)
        if not options.columns:
            raise ValueError(printable(f"TFRecord files need the feature that is the label: {self._advice()}"))

    def chunks(self, *, examples: bool = False) -> Iterator[Chunk]:
        """Scan the files once: all checksums are checked, and each feature has one value in every record.

        Raises
        ------
        ValueError
            If a file is no TFRecord file, damaged or cut short, if it has changed since the first scan, or if a record
            lacks a feature, has several values of it, or values of another kind than the records before. The message
            names the file and where in it the record begins, after decompression.
        MemoryError
            If a record is larger than the free memory.
        """
        workers = max(1, min(self._options.threads, _MOST_WORKERS))
        buffers = Buffers(_BLOCK)
        firsts: list[tuple[int, str]] = []  # the kind of each feature, and where it was first seen
        scans = self._scans(buffers, workers)
        try:
            for scanned in scans:
                self._check(scanned, firsts)
                if len(scanned.block.ends):
                    yield self._chunk(scanned, examples)
                if not examples:
                    buffers.give_back(scanned.block.data)
        finally:
            scans.close()

    def _scans(self, buffers: Buffers, workers: int) -> Generator[Scanned]:
        """Read block after block, and scan several of them at the same time."""
        if workers == 1:
            yield from map(self._scan, self._blocks(buffers))
            return
        with ThreadPoolExecutor(workers, thread_name_prefix="fastsplit records") as pool:
            waiting: deque[Future[Scanned]] = deque()
            for block in self._blocks(buffers):
                waiting.append(pool.submit(self._scan, block))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _blocks(self, buffers: Buffers) -> Iterator[Block]:
        self._check_unchanged()
        for path in self.paths:
            yield from blocks(path, buffers)

    def _scan(self, block: Block) -> Scanned:
        """Check the data of a block, and find the values of its features."""
        n = len(block.ends)
        values = np.empty((len(self._names), 2, n), dtype=np.int64)
        cause, record, feature, kinds = _records.scan(block.data, block.ends, self._encoded, values)
        error = ""
        if cause:
            error = f"{block.where(record)}: {self._fault(block, cause, record, max(feature, 0))}"
        elif block.fault:
            error = f"{block.where(n)}: {block.fault}"
        return Scanned(block, values, kinds, printable(error))

    def _fault(self, block: Block, cause: int, record: int, feature: int) -> str:
        """Say what is wrong with a record of a block."""
        here = _features(block.example(record))
        mine = next((item for item in reversed(here) if item[0] == self._encoded[feature]), (b"", 0, 0))
        return _FAULTS[cause].format(
            name=self._names[feature],
            role=self._role(feature),
            features=_described(here),
            n=mine[2],
            kind=_KINDS[mine[1]],
            other=_KINDS[_BYTES if mine[1] == _INTEGERS else _INTEGERS],
            first=block.where(0),
        )

    def _role(self, feature: int) -> str:
        n_labels, ids = len(self._options.columns), self._options.ids_column is not None
        return "labels" if feature < n_labels else "ids" if ids and feature == n_labels else "groups"

    def _check(self, scanned: Scanned, firsts: list[tuple[int, str]]) -> None:
        """Raise if something is wrong with a block, or a feature is of another kind than in the blocks before."""
        here = scanned.block.where(0)
        for name, (kind, first), now in zip(self._names, firsts, scanned.kinds, strict=False):
            if now not in (0, kind):
                fault = _FAULTS[_OTHER_KIND].format(name=name, kind=_KINDS[now], other=_KINDS[kind], first=first)
                raise ValueError(printable(f"{here}: {fault}"))
        if scanned.error:
            raise ValueError(scanned.error)
        if not firsts and len(scanned.block.ends):
            firsts += [(kind, here) for kind in scanned.kinds]

    def _chunk(self, scanned: Scanned, examples: bool) -> Chunk:
        block, options = scanned.block, self._options
        columns = [
            _values(block.data, row[0], row[1], kind) for row, kind in zip(scanned.values, scanned.kinds, strict=True)
        ]
        labels, others = tuple(columns[: len(options.columns)]), iter(columns[len(options.columns) :])
        return Chunk(
            n=len(block.ends),
            labels=labels,
            ids=None if options.ids_column is None else next(others),
            groups=None if options.groups_column is None else next(others),
            examples=Pieces(block.data, block.ends) if examples else None,
            where=lambda i: printable(block.where(i)),
        )

    def _advice(self) -> str:
        """Say which features the first record has."""
        for path in self.paths:
            for block in blocks(path, Buffers(_SMALL)):
                if len(block.ends):
                    return f"the first record has {_described(_features(block.example(0)))}"
        return "and have no record"


def read(paths: list[Path], options: Options) -> RecordSource:
    """Open TFRecord files as one data set; nothing is read yet."""
    return RecordSource(paths, options)


def _values(data: NDArray[np.uint8], first: NDArray[np.int64], second: NDArray[np.int64], kind: int) -> Values:
    """Return the values of a feature; those of strings are copied, because the memory of a block is used again."""
    if kind == _INTEGERS:
        return first
    ends = np.cumsum(second - first)
    texts = np.empty(int(ends[-1]), dtype=np.uint8)
    _records.compact(data, first, second, texts)
    return Texts(texts, ends - (second - first), ends, typed=True)


def _features(example: NDArray[np.uint8]) -> list[tuple[bytes, int, int]]:
    """Return the name of each feature of an example, its kind and the number of its values."""
    return _records.features(example, _N_LISTED)


def _described(features: list[tuple[bytes, int, int]]) -> str:
    """Name features in an error message."""
    shown = [f"{name.decode(errors='backslashreplace')!r} ({_KINDS[kind]})" for name, kind, _ in features]
    return listed(shown) or "none"
