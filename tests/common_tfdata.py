"""A small source, from whose rows a test sees which examples a pipeline yields."""

from itertools import chain

import numpy as np

N = 100
FEATURES = np.arange(N * 3, dtype=np.float32).reshape(N, 3)
LABELS = np.arange(N) % 4
SOURCE = (FEATURES, LABELS)
GATHERS = ["tensor", "numpy"]


def batches(dataset):
    """Return the indices of the examples that a pipeline of SOURCE yields: one list per batch."""
    return [(np.atleast_2d(x)[:, 0] / 3).astype(int).tolist() for x, _ in dataset.as_numpy_iterator()]


def flat(dataset):
    """Return the indices of all batches as one list."""
    return list(chain(*batches(dataset)))
