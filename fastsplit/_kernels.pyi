"""The compiled kernels; `_kernels.pyx` says what each of them does."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

CPUS: tuple[str, ...]
FOUND: int
OUTSIDE_BAND: int
TOO_FEW_UNITS: int
FOLD_LANES: int
PLACE_BITS: int

def use_cpu(name: str) -> None: ...
def seed_words(seed: int) -> NDArray[np.uint64]: ...

class LabelView:
    n: int
    def __init__(self, array: NDArray[Any]) -> None: ...
    def extent(self, begin: int, end: int) -> tuple[int, int]: ...

class Keys:
    n: int
    def __init__(self, seed: NDArray[np.uint64], ids: NDArray[np.uint64] | None = None) -> None: ...
    def of_ids(self, ids: NDArray[np.uint64], out: NDArray[np.uint64]) -> None: ...

class CutBands:
    thresholds: NDArray[np.uint64]
    def __init__(self, thresholds: NDArray[np.uint64]) -> None: ...
    def __len__(self) -> int: ...

class ClassTable:
    class_of: NDArray[np.int32]
    low: int
    n_classes: int
    def __init__(self, low: int, class_of: NDArray[np.int32], n_classes: int) -> None: ...

class Slots:
    def __init__(self, cursor: NDArray[np.int64], limit: NDArray[np.int64], n: int) -> None: ...

class Assignment:
    array: NDArray[Any]
    def __init__(self, array: NDArray[Any], rest_column: int | None = None) -> None: ...

class Index:
    values: NDArray[np.int64]
    def __init__(self, capacity: int) -> None: ...
    def add(self, labels: LabelView, begin: int, end: int) -> None: ...
    def encode(self, labels: LabelView, begin: int, end: int, out: NDArray[np.int32]) -> None: ...

class Strings:
    n: int
    def hash(self, begin: int, end: int, out: NDArray[np.uint64]) -> int: ...

class ObjectStrings(Strings):
    def __init__(self, array: NDArray[np.object_]) -> None: ...

class ByteStrings(Strings):
    def __init__(self, offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> None: ...

class PaddedStrings(Strings):
    def __init__(self, array: NDArray[np.str_]) -> None: ...

class Zoned:
    cells: NDArray[np.int64]
    capacity: int
    candidates: tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.int64]]
    def __init__(self, low: int, cells: NDArray[np.int64], capacity: int) -> None: ...

class ClassKeys:
    def __init__(
        self,
        numbers: NDArray[np.int64],
        counts: NDArray[np.int64],
        below: NDArray[np.int64],
        starts: NDArray[np.int64],
        keys: NDArray[np.uint64],
        edges: NDArray[np.uint64],
        are_sorted: bool = False,
    ) -> None: ...

class Regions:
    n: int
    classes: NDArray[np.int64]
    def __init__(
        self,
        low: int,
        shift: int,
        edges: NDArray[np.int64],
        classes: NDArray[np.int64],
        rows: NDArray[np.int64],
        starts: NDArray[np.int64],
    ) -> None: ...
    def collect(self, labels: LabelView, begin: int, end: int, slots: Slots, words: NDArray[np.uint64]) -> int: ...
    def arrange(self, keys: Keys, begin: int, end: int, words: NDArray[np.uint64], most_copied: int) -> int: ...

class CutRule:
    ideal_cuts: NDArray[np.uint64]
    def __init__(
        self, ideal_cuts: NDArray[np.uint64], minimum: NDArray[np.int64], seed: NDArray[np.uint64]
    ) -> None: ...

class CutSearch:
    def __init__(
        self,
        rule: CutRule,
        band_of_cut: NDArray[np.int64],
        quotas: NDArray[np.int64],
        cuts: NDArray[np.uint64],
        status: NDArray[np.uint8],
    ) -> None: ...

class CutTable:
    def __init__(self, cuts: NDArray[np.uint64], bands: CutBands) -> None: ...

class Ordering:
    n: int
    n_buckets: int
    edges: list[int]
    def __init__(
        self,
        positions: NDArray[Any] | None,
        assignment: NDArray[np.uint8] | None,
        n: int,
        keys: Keys,
        width: int,
        bits: list[int],
        folds: NDArray[Any] | None = None,
        fold_bits: int = 0,
    ) -> None: ...
    def count(self, begin: int, end: int, counts: NDArray[np.int64]) -> None: ...
    def scatter(
        self,
        begin: int,
        end: int,
        cursor: NDArray[np.int64],
        limit: NDArray[np.int64],
        words: list[NDArray[np.uint64]],
        spilled: NDArray[np.uint64] | None = None,
        spilled_from: NDArray[np.int64] | None = None,
    ) -> int: ...
    def sort(
        self,
        chosen: NDArray[np.int64],
        begins: NDArray[np.int64],
        ends: NDArray[np.int64],
        places: NDArray[np.int64],
        words: list[NDArray[np.uint64]],
        out: list[NDArray[Any]],
    ) -> tuple[int, int, int, int]: ...

def scan(
    labels: LabelView, keys: Keys, bands: CutBands, begin: int, end: int, zoned: Zoned, out: Assignment
) -> None: ...
def quotas(
    counts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    q: int,
    n_splits: int,
    min_per_split: int,
    seed: NDArray[np.uint64],
    out: NDArray[np.int64],
) -> None: ...
def arrange(zoned: Zoned, cursor: NDArray[np.int64], out: NDArray[np.uint64]) -> None: ...
def collect(
    labels: LabelView,
    classes: ClassTable,
    keys: Keys,
    begin: int,
    end: int,
    slots: Slots,
    out: NDArray[np.uint64],
) -> int: ...
def select(known: ClassKeys, search: CutSearch, begin: int, end: int) -> tuple[int, int, int, int]: ...
def unit_end(seed: NDArray[np.uint64], number: int, tied: int, low: int, rank: int, high: int) -> int: ...
def assign(
    labels: LabelView, classes: ClassTable, cuts: CutTable, keys: Keys, begin: int, end: int, out: Assignment
) -> None: ...
def assign_candidates(zoned: Zoned, class_of_cell: NDArray[np.int32], cuts: CutTable, out: Assignment) -> None: ...
def count_splits(assignment: NDArray[np.uint8], begin: int, end: int, counts: NDArray[np.int64]) -> None: ...
def emit(
    assignment: NDArray[np.uint8],
    order: NDArray[Any] | None,
    begin: int,
    end: int,
    out: list[NDArray[Any]],
    cursor: NDArray[np.int64],
) -> None: ...
def count_folds(words: NDArray[np.uint64], fold_bits: int, begin: int, end: int, counts: NDArray[np.int64]) -> None: ...
def emit_fold(
    words: NDArray[np.uint64],
    fold_bits: int,
    fold: int,
    begin: int,
    end: int,
    out: list[NDArray[Any]],
    cursor: NDArray[np.int64],
) -> None: ...
def group(
    labels: LabelView, classes: ClassTable, begin: int, end: int, slots: Slots, out: NDArray[np.int64]
) -> int: ...
def gather(rows: NDArray[Any], positions: NDArray[Any], begin: int, end: int, out: NDArray[Any]) -> int: ...
def hilbert(coordinates: NDArray[np.uint16], bits: int, begin: int, end: int, out: NDArray[np.uint64]) -> None: ...

class ShareTable:
    def __init__(
        self, numerators: NDArray[np.int64], denominator: int, n_splits: int, ideal_cuts: NDArray[np.uint64]
    ) -> None: ...

def few_split(
    labels: NDArray[Any],
    ids: NDArray[np.uint64] | None,
    seed: NDArray[np.uint64],
    shares: ShareTable,
    limits: tuple[int, int, int],
    max_span: int,
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64], NDArray[np.uint8]] | None: ...
def few_group(
    labels: NDArray[Any], max_span: int
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]] | None: ...
def few_arrays(
    assignment: NDArray[np.uint8],
    n_splits: int,
    dtype: np.dtype[Any],
    seed: NDArray[np.uint64] | None = None,
    ids: NDArray[np.uint64] | None = None,
) -> list[NDArray[Any]]: ...
def few_ordered(
    assignment: NDArray[np.uint8],
    dtype: np.dtype[Any],
    seed: NDArray[np.uint64],
    ids: NDArray[np.uint64] | None = None,
) -> tuple[NDArray[Any], NDArray[np.uint8]]: ...
def few_fold(
    assignment: NDArray[np.uint8], fold: int, dtype: np.dtype[Any], ordered: NDArray[Any] | None = None
) -> tuple[NDArray[Any], NDArray[Any]]: ...
def greedy_folds(
    counts: NDArray[np.int64],
    totals: NDArray[np.float64],
    k: int,
    order: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None: ...

class UnitRows:
    n: int
    n_buckets: int
    word_bits: int
    def __init__(
        self,
        unit_of: NDArray[np.int32],
        class_of: NDArray[np.int32],
        n_units: int,
        n_classes: int,
        unit_shift: int,
    ) -> None: ...
    def count(self, begin: int, end: int, counts: NDArray[np.int64]) -> int: ...
    def scatter(self, begin: int, end: int, slots: Slots, words: NDArray[Any]) -> int: ...
    def sort(
        self, begin: int, end: int, starts: NDArray[np.int64], words: NDArray[Any], distinct: NDArray[np.int64]
    ) -> None: ...
    def fill(
        self,
        begin: int,
        end: int,
        starts: NDArray[np.int64],
        firsts: NDArray[np.int64],
        words: NDArray[Any],
        out: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]],
    ) -> None: ...

class BinaryMatrix:
    n: int
    masks_per_row: int
    def __init__(self, array: NDArray[Any]) -> None: ...
    def read(self, begin: int, end: int, masks: NDArray[np.uint64], counts: NDArray[np.int64]) -> int: ...
    def classes(
        self, begin: int, end: int, masks: NDArray[np.uint64], starts: NDArray[np.int64], out: NDArray[np.int32]
    ) -> None: ...

class UnitTable:
    n: int
    n_entries: int
    def __init__(
        self,
        starts: NDArray[np.int64],
        classes: NDArray[np.int32],
        counts: NDArray[np.int64],
        sizes: NDArray[np.int64],
        ids: NDArray[np.uint64],
        n_classes: int,
    ) -> None: ...

class FoldTable:
    n_rows: int
    def __init__(self, cells: NDArray[np.float64], weights: NDArray[np.float64], n: int) -> None: ...

def number_labels(labels: LabelView, classes: ClassTable, begin: int, end: int, out: NDArray[np.int32]) -> None: ...
def rank(values: NDArray[np.float64], keys: Keys, out: NDArray[np.int64]) -> None: ...
def weigh(units: UnitTable, weights: NDArray[np.float64], norms: NDArray[np.float64]) -> None: ...
def deal(
    units: UnitTable,
    folds: FoldTable,
    order: NDArray[np.int64],
    seed: NDArray[np.uint64],
    capacity: int,
    fold_of: NDArray[np.int32],
) -> None: ...
def polish(
    units: UnitTable,
    folds: FoldTable,
    order: NDArray[np.int64],
    seed: NDArray[np.uint64],
    rounds: int,
    moves: bool,
    fold_of: NDArray[np.int32],
) -> None: ...

class BandTable:
    def __init__(self, thresholds: NDArray[np.uint64], around: CutBands) -> None: ...

class KeptKeys:
    cells: NDArray[np.int64]
    kept: tuple[NDArray[np.uint64], NDArray[np.uint32]]
    def __init__(self, cells: NDArray[np.int64], capacity: int) -> None: ...
    def keep(self, is_kept: NDArray[np.bool_]) -> None: ...
    def arrange(self, cursor: NDArray[np.int64], out: NDArray[np.uint64]) -> None: ...

class KeyRows:
    def __init__(self, starts: NDArray[np.int64], keys: NDArray[np.uint64]) -> None: ...
    def below(self, edges: NDArray[np.uint64], out: NDArray[np.int64]) -> None: ...

class TallySide:
    def __init__(
        self, rows: KeyRows, of_class: NDArray[np.int64], below: NDArray[np.int64], low: NDArray[np.uint64]
    ) -> None: ...

def tally(
    labels: LabelView,
    classes: ClassTable,
    bands: BandTable,
    keys: Keys,
    start: int,
    begin: int,
    end: int,
    kept: KeptKeys,
) -> None: ...
def sort_runs(starts: NDArray[np.int64], begin: int, end: int, keys: NDArray[np.uint64]) -> None: ...
def tally_merge(
    sides: list[TallySide],
    bands: tuple[NDArray[np.uint64], NDArray[np.uint64]],
    below: NDArray[np.int64],
    starts: NDArray[np.int64],
    keys: NDArray[np.uint64],
) -> int: ...
