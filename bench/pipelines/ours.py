"""fastsplit's pipelines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipelines.data import Data


def ours(kind: str, gather: str, sampling: str = "uniform", classes: int | None = None) -> Callable[[Data, int], Any]:
    """Return a function that makes a pipeline.

    Parameters
    ----------
    kind : {"array", "map", "files"}
        Where the rows are: in memory, in one file or in ten.
    gather, sampling : str
        As for `fastsplit.tfdata.dataset`.
    classes : int, optional
        The number of classes to sample by; by default, the labels of the data.
    """

    def make(data: Data, size: int) -> Any:
        from fastsplit import tfdata

        labels = data.ids % classes if classes else None
        options = {"sampling": sampling, "labels": labels, "shuffle": True, "seed": 0}
        return tfdata.dataset(data.source(kind, gather), data.ids, batch_size=size, **options)

    return make
