"""Read a memory-mapped array that is larger than the memory which this process may use.

The rows are read where they lie, batch by batch, in an order that is uniform over the whole epoch. Linux only: the
limit is put on data, which file mappings are not.
"""

import resource
import tempfile
from pathlib import Path

import numpy as np

import fastsplit
from fastsplit import tfdata

ROWS, COLUMNS = 1_500_000, 512  # 3 GB of float32, most of them a hole in the file
ALLOWED = 2_000_000_000  # bytes

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "features.npy"
    features = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(ROWS, COLUMNS))
    features[:, 0] = np.arange(ROWS)
    features.flush()
    del features

    resource.setrlimit(resource.RLIMIT_DATA, (ALLOWED, ALLOWED))
    features = np.load(path, mmap_mode="r")
    assert features.nbytes > ALLOWED
    labels = np.arange(ROWS) % 7
    parts = fastsplit.split(labels, (0.9, 0.1), seed=0)
    train, test = tfdata.datasets((features, labels), parts, batch_size=1024)

    seen = np.zeros(ROWS, dtype=bool)
    for rows, classes in train.take(200):
        ids = rows[:, 0].numpy().astype(int)
        assert (ids % 7 == classes.numpy()).all()
        assert not seen[ids].any()
        seen[ids] = True
    print(f"{seen.sum():,} examples of {features.nbytes:,} bytes, read with {ALLOWED:,} bytes of memory")
