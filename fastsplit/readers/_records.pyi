"""The compiled scanner of TFRecord files; `_records.pyx` says what each function does."""

import numpy as np
from numpy.typing import NDArray

CPUS: tuple[str, ...]
FRAME: int

def use_cpu(name: str) -> None: ...
def checksum(data: NDArray[np.uint8] | bytes) -> int: ...
def walk(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> tuple[int, int, int, int]: ...
def scan(
    data: NDArray[np.uint8], ends: NDArray[np.int64], names: tuple[bytes, ...], values: NDArray[np.int64]
) -> tuple[int, int, int, tuple[int, ...]]: ...
def features(example: NDArray[np.uint8] | bytes, most: int) -> list[tuple[bytes, int, int]]: ...
def compact(
    data: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64], out: NDArray[np.uint8]
) -> None: ...

class Scattered:
    def __init__(
        self,
        data: list[NDArray[np.uint8]],
        files: NDArray[np.int64],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
    ) -> None: ...
    @property
    def examples(self) -> list[bytes]: ...
    def read(self, begin: int, end: int) -> int: ...
