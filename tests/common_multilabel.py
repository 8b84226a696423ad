"""What the tests of several labels share: matrices, and every container that holds one."""

import numpy as np
import pandas as pd
import scipy.sparse
from hypothesis import strategies as st

FORMATS = ["csr", "csc", "coo", "lil", "dok", "dia", "bsr"]


@st.composite
def matrices(draw, max_rows=60, max_labels=8):
    """Matrices of 0 and 1 with frequent and rare labels, rows without labels and labels that nobody has."""
    n, n_labels = draw(st.integers(2, max_rows)), draw(st.integers(1, max_labels))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shares = rng.random(n_labels) ** draw(st.sampled_from([1, 4, 20]))
    return (rng.random((n, n_labels)) < shares).astype(np.uint8)


def topics(n, n_labels, per_row, seed=0):
    """Rows of labels of which some are frequent, some rare, and which come together in two topics."""
    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, n_labels + 1) ** 0.8
    chance = np.minimum(0.9, popularity / popularity.sum() * per_row)
    of_topic = np.where(rng.random((n, 1)) < 0.5, np.arange(n_labels) % 2, np.arange(n_labels) % 3 == 0)
    return rng.random((n, n_labels)) < chance * np.where(of_topic, 1.6, 0.4)


def dense_layouts(matrix):
    """The matrix in every dtype, order of bytes and axes, and stride."""
    for dtype in ["?", "i1", "u1", "i2", ">i2", "u4", ">i4", "i8", ">u8", "f2", "f4", ">f4", "f8", "g"]:
        yield matrix.astype(dtype)
    yield np.asfortranarray(matrix)
    yield np.repeat(matrix, 3, axis=1)[:, ::3]
    yield matrix[::-1].copy()[::-1]
    yield matrix[:, ::-1].copy()[:, ::-1]
    packed = np.zeros(matrix.shape, dtype=[("pad", "u1"), ("label", ">f8")])
    packed["label"] = matrix
    yield packed["label"]  # unaligned


def containers(matrix):
    """The matrix in every other container, by name; in some, explicit zeros and entries in several parts."""
    yield "list", matrix.tolist()
    yield "list of tuples of bool", [tuple(map(bool, row)) for row in matrix.tolist()]
    yield "list of arrays", list(matrix)
    yield "DataFrame", pd.DataFrame(matrix)
    yield (
        "DataFrame of many types",
        pd.DataFrame(
            {
                i: pd.Series(column).astype(["Int64", "boolean", "f4", "?", "u1"][i % 5])
                for i, column in enumerate(matrix.T)
            }
        ),
    )
    for name in FORMATS:
        yield name, scipy.sparse.coo_matrix(matrix).asformat(name)
        yield f"{name} array", scipy.sparse.coo_array(matrix).asformat(name)
    rows, columns = np.indices(matrix.shape).reshape(2, -1)
    yield "explicit zeros", scipy.sparse.csr_array((matrix.reshape(-1), (rows, columns)), shape=matrix.shape)
    parts = np.concatenate([matrix.reshape(-1) * 2.0, -1.0 * matrix.reshape(-1)])
    both = np.tile(rows, 2), np.tile(columns, 2)
    yield "parts", scipy.sparse.coo_array((parts, both), shape=matrix.shape)
    starts = np.arange(len(matrix) + 1) * 2 * matrix.shape[1]
    backwards = np.tile(np.arange(matrix.shape[1])[::-1], 2 * len(matrix))
    values = np.hstack([2.0 * matrix[:, ::-1], -1.0 * matrix[:, ::-1]]).reshape(-1)
    yield "unsorted CSR in parts", scipy.sparse.csr_array((values, backwards, starts), shape=matrix.shape)


def label_lists(matrix, names):
    """The names of the labels that each row has."""
    return [[names[column] for column in np.flatnonzero(row)] for row in matrix]


def assert_same(got, expected):
    """Assert that two splits have equal arrays and tables."""
    assert np.array_equal(got.assignment, expected.assignment)
    assert got.assignment.dtype == expected.assignment.dtype
    for array, same in zip(got, expected, strict=True):
        assert array.dtype == same.dtype
        assert np.array_equal(array, same)
    assert got.names == expected.names
    assert got.plan.sizes == expected.plan.sizes
    assert got.seed == expected.seed
    assert got.classes.tolist() == expected.classes.tolist()
    for name in ("totals", "counts", "split_sizes", "unlabeled"):
        assert np.array_equal(getattr(got.plan, name), getattr(expected.plan, name)), name
