"""Arrays that another thread writes to during a call: memory is safe, and results are exact or an error."""

import threading
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

import fastsplit
from fastsplit import _kernels
from fastsplit.engine.cuts import cuts
from fastsplit.engine.group import group
from fastsplit.engine.scan import scan
from fastsplit.inputs.labels import read_labels


@contextmanager
def repeated_in_another_thread(write):
    """Call ``write`` again and again in another thread."""
    done = threading.Event()

    def run():
        while not done.is_set():
            write()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("function", [fastsplit.split, fastsplit.group, partial(fastsplit.shuffle, seed=0)])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
@pytest.mark.parametrize("n", [3_000, 300_000])
def test_labels_that_change_during_a_call_harm_nothing(function, dtype, n):
    """The result is of no use, or an error says so; memory is safe (which the sanitizer build checks)."""
    labels = np.zeros(n, dtype=dtype)
    rng = np.random.default_rng(0)

    def write():
        labels[:] = rng.integers(0, 100, len(labels))
        labels[::1000] = np.iinfo(dtype).max

    with repeated_in_another_thread(write):
        for _ in range(6_000_000 // n):
            try:
                function(labels)
            except RuntimeError as error:
                assert "changed while they were read" in str(error)


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
def test_ids_that_change_during_a_call_change_nothing(order):
    labels, ids = np.zeros(100_000, dtype=np.int8), np.zeros(100_000, dtype=np.int64)
    other = np.random.default_rng(0).integers(0, 2**62, len(ids))

    def write():
        ids[:] = other
        ids[:] = 0

    with repeated_in_another_thread(write):
        for _ in range(10):
            parts = fastsplit.split(labels, (0.5, 0.5), seed=0, ids=ids, order=order)
            assert [len(part) for part in parts] == parts.counts[0].tolist()


def test_labels_that_changed_between_two_stages_are_an_error():
    labels = np.arange(1000) % 5
    strata = scan(read_labels(labels), 1)
    labels[:] = 3
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        group(strata.lookup, strata.parts, strata.cells[:, :, 0])
    labels[:] = 10**6
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        group(strata.lookup, strata.parts, strata.cells[:, :, 0])
    keys, half = _kernels.Keys(np.zeros(2, np.uint64)), np.array([2**63], np.uint64)
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        cuts(strata, np.full((5, 2), 100), keys, _kernels.CutRule(half, np.zeros(2, np.int64), np.zeros(2, np.uint64)))
