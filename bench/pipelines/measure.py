"""Measuring pipelines: their rates and starts, interleaved in one process; the memory that each adds in a fresh one."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from measure import interleaved
from memory import of_process
from pipelines import INCOMPLETE, PIPELINES
from pipelines.data import Data
from pipelines.recipes import empty

_STEPS_BETWEEN_LOOKS = 100  # at the memory
_BATCH_OF_MEMORY = 256


def check(data: Data, dataset: Any, name: str) -> None:
    """Assert that rows and labels belong together and, if an epoch is complete, that every example is there once."""
    ids = []
    for rows, labels in dataset.as_numpy_iterator():
        ids.append(rows[:, 0].astype(np.int64))
        assert np.array_equal(data.labels[ids[-1]], labels)
    if name not in INCOMPLETE:
        assert np.array_equal(np.sort(np.concatenate(ids)), np.arange(data.n))


def rate(dataset: Any, seconds: float = 0.5) -> float:
    """Return examples per second over consecutive epochs, as in training, for at least ``seconds``.

    The work that a pipeline does in the background for the epoch after the last one counts too.
    """
    examples, start = 0, time.perf_counter()
    while time.perf_counter() < start + seconds:
        for rows, _ in dataset:
            examples += rows.shape[0]
    settle()
    return examples / (time.perf_counter() - start)


def settle() -> None:
    """Wait until no pipeline works in the background."""
    from fastsplit.tfdata.epochs import DRAWING

    DRAWING.submit(int).result()


def rates(data: Data, size: int, rounds: int) -> dict[str, float]:
    """Return the median rate of each pipeline, after a check of its batches."""
    datasets = {name: make(data, size) for name, make in PIPELINES.items()}
    for name, dataset in datasets.items():
        check(data, dataset, name)
        settle()
    samples = interleaved({name: partial(rate, dataset) for name, dataset in datasets.items()}, rounds)
    return {name: median(found) for name, found in samples.items()}


def start_and_step(dataset: Any) -> tuple[float, float]:
    """Return the seconds to the first batch of an epoch that follows another, and from batch to batch."""
    for _ in dataset:
        pass
    start = time.perf_counter()
    iterator = iter(dataset)
    next(iterator)
    first = time.perf_counter()
    batches = sum(1 for _ in iterator)
    end = time.perf_counter()
    settle()
    return first - start, (end - first) / batches


def starts_and_steps(data: Data, names: list[str], size: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the medians of `start_and_step` for each pipeline."""
    samplers = {name: partial(start_and_step, PIPELINES[name](data, size)) for name in names}
    return {
        name: (median(start for start, _ in pairs), median(step for _, step in pairs))
        for name, pairs in interleaved(samplers, rounds).items()
    }


def added_memory(name: str, folder: str, n: int) -> int:
    """Return the peak of the memory that a pipeline adds to this process in an epoch, its source included, in bytes."""
    data = Data(Path(folder), n)
    for _ in empty(data, _BATCH_OF_MEMORY).take(10):  # makes TensorFlow allocate its own memory first
        pass
    before = most = of_process("RssAnon")
    for step, _ in enumerate(PIPELINES[name](data, _BATCH_OF_MEMORY)):
        if step % _STEPS_BETWEEN_LOOKS == 0:
            most = max(most, of_process("RssAnon"))
    return most - before


def added_by_shuffling(n: int) -> float:
    """Return the bytes per id that epochs of n shuffled ids add to the peak of this process, beyond the ids."""
    from fastsplit.tfdata.epochs import Epochs, Steps

    epochs = Epochs(np.arange(n), Steps(n, _BATCH_OF_MEMORY, 1, False), shuffle=True, seed=0, reshuffle=True)
    before = of_process("VmHWM")
    for epoch in range(3):
        epochs.indices(epoch)
    return (of_process("VmHWM") - before) / n
