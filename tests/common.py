"""What several test files share: strategies for labels and sizes, and equality to the bit; children."""

import os
import subprocess
import sys
from contextlib import contextmanager
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fastsplit
from fastsplit import reference

DTYPES = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i2", ">u2", ">i4", ">u4", ">i8", ">u8"]
THREADS = [1, 2, 3, 8]
ORDERS = ["shuffled", "ascending"]
SEEDS = st.integers(0, 2**130)

both_implementations = pytest.mark.parametrize("module", [fastsplit, reference], ids=["kernels", "reference"])


@st.composite
def label_arrays(draw, max_size=300):
    """Labels of every integer type, dense or far apart, with a few classes or as many as examples."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    if dtype.kind == "b":
        return draw(hnp.arrays(bool, st.integers(0, max_size)))
    info = np.iinfo(dtype)
    anywhere = st.integers(int(info.min), int(info.max))
    edges = st.sampled_from(
        [int(info.min), int(info.min) + 1, -1 if info.min else 0, 1, int(info.max) - 1, int(info.max)]
    )
    pool = draw(st.lists(anywhere | edges | st.integers(0, 20), min_size=1, max_size=12))
    values = draw(st.lists(st.sampled_from(pool), max_size=max_size))
    return np.array(values, dtype=dtype) if values else np.empty(0, dtype=dtype)


@st.composite
def size_lists(draw, max_splits=6):
    """Exact fractions that sum to at most 1."""
    parts = draw(st.lists(st.integers(0, 12), min_size=1, max_size=max_splits))
    rest = draw(st.sampled_from([0, 0, 1, 7]))
    total = sum(parts) + rest
    return [Fraction(part, total) for part in parts] if total else [Fraction(1)]


def ideals(counts, sizes):
    """Counts x sizes as exact fractions."""
    return [[int(n) * Fraction(size) for size in sizes] for n in counts]


def is_floor_or_ceiling(cell, ideal):
    return ideal.numerator // ideal.denominator <= cell <= -(-ideal.numerator // ideal.denominator)


def assert_same_arrays(got, expected):
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)


def assert_same_splits(got, expected):
    assert got.plan == expected.plan
    assert got.assignment.dtype == expected.assignment.dtype
    assert np.array_equal(got.assignment, expected.assignment)
    assert_same_arrays(got, expected)


CHILD_TIMEOUT = 60  # seconds, many times what any child needs


@contextmanager
def started_python(*args, env=None, **options):
    """Start an interpreter that is killed at the end of the block; ``env`` is added to the environment."""
    environment = {**os.environ, **(env or {})}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    with subprocess.Popen([sys.executable, *args], env=environment, **streams) as child:
        try:
            yield child
        finally:
            child.kill()  # does nothing if it has ended


def run_python(*args, code=0, **options):
    """Run an interpreter, which must end in time and with this exit code; return what it wrote to stdout and stderr."""
    with started_python(*args, **options) as child:
        out, err = child.communicate(timeout=CHILD_TIMEOUT)
    assert child.returncode == code, (child.returncode, out, err)
    return out, err
