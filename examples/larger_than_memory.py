"""Read memory-mapped files that are together larger than the memory this process may use.

Rows are read from the files batch by batch, in an order that is uniform over all files. Linux only: RLIMIT_DATA limits
the memory of a process without its file mappings.
"""

import resource
import tempfile
from pathlib import Path

import numpy as np

import fastsplit
from fastsplit import tfdata

FILES, ROWS, COLUMNS = 3, 500_000, 512  # 3 GB of float32; the files are sparse and take less on disk
N = FILES * ROWS
CLASSES = 7
ALLOWED = 2_000_000_000  # bytes: less than the rows, more than TensorFlow needs

with tempfile.TemporaryDirectory() as folder:
    paths = [Path(folder) / f"features-{number}.npy" for number in range(FILES)]
    for number, path in enumerate(paths):
        rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(ROWS, COLUMNS))
        rows[:, 0] = np.arange(number * ROWS, (number + 1) * ROWS)  # the other columns stay a hole in the file
        rows.flush()
        del rows

    resource.setrlimit(resource.RLIMIT_DATA, (ALLOWED, ALLOWED))
    features = tfdata.concat([np.load(path, mmap_mode="r") for path in paths])
    n_bytes = N * COLUMNS * features.dtype.itemsize
    assert n_bytes > ALLOWED
    labels = np.arange(N) % CLASSES
    parts = fastsplit.split(labels, (0.9, 0.1), seed=0)
    train, test = tfdata.datasets((features, labels), parts, batch_size=1024)

    seen = np.zeros(N, dtype=bool)
    for x, y in train.take(200):
        indices = x[:, 0].numpy().astype(int)
        assert (indices % CLASSES == y.numpy()).all()
        assert not seen[indices].any()
        seen[indices] = True
    print(f"read {seen.sum():,} examples out of {n_bytes:,} bytes with at most {ALLOWED:,} bytes of memory")
