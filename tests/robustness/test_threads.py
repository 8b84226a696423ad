"""Threads: calls from several threads, and what the engine's own threads do if one of them fails."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from common import assert_same_splits

import fastsplit
from fastsplit.engine import parallel


def test_several_threads_may_call_at_once():
    labels = np.random.default_rng(0).integers(0, 50, 200_000)
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(fastsplit.split, labels, (0.7, 0.2, 0.1), seed=0, threads=t % 4 + 1) for t in range(24)]
        for call in calls:
            assert_same_splits(call.result(), expected)


def test_an_error_in_one_range_ends_the_others(monkeypatch):
    monkeypatch.setattr(parallel, "GRAIN", 1)
    monkeypatch.setattr(parallel, "BLOCK", 1)
    seen = []

    def body(worker, begin, end):
        seen.append(begin)
        if begin == 500:
            raise ZeroDivisionError
        time.sleep(0.0005)

    with pytest.raises(ZeroDivisionError):
        parallel.for_ranges(parallel.ranges(2000, 4), body)
    assert len(seen) < 2000


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_ctrl_c_ends_all_ranges_after_the_block_they_are_at(monkeypatch, threads):
    monkeypatch.setattr(parallel, "GRAIN", 1)
    monkeypatch.setattr(parallel, "BLOCK", 1)
    seen = []

    def body(worker, begin, end):
        seen.append(begin)
        if begin == 5:
            signal.raise_signal(signal.SIGINT)
        time.sleep(0.0005)

    with pytest.raises(KeyboardInterrupt):
        parallel.for_ranges(parallel.ranges(2000, threads), body)
    assert len(seen) < 2000


def test_any_number_of_threads_may_be_requested():
    assert len(list(fastsplit.kfold([0, 1] * 50, 5, seed=0, threads=10**13))) == 5
