"""Pipelines beside each other: rates, interleaved in one process, and the memory that each adds in a fresh one.

``python bench/pipelines.py`` writes the tables of docs/from-the-recipes.md and of bench/RESULTS.md; so does
``bench/report.py``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastsplit

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

N, COLUMNS, CLASSES, FILES = 1_000_000, 32, 10, 10
RESULTS = Path(__file__).parent / "RESULTS.md"
RECIPES = Path(__file__).parents[1] / "docs" / "from-the-recipes.md"


class Data:
    """A million rows of 32 float32 and their labels: in memory, in one file and in ten."""

    def __init__(self, folder: Path, n: int = N) -> None:
        self.n = n
        rng = np.random.default_rng(0)
        path = folder / f"features-{n}.npy"
        if not path.exists():
            features = rng.random((n, COLUMNS), dtype=np.float32)
            features[:, 0] = np.arange(n)
            np.save(path, features)
            for number, part in enumerate(np.array_split(features, FILES)):
                np.save(folder / f"part-{n}-{number}.npy", part)
        self.labels = np.random.default_rng(1).integers(0, CLASSES, n)
        self.mapped = np.load(path, mmap_mode="r")
        self.files = [folder / f"part-{n}-{number}.npy" for number in range(FILES)]
        self.ids = np.random.default_rng(2).permutation(n)
        self.sources: dict[tuple[str, str], Any] = {}

    def source(self, kind: str, gather: str) -> Any:
        """Return rows and labels, the same for all pipelines: which pages they lie on makes a difference."""
        from fastsplit.tfdata._sources import Source

        if (kind, gather) not in self.sources:
            rows = {"array": self.features, "map": lambda: self.mapped, "files": lambda: Files(self.files)}[kind]()
            self.sources[kind, gather] = Source((rows, self.labels), gather)
        return self.sources[kind, gather]

    def features(self) -> NDArray[np.float32]:
        """Read all rows into memory."""
        return np.array(self.mapped)


class Files:
    """Rows in several files, as one source."""

    def __init__(self, paths: list[Path]) -> None:
        self.parts = [np.load(path, mmap_mode="r") for path in paths]
        self.ends = np.cumsum([len(part) for part in self.parts])
        self.shape = (int(self.ends[-1]), *self.parts[0].shape[1:])
        self.dtype = self.parts[0].dtype

    def take(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """Return rows, each from its file."""
        rows = np.empty((len(ids), *self.shape[1:]), dtype=self.dtype)
        file_of = np.searchsorted(self.ends, ids, side="right")
        for number in np.unique(file_of):
            here = np.flatnonzero(file_of == number)
            part = self.parts[number]
            rows[here] = part[ids[here] - (self.ends[number] - len(part))]
        return rows


def empty(data: Data, size: int) -> Any:
    """Yield the same batch over and over: what iterating alone costs."""
    import tensorflow as tf

    batch = tf.constant(data.mapped[:size]), tf.constant(data.labels[:size])
    return tf.data.Dataset.from_tensors(batch).repeat(data.n // size)


class Beside:
    """The empty pipeline while another thread shuffles and gathers, as a pipeline must."""

    def __init__(self, data: Data, size: int) -> None:
        self.batches = empty(data, size)
        self.source = data.source("array", "tensor")
        self.ids = data.ids

    def gather(self) -> None:
        """Gather all rows in a random order, chunk by chunk."""
        for ids in np.array_split(fastsplit.shuffle(self.ids, seed=0), -(-len(self.ids) // 30_000)):
            self.source.take(ids)

    def __iter__(self) -> Iterator[Any]:
        thread = threading.Thread(target=self.gather)
        thread.start()
        yield from self.batches
        thread.join()

    def as_numpy_iterator(self) -> Iterator[Any]:
        """Return the batches as arrays."""
        return iter(self.batches.as_numpy_iterator())


def keras_adapter(data: Data, size: int) -> Any:
    """Do as model.fit(x, y) does with arrays."""
    from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter

    return ArrayDataAdapter(data.features(), data.labels, batch_size=size, shuffle=True).get_tf_dataset()


def recipe_in_memory(data: Data, size: int) -> Any:
    """Recipe 1."""
    import tensorflow as tf

    features = data.features()
    dataset = tf.data.Dataset.from_tensor_slices((features[data.ids], data.labels[data.ids]))
    return dataset.shuffle(data.n).batch(size).prefetch(tf.data.AUTOTUNE)


def recipe_chunks(data: Data, size: int) -> Any:
    """Recipe 2: shuffled within a file alone."""
    import tensorflow as tf

    def batches() -> Iterator[Any]:
        first, rng = 0, np.random.default_rng()
        for path in data.files:
            rows = np.load(path)
            order = rng.permutation(len(rows))
            labels = data.labels[first : first + len(rows)]
            first += len(rows)
            for begin in range(0, len(rows), size):
                ids = order[begin : begin + size]
                yield rows[ids], labels[ids]

    spec = (tf.TensorSpec((None, COLUMNS), tf.float32), tf.TensorSpec((None,), tf.int64))
    return tf.data.Dataset.from_generator(batches, output_signature=spec).prefetch(tf.data.AUTOTUNE)


def recipe_generator(data: Data, size: int) -> Any:
    """Recipe 3."""
    import tensorflow as tf

    features = data.mapped

    def examples() -> Iterator[Any]:
        for i in data.ids[: data.n // 50]:  # a part of an epoch: it takes its time
            yield features[i], data.labels[i]

    spec = (tf.TensorSpec((COLUMNS,), tf.float32), tf.TensorSpec((), tf.int64))
    return tf.data.Dataset.from_generator(examples, output_signature=spec).batch(size).prefetch(tf.data.AUTOTUNE)


def ours(kind: str, gather: str, sampling: str = "uniform", classes: int | None = None) -> Callable[[Data, int], Any]:
    """Make a pipeline with fastsplit, of data in memory, in one file or in several."""

    def make(data: Data, size: int) -> Any:
        from fastsplit import tfdata

        return tfdata.dataset(
            data.source(kind, gather),
            data.ids,
            batch_size=size,
            shuffle=True,
            seed=0,
            sampling=sampling,
            labels=data.ids % classes if classes else None,
        )

    return make


PIPELINES: dict[str, Callable[[Data, int], Any]] = {
    "empty pipeline": empty,
    "empty pipeline beside shuffle and gather": Beside,
    "Keras's array adapter": keras_adapter,
    "recipe: in memory": recipe_in_memory,
    "recipe: files in chunks": recipe_chunks,
    "recipe: generator": recipe_generator,
    "fastsplit, tensor": ours("array", "tensor"),
    "fastsplit, numpy": ours("array", "numpy"),
    "fastsplit, memory map": ours("map", "numpy"),
    "fastsplit, files": ours("files", "numpy"),
    "fastsplit, tensor, stratified": ours("array", "tensor", "stratified"),
    "fastsplit, tensor, balanced": ours("array", "tensor", "balanced"),
    "fastsplit, tensor, stratified, 100,000 classes": ours("array", "tensor", "stratified", 100_000),
    "fastsplit, tensor, balanced, 100,000 classes": ours("array", "tensor", "balanced", 100_000),
}
REPLACED = {  # each recipe, and what takes its place
    "recipe: in memory": "fastsplit, tensor",
    "recipe: files in chunks": "fastsplit, files",
    "recipe: generator": "fastsplit, memory map",
}
AIMS = [  # how many times the rate of another, at the least
    ("fastsplit, tensor", "empty pipeline", 256, 0.75),
    ("fastsplit, tensor", "empty pipeline", 1024, 0.75),
    ("fastsplit, tensor", "Keras's array adapter", 256, 1.2),
    ("fastsplit, tensor", "Keras's array adapter", 1024, 1.2),
    ("fastsplit, memory map", "empty pipeline", 256, 0.4),
    ("fastsplit, memory map", "empty pipeline", 1024, 0.4),
    ("fastsplit, tensor", "recipe: in memory", 256, 8),
    ("fastsplit, tensor", "recipe: generator", 256, 200),
    ("fastsplit, tensor, stratified", "fastsplit, tensor", 256, 1 / 1.2),
    ("fastsplit, tensor, stratified", "fastsplit, tensor", 1024, 1 / 1.2),
    ("fastsplit, tensor, balanced", "fastsplit, tensor", 256, 1 / 1.2),
    ("fastsplit, tensor, balanced", "fastsplit, tensor", 1024, 1 / 1.2),
]
SHOWN_APART = [
    "empty pipeline",
    "empty pipeline beside shuffle and gather",
    *(name for name in PIPELINES if name.startswith("fastsplit, tensor")),
]


def check(data: Data, dataset: Any, name: str) -> None:
    """Assert that rows and labels fit together and, where an epoch is whole, that every example is there."""
    ids = []
    for rows, labels in dataset.as_numpy_iterator():
        ids.append(rows[:, 0].astype(np.int64))
        assert np.array_equal(data.labels[ids[-1]], labels)
    found = np.concatenate(ids)
    if not name.startswith("empty") and name != "recipe: generator" and "balanced" not in name:
        assert np.array_equal(np.sort(found), np.arange(data.n))


def rate(dataset: Any, seconds: float = 0.5) -> float:
    """Return examples a second over epochs that follow each other, as in training, for some seconds at the least.

    What a pipeline does in the background for the epoch behind the last counts too.
    """
    examples, start = 0, time.perf_counter()
    while time.perf_counter() < start + seconds:
        for rows, _ in dataset:
            examples += rows.shape[0]
    settle()
    return examples / (time.perf_counter() - start)


def settle() -> None:
    """Wait until no pipeline does anything in the background."""
    from fastsplit.tfdata._epochs import DRAWING

    DRAWING.submit(int).result()


def rates(data: Data, size: int, rounds: int) -> dict[str, float]:
    """Return the median rate of each pipeline, all by turns."""
    datasets = {name: make(data, size) for name, make in PIPELINES.items()}
    for name, dataset in datasets.items():
        check(data, dataset, name)
        settle()
    found: dict[str, list[float]] = {name: [] for name in datasets}
    for _ in range(rounds):
        for name, dataset in datasets.items():
            found[name].append(rate(dataset))
    return {name: median(times) for name, times in found.items()}


def costs(data: Data, names: list[str], size: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median seconds until the first batch of an epoch that follows another, and from batch to batch."""
    datasets = {name: PIPELINES[name](data, size) for name in names}
    until: dict[str, list[float]] = {name: [] for name in datasets}
    between: dict[str, list[float]] = {name: [] for name in datasets}
    for _ in range(rounds):
        for name, dataset in datasets.items():
            for _ in dataset:
                pass
            start = time.perf_counter()
            iterator = iter(dataset)
            next(iterator)
            first, batches = time.perf_counter(), 0
            for _ in iterator:
                batches += 1
            between[name].append((time.perf_counter() - first) / batches)
            until[name].append(first - start)
            settle()
    return {name: (median(until[name]), median(between[name])) for name in names}


