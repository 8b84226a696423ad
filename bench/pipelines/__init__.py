"""The list of tf.data pipelines: fastsplit's, the recipes that they replace, Keras's and the empty one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from pipelines.data import Data
from pipelines.ours import ours
from pipelines.recipes import Accompanied, chunks, empty, generator, in_memory, keras_adapter

# Each is made from the data and the batch size.
PIPELINES: dict[str, Callable[[Data, int], Any]] = {
    "empty pipeline": empty,
    "empty pipeline beside shuffle and gather": Accompanied,
    "Keras's array adapter": keras_adapter,
    "recipe: in memory": in_memory,
    "recipe: files in chunks": chunks,
    "recipe: generator": generator,
    "fastsplit, tensor": ours("array", "tensor"),
    "fastsplit, numpy": ours("array", "numpy"),
    "fastsplit, memory map": ours("map", "numpy"),
    "fastsplit, files": ours("files", "numpy"),
    "fastsplit, tensor, stratified": ours("array", "tensor", "stratified"),
    "fastsplit, tensor, balanced": ours("array", "tensor", "balanced"),
    "fastsplit, tensor, stratified, 100,000 classes": ours("array", "tensor", "stratified", 100_000),
    "fastsplit, tensor, balanced, 100,000 classes": ours("array", "tensor", "balanced", 100_000),
}
REPLACED = {  # each recipe, and the pipeline that replaces it
    "recipe: in memory": "fastsplit, tensor",
    "recipe: files in chunks": "fastsplit, files",
    "recipe: generator": "fastsplit, memory map",
}
INCOMPLETE = {  # an epoch of these does not have every example once
    *(name for name in PIPELINES if name.startswith("empty") or "balanced" in name),
    "recipe: generator",
}
BATCHES = (256, 1024)
