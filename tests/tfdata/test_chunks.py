"""Chunks: what is made ahead, what is kept as long as it is needed, and how it all ends."""

import gc
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

from fastsplit import tfdata
from fastsplit.tfdata import _epochs
from fastsplit.tfdata._chunks import Chunks
from fastsplit.tfdata._epochs import DRAWING, Epochs, Steps

N = 100
FEATURES = np.arange(N * 3, dtype=np.float32).reshape(N, 3)
LABELS = np.arange(N) % 4
SOURCE = (FEATURES, LABELS)


@pytest.mark.parametrize("reshuffle", [False, True])
@pytest.mark.parametrize("few", [0, 10])
def test_the_next_epoch_is_drawn_ahead_in_the_background(monkeypatch, reshuffle, few):
    """Where ids are few as soon as an epoch has begun, else with its last chunk."""
    monkeypatch.setattr(_epochs, "_FEW", few)
    drawn = []

    def recorded(epochs, epoch, draw=Epochs._drawn):
        drawn.append(epoch)
        assert threading.current_thread().name.startswith("fastsplit epochs")
        return draw(epochs, epoch)

    monkeypatch.setattr(Epochs, "_drawn", recorded)
    steps = Steps(10, 2, 1, False)
    epochs = Epochs(np.arange(10), steps, shuffle=True, seed=0, reshuffle=reshuffle)
    chunks = Chunks(epochs, 0, 2, (0, 0))
    assert chunks.count == 4  # the first of which is empty
    found = []
    for number in range(2 * chunks.count):
        ids = chunks.ids(number)
        assert (number + 1) % chunks.count or ids.base is None  # the last one does not hold the epoch
        found.append(ids.ravel())
        DRAWING.submit(int).result()  # behind what is being drawn
        assert len(epochs._kept) <= (3 if few else 1)
        ahead = (number + (chunks.count - 1 if few else 1)) // chunks.count if reshuffle else 0
        assert drawn == [0, 1, 2][: ahead + bool(number)]
    expected = [Epochs(np.arange(10), steps, shuffle=True, seed=0, reshuffle=reshuffle).ids(epoch) for epoch in (0, 1)]
    assert np.array_equal(np.concatenate(found), np.concatenate(expected))


def test_a_pipeline_keeps_what_it_needs():
    dataset = tfdata.dataset(SOURCE, np.arange(N), batch_size=32, shuffle=True, seed=0).map(lambda x, y: (x, y))
    gc.collect()
    iterator = iter(dataset)
    del dataset
    gc.collect()
    assert sum(len(y) for _, y in iterator) == N


@pytest.mark.parametrize("gather", ["tensor", "numpy"])
def test_a_pipeline_that_is_gone_leaves_nothing(gather):
    class Taking:
        shape, dtype = FEATURES.shape, FEATURES.dtype

        def take(self, ids):
            return FEATURES[ids]

    source = Taking()
    gone = weakref.ref(source)
    dataset = tfdata.dataset((source, LABELS), np.arange(N), shuffle=True, gather=gather)
    assert len([i for _, batch in dataset for i in batch]) == N
    del source, dataset
    DRAWING.submit(int).result()
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("attempt", range(2))  # without Calls, two in three do not end
def test_the_interpreter_ends_while_a_pipeline_runs_ahead(attempt, tmp_path):
    script = """
import numpy as np
from fastsplit import tfdata

dataset = tfdata.dataset(np.arange(1000), np.arange(1000), batch_size=10, shuffle=True, seed=0, repeat=True)
iterator = iter(dataset.prefetch(1000000))
next(iterator)
"""
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, timeout=60)
