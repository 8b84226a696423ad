"""Every set of instructions that the kernels are compiled for gives the same bits as the baseline."""

import numpy as np
import pytest
from common import SEEDS, assert_same_splits, label_arrays, run_python, size_lists
from golden import write
from hypothesis import given
from hypothesis import strategies as st

import fastsplit
from fastsplit import _kernels

every_cpu = pytest.mark.parametrize("cpu", _kernels.CPUS)


def splits_of(labels, sizes, seed, ids=None):
    """Split in both orders, which take different kernels."""
    shuffled = fastsplit.split(labels, sizes, seed=seed, ids=ids)
    ascending = fastsplit.split(labels, sizes, seed=seed, ids=ids, order="ascending", dtype=np.uint32)
    return shuffled, ascending


@pytest.mark.usefixtures("either_way")
@given(st.data(), label_arrays(), size_lists(), SEEDS, st.booleans())
def test_splits_with_and_without_ids_equal_those_of_the_baseline(use_cpu, data, labels, sizes, seed, with_ids):
    n = len(labels)
    ids = data.draw(st.lists(st.integers(0, 2**64 - 1), min_size=n, max_size=n)) if with_ids else None
    use_cpu("baseline")
    expected = splits_of(labels, sizes, seed, ids)
    for cpu in _kernels.CPUS[1:]:
        use_cpu(cpu)
        for got, same in zip(splits_of(labels, sizes, seed, ids), expected, strict=True):
            assert_same_splits(got, same)


@every_cpu
@pytest.mark.parametrize("dtype", ["bool", "u1", "i2", ">i4", "u8", "i8"])
def test_splits_of_200_000_labels_equal_those_of_the_baseline(use_cpu, cpu, dtype):
    labels = (np.random.default_rng(0).zipf(1.2, 200_003) % (2 if dtype == "bool" else 100)).astype(dtype)
    for sizes in [(0.7, 0.2, 0.1), (0.5,), [0.05] * 20, [1 / 64] * 64]:
        use_cpu("baseline")
        expected = splits_of(labels, sizes, 3)
        use_cpu(cpu)
        for got, same in zip(splits_of(labels, sizes, 3), expected, strict=True):
            assert_same_splits(got, same)


@every_cpu
def test_the_stream_equals_that_of_the_baseline(use_cpu, cpu):
    use_cpu("baseline")
    expected = write.stream(fastsplit)
    use_cpu(cpu)
    assert write.stream(fastsplit) == expected


@pytest.mark.no_sanitizer  # in interpreters of their own
def test_the_environment_chooses(tmp_path):
    child = ("-c", "import fastsplit")
    for name in _kernels.CPUS:
        run_python(*child, env={"FASTSPLIT_CPU": name}, cwd=tmp_path)
    _, err = run_python(*child, code=1, env={"FASTSPLIT_CPU": "abacus"}, cwd=tmp_path)
    assert "ValueError: FASTSPLIT_CPU must be one of baseline" in err
