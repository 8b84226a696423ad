"""Several labels per example, and numbers: what decides the split of these is in memory, but not the examples."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastsplit import split, split_multilabel, strata
from fastsplit.cli.data import n_of, scanned_again
from fastsplit.cli.outcome import Assigned, Outcome
from fastsplit.cli.planning import Wanted
from fastsplit.memory import require_memory
from fastsplit.multilabel_plans import MultilabelPlan
from fastsplit.readers.columns import LabelColumn
from fastsplit.readers.progress import progress
from fastsplit.readers.source import Chunk, Source, Texts
from fastsplit.report import Report
from fastsplit.report.table import aligned, shown

_BYTES_OF_LIST = 64  # of a list of one label, beside the label itself
_SHOWN = 50  # characters of a label that is no number
_HEADINGS = ("split", "examples", "share", "mean", "median", "standard deviation")


def by_columns(source: Source, names: tuple[str, ...], wanted: Wanted) -> Outcome:
    """Split examples with a column of 0 and 1 per label."""
    columns = [LabelColumn("error") for _ in names]
    for chunk in progress(source.chunks(), "count", n_of):
        for column, values in zip(columns, chunk.labels, strict=True):
            column.add(values, chunk.where)
    n = int(columns[0].counts.sum())
    if n == 0:
        raise ValueError(f"{source.paths[0]}: no labels found")
    for name, column in zip(names, columns, strict=True):
        if column.classes.dtype.kind == "O" or not set(column.classes.tolist()) <= {0, 1}:
            others = [value for value in column.classes.tolist() if value not in (0, 1, "0", "1")]
            raise ValueError(
                f"column {name!r} must have only 0 and 1, because several columns are labels; got {others[0]!r}"
            )
    require_memory(n * len(names), "the table of all labels")
    table = np.empty((n, len(names)), dtype=np.uint8)
    for begin, chunk in scanned_again(source, "read", n):
        for i, (column, values) in enumerate(zip(columns, chunk.labels, strict=True)):
            labels, _ = column.read(values, chunk.where)
            table[begin : begin + chunk.n, i] = labels.values
    made = split_multilabel(table, wanted.sizes.exact(n), seed=wanted.seed, order="ascending", threads=wanted.threads)
    plan = replace(made.plan, classes=np.array(names, dtype=object))
    return _of_plan(source, made.assignment, plan)


def by_separator(source: Source, separator: str, wanted: Wanted) -> Outcome:
    """Split examples whose label column has any number of labels, with a separator between them."""
    column = LabelColumn("drop")
    for chunk in progress(source.chunks(), "count", n_of):
        column.add(chunk.labels[0], chunk.where)
    texts = [str(text) for text in column.classes.tolist()]
    if not any(separator in text for text in texts):
        warnings.warn(f"--multilabel: no label has the separator {separator!r}", stacklevel=2)
    lists = [sorted({part.strip() for part in text.split(separator)} - {""}) for text in texts] + [[]]
    examples: list[list[str]] = []
    for chunk in progress(source.chunks(), "read", n_of):
        rows = column.rows(chunk.labels[0], chunk.where)  # -1, of a missing label, is the last list
        examples += [lists[row] for row in rows.tolist()]
        require_memory(_BYTES_OF_LIST * len(examples), "the labels of all examples")
    if not any(examples):
        raise ValueError(f"{source.paths[0]}: no labels found")
    sizes = wanted.sizes.exact(len(examples))
    made = split_multilabel(examples, sizes, seed=wanted.seed, order="ascending", threads=wanted.threads)
    return _of_plan(source, made.assignment, made.plan)


def by_numbers(source: Source, wanted: Wanted) -> Outcome:
    """Split examples whose label is a number, so that every split has the distribution of all."""
    parts = [_numbers(chunk) for chunk in progress(source.chunks(), "read", n_of)]
    if not parts:
        raise ValueError(f"{source.paths[0]}: no labels found")
    values = np.concatenate(parts)
    sizes = wanted.sizes.exact(len(values))
    of_neighbours = strata(values, sizes, threads=wanted.threads)
    made = split(of_neighbours, sizes, seed=wanted.seed, order="ascending", threads=wanted.threads)
    rows = [_row(name, values[indices]) for name, indices in zip(made.names, made, strict=True)]

    def table() -> str:
        cells = [(shown(row["name"]), *_cells(row, len(values))) for row in rows]
        return "\n".join([f"{len(values):,} examples, seed {wanted.seed}", "", *aligned([_HEADINGS, *cells])])

    def fields() -> dict[str, Any]:
        return {"examples": len(values), "seed": str(wanted.seed), "splits": rows}

    return _outcome(source, made.assignment, tuple(made.names), wanted.seed, table, fields)


def _row(name: str, values: NDArray[np.float64]) -> dict[str, Any]:
    """Return what the report says of the numbers in one split."""
    found = (values.mean(), np.median(values), values.std()) if len(values) else (0.0, 0.0, 0.0)
    mean, median, deviation = map(float, found)
    return {
        "name": name,
        "examples": len(values),
        "mean": mean,
        "median": median,
        "standard_deviation": deviation,
    }


def _cells(row: dict[str, Any], n: int) -> tuple[str, ...]:
    numbers = (f"{row[key]:.6g}" for key in ("mean", "median", "standard_deviation"))
    return (f"{row['examples']:,}", f"{row['examples'] / n:.2%}", *numbers)


def _numbers(chunk: Chunk) -> NDArray[np.float64]:
    """Return the labels of a chunk as finite floats."""
    values = chunk.labels[0]
    if isinstance(values, Texts):
        texts = values.data.tobytes()
        given: Any = [texts[begin:end] for begin, end in zip(values.begins.tolist(), values.ends.tolist(), strict=True)]
    else:
        array = values if isinstance(values, np.ndarray) else values.to_numpy(zero_copy_only=False)  # else of Arrow
        given = (
            array
            if array.dtype.kind in "biuf"
            else (array.astype(str) if array.dtype.kind in "mM" else array).astype(object)
        )
    if isinstance(given, np.ndarray) and given.dtype.kind != "O":
        numbers = given.astype(np.float64)
    else:
        numbers = np.fromiter(map(_float, given), dtype=np.float64, count=chunk.n)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        i = int(wrong[0])
        got = given[i].decode(errors="replace") if isinstance(given[i], bytes) else str(given[i])
        raise ValueError(f"{chunk.where(i)}: the label must be a finite number for --continuous, got {got[:_SHOWN]!r}")
    return numbers


def _float(value: Any) -> float:
    """Return a number, NaN if there is none: of text as in most languages, which do not know Python's 1_000."""
    try:
        is_python = "_" in value if isinstance(value, str) else isinstance(value, bytes) and b"_" in value
        return math.nan if is_python else float(value)
    except (ValueError, TypeError, OverflowError):
        return math.nan


def _of_plan(source: Source, assignment: NDArray[Any], plan: MultilabelPlan) -> Outcome:
    report = Report(plan)
    return _outcome(source, assignment, plan.names, plan.seed, report.__str__, report.to_dict)


def _outcome(
    source: Source,
    assignment: NDArray[Any],
    names: tuple[str, ...],
    seed: int,
    table: Callable[[], str],
    fields: Callable[[], dict[str, Any]],
) -> Outcome:
    """Return a split that is in memory."""

    def assign(*, examples: bool) -> Iterator[Assigned]:
        for begin, chunk in scanned_again(source, "write", len(assignment), examples=examples):
            yield Assigned(chunk, assignment[begin : begin + chunk.n], None)

    return Outcome(names, seed, len(assignment), assign, table, fields, _save_nothing)


def _save_nothing(folder: Path) -> None:
    """Write no plan: it would split no other data."""
