"""Ctrl-C: it ends a call long before its end, leaves no thread waiting, and the next call gives the right answer."""

import signal
import textwrap

import pytest
from common import run_python

pytestmark = [
    pytest.mark.slow,
    pytest.mark.no_sanitizer,  # in interpreters of their own, and timed
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals cannot be timed on Windows"),
]


@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_call_within_a_quarter_of_its_time(threads, tmp_path):
    """A plan is one scan of the labels, so that an interrupt that waits for a stage would wait for the whole call.

    The best of five tries counts, because other processes may hold up a try.
    """
    script = textwrap.dedent(
        f"""
        import math
        import signal
        import time
        import numpy as np
        import fastsplit

        signal.signal(signal.SIGALRM, signal.default_int_handler)
        labels = np.zeros(100_000_000, dtype=np.uint8)
        fastsplit.plan(labels, seed=0, threads={threads})  # the first call touches the memory
        begin = time.perf_counter()
        fastsplit.plan(labels, seed=0, threads={threads})
        quarter = (time.perf_counter() - begin) / 4
        waits = []
        for _ in range(5):
            begin = time.perf_counter()
            try:
                # Once more a second later, because Python may swallow an exception that is raised in a finalizer.
                signal.setitimer(signal.ITIMER_REAL, quarter, 1.0)
                fastsplit.plan(labels, seed=0, threads={threads})
                signal.setitimer(signal.ITIMER_REAL, 0)
                waits.append(math.inf)
            except KeyboardInterrupt:
                signal.setitimer(signal.ITIMER_REAL, 0)
                waits.append(time.perf_counter() - begin - quarter)
        assert min(waits) < quarter, (waits, quarter)
        assert len(fastsplit.split(labels[:1000], (0.75, 0.25), seed=0)["train"]) == 750
        """
    )
    run_python("-c", script, cwd=tmp_path)


def test_interrupts_at_any_moment_leave_no_thread_waiting(tmp_path):
    """Hundreds of interrupts at random moments of calls that start threads; then the right answer."""
    script = textwrap.dedent(
        """
        import random
        import signal
        import numpy as np
        import fastsplit
        from fastsplit.engine import few, parallel

        def interrupt(*_):
            raise KeyboardInterrupt

        few.LIMIT, parallel.GRAIN = 0, 1000
        signal.signal(signal.SIGALRM, interrupt)
        labels = (np.arange(5000) % 7).astype(np.uint8)
        random.seed(0)
        expected = fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, threads=1)  # NumPy imports modules on first use
        interrupts = 0
        while interrupts < 300:
            try:
                # Once more a second later, because Python may swallow an exception that is raised in a finalizer.
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 3e-3), 1.0)
                while True:
                    fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, threads=3)
            except KeyboardInterrupt:
                interrupts += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert (fastsplit.split(labels, (0.7, 0.2, 0.1), seed=0, threads=3).assignment == expected.assignment).all()
        """
    )
    run_python("-c", script, cwd=tmp_path)


KERNELS = {
    "rank": "values = rng.random(16_000_000); call = lambda: rank(values, seed)",
    "rank of equal values": "values = np.zeros(16_000_000); call = lambda: rank(values, seed)",
    "deal": "call = lambda: deal(units, order, weights, seed, np.zeros((6, 128)), n, fold_of)",
    "polish": "call = lambda: polish(units, order, weights, seed, np.zeros((6, 128)), 20, True, fold_of)",
    "a round of polish": "call = lambda: polish(units, order, weights, seed, np.zeros((6, 128)), 1, False, fold_of)",
}


