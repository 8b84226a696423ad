"""Source: what every reader returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Source:
    """Labels, ids if there are any, and the examples if a file can hold some of them.

    Attributes
    ----------
    labels : ndarray, shape (N,)
        The labels: a memory map, or integers or strings as objects.
    kind : str
        How the file was read, in words.
    ids : ndarray, shape (N,), or None
        The ids, integers or strings as objects.
    suffix : str
        The suffix of a file that holds some of the examples; empty if the source has labels alone.
    head : bytes
        The first bytes of every such file: a byte order mark, a header, both or nothing.
    """

    labels: NDArray[Any]
    kind: str
    ids: NDArray[Any] | None = None
    suffix: str = ""
    head: bytes = b""

    def select(self, indices: NDArray[np.integer[Any]]) -> Sequence[bytes]:
        """Return the bytes of some examples, in the order of ``indices``; readers of examples override it."""
        raise NotImplementedError(f"{self.kind} has labels alone")
