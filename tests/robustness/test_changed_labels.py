"""Arrays that another thread writes to during a call: memory is safe, and results are exact or an error."""

import threading
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

import fastsplit
from fastsplit import _kernels
from fastsplit.engine import table
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


@pytest.mark.parametrize("new", [3, 10**6])
def test_labels_that_changed_before_their_groups_were_counted_are_an_error(monkeypatch, new):
    """Else the totals of the classes, which were found first, and the counts in the splits would be of other labels."""
    labels = np.arange(1000) % 5

    def scan_and_change(*given):
        strata = scan(*given)
        labels[7] = new
        return strata

    monkeypatch.setattr(table, "scan", scan_and_change)
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        table.tabulate(read_labels(labels), np.arange(1000, dtype=np.uint64) * 10**9, 2)


def test_groups_that_change_during_a_call_stay_consistent():
    labels, groups = np.arange(100_000) % 7, np.zeros(100_000, dtype=np.int64)
    other = np.random.default_rng(0).integers(0, 2**62, len(groups))

    def write():
        groups[:] = other
        groups[:] = 0

    with repeated_in_another_thread(write):
        for _ in range(10):
            parts = fastsplit.split(labels, (1.0, 0.0), seed=0, groups=groups)
            assert parts.counts[:, 0].tolist() == np.bincount(labels).tolist()


def test_a_matrix_that_changes_during_a_call_is_an_error_or_consistent():
    matrix = np.zeros((20_000, 70), dtype=np.uint8)
    rng = np.random.default_rng(0)

    def write():
        matrix[:] = rng.integers(0, 2, matrix.shape)
        matrix[::1000] = 3
        matrix[:] = 0

    with repeated_in_another_thread(write):
        for _ in range(20):
            try:
                parts = fastsplit.split_multilabel(matrix, (0.75, 0.25), seed=0)
            except ValueError as error:
                assert "Y must have only 0 and 1, got " in str(error)
            else:
                assert parts.counts.sum(axis=1).tolist() == parts.plan.totals.tolist()
                assert [len(part) for part in parts] == [15_000, 5_000]


def test_a_target_that_changes_during_a_call_harms_nothing():
    y = np.zeros(100_000)
    rng = np.random.default_rng(0)

    def write():
        y[:] = rng.normal(size=len(y))
        y[::7] = np.nan
        y[:] = 0

    with repeated_in_another_thread(write):
        for _ in range(20):
            try:
                codes = fastsplit.strata(y, 5)
            except ValueError as error:
                assert "y must be finite" in str(error)
            else:
                assert np.bincount(codes).tolist() == [5] * 20_000
