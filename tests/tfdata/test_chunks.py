"""Chunks: what is drawn ahead, how long pipelines keep their source, and how the interpreter ends."""

import gc
import threading
import weakref

import numpy as np
import pytest
from common import run_python
from common_tfdata import FEATURES, LABELS, SOURCE, N

from fastsplit import tfdata
from fastsplit.tfdata import epochs as epochs_module
from fastsplit.tfdata.chunks import Chunks
from fastsplit.tfdata.epochs import DRAWING, Epochs, Steps


@pytest.mark.parametrize("reshuffle", [False, True])
@pytest.mark.parametrize("small", [0, 10])
def test_the_next_epoch_is_drawn_ahead_in_the_background(monkeypatch, reshuffle, small):
    """For small epochs as soon as the epoch before has begun, for large ones with its last chunk."""
    monkeypatch.setattr(epochs_module, "_SMALL", small)
    drawn, threads = [], []

    def recorded(epochs, epoch, draw=Epochs._drawn):
        drawn.append(epoch)
        threads.append(threading.current_thread().name)
        return draw(epochs, epoch)

    monkeypatch.setattr(Epochs, "_drawn", recorded)
    steps = Steps(10, 2, 1, False)
    epochs = Epochs(np.arange(10), steps, shuffle=True, seed=0, reshuffle=reshuffle)
    chunks = Chunks(epochs, 0, 2, (0, 0))
    assert chunks.count == 4  # the first is empty
    found = []
    for number in range(2 * chunks.count):
        indices = chunks.indices(number)
        assert (number + 1) % chunks.count or indices.base is None  # the last chunk of an epoch is no view of it
        found.append(indices.ravel())
        DRAWING.submit(int).result()  # the executor has one thread: waits for the epochs submitted before
        assert len(epochs._kept) <= (3 if small else 1)
        ahead = (number + (chunks.count - 1 if small else 1)) // chunks.count if reshuffle else 0
        assert drawn == [0, 1, 2][: ahead + bool(number)]
    # The first is drawn by the thread that needs it.
    assert all(name.startswith("fastsplit epochs") for name in threads[1:])
    expected = [
        Epochs(np.arange(10), steps, shuffle=True, seed=0, reshuffle=reshuffle).indices(epoch) for epoch in (0, 1)
    ]
    assert np.array_equal(np.concatenate(found), np.concatenate(expected))


def test_an_iterator_keeps_what_its_dataset_made():
    dataset = tfdata.dataset(SOURCE, np.arange(N), batch_size=32, shuffle=True, seed=0).map(lambda x, y: (x, y))
    gc.collect()
    iterator = iter(dataset)
    del dataset
    gc.collect()
    assert sum(len(y) for _, y in iterator) == N


@pytest.mark.parametrize("gather", ["tensor", "numpy"])
def test_a_source_is_freed_with_the_last_pipeline_that_reads_it(gather):
    class Taking:
        shape, dtype = FEATURES.shape, FEATURES.dtype

        def take(self, indices):
            return FEATURES[indices]

    source = Taking()
    gone = weakref.ref(source)
    dataset = tfdata.dataset((source, LABELS), np.arange(N), shuffle=True, gather=gather)
    assert len([i for _, batch in dataset for i in batch]) == N
    del source, dataset
    DRAWING.submit(int).result()
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("attempt", range(3))  # without Calls, one of three runs does not end
def test_the_interpreter_ends_while_pipelines_run_ahead(attempt, tmp_path):
    script = """
import numpy as np
from fastsplit import tfdata

iterators = []
for seed in range(4):
    dataset = tfdata.dataset(np.arange(1000), np.arange(1000), batch_size=10, shuffle=True, seed=seed, repeat=True)
    iterators.append(iter(dataset.prefetch(200_000)))
    next(iterators[-1])
"""
    run_python("-c", script, cwd=tmp_path)
