"""Label -> class tables: found from the labels themselves, or for given classes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastsplit._kernels import ClassTable, Index, LabelView
from fastsplit.engine.parallel import Range, for_ranges
from fastsplit.inputs.labels import Labels

SAMPLE = 1 << 14  # labels from which the window of all labels is guessed
FREE_SPAN = 4096  # values: a table this small is always cheaper than hashing
SPAN_PER_LABEL = 2  # up to here filling a table is cheaper than hashing the labels
_MAX_SPAN = 2**31  # classes are int32
_INDEX_CAPACITY = 1 << 10  # labels; the index grows by itself


class Lookup(NamedTuple):
    """How examples find their class: the labels to read, and the table of their classes."""

    labels: LabelView
    table: ClassTable


class Window(NamedTuple):
    """The label values ``low`` to ``low + span - 1``, as int64 of the same order."""

    low: int
    span: int


def is_dense(span: int, n: int) -> bool:
    """Return whether a table over ``span`` values is cheaper than hashing ``n`` labels."""
    return span <= FREE_SPAN + SPAN_PER_LABEL * n and span < _MAX_SPAN


def as_int64(values: NDArray[Any]) -> NDArray[np.int64]:
    """Integers -> int64 of the same order, as the kernels read them: uint64 is shifted down by 2**63."""
    if values.dtype.kind == "u" and values.dtype.itemsize == 8:
        return (values.astype(np.uint64) ^ np.uint64(2**63)).view(np.int64)
    return values.astype(np.int64)


def from_int64(ordered: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Undo `as_int64`."""
    if dtype.kind == "u" and dtype.itemsize == 8:
        return ordered.view(np.uint64) ^ np.uint64(2**63)
    return ordered.astype(dtype.newbyteorder("="))


def guessed_window(values: NDArray[Any]) -> Window:
    """Guess the window of the labels from a sample; the scan notices labels outside of it."""
    n = len(values)
    if n == 0:
        return Window(0, 0)
    sample = values[:: max(1, n // SAMPLE)]
    low, high = LabelView(sample).extent(0, len(sample))
    span = high - low + 1
    if len(sample) == n or not is_dense(span, n):
        return Window(low, span)
    margin = 16 + span // 64  # the extremes of a sample fall a little short
    smallest, largest = _limits(values.dtype)
    low, high = max(smallest, low - margin), min(largest, high + margin)
    return Window(low, high - low + 1)


def exact_window(values: NDArray[Any], parts: list[Range]) -> Window:
    """Find the window of one label or more."""
    view = LabelView(values)
    extremes: list[Range] = []
    for_ranges(parts, lambda _, begin, end: extremes.append(view.extent(begin, end)))
    low = min(smallest for smallest, _ in extremes)
    return Window(low, max(largest for _, largest in extremes) - low + 1)


def distinct(values: NDArray[Any], parts: list[Range]) -> NDArray[np.int64]:
    """Return the distinct labels as ascending int64."""
    view = LabelView(values)
    indexes = [Index(_INDEX_CAPACITY) for _ in parts]
    for_ranges(parts, lambda worker, begin, end: indexes[worker].add(view, begin, end))
    found = np.sort(np.concatenate([index.values for index in indexes]))
    # Not np.unique, whose hashing takes ten times as long where all are different.
    return found[np.append(True, found[1:] != found[:-1])] if len(indexes) > 1 else found


def encoded(values: NDArray[Any], known: NDArray[np.int64], parts: list[Range]) -> NDArray[np.int32]:
    """Return the number of each label among distinct ones, or ``len(known)`` if it is not there."""
    view, index = LabelView(values), Index(len(known))
    index.add(LabelView(known), 0, len(known))
    codes = np.empty(len(values), dtype=np.int32)
    for_ranges(parts, lambda _, begin, end: index.encode(view, begin, end, codes))
    return codes


def find_classes(labels: Labels, classes: NDArray[Any], parts: list[Range]) -> Lookup:
    """Return how labels find their class among given ones; a label of no class has the class ``len(classes)``."""
    values, n, n_classes = labels.values, len(labels.values), len(classes)
    if n == 0:  # no labels are of no type
        return _lookup(values, 0, [n_classes], n_classes)
    if labels.names is not None:
        if n_classes == len(labels.names) and labels.names is classes.base:  # labels of a chunk, with the names of all
            return _lookup(values, 0, np.arange(n_classes + 1), n_classes)
        number = {name: c for c, name in enumerate(classes.tolist())}
        class_of = [number.get(name, n_classes) for name in labels.names.tolist()]
        return _lookup(values, 0, [*class_of, n_classes], n_classes)
    numbers, ordered = _comparable(classes, values.dtype)
    if len(ordered) == 0:
        return _lookup(values, 0, [n_classes], n_classes)
    low = int(ordered[0])
    span = int(ordered[-1]) - low + 1
    if is_dense(span, max(n, len(ordered))):
        dense = np.full(span + 1, n_classes, dtype=np.int32)
        dense[ordered - low] = numbers
        return _lookup(values, low, dense, n_classes)
    return _lookup(encoded(values, ordered, parts), 0, [*numbers, n_classes], n_classes)


def _lookup(values: NDArray[Any], low: int, class_of: Any, n_classes: int) -> Lookup:
    return Lookup(LabelView(values), ClassTable(low, np.asarray(class_of, dtype=np.int32), n_classes))


def _comparable(classes: NDArray[Any], dtype: np.dtype[Any]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the classes that labels of a dtype can equal: their numbers, and their values as those labels are read."""
    numbers = np.arange(len(classes), dtype=np.int32)
    labels_are_uint64 = dtype.kind == "u" and dtype.itemsize == 8
    if len(classes) == 0 or (classes.dtype == np.uint64) == labels_are_uint64:
        return numbers, as_int64(classes) if len(classes) else np.empty(0, dtype=np.int64)
    if labels_are_uint64:
        numbers = numbers[classes >= 0]
        return numbers, as_int64(classes[numbers].astype(np.uint64))
    numbers = numbers[classes <= np.uint64(2**63 - 1)]
    return numbers, classes[numbers].astype(np.int64)


def _limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    """Return the smallest and the largest label of a type, as int64 of the same order."""
    if dtype.kind == "b":
        return 0, 1
    info, shift = np.iinfo(dtype), 2**63 if dtype.kind == "u" and dtype.itemsize == 8 else 0
    return int(info.min) - shift, int(info.max) - shift
