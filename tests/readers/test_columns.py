"""Labels and ids of values that a file has typed, in chunks."""

import numpy as np
import pyarrow as pa
import pytest
from common_columns import ids_of, values_of

from fastsplit.readers.columns import IdColumn, LabelColumn, taken
from fastsplit.readers.typed import of_bytes


def where(i):
    return f"row {i}"


def labels_of(chunks, missing="error"):
    column = LabelColumn(missing)
    for chunk in chunks:
        column.add(chunk, where)
    found = []
    for chunk in chunks:
        labels, kept = column.read(chunk, where)
        are_kept = [True] * len(chunk) if kept is None else kept.tolist()
        found += [x if is_kept else None for x, is_kept in zip(values_of(labels), are_kept, strict=True)]
    return found, column


FORMS = {
    "integers": ([3, -1], [7, 3]),
    "booleans": ([True, False], [True]),
    "strings": (["b", "a"], ["ab", "07"]),
    "numbers as strings": (["7", "10"], ["3"]),
    "small": ([-(2**63), 2**63 - 1], [0]),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "make",
    [np.array, pa.array, lambda x: pa.array(x).dictionary_encode(), lambda x: pa.array([None, *x])[1:]],
)
def test_labels_keep_the_type_of_the_file(form, make):
    parts = FORMS[form]
    found, column = labels_of([make(part) for part in parts])
    assert found == [label for part in parts for label in part]
    assert column.classes.tolist() == sorted(set(found))
    assert column.warnings == []


@pytest.mark.parametrize("chunk", [np.array([2**64 - 1, 0], np.uint64), pa.array([2**64 - 1, 0], pa.uint64())])
def test_large_labels_and_ids(chunk):
    assert labels_of([chunk, np.array([7])])[0] == [2**64 - 1, 0, 7]
    column = IdColumn()
    column.add(chunk, where)
    assert column.read(chunk, where).numbers.tolist() == [2**64 - 1, 0]


@pytest.mark.parametrize("make", [np.array, pa.array])
def test_floats_are_labels_if_they_are_whole(make):
    assert labels_of([make([3.0, 4.0]), make([-3.0])])[0] == [3, 4, -3]
    with pytest.raises(ValueError, match=r"row 1: the label must be a whole number, got 0\.5; .* --continuous"):
        labels_of([make([3.0, 0.5])])
    with pytest.raises(ValueError, match="row 0: the label must be a whole number, got inf"):
        labels_of([make([np.inf])])


@pytest.mark.parametrize(
    "chunk",
    [
        np.array([1.0, np.nan, 2.0]),
        pa.array([1, None, 2]),
        pa.array([1.0, None, 2.0]),
        np.array([1, None, 2], dtype=object),
        pa.array([1, None, 2]).dictionary_encode(),
    ],
)
def test_missing_numbers(chunk):
    with pytest.raises(ValueError, match="row 1: the label is missing"):
        labels_of([chunk])
    found, column = labels_of([chunk, chunk], "drop")
    assert found == [1, None, 2] * 2
    assert (column.n_missing, column.counts.tolist()) == (2, [2, 2])
    assert labels_of([chunk], "class")[0] == ["1", "(missing)", "2"]


@pytest.mark.parametrize("chunk", [pa.array(["a", None]), np.array(["a", "NA"]), pa.array(["a", " null"])])
def test_missing_strings(chunk):
    assert labels_of([chunk], "drop")[0] == ["a", None]


def test_kinds_must_agree():
    with pytest.raises(ValueError, match="row 0: the labels are strings here, but numbers before"):
        labels_of([np.array([1]), np.array(["a"])])
    column = IdColumn()
    column.add(np.array(["a"]), where)
    with pytest.raises(ValueError, match="row 0: the ids are integers in one part of the data, strings in another"):
        column.add(np.array([1]), where)


@pytest.mark.parametrize("chunk", [np.array([1j]), pa.array([[1]]), np.array(["2020"], dtype="M8[Y]")])
def test_other_types_are_refused(chunk):
    with pytest.raises(ValueError, match="row 0: the labels must be integers, booleans or strings"):
        labels_of([chunk])


@pytest.mark.parametrize("make", [np.array, pa.array])
@pytest.mark.parametrize("ids", [[3, -1], [2**63 - 1, 0], ["7", "é"]])
def test_ids_keep_the_type_of_the_file(make, ids):
    column = IdColumn()
    column.add(make(ids), where)
    assert ids_of(column.read(make(ids), where)) == ids


def test_missing_ids_are_an_error():
    for chunk in (pa.array([1, None]), pa.array(["a", None]), np.array(["a", "\u3000"]), np.array([1.0, np.nan])):
        with pytest.raises(ValueError, match="row 1: the id is missing"):
            IdColumn().add(chunk, where)


def test_labels_that_appear_only_in_a_later_scan_are_an_error():
    for first, second in ((np.array([1, 3]), np.array([1, 2])), (np.array(["a"]), np.array(["a", "b"]))):
        column = LabelColumn()
        column.add(first, where)
        with pytest.raises(ValueError, match="row 1: the labels changed while they were read"):
            column.read(second, where)


def test_some_of_the_values_may_be_taken():
    kept = np.array([True, False, True])
    texts = taken(of_bytes([b"a", b"b", b"c"], typed=True), kept)
    assert [texts.text(i) for i in range(2)] == ["a", "c"]
    assert taken(np.arange(3), kept).tolist() == taken(pa.array([0, 1, 2]), kept).to_pylist() == [0, 2]


def test_words_of_every_length_are_told_apart():
    words = [bytes([97 + j % 3]) * n + tail for n in range(40) for j in range(3) for tail in (b"", b"\0", b"x", b"xy")]
    distinct = list(dict.fromkeys(words))
    found, column = labels_of_texts([of_bytes(words, typed=True)] * 2)
    assert [label.encode() for label in column.classes.tolist()] == sorted(word for word in distinct if word)
    assert found == [word.decode() if word else None for word in words] * 2


def labels_of_texts(chunks):
    column = LabelColumn("drop")
    for chunk in chunks:
        column.add(chunk, where)
    found = []
    for chunk in chunks:
        labels, kept = column.read(chunk, where)
        found += [x if is_kept else None for x, is_kept in zip(values_of(labels), kept.tolist(), strict=True)]
    return found, column
