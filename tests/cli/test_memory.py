"""Files need not fit in memory: 300 MB, and 9 bytes per example at most."""

import os
from pathlib import Path

import numpy as np
import pytest
from common import run_python

N = 20_000_000
N_CLASSES = 1_000_000

MEASURED = """
import sys
from pathlib import Path
from fastsplit import cli
assert cli.main(sys.argv[1:]) == 0
(peak,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
print(peak.split()[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="this system does not tell the peak of a process")
@pytest.mark.parametrize(("order", "per_example"), [("ascending", 0), ("shuffled", 9)])
def test_the_peak_of_a_long_array_is_bounded(here, order, per_example):
    np.save("l.npy", (np.arange(N) % 1000).astype(np.int16))
    out, _ = run_python("-c", MEASURED, "split", "l.npy", "--out", "out", "--order", order)
    assert int(out.split()[-1]) * 1024 < 300e6 + per_example * N
    assert len(np.load("out/train.npy", mmap_mode="r")) == N * 8 // 10
    assert Path("out/train.npy").stat().st_size > 2**26


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="this system does not tell the peak of a process")
def test_the_peak_of_many_distinct_labels_is_bounded(here):
    Path("l.txt").write_text("".join(f"label{i * 7919 % N_CLASSES:015d}\n" for i in range(N_CLASSES)))
    out, _ = run_python("-c", MEASURED, "split", "l.txt", "--out", "out", "--seed", "0")
    assert int(out.split()[-1]) * 1024 < 300e6 + 9 * N_CLASSES + 200 * N_CLASSES
