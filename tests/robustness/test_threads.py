"""Threads: calls from several threads, and what the engine's own threads do if one of them fails."""

import _thread
import contextlib
import functools
import gc
import signal
import sys
import sysconfig
import textwrap
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from common import assert_same_arrays, assert_same_splits, run_python

import fastsplit
from fastsplit.engine import few, parallel


def test_several_threads_may_call_at_once():
    labels = np.random.default_rng(0).integers(0, 50, 200_000)
    expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0)
    with ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(fastsplit.split, labels, (0.7, 0.2, 0.1), seed=0, threads=t % 4 + 1) for t in range(24)]
        for call in calls:
            assert_same_splits(call.result(), expected)


LABELS, SIZES = np.random.default_rng(0).zipf(1.5, 6000) % 50, {"train": 0.7, "val": 0.2, "test": 0.1}
IDS = np.random.default_rng(1).permutation(len(LABELS))


def calls(plan, counts, folds, threads):
    """Return calls of everything that keeps or shares state: arrays, workspaces, indexes, plans and what they cache."""
    split = functools.partial(fastsplit.split, sizes=SIZES, seed=0, threads=threads)
    tally = functools.partial(fastsplit.tally, sizes=SIZES, seed=0)
    half = len(LABELS) // 2
    strings = np.array([f"\N{LATIN SMALL LETTER E WITH ACUTE}{i}" for i in IDS], dtype=object)
    return [
        lambda: list(split(LABELS)),
        lambda: list(split(LABELS * 10**9)),  # too far apart for a table
        lambda: list(split(LABELS.astype(str), ids=strings)),
        lambda: list(split(LABELS, ids=strings.astype(str), order="ascending")),
        lambda: list(split(LABELS, groups=IDS // 7)),
        lambda: [np.concatenate(pair) for pair in folds],
        lambda: [fastsplit.group(LABELS, threads=threads).order],
        lambda: [fastsplit.shuffle(LABELS, seed=0, threads=threads)],
        lambda: list(fastsplit.split_multilabel((IDS[:4000].reshape(500, 8) % 5 == 0), SIZES, seed=0)),
        lambda: [fastsplit.strata(IDS[:2000] / 7, (0.8, 0.2))],
        lambda: [plan.assign(LABELS)],
        lambda: [tally(LABELS, ids=IDS, after=counts).plan().cuts],
        lambda: [(tally(LABELS[:half], ids=IDS[:half]) + tally(LABELS[half:], ids=IDS[half:])).plan().cuts],
    ]


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("limit", [few.LIMIT, 0], ids=["few", "stages"])
def test_every_function_may_be_called_at_once_with_shared_arrays_and_plans(monkeypatch, limit):
    """Without the GIL this is where a shared cache or workspace would show; threads begin at different calls."""
    monkeypatch.setattr(few, "LIMIT", limit)

    def shared():
        return fastsplit.plan(LABELS, SIZES, seed=0), fastsplit.count(LABELS), fastsplit.kfold(LABELS, 5, seed=0)

    expected = [call() for call in calls(*shared(), threads=1)]
    fresh, start = shared(), threading.Barrier(4)  # nothing is cached yet

    def work(thread):
        start.wait(30)
        mine = calls(*fresh, threads=1 + thread % 3)
        for call, same in zip(mine[thread:] + mine[:thread], expected[thread:] + expected[:thread], strict=True):
            assert_same_arrays(call(), same)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, thread) for thread in range(4)]:
            done.result()


def test_threads_that_split_few_labels_again_and_again_have_workspaces_of_their_own():
    start = threading.Barrier(4)

    def work(seed):
        labels = np.roll(LABELS, seed) % (40 + seed)
        expected = fastsplit.split(labels, SIZES, seed=seed).assignment
        start.wait(30)
        return all(np.array_equal(fastsplit.split(labels, SIZES, seed=seed).assignment, expected) for _ in range(300))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has only one way")
def test_importing_fastsplit_leaves_free_threaded_python_without_the_gil(tmp_path):
    script = "import fastsplit, fastsplit.readers, sys; assert not sys._is_gil_enabled()"
    run_python("-W", "error", "-c", script, cwd=tmp_path)


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


@pytest.fixture
def failing_starts(monkeypatch):
    """Let no thread start as it should; returns the functions of the threads that never ran, with their arguments."""

    def install(how, first):
        start, calls, never_run = _thread.start_new_thread, 0, []

        def failing(function, args):
            nonlocal calls
            calls += 1
            if calls <= first:
                return start(function, args)
            if isinstance(how, Exception):
                raise how
            never_run.append((function, args))
            return 0

        monkeypatch.setattr(_thread, "start_new_thread", failing)
        return never_run

    return install


