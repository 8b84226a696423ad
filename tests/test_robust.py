"""What goes wrong around a call: labels that change, several threads, Ctrl-C, sizes that cannot be."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from common import assert_same_splits

import fastsplit
from fastsplit import _kernels
from fastsplit.engine import parallel
from fastsplit.engine.cuts import cuts
from fastsplit.engine.group import group
from fastsplit.engine.scan import scan


def test_threads_may_call_at_once():
    labels = np.random.default_rng(0).integers(0, 50, 200_000)
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(fastsplit.split, labels, (0.7, 0.2, 0.1), seed=0, threads=t % 4 + 1) for t in range(24)]
        for call in calls:
            assert_same_splits(call.result(), expected)


@pytest.mark.parametrize("function", [fastsplit.split, fastsplit.group, lambda y: fastsplit.shuffle(y, seed=0)])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_labels_that_change_while_they_are_read_harm_nothing(function, dtype):
    """The result is of no use, or an error says so; memory is safe (which the sanitizer build checks)."""
    labels = np.zeros(300_000, dtype=dtype)
    done = threading.Event()

    def scribble():
        rng = np.random.default_rng(0)
        while not done.is_set():
            labels[:] = rng.integers(0, 100, len(labels))
            labels[::1000] = np.iinfo(dtype).max

    scribbler = threading.Thread(target=scribble)
    scribbler.start()
    try:
        for _ in range(20):
            try:
                function(labels)
            except RuntimeError as error:
                assert "changed while they were read" in str(error)
    finally:
        done.set()
        scribbler.join()


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
def test_ids_that_change_while_they_are_read_change_nothing(order):
    labels, ids = np.zeros(100_000, dtype=np.int8), np.zeros(100_000, dtype=np.int64)
    other = np.random.default_rng(0).integers(0, 2**62, len(ids))
    done = threading.Event()

    def scribble():
        while not done.is_set():
            ids[:] = other
            ids[:] = 0

    scribbler = threading.Thread(target=scribble)
    scribbler.start()
    try:
        for _ in range(10):
            parts = fastsplit.split(labels, (0.5, 0.5), seed=0, ids=ids, order=order)
            assert [len(part) for part in parts] == parts.counts[0].tolist()
    finally:
        done.set()
        scribbler.join()


def test_folds_do_not_depend_on_what_becomes_of_the_ids():
    ids = np.arange(100)
    folds = fastsplit.kfold(np.arange(100) % 3, 3, seed=0, ids=ids)
    before = folds[0][0]
    ids[:] = ids[::-1].copy()
    assert np.array_equal(folds[0][0], before)


@pytest.mark.parametrize("width", [2, 4, 8])
def test_arrays_may_be_unaligned(width):
    shifted = np.frombuffer(b"x" + np.arange(1000, dtype=f"i{width}").tobytes(), dtype=np.uint8)[1:].view(f"i{width}")
    assert not shifted.flags.aligned
    assert np.array_equal(fastsplit.shuffle(shifted, seed=1), fastsplit.shuffle(shifted.copy(), seed=1))
    one, two = (fastsplit.split(shifted % 3, seed=1, ids=ids) for ids in (shifted, shifted.copy()))
    assert_same_splits(one, two)


def test_labels_that_changed_between_two_stages_are_an_error():
    labels = np.arange(1000) % 5
    strata = scan(fastsplit.inputs.labels.read_labels(labels), 1)
    labels[:] = 3
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        group(strata.lookup, strata.parts, strata.cells[:, :, 0])
    labels[:] = 10**6
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        group(strata.lookup, strata.parts, strata.cells[:, :, 0])
    keys = _kernels.Keys(np.zeros(2, np.uint64))
    with pytest.raises(RuntimeError, match="labels changed while they were read"):
        cuts(strata, np.full((5, 2), 100), keys, np.array([2**63], np.uint64))


def test_an_error_in_one_range_ends_the_others(monkeypatch):
    monkeypatch.setattr(parallel, "GRAIN", 1)
    monkeypatch.setattr(parallel, "BLOCK", 1)
    seen = []

    def body(worker, first, last):
        seen.append(first)
        if first == 500:
            raise ZeroDivisionError
        time.sleep(0.0005)

    with pytest.raises(ZeroDivisionError):
        parallel.for_ranges(parallel.ranges(2000, 4), body)
    assert len(seen) < 2000


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process there")
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_works_within_a_second(threads, tmp_path):
    """And leaves the interpreter as it was: the next call gives the right answer."""
    script = textwrap.dedent(
        f"""
        import time
        import numpy as np
        import fastsplit
        labels = np.zeros(60_000_000, dtype=np.uint8)
        print("ready", flush=True)
        try:
            while True:
                fastsplit.split(labels, seed=0, threads={threads}, dtype=np.uint32)
        except KeyboardInterrupt:
            print(time.time(), flush=True)
        assert len(fastsplit.split(labels[:1000], (0.75, 0.25), seed=0)["train"]) == 750
        """
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.5)
        sent = time.time()
        os.kill(process.pid, signal.SIGINT)
        caught = float(process.stdout.readline())
        assert process.wait() == 0
    assert caught - sent < 1


def test_interrupts_at_any_moment_leave_no_thread_waiting(tmp_path):
    """A few hundred of them, at random moments of calls that start threads; then the right answer."""
    script = textwrap.dedent(
        """
        import random
        import signal
        import numpy as np
        import fastsplit
        from fastsplit.engine import parallel

        def interrupt(*_):
            raise KeyboardInterrupt

        parallel.GRAIN = 1000
        signal.signal(signal.SIGALRM, interrupt)
        labels = (np.arange(5000) % 7).astype(np.uint8)
        random.seed(0)
        interrupts = 0
        while interrupts < 300:
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 3e-3), 1.0)  # again: one may be swallowed
                while True:
                    fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, threads=3)
            except KeyboardInterrupt:
                interrupts += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, threads=1)
        assert (fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, threads=3).assignment == expected.assignment).all()
        """
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=60)


def test_candidates_get_room_in_few_steps():
    """If every key is in a band, every example is a candidate, and the room for them doubles."""
    n, block = 400_000, 1024
    tally = _kernels.Tally(0, np.zeros((2, 3), np.int64), 0)
    labels, keys = _kernels.LabelView(np.zeros(n, np.uint8)), _kernels.Keys(np.arange(2, dtype=np.uint64))
    bands, out = _kernels.CutBands(np.array([0, 2**64 - 1], np.uint64)), _kernels.Assignment(np.empty(0, np.uint8))
    capacities = set()
    for begin in range(0, n, block):
        _kernels.scan(labels, keys, bands, begin, min(begin + block, n), tally, out)
        capacities.add(tally.capacity)
    assert np.array_equal(tally.candidates[2], np.arange(n))
    assert tally.cells.tolist() == [[0, n, 0], [0, 0, 0]]
    assert 2 < len(capacities) < 12


def test_one_id_on_many_rows_whose_key_is_in_a_band():
    n = 400_000
    ids = np.full(n, 178_347)  # its key is about half of all with seed 0
    got = fastsplit.split(np.zeros(n, np.uint8), (0.5, 0.5), seed=0, ids=ids, order="ascending", threads=1)
    assert sorted(map(len, got)) == [0, n]


def test_more_threads_than_could_ever_be():
    assert len(list(fastsplit.kfold([0, 1] * 50, 5, seed=0, threads=10**13))) == 5


def test_results_can_be_pickled():
    parts = fastsplit.split([0, 1] * 50, seed=0)
    assert_same_splits(pickle.loads(pickle.dumps(parts)), parts)
    folds = fastsplit.kfold([0, 1] * 50, seed=0)
    assert np.array_equal(pickle.loads(pickle.dumps(folds))[1][1], folds[1][1])


def test_importing_imports_nothing_optional(tmp_path):
    command = [sys.executable, "-c", "import sys, fastsplit; print(*sys.modules)"]
    modules = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout.split()
    optional = {"tensorflow", "pandas", "pyarrow", "tqdm", "matplotlib", "scipy", "sklearn", "fastsplit.report"}
    assert not optional & set(modules)


def test_without_the_kernels_the_error_says_what_to_do(tmp_path):
    """As in the folder of the sources, which lies first on the path."""
    sources = Path(fastsplit.__file__).parent
    shutil.copytree(sources, tmp_path / "fastsplit", ignore=shutil.ignore_patterns("*.so", "*.pyd", "__pycache__"))
    # without the finder of an editable installation, which would find them all the same
    code = "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'ditable' not in str(f)]; import fastsplit"
    failed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "ImportError: the compiled kernels of fastsplit are not in" in failed.stderr
    assert "pip install -e ." in failed.stderr


@pytest.mark.huge
def test_more_than_2_to_the_32_examples():
    n = 2**32 + 1000
    labels = np.zeros(n, dtype=np.uint8)
    labels[1::3] = 1
    labels[-1] = 2
    plan = fastsplit.plan(labels, (0.7, 0.2, 0.1), seed=0)
    assignment = plan.assign(labels)
    assert plan.counts.sum() == n
    for c in range(3):
        found = [np.count_nonzero((labels == c) & (assignment == split)) for split in range(3)]
        assert found == plan.counts[c].tolist()
        assert np.abs(found - sum(found) * np.array([0.7, 0.2, 0.1])).max() < 1
    assert assignment[-1] == plan.assign(labels[-1:], ids=[n - 1])[0]
