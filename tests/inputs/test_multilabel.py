"""Several labels per example, refused: errors name the argument, the value and its place, and what to pass instead."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from common import both_implementations, run_python

import fastsplit
from fastsplit.inputs import multilabel

NAN = float("nan")
REFUSED = {
    "a count": (np.array([[0, 1], [2, 0]]), ValueError, "got 2 in row 1, column 0; for counts pass Y > 0"),
    "a count in Fortran's order": (
        np.array([[0, 1, 1], [3, 2, 0]], order="F"),
        ValueError,
        "got 3 in row 1, column 0; for counts",
    ),
    "signs": (np.array([[1, -1], [-1, 1]]), ValueError, "got -1 in row 0, column 1; for -1 and 1 pass Y > 0"),
    "probabilities": (np.array([[1, 0], [0, 0.25]]), ValueError, "got 0.25 in row 1, column 1; for probabilities pass"),
    "NaN": (np.array([[0, NAN]]), ValueError, "no missing values, got nan in row 0, column 1; pass 0 where"),
    "infinity": (np.array([[0, np.inf]]), ValueError, "got inf in row 0, column 1"),
    "sparse counts": (scipy.sparse.csr_array([[0, 1], [0, 7]]), ValueError, "got 7 in row 1, column 1; for counts"),
    "sparse signs": (scipy.sparse.csr_array([[0, 1], [0, -1]]), ValueError, "got -1 in row 1, column 1; for -1 and 1"),
    "sparse entries twice": (
        scipy.sparse.coo_array(([1, 1, 1], ([0, 1, 1], [0, 1, 1])), shape=(2, 2)),
        ValueError,
        "got 2 in row 1, column 1",
    ),
    "sparse NaN": (scipy.sparse.csr_array([[0, NAN]]), ValueError, "missing values, got nan in row 0, column 1"),
    "sparse complex": (scipy.sparse.csr_array([[0, 1j]]), TypeError, "got dtype complex128"),
    "one dimension": (np.array([0, 1]), ValueError, "one dimension: for one label per example use fastsplit.split"),
    "a flat list": ([0, 1], ValueError, "one dimension: for one label per example use fastsplit.split"),
    "a Series": (pd.Series([0, 1]), ValueError, "one dimension: for one label per example use fastsplit.split"),
    "strings in an array": (np.array(["a", "b"]), ValueError, "one dimension: for one label per example"),
    "sparse in one dimension": (scipy.sparse.coo_array(np.array([0, 1])), ValueError, "got one dimension"),
    "three dimensions": (np.zeros((2, 3, 4)), ValueError, "two-dimensional, got shape (2, 3, 4); for a label that any"),
    "lists three deep": ([[[1], [0]]], ValueError, "got rows of list: three dimensions"),
    "objects": (np.array([[0, 1]], dtype=object), TypeError, "got dtype object; pass Y.astype(float)"),
    "strings in a matrix": (np.array([["a", "b"]]), TypeError, "got dtype <U1"),
    "dates": (np.zeros((1, 1), "M8[s]"), TypeError, "got dtype datetime64[s]"),
    "no columns": (np.zeros((2, 0)), ValueError, "at least one label, got none"),
    "no labels": ([[], []], ValueError, "at least one label, got none in 2 rows"),
    "no rows": (np.zeros((0, 2)), ValueError, "at least one row, got none"),
    "an empty list": ([], ValueError, "at least one row, got none"),
    "too many columns": (scipy.sparse.csr_array((2, 2**33)), ValueError, "fewer than 2**31 labels, got 8589934592"),
    "a string": ("cat", TypeError, "got str 'cat'"),
    "a mapping": ({"cat": [1, 0]}, TypeError, "got dict"),
    "a set": ({("a",), ("b",)}, TypeError, "got set"),
    "nothing": (None, TypeError, "got NoneType None"),
    "strings as rows": (["cat", "dog"], TypeError, "got str 'cat' in row 0: for one label per example use"),
    "a string among rows": (
        [["cat"], "dog"],
        TypeError,
        "such as [['cat', 'dog'], ['cat'], []]; got str 'dog' in row 1",
    ),
    "mappings as rows": ([{"cat": 1}], TypeError, "got a mapping in row 0"),
    "a missing row": ([["a"], None], ValueError, "no missing rows, got None in row 1; pass an empty list"),
    "a missing label": ([["a"], ["b", None]], ValueError, "no missing labels, got None in row 1; leave it out"),
    "a missing number": ([[1], [2, NAN]], ValueError, "no missing labels, got nan in row 1; leave it out"),
    "a missing value": ([[1, 0], [0, None]], ValueError, "no missing labels, got None in row 1"),
    "pandas.NA": ([["a"], ["b", pd.NA]], ValueError, "no missing labels, got <NA> in row 1"),
    "mixed labels": ([["a", 1], [2]], TypeError, "all strings or all integers, got labels of type int, str"),
    "boolean labels": ([[True], [False, True]], TypeError, "rows of strings or integers, got bool True in row 0"),
    "bytes": ([[b"a"], [b"b", b"c"]], TypeError, "got bytes b'a' in row 0"),
    "floats as labels": ([[1.5], [1, 2]], TypeError, "got float 1.5 in row 0"),
    "integers beyond 64 bits": ([[2**64], [1, 2]], ValueError, "must fit one 64-bit integer type"),
    "classes in columns": ([[3, 4], [4, 5]], ValueError, "a list of rows of one length, 2, with integers other than 0"),
    "one label per row": ([[3], [4]], ValueError, "for one label per example use fastsplit.split or fastsplit.kfold"),
    "one column in a list": (
        [[1], [0]],
        ValueError,
        "with 0 or 1, and may be labels or a matrix: for labels pass [set(",
    ),
    "a ragged matrix": ([[0, 1, 0], [1]], ValueError, "rows of 0 and 1 of different lengths, 1 to 3: a matrix needs"),
    "a list of probabilities": ([[0.5, 1], [0, 1]], ValueError, "got 0.5 in row 0, column 0; for probabilities"),
    "a mask": (np.ma.array([[1, 0]], mask=[[0, 1]]), ValueError, "Y must not be missing, got 1 missing of 2"),
    "a frame with NaN": (pd.DataFrame({"a": [1, NAN]}), ValueError, "missing values, got nan in row 1, column 0"),
    "a frame with NA": (
        pd.DataFrame({"a": [1, 0], "b": pd.array([1, None], dtype="Int64")}),
        ValueError,
        "missing values, got nan in row 1, column 1",
    ),
    "a frame with strings": (pd.DataFrame({"a": ["x"], "b": [1]}), TypeError, "only columns of 0 and 1, got dtypes"),
}


@pytest.mark.parametrize(("given", "error", "message"), REFUSED.values(), ids=REFUSED)
@both_implementations
def test_what_is_no_set_of_labels_is_refused(module, given, error, message):
    for function in (module.split_multilabel, module.kfold_multilabel):
        with pytest.raises(error, match=re.escape(message)) as raised:
            function(given, seed=0)
        assert str(raised.value).startswith("Y ")


@pytest.mark.parametrize(
    "given",
    [[[0, 1], [1, 0]], [[0, 1], [1, 1], [0, 0]], [[True, False, False], [False, True, True]], [[0.0, 1.0], [1.0, 0.0]]],
)
def test_rows_of_one_length_with_0_and_1_are_a_matrix(given):
    parts = fastsplit.split_multilabel(given, seed=0)
    assert parts.classes.tolist() == list(range(len(given[0])))
    assert parts.plan.totals.tolist() == np.sum(given, axis=0).tolist()


@pytest.mark.parametrize(
    "given",
    [[[0, 1], [1], []], [{0, 1}, {1}, set()], [{0}, {1}], [[3, 7], [7]], [["a"], ["b"]], [["a", "b"], ["b", "c"]]],
)
def test_ragged_rows_sets_and_strings_are_labels(given):
    parts = fastsplit.split_multilabel(given, seed=0)
    assert parts.classes.tolist() == sorted(set().union(*given))
    assert parts.plan.totals.tolist() == [sum(label in row for row in given) for label in parts.classes]


def test_a_series_and_an_array_of_lists_are_labels():
    rows = [["a"], ["b", "a"], []] * 5
    expected = fastsplit.split_multilabel(rows, seed=0)
    array = np.empty(len(rows), dtype=object)
    array[:] = rows
    for given in (pd.Series(rows), array):
        assert np.array_equal(fastsplit.split_multilabel(given, seed=0).assignment, expected.assignment)


@both_implementations
def test_more_folds_or_counts_than_examples_are_refused(module):
    with pytest.raises(ValueError, match="k must be at most the number of examples, 3, got 5: some folds would be"):
        module.kfold_multilabel(np.eye(3), 5, seed=0)
    with pytest.raises(ValueError, match="must sum to at most the number of examples, 3, got 7"):
        module.split_multilabel(np.eye(3), (2, 5), seed=0)


@both_implementations
def test_options_are_checked(module):
    with pytest.raises(ValueError, match="balance must be 'fair' or 'closest', got 'best'"):
        module.split_multilabel(np.eye(3), balance="best")
    with pytest.raises(ValueError, match="order must be 'shuffled' or 'ascending', got 'random'"):
        module.split_multilabel(np.eye(3), order="random")
    with pytest.raises(TypeError, match="threads must be an integer"):
        module.kfold_multilabel(np.eye(3), 2, threads=1.5)


def test_folds_that_no_label_reaches_are_a_warning():
    with pytest.warns(UserWarning, match="k=3 is above the number of examples of the largest class, 1"):
        fastsplit.kfold_multilabel(np.eye(3), 3, seed=0)


def test_too_many_labels_for_the_memory_are_refused_before_they_are_dealt(monkeypatch):
    monkeypatch.setattr(multilabel, "free_memory", lambda: 10**6)
    with pytest.raises(MemoryError, match=r"Y of 10 examples and 100000 labels needs about 0\.008\d* GB for 5 parts"):
        fastsplit.split_multilabel(scipy.sparse.csr_array((10, 100_000)), seed=0)


@pytest.mark.no_sanitizer  # in an interpreter of its own
def test_scipy_and_pandas_are_not_imported(tmp_path):
    code = (
        "import sys, fastsplit; fastsplit.split_multilabel([[0, 1], [1, 1]], seed=0);"
        "fastsplit.split_multilabel([['a'], ['b', 'c']], seed=0);"
        "print({'scipy', 'pandas', 'sklearn'} & set(sys.modules))"
    )
    printed, _ = run_python("-c", code, cwd=tmp_path)
    assert printed == "set()\n"


@pytest.mark.parametrize(
    ("indices", "indptr"),
    [
        ([-1, 0], [0, 1, 2]),
        ([3, 0], [0, 1, 2]),
        ([2**32, 0], [0, 1, 2]),
        ([1, 0], [0, 2, 1]),
        ([1, 0], [0, 1, 9]),
        ([1, 0], [0, -1, 2]),
        ([1, 0], [1, 1, 2]),
        ([1, 0], [0, 2]),
    ],
)
@both_implementations
def test_sparse_matrices_that_contradict_themselves_are_refused(module, indices, indptr):
    matrix = scipy.sparse.csr_matrix((2, 3))
    matrix.indices, matrix.indptr, matrix.data = np.array(indices), np.array(indptr), np.ones(2)
    message = "Y must be a valid sparse matrix, got one of shape (2, 3) whose indptr or indices do not fit it"
    with pytest.raises(ValueError, match=re.escape(message)):
        module.split_multilabel(matrix, seed=0)