@pytest.mark.parametrize("first", [0, 1, 2])  # threads that start
@pytest.mark.parametrize("how", [RuntimeError("can't start new thread"), MemoryError(), "never"], ids=repr)
class TestThreadsThatDoNotStart:
    """They raise, or die before their first instruction: then ``start_new_thread`` returns, but nothing ever runs."""

    def test_every_range_is_done_once_under_its_own_number(self, failing_starts, how, first):
        late = failing_starts(how, first)
        parts = [(3 * worker, 3 * worker + 3) for worker in range(5)]
        seen = []
        parallel.for_ranges(parts, lambda worker, begin, end: seen.append((worker, begin, end)), block=2)
        blocks = [(w, *block) for w, (a, b) in enumerate(parts) for block in ((a, a + 2), (a + 2, b))]
        assert sorted(seen) == blocks
        for function, args in late:  # a thread may run when all is done: it finds nothing to claim
            function(*args)
        assert len(seen) == len(blocks)

    def test_an_error_is_raised_and_late_threads_do_nothing(self, failing_starts, how, first):
        late = failing_starts(how, first)
        seen = []

        def body(worker, begin, end):
            seen.append(begin)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            parallel.for_ranges(parallel.ranges(5, 5, grain=1), body)
        ended = len(seen)
        for function, args in late:
            function(*args)
        assert len(seen) == ended

    @pytest.mark.usefixtures("small_ranges")
    @pytest.mark.parametrize("ids", [None, np.arange(300)[::-1]], ids=["positions", "ids"])
    @pytest.mark.parametrize("order", ["shuffled", "ascending"])
    def test_results_are_the_same(self, failing_starts, how, first, order, ids):
        labels = np.arange(300) ** 2 % 11
        arguments = {"seed": 0, "ids": ids, "order": order}
        expected = fastsplit.split(labels, (0.7, 0.2, 0.1), **arguments, threads=1)
        folds = list(fastsplit.kfold(labels, 3, **arguments, threads=1))
        failing_starts(how, first)
        assert_same_splits(fastsplit.split(labels, (0.7, 0.2, 0.1), **arguments, threads=4), expected)
        for got, same in zip(fastsplit.kfold(labels, 3, **arguments, threads=4), folds, strict=True):
            assert all(map(np.array_equal, got, same))
        assert np.array_equal(fastsplit.group(labels, threads=4).order, fastsplit.group(labels, threads=1).order)
        assert np.array_equal(
            fastsplit.shuffle(labels, seed=0, threads=4), fastsplit.shuffle(labels, seed=0, threads=1)
        )


def test_ctrl_c_while_the_main_thread_waits_comes_before_errors_of_threads():
    claimed = threading.Event()
    main = threading.get_ident()

    def body(worker, begin, end):
        if threading.get_ident() == main:
            assert claimed.wait(30)
        else:
            claimed.set()
            time.sleep(0.1)  # the main thread then waits for this one
            signal.raise_signal(signal.SIGINT)
            raise ZeroDivisionError

    with pytest.raises(KeyboardInterrupt):
        parallel.for_ranges([(0, 1), (1, 2)], body)


NO_THREADS = """
    import resource
    import numpy as np
    import fastsplit
    from fastsplit.engine import few, parallel

    labels = np.arange(20_000) % 7
    split = lambda threads: fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, threads=threads).assignment
    expected = split(1)
    few.LIMIT, parallel.GRAIN = 0, 1000
    split(2)
    with open("/proc/self/statm") as sizes:
        used = int(sizes.read().split()[0]) * resource.getpagesize()
    done = 0
    for more in range(0, 24 << 20, 1 << 18):
        resource.setrlimit(resource.RLIMIT_AS, (used + more, -1))
        try:
            done += (split(8) == expected).all()
        except MemoryError:
            done += 1
    assert done == 24 * 4, done
"""

NO_MEMORY = """
    import sys
    import time
    import _testcapi
    from fastsplit.engine import few, parallel

    sys.unraisablehook = lambda _: None  # threads without memory say so
    parts = [(i, i + 1) for i in range(4)]
    results = []
    for length in (1, 3):  # many in a row are fatal to Python
        for first in range(150):
            seen = [0] * 4
            def body(worker, begin, end, seen=seen):
                seen[worker] += 1
            try:
                _testcapi.set_nomemory(first, first + length)
                try:
                    parallel.for_ranges(parts, body)
                finally:
                    _testcapi.remove_mem_hooks()
                assert seen == [1] * 4, (first, length, seen)
            except MemoryError:
                assert max(seen) < 2
            results.append((seen, list(seen)))
    time.sleep(0.1)
    assert all(seen == returned for seen, returned in results), "no thread works after the call"
"""


@pytest.mark.no_sanitizer  # in interpreters of their own
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(NO_THREADS, marks=pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")),
        NO_MEMORY,
    ],
    ids=["threads", "any allocation"],
)
def test_no_shortage_of_memory_hangs_or_gives_a_wrong_result(tmp_path, script):
    if script == NO_MEMORY:
        pytest.importorskip("_testcapi")
    run_python("-c", textwrap.dedent(script), cwd=tmp_path)


def test_any_number_of_threads_may_be_requested():
    assert len(list(fastsplit.kfold([0, 1] * 50, 5, seed=0, threads=10**13))) == 5


def array_of_a_failed_call(failing):
    """Return a weak reference to an array that a call used before its range failed."""
    array = np.zeros(10)

    def body(worker, begin, end, array=array):
        if worker == failing:
            raise ZeroDivisionError

    with contextlib.suppress(ZeroDivisionError):
        parallel.for_ranges([(0, 10), (10, 20)], body)
    return weakref.ref(array)


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_keeps_no_array_of_the_call(failing):
    """Without the garbage collector: a retry may need the memory."""
    gc.disable()
    try:
        alive, deadline = array_of_a_failed_call(failing), time.monotonic() + 60
        while alive() is not None and time.monotonic() < deadline:
            time.sleep(0.001)  # until the other thread has left its frames
        assert alive() is None
    finally:
        gc.enable()