@pytest.mark.parametrize("setup", KERNELS.values(), ids=KERNELS)
def test_ctrl_c_ends_the_kernels_of_units_within_a_quarter_of_their_time(setup, tmp_path):
    """They run in one thread, one after the other. The best of five tries counts, as above."""
    script = textwrap.dedent(
        f"""
        import math
        import signal
        import time
        import numpy as np
        from fastsplit.engine.deal import deal
        from fastsplit.engine.polish import polish
        from fastsplit.engine.rank import rank
        from fastsplit.engine.table import Units

        signal.signal(signal.SIGALRM, signal.default_int_handler)
        rng, seed, n = np.random.default_rng(0), np.arange(2, dtype=np.uint64), 1_000_000
        ones = np.ones(n, dtype=np.int64)
        classes, ids = rng.integers(0, 5, n, dtype=np.int32), np.arange(n, dtype=np.uint64)
        units = Units(np.arange(n + 1), classes, ones, ones, ids)
        order, weights, fold_of = np.arange(n), np.ones(6), rng.integers(0, 128, n, dtype=np.int32)
        {setup}
        call()  # the first call touches the memory
        begin = time.perf_counter()
        call()
        quarter = (time.perf_counter() - begin) / 4
        waits = []
        for _ in range(5):
            begin = time.perf_counter()
            try:
                # Once more a second later, because Python may swallow an exception that is raised in a finalizer.
                signal.setitimer(signal.ITIMER_REAL, quarter, 1.0)
                call()
                signal.setitimer(signal.ITIMER_REAL, 0)
                waits.append(math.inf)
            except KeyboardInterrupt:
                signal.setitimer(signal.ITIMER_REAL, 0)
                waits.append(time.perf_counter() - begin - quarter)
        assert min(waits) < quarter, (waits, quarter)
        """
    )
    run_python("-c", script, cwd=tmp_path)


CALLS = {
    "groups": "fastsplit.split(labels, (0.7, 0.2, 0.1), groups=ids, seed=0, threads=3).assignment",
    "folds of groups": "fastsplit.kfold(labels, 5, groups=names, seed=0, threads=3).assignment",
    "a plan of groups": "plan.split(labels, ids + 500, threads=3).assignment",
    "several labels": "fastsplit.split_multilabel(matrix, (0.123, None), seed=0, threads=3).assignment",
    "folds of several labels": "fastsplit.kfold_multilabel(sets, 5, seed=0, threads=3).assignment",
    "strata": "fastsplit.strata(ids * 0.7, 5, within=labels, threads=3)",
    "strata of columns": "fastsplit.strata(matrix[:, :3] * 0.7, 5, threads=3)",
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_interrupts_of_calls_on_units_and_strata_leave_nothing_behind(call, tmp_path):
    """A hundred interrupts at random moments, some of them between the kernels' short calls; then the right answer."""
    script = textwrap.dedent(
        f"""
        import random
        import signal
        import time
        import numpy as np
        import fastsplit
        from fastsplit import _kernels
        from fastsplit.engine import few, parallel

        def interrupt(*_):
            raise KeyboardInterrupt

        few.LIMIT, parallel.GRAIN, _kernels._STEPS_OF_UNITS, _kernels._VALUES_PER_CALL = 0, 500, 1000, 100
        rng = np.random.default_rng(0)
        labels, ids, matrix = rng.integers(0, 7, 2000), rng.integers(0, 500, 2000), rng.integers(0, 2, (2000, 9))
        names = np.array([f"g{{number}}" for number in ids])
        sets = [set(np.flatnonzero(row).tolist()) for row in matrix]
        plan = fastsplit.plan(labels, groups=ids, seed=0)
        call = lambda: {call}
        expected = call()  # NumPy imports modules on first use
        begin = time.perf_counter()
        call()
        longest = 2 * (time.perf_counter() - begin)
        signal.signal(signal.SIGALRM, interrupt)
        random.seed(0)
        interrupts = 0
        while interrupts < 100:
            try:
                # Once more a second later, because Python may swallow an exception that is raised in a finalizer.
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, longest), 1.0)
                while True:
                    call()
            except KeyboardInterrupt:
                interrupts += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert (call() == expected).all()
        """
    )
    run_python("-c", script, cwd=tmp_path)
