"""Ids and indices: the same numbers or strings in any form are the same ids; all others are refused."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from common import assert_same_splits, both_implementations

import fastsplit


def test_integer_ids_are_read_by_value_whatever_type_holds_them():
    labels = np.arange(50) % 3
    expected = fastsplit.split(labels, seed=0)  # whose ids are the positions
    for ids in (np.arange(50, dtype=">u2"), pd.Series(range(50), dtype="Int64"), list(range(50)), pa.array(range(50))):
        assert np.array_equal(fastsplit.split(labels, seed=0, ids=ids).assignment, expected.assignment)
    negative = fastsplit.split(labels, seed=0, ids=-np.arange(50))
    assert_same_splits(fastsplit.split(labels, seed=0, ids=(-np.arange(50)).astype(np.int8)), negative)


def test_string_ids_are_read_by_value_whatever_type_holds_them():
    names = [f"image/{i}.jpg" for i in range(500)]
    labels = np.arange(500) % 3
    expected = fastsplit.split(labels, seed=0, ids=names)
    for ids in (np.array(names), np.array(names, dtype=object), pd.Series(names, dtype="category"), pa.array(names)):
        assert_same_splits(fastsplit.split(labels, seed=0, ids=ids), expected)
    assert not np.array_equal(expected.assignment, fastsplit.split(labels, seed=0).assignment)


@pytest.mark.parametrize(
    ("ids", "kind", "message"),
    [
        ([1, 2], ValueError, "ids must be as many as the labels, 4, got 2"),
        (
            [2, 1.5, 3, 4],
            ValueError,
            "ids given as floats must be whole numbers, got 1.5 at position 1",
        ),
        (["a", "b", None, "c"], ValueError, "ids must not be missing, got 1 missing of 4, the first at position 2"),
    ],
    ids=["too few", "floats", "missing"],
)
@both_implementations
def test_other_ids_are_refused(module, ids, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        module.split([0, 1, 0, 1], seed=0, ids=ids)


@pytest.mark.parametrize(
    ("indices", "kind", "message"),
    [
        ([[1]], ValueError, "indices must be one-dimensional, got shape (1, 1)"),
        ([1.5], TypeError, "indices must be integers, got dtype float64"),
        ([True], TypeError, "indices must be integers, got dtype bool"),
    ],
    ids=["two-dimensional", "floats", "booleans"],
)
@both_implementations
def test_other_indices_are_refused(module, indices, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        module.shuffle(indices, seed=0)
