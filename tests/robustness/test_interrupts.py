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