def of_process(name: str) -> int:
    """Return what the kernel tells of this process in bytes: RssAnon, memory that no file backs, or VmHWM, the peak.

    (The ``ru_maxrss`` of getrusage is that of the parent where that is larger.)
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError("the kernel does not tell the memory of a process")


def added_memory(name: str, folder: Path, n: int) -> int:
    """Return the most that a pipeline adds to the memory of this process in an epoch, its source included."""
    data = Data(folder, n)
    for _ in empty(data, 256).take(10):  # TensorFlow's own
        pass
    before = most = of_process("RssAnon")
    for step, _ in enumerate(PIPELINES[name](data, 256)):
        if step % 100 == 0:
            most = max(most, of_process("RssAnon"))
    return most - before


def memory(name: str, folder: Path, n: int = N) -> int:
    """Measure ``added_memory`` in a fresh process."""
    command = [sys.executable, __file__, "--memory", name, str(folder), str(n)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def reshuffling(n: int) -> float:
    """Return the bytes an id that an epoch of n shuffled ids adds to the peak of this process, beside the ids."""
    from fastsplit.tfdata._epochs import Epochs, Steps

    epochs = Epochs(np.arange(n), Steps(n, 256, 1, False), shuffle=True, seed=0, reshuffle=True)
    before = of_process("VmHWM")
    for epoch in range(3):
        epochs.ids(epoch)
    return (of_process("VmHWM") - before) / n


def report(rounds: int = 7) -> str:
    """Measure everything; write the table of the recipes and return that of RESULTS.md."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = Data(folder)
        found = {size: rates(data, size, rounds) for size in (256, 1024)}
        spent = costs(data, SHOWN_APART, 1024, 2 * rounds)
        used = {name: memory(name, folder) / 1e6 for name in PIPELINES}
        larger = memory("fastsplit, memory map", folder, 4 * N) / 1e6
        command = [sys.executable, __file__, "--reshuffling", "100000000"]
        reshuffled = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    lines = [
        f"TensorFlow {tf.__version__}; {N:,} x {COLUMNS} float32 and int64 labels, every epoch in a new order: million",
        "examples a second, and as a share of the empty pipeline, which yields the same batch over and over. The next",
        "row does so while another thread shuffles the ids and gathers the rows, as a pipeline must. Memory is what a",
        "fresh process holds at the most beyond TensorFlow's own and file mappings, for the source too.",
        "",
        "| | batch 256 | of empty | batch 1,024 | of empty | MB added |",
        "|---|---|---|---|---|---|",
    ]
    for name in PIPELINES:
        cells = [f"{found[s][name] / 1e6:.3g} | {found[s][name] / found[s]['empty pipeline']:.2f}" for s in found]
        lines.append(f"| {name} | {' | '.join(cells)} | {used[name]:.0f} |")
    lines += ["", "| batch 1,024 | ms until the first batch of an epoch | µs from batch to batch |", "|---|---|---|"]
    lines += [f"| {name} | {first * 1e3:.1f} | {other * 1e6:.0f} |" for name, (first, other) in spent.items()]
    lines += [
        "",
        f"- The rows are {N * COLUMNS * 4 / 1e6:.0f} MB. A memory map of four times the rows adds {larger:.0f} MB.",
        f"- Shuffling 10^8 ids anew adds {reshuffled:.1f} bytes an id to the ids themselves.",
    ]
    lines += ["", "| | times the rate of | batch | aimed at | measured |", "|---|---|---|---|---|"]
    for name, other, size, least in AIMS:
        ratio = found[size][name] / found[size][other]
        shown = f"{ratio:.2f}" if ratio >= least else f"**{ratio:.2f}**"
        lines.append(f"| {name} | {other} | {size:,} | {least:.3g} | {shown} |")
    recipes = ["| | million examples a second | MB added |", "|---|---|---|"]
    for recipe, replacement in REPLACED.items():
        for name in (recipe, replacement):
            recipes.append(f"| {name} | {found[256][name] / 1e6:.3g} | {used[name]:.0f} |")
    from report import machine, replace_between

    text = RECIPES.read_text(encoding="utf-8")
    RECIPES.write_text(replace_between(text, "table", "\n".join([*recipes, "", machine()])), encoding="utf-8")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--memory"]:
        print(added_memory(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])))
    elif sys.argv[1:2] == ["--reshuffling"]:
        print(reshuffling(int(sys.argv[2])))
    else:
        from report import machine, replace_between

        found = f"{report()}\n\n{machine()}"
        RESULTS.write_text(replace_between(RESULTS.read_text(encoding="utf-8"), "pipelines", found), encoding="utf-8")
