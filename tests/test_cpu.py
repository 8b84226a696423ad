"""Every set of instructions that the kernels are compiled for gives the same bits as the baseline."""

import os
import subprocess
import sys

import numpy as np
import pytest
from common import assert_same_splits, label_arrays, size_lists
from golden import write
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import _kernels


@pytest.fixture(params=_kernels.CPUS)
def cpu(request):
    yield request.param
    _kernels.use_cpu(_kernels.CPUS[-1])


def everything(labels, sizes, seed, ids):
    parts = fastsplit.split(labels, sizes, seed=seed, ids=ids)
    ascending = fastsplit.split(labels, sizes, seed=seed, ids=ids, order="ascending", dtype=np.uint32)
    return parts, ascending


@pytest.mark.usefixtures("small_ranges")
@given(st.data(), label_arrays(), size_lists(), st.integers(0, 2**64), st.booleans())
def test_property(data, labels, sizes, seed, with_ids):
    n = len(labels)
    ids = data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=n, max_size=n)) if with_ids else None
    _kernels.use_cpu("baseline")
    expected = everything(labels, sizes, seed, ids)
    for name in _kernels.CPUS[1:]:
        _kernels.use_cpu(name)
        for got, other in zip(everything(labels, sizes, seed, ids), expected, strict=True):
            assert_same_splits(got, other)


@pytest.mark.parametrize("dtype", ["bool", "u1", "i2", ">i4", "u8", "i8"])
def test_on_more_labels(cpu, dtype):
    labels = (np.random.default_rng(0).zipf(1.2, 200_003) % (2 if dtype == "bool" else 100)).astype(dtype)
    for sizes in [(0.7, 0.2, 0.1), (0.5,), [0.05] * 20, [1 / 64] * 64]:
        _kernels.use_cpu("baseline")
        expected = everything(labels, sizes, 3, None)
        _kernels.use_cpu(cpu)
        for got, other in zip(everything(labels, sizes, 3, None), expected, strict=True):
            assert_same_splits(got, other)


def test_golden(cpu):
    _kernels.use_cpu("baseline")
    expected = write.stream(fastsplit)
    _kernels.use_cpu(cpu)
    assert write.stream(fastsplit) == expected


def test_the_environment_chooses(tmp_path):
    def start(name):
        command = [sys.executable, "-c", "import fastsplit"]
        environment = {**os.environ, "FASTSPLIT_CPU": name}
        return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)

    for name in _kernels.CPUS:
        assert start(name).returncode == 0
    assert "ValueError: FASTSPLIT_CPU must be one of baseline" in start("abacus").stderr
