"""What a command writes into the folder that it makes, and what it prints."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastsplit.cli import manifest
from fastsplit.cli.options import Writing, index_dtype
from fastsplit.cli.outcome import Outcome
from fastsplit.cli.recorded import Recorded
from fastsplit.engine import pipeline
from fastsplit.engine.seeds import expand_seed
from fastsplit.readers.source import Source
from fastsplit.writers import Writer, new_writer
from fastsplit.writers.indices import IndexWriter, write_array

_NO_EXAMPLES = ("indices", "none")  # ways of writing that need none


def way_of(writing: Writing, source: Source) -> str:
    """Return how the examples of a source are written."""
    fitting = [*source.ways, *_NO_EXAMPLES]
    way = writing.way or fitting[0]
    if way not in fitting:
        raise ValueError(f"--write must be one of {', '.join(fitting)} for {source.kind}, got {way}")
    return way


def write_outcome(folder: Path, outcome: Outcome, source: Source, writing: Writing, read: Recorded) -> None:
    """Write the index arrays, the examples and the plan and, the last of all, the report."""
    way = way_of(writing, source)
    if way != "none":
        _write_examples(folder, outcome, source, writing, way)
    outcome.save(folder)
    read = read._replace(suffix=None if way in _NO_EXAMPLES else source.suffix)
    fields = {**outcome.fields(), "rows": outcome.n, "table": outcome.table(), "source": read._asdict()}
    manifest.write(folder, fields)


def _write_examples(folder: Path, outcome: Outcome, source: Source, writing: Writing, way: str) -> None:
    dtype, has_examples = index_dtype(writing, outcome.n), way not in _NO_EXAMPLES
    kept = _Kept(outcome.n)
    with ExitStack() as stack:
        writers: list[Writer] = []
        if not writing.shuffled:
            writers.append(stack.enter_context(closing(IndexWriter(folder, outcome.names, dtype))))
        if has_examples:
            writers.append(stack.enter_context(closing(new_writer(way, folder, outcome.names, source))))
        for chunk, splits, ids in outcome.assign(examples=has_examples):
            for writer in writers:
                writer.write(chunk, splits)
            if writing.shuffled:
                kept.add(splits, ids)
    if writing.shuffled:
        kept.write_shuffled(folder, outcome, dtype, writing.threads)


class _Kept:
    """The split of each example, and its id if there are any: 1 or 9 bytes, kept until all are known."""

    def __init__(self, n: int) -> None:
        self._n, self._end = n, 0
        self._splits = np.empty(0, dtype=np.uint8)
        self._ids: NDArray[np.uint64] | None = None

    def add(self, splits: NDArray[np.uint8], ids: NDArray[np.uint64] | None) -> None:
        """Keep the next examples."""
        if self._end == 0:
            self._splits = np.empty(self._n, dtype=np.uint8)
            self._ids = None if ids is None else np.empty(self._n, dtype=np.uint64)
        begin, self._end = self._end, self._end + len(splits)
        self._splits[begin : self._end] = splits
        if self._ids is not None and ids is not None:
            self._ids[begin : self._end] = ids

    def write_shuffled(self, folder: Path, outcome: Outcome, dtype: np.dtype[np.integer], threads: int) -> None:
        """Write index arrays in the order of the keys of the ids, one after the other."""
        arrangement = pipeline.Arrangement(dtype, True, expand_seed(outcome.seed).order, self._ids, threads)
        for split, name in enumerate(outcome.names):
            others = (self._splits != split).view(np.uint8)
            size = np.array([[self._n - np.count_nonzero(others)]])
            others *= 255  # 0 is this split, 255 none
            (indices,) = pipeline.index_arrays(others, size, arrangement)
            write_array(folder / f"{name}.npy", indices)
