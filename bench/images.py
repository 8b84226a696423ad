"""image_folder against keras.utils.image_dataset_from_directory, interleaved: `python bench/images.py`.

Writes CPU time and wall time per image, and the speed relative to Keras's, to RESULTS.md. CPU time tells what is left
for training; wall time depends on how many CPUs are idle.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from machine import BENCH, machine
from measure import interleaved
from render import replace_between, table

_CLASSES, _BATCH, _SEED = 10, 32, 0
_CASES = {"96 x 96": (96, 96, 3000), "512 x 512 to 224 x 224": (512, 224, 300)}  # size of files and of images; images
_GRAIN = 8  # pixels per square of the noise that images are made of: with one, files would be larger than photographs


def make_images(folder: Path, size: int, n: int) -> None:
    """Write n JPEG files of smooth noise, in a folder per class."""
    import tensorflow as tf

    rng = np.random.default_rng(_SEED)
    for number in range(n):
        path = folder / f"class {number % _CLASSES}" / f"{number:05}.jpg"
        path.parent.mkdir(exist_ok=True)
        noise = rng.integers(0, 256, (size // _GRAIN, size // _GRAIN, 3), dtype=np.uint8)
        smooth = tf.image.resize(noise, (size, size), method="bicubic").numpy() + rng.normal(0, 4, (size, size, 3))
        path.write_bytes(tf.io.encode_jpeg(smooth.clip(0, 255).astype(np.uint8), quality=90).numpy())


def keras(folder: Path, size: int) -> Any:
    """Return Keras's pipeline of all images, shuffled."""
    import keras

    return keras.utils.image_dataset_from_directory(
        folder, image_size=(size, size), batch_size=_BATCH, seed=_SEED, verbose=False
    )


def ours(folder: Path, size: int, **options: Any) -> Any:
    """Return fastsplit's pipeline of all images, shuffled."""
    from fastsplit import tfdata

    (images,) = tfdata.image_folder(folder, (1.0,), image_size=(size, size), batch_size=_BATCH, seed=_SEED, **options)
    return images


CONTENDERS: dict[str, Callable[[Path, int], Any]] = {
    "Keras": keras,
    "fastsplit": ours,
    'fastsplit, on_error="skip"': partial(ours, on_error="skip"),
    'fastsplit, on_error="tf"': partial(ours, on_error="tf"),
    'fastsplit, decode="fast"': partial(ours, decode="fast"),
}


def epoch(dataset: Any) -> tuple[float, float]:
    """Return CPU time and wall time of an epoch, in seconds per image."""
    cpu, wall, n = time.process_time(), time.perf_counter(), 0
    for images, _ in dataset:
        n += images.shape[0]
    return (time.process_time() - cpu) / n, (time.perf_counter() - wall) / n


def check(folder: Path, size: int) -> None:
    """Assert that fastsplit yields the images that Keras does."""
    found = [
        sorted(
            images.sum(axis=(1, 2, 3)).tolist()
            for images, _ in make(folder, size).unbatch().batch(1).as_numpy_iterator()
        )
        for make in (keras, ours)
    ]
    assert found[0] == found[1]


def measured(rounds: int = 7) -> str:
    """Return a table: the fastest CPU time and the median wall time of interleaved epochs."""
    rows = []
    for title, (of_files, size, n) in _CASES.items():
        with tempfile.TemporaryDirectory() as name:
            make_images(Path(name), of_files, n)
            check(Path(name), size)
            datasets = {contender: make(Path(name), size) for contender, make in CONTENDERS.items()}
            found = interleaved({contender: partial(epoch, dataset) for contender, dataset in datasets.items()}, rounds)
        costs = {
            contender: (min(cpu for cpu, _ in pairs) * 1e6, median(wall for _, wall in pairs) * 1e6)
            for contender, pairs in found.items()
        }
        for contender, (cpu, wall) in costs.items():
            ratios = [f"{base / cost:.2f}x" for base, cost in zip(costs["Keras"], (cpu, wall), strict=True)]
            rows.append([title, contender, f"{cpu:.0f}", ratios[0], f"{wall:.0f}", ratios[1]])
    return table(
        ["images", "", "CPU us per image", "speed by CPU time", "wall us per image", "speed by wall time"], rows
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="epochs of each contender (default: 7)")
    replace_between(BENCH / "RESULTS.md", "images", f"{measured(parser.parse_args().rounds)}\n\n{machine()}")
