"""The memory that pipelines add to a fresh process; this one has run other tests."""

from pathlib import Path

import numpy as np
import pytest
from common import run_python

ROWS, COLUMNS = 400_000, 128  # 205 MB of float32

SCRIPT = """
import sys, numpy as np, tensorflow as tf
from fastsplit import tfdata

def anonymous():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))

rows = np.load(sys.argv[1], mmap_mode="r")
for _ in tf.data.Dataset.range(10).map(lambda i: i + 1).prefetch(2):
    pass
before = anonymous()
splits = [np.arange(0, 300_000), np.arange(300_000, 350_000), np.arange(350_000, 400_000)]
peak = 0
for dataset in tfdata.datasets(rows, splits, batch_size=256, gather=sys.argv[2]):
    for step, _ in enumerate(dataset):
        peak = max(peak, anonymous() - before) if step % 50 == 0 else peak
print(peak)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says how much memory no file backs")
@pytest.mark.parametrize(("gather", "max_copies"), [("numpy", 0.5), ("tensor", 1.5)])
def test_a_memory_map_is_not_copied_or_is_copied_once(gather, max_copies, tmp_path):
    """tensor copies once for all splits, and not into a graph. Chunks take less than half a copy."""
    rows = np.lib.format.open_memmap(tmp_path / "rows.npy", mode="w+", dtype=np.float32, shape=(ROWS, COLUMNS))
    rows[:] = 1
    rows.flush()
    out, _ = run_python("-c", SCRIPT, str(tmp_path / "rows.npy"), gather, cwd=tmp_path)
    assert int(out.splitlines()[-1]) < max_copies * rows.nbytes


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says the peak of this process alone")
def test_shuffling_adds_eight_bytes_per_index(tmp_path):
    script = """
import numpy as np
from fastsplit.tfdata.epochs import Epochs, Steps

def peak():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))

epochs = Epochs(np.arange(10**7), Steps(10**7, 256, 1, False), shuffle=True, seed=0, reshuffle=True)
before = peak()
for epoch in range(3):
    epochs.indices(epoch)
print((peak() - before) / 10**7)
"""
    out, _ = run_python("-c", script, cwd=tmp_path)
    assert 7 < float(out.splitlines()[-1]) < 9
