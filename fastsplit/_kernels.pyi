from typing import Any

from numpy import int32, int64, uint8, uint32, uint64
from numpy.typing import NDArray

CPUS: tuple[str, ...]

def use_cpu(name: str) -> None: ...
def keys(seed: NDArray[uint64], ids: NDArray[uint64], out: NDArray[uint64]) -> None: ...
def span(labels: NDArray[Any], first: int, last: int) -> tuple[int, int]: ...
def count(
    labels: NDArray[Any],
    low: int,
    thresholds: NDArray[uint64],
    seed: NDArray[uint64],
    ids: NDArray[uint64] | None,
    first: int,
    last: int,
    tally: NDArray[int64],
    keys: NDArray[uint64],
    entries: NDArray[uint32],
    positions: NDArray[int64],
    size: int,
    none: int,
    out: NDArray[Any],
) -> tuple[int, int]: ...
def distinct(
    labels: NDArray[Any], first: int, last: int, slots: NDArray[int32], values: NDArray[int64], size: int
) -> tuple[int, int]: ...
def encode(
    labels: NDArray[Any],
    first: int,
    last: int,
    slots: NDArray[int32],
    values: NDArray[int64],
    size: int,
    out: NDArray[int32],
) -> None: ...
def quotas(
    counts: NDArray[int64],
    sizes: NDArray[int64],
    q: int,
    splits: int,
    min_per_split: int,
    seed: NDArray[uint64],
    out: NDArray[int64],
) -> None: ...
def arrange(
    keys: NDArray[uint64],
    entries: NDArray[uint32],
    first: int,
    last: int,
    cursor: NDArray[int64],
    out: NDArray[uint64],
) -> None: ...
def collect(
    labels: NDArray[Any],
    low: int,
    classes: NDArray[int32],
    seed: NDArray[uint64],
    ids: NDArray[uint64] | None,
    first: int,
    last: int,
    cursor: NDArray[int64],
    limit: NDArray[int64],
    out: NDArray[uint64],
) -> int: ...
def select(
    first: int,
    last: int,
    counts: NDArray[int64],
    quotas: NDArray[int64],
    band: NDArray[int64],
    edges: NDArray[uint64],
    keys: NDArray[uint64],
    starts: NDArray[int64],
    below: NDArray[int64],
    ideals: NDArray[uint64],
    cuts: NDArray[uint64],
    missed: NDArray[uint8],
) -> None: ...
def assign(
    labels: NDArray[Any],
    low: int,
    rows: NDArray[int32],
    cuts: NDArray[uint64],
    thresholds: NDArray[uint64],
    seed: NDArray[uint64],
    ids: NDArray[uint64] | None,
    none: int,
    first: int,
    last: int,
    out: NDArray[Any],
) -> None: ...
def amend(
    keys: NDArray[uint64],
    entries: NDArray[uint32],
    positions: NDArray[int64],
    size: int,
    rows: NDArray[int32],
    cuts: NDArray[uint64],
    none: int,
    out: NDArray[Any],
) -> None: ...
def tally(assignment: NDArray[uint8], first: int, last: int, counts: NDArray[int64]) -> None: ...
def emit(
    assignment: NDArray[uint8],
    order: NDArray[Any] | None,
    first: int,
    last: int,
    out: list[NDArray[Any]],
    cursor: NDArray[int64],
) -> None: ...
def gather(rows: NDArray[Any], positions: NDArray[Any], first: int, last: int, out: NDArray[Any]) -> int: ...

class Ordering:
    n: int
    size: int
    edges: list[int]
    def __init__(
        self,
        positions: NDArray[Any] | None,
        assignment: NDArray[uint8] | None,
        n: int,
        seed: NDArray[uint64],
        ids: NDArray[uint64] | None,
        width: int,
        bits: list[int],
    ) -> None: ...
    def count(self, first: int, last: int, counts: NDArray[int64]) -> None: ...
    def scatter(
        self, first: int, last: int, cursor: NDArray[int64], limit: NDArray[int64], words: list[NDArray[uint64]]
    ) -> int: ...
    def sort(
        self, first: int, last: int, starts: NDArray[int64], words: list[NDArray[uint64]], out: list[NDArray[Any]]
    ) -> None: ...

def group(
    labels: NDArray[Any],
    low: int,
    classes: NDArray[int32],
    first: int,
    last: int,
    cursor: NDArray[int64],
    limit: NDArray[int64],
    order: NDArray[int64],
) -> int: ...
