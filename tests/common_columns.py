"""Files of text, read as a command reads them: through a source and columns, in two scans."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fastsplit.readers.columns import IdColumn, LabelColumn
from fastsplit.readers.source import Options


class Read(NamedTuple):
    labels: list  # None where an example is left out
    ids: list | None
    examples: bytes  # with the head
    warnings: list


def written(folder, text, name="t.csv"):
    path = folder / name
    path.write_bytes(text)
    return path


def read(reader, *paths, column="label", missing="error", **options):
    """Read files; the labels of all chunks as values, and the ids."""
    columns = () if column is None else (column,)
    source = reader.read(list(paths), Options(columns=columns, **options))
    column, ids = LabelColumn(missing, source.hints), IdColumn()
    for chunk in source.chunks():
        column.add(chunk.labels[0], chunk.where)
        if chunk.ids is not None:
            ids.add(chunk.ids, chunk.where)
    labels, found, text = [], [], source.head
    for chunk in source.chunks(examples=True):
        of_chunk, kept = column.read(chunk.labels[0], chunk.where)
        values = values_of(of_chunk)
        are_kept = [True] * len(values) if kept is None else kept.tolist()
        labels += [value if is_kept else None for value, is_kept in zip(values, are_kept, strict=True)]
        found += [] if chunk.ids is None else ids_of(ids.read(chunk.ids, chunk.where))
        text += chunk.examples.data[: chunk.examples.ends[-1]].tobytes()
    present = [label for label in labels if label is not None]
    assert column.classes.tolist() == sorted(set(present))
    assert column.counts.tolist() == [present.count(label) for label in column.classes.tolist()]
    return Read(labels, found or None, text, column.warnings)


def values_of(labels):
    return labels.values.tolist() if labels.names is None else labels.names[labels.values].tolist()


def ids_of(ids):
    if ids.strings is None:
        return ids.numbers.view(np.int64).tolist()
    [(offsets, data)] = ids.strings
    return [data[begin:end].tobytes().decode() for begin, end in pairwise(offsets.tolist())]
