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
from numpy.typing import NDArray

from machine import BENCH, machine
from measure import interleaved
from render import replace_between, table

_CLASSES, _BATCH, _SEED = 10, 32, 0
_CASES = {"96 x 96": (96, 96, 3000), "512 x 512 to 224 x 224": (512, 224, 300)}  # size of files and of images; images
_QUALITY = 90  # of JPEG files


def make_images(folder: Path, size: int, n: int) -> None:
    """Write n JPEG files in a folder per class: random crops of two photographs, half of the crops flipped."""
    import tensorflow as tf
    from sklearn.datasets import load_sample_images

    rng = np.random.default_rng(_SEED)
    photographs = [_continued(photograph, 2 * size) for photograph in load_sample_images().images]
    for number in range(n):
        photograph = photographs[number // _CLASSES % len(photographs)]
        top, left = (rng.integers(0, length - size + 1) for length in photograph.shape[:2])
        crop = photograph[top : top + size, left : left + size]
        image = crop[:, ::-1] if rng.integers(2) else crop
        path = folder / f"class {number % _CLASSES}" / f"{number:05}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(tf.io.encode_jpeg(image, quality=_QUALITY).numpy())


def _continued(photograph: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return a photograph, continued by its mirror images if one of its sides is shorter than size."""
    missing = [(0, max(0, size - length)) for length in photograph.shape[:2]]
    return np.pad(photograph, [*missing, (0, 0)], mode="symmetric")


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


def measured(rounds: int) -> str:
    """Return a table: the median CPU time and wall time of interleaved epochs."""
    rows = []
    for title, (of_files, size, n) in _CASES.items():
        with tempfile.TemporaryDirectory() as name:
            make_images(Path(name), of_files, n)
            check(Path(name), size)
            datasets = {contender: make(Path(name), size) for contender, make in CONTENDERS.items()}
            for dataset in datasets.values():
                epoch(dataset)  # the first takes longer
            found = interleaved({contender: partial(epoch, dataset) for contender, dataset in datasets.items()}, rounds)
        costs = {
            contender: [median(seconds) * 1e6 for seconds in zip(*pairs, strict=True)]
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
    parser.add_argument("--rounds", type=int, default=15, help="epochs of each contender (default: 15)")
    replace_between(BENCH / "RESULTS.md", "images", f"{measured(parser.parse_args().rounds)}\n\n{machine()}")
