"""Ctrl-C: it ends a call within a second, leaves no thread waiting, and the next call gives the right answer."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.no_sanitizer]  # in interpreters of their own, and timed


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
        in_a_minute = threading.Timer(60, process.kill)
        in_a_minute.daemon = True
        in_a_minute.start()
        assert process.stdout.readline() == "ready\n"
        time.sleep(1.5)
        sent = time.time()
        os.kill(process.pid, signal.SIGINT)
        caught = float(process.stdout.readline())
        assert process.wait() == 0
    assert caught - sent < 1


def test_interrupts_at_any_moment_leave_no_thread_waiting(tmp_path):
    """Hundreds of interrupts at random moments of calls that start threads; then the right answer."""
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
                # Once more a second later, because Python may swallow an exception that is raised in a finalizer.
                signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-5, 3e-3), 1.0)
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
